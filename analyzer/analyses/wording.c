/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings, their steps and their identity, in words. */
#include "analyzer/analyses/wording.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/rules.h"

const char *wording_action(enum wording_verb verb, const struct object *object, bool is_read)
{
	static const struct {
		const char *plain, *read, *write, *once, *semaphore, *barrier;
	} actions[] = {
		[WORDING_HOLDS] = { "holds", "holds the read lock of", "holds the write lock of",
				    "runs the routine of", "took", "waits at" },
		[WORDING_WAITS] = { "waits for", "waits for the read lock of",
				    "waits for the write lock of", "waits for the routine of",
				    "waits for", "waits at" },
		[WORDING_REQUESTS] = { "requests", "requests the read lock of",
				       "requests the write lock of", "requests the routine of",
				       "waits for", "waits at" },
		[WORDING_FAILS] = { "fails to take", "fails to take the read lock of",
				    "fails to take the write lock of",
				    "fails to run the routine of", "fails to take",
				    "fails to wait at" },
		[WORDING_ACQUIRES] = { "acquires", "acquires the read lock of",
				       "acquires the write lock of", "runs the routine of", "takes",
				       "arrives at" },
	};

	switch (object->kind) {
	case OBJECT_RWLOCK:
		return is_read ? actions[verb].read : actions[verb].write;
	case OBJECT_ONCE:
		return actions[verb].once;
	case OBJECT_SEMAPHORE:
		return actions[verb].semaphore;
	case OBJECT_BARRIER:
		return actions[verb].barrier;
	default:
		return actions[verb].plain;
	}
}

const char *wording_wait(const struct wording *wording, const struct wait *wait,
			 const char **awaited)
{
	switch (wait->kind) {
	case WAIT_JOIN:
		*awaited = wait->target ? names_thread(wording->names, wait->target)
					: "an unknown thread";
		return "waits for the end of";
	case WAIT_IO:
	case WAIT_SLEEP:
		*awaited = report_string(wording->report, wait->call);
		return "is in";
	default:
		*awaited = names_object(wording->names, wait->object);
		return wording_action(WORDING_WAITS, wait->object, wait->is_read);
	}
}

const char *wording_mode(const struct object *object, bool is_read)
{
	if (object->kind != OBJECT_RWLOCK)
		return "";
	return is_read ? " for reading" : " for writing";
}

const char *wording_mode_word(const struct object *object, bool is_read)
{
	if (object->kind != OBJECT_RWLOCK)
		return NULL;
	return is_read ? "read" : "write";
}

const char *wording_state(const struct thread *thread)
{
	static const char *const words[] = {
		[THREAD_NEW] = "not started", [THREAD_RUNNING] = "running",
		[THREAD_BLOCKED] = "blocked", [THREAD_EXITING] = "exiting",
		[THREAD_EXITED] = "exited",
	};

	return thread->wait.kind != WAIT_NONE ? "blocked" : words[thread->state];
}

struct finding *wording_finding(const struct wording *wording, const char *rule, enum level level,
				enum certainty certainty, const struct process *process)
{
	/* Whatever the trace holds, these are words of an analysis. */
	g_assert(rules_allow(rule, level));
	struct finding *finding = report_finding(wording->report, rule, level, certainty);

	finding->pid = process->pid;
	finding->process = report_string(wording->report, process->command);
	return finding;
}

void wording_add_step(const struct wording *wording, struct finding *finding,
		      const struct wording_step *step)
{
	struct finding_step *told = finding_step(finding);

	told->thread = names_thread(wording->names, step->thread);
	told->action = step->action;
	told->object = step->object;
	told->time_ns = elapsed_ns(model_start_ns(wording->model), step->time_ns);
	if (step->is_lasting)
		told->since_ns = elapsed_ns(step->time_ns, step->thread->process->end_ns);
	told->stack = names_stack(wording->names, step->place);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void wording_set_identity(const struct wording *wording, struct finding *finding, GPtrArray *words)
{
	const char *last = NULL;

	g_ptr_array_sort(words, compare_words);
	for (unsigned i = 0; i < words->len; i++) {
		const char *word = words->pdata[i];
		if (last && !strcmp(last, word))
			continue;
		g_ptr_array_add(finding->identity, (char *)report_string(wording->report, word));
		last = word;
	}
	g_ptr_array_unref(words);
}

const char *wording_amount(const struct wording *wording, uint64_t count, int64_t total_ns,
			   int64_t longest_ns)
{
	const char *longest = names_duration(wording->names, longest_ns);

	if (count == 1)
		return report_format(wording->report, "It lasted %s.", longest);
	return report_format(wording->report,
			     "It happened %" PRIu64 " times, for %s in all and %s at most.", count,
			     names_duration(wording->names, total_ns), longest);
}

void wording_untold(const struct wording *wording, uint64_t count)
{
	struct report *report = wording->report;

	if (!count)
		return;
	const struct finding *finding = report->findings->pdata[report->findings->len - 1];
	g_ptr_array_add(finding->notes,
			(char *)report_format(report, "%" PRIu64 " more of this kind are not told.",
					      count));
}

const char *wording_list(const struct wording *wording, const GPtrArray *words, unsigned max)
{
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned shown = words->len > max ? max : words->len;

	for (unsigned i = 0; i < shown; i++) {
		bool is_last = i + 1 == words->len;
		g_string_append(text, i == 0 ? "" : is_last ? " and " : ", ");
		g_string_append(text, words->pdata[i]);
	}
	if (shown < words->len)
		g_string_append_printf(text, " and %u more", words->len - shown);
	return report_string(wording->report, text->str);
}
