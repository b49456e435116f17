/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A moment in the midst of a trace: how it is told, and which waits ended after it. */
#include "analyzer/moment.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define NS_PER_SEC INT64_C(1000000000)

struct moment {
	struct model *model; /* Weak */
	struct model *whole; /* Owned by this */
	struct moment_time time;
	bool has_started;
	int64_t time_ns; /* as events are stamped; once has_started */
};

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = { { "ns", 1 },
	      { "us", 1000 },
	      { "ms", 1000000 },
	      { "s", NS_PER_SEC },
	      { "min", 60 * NS_PER_SEC },
	      { "h", 3600 * NS_PER_SEC } };

static const char *skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* The unit at the start of *text, which then is behind it; NULL none. */
static const struct unit *take_unit(const char **text)
{
	size_t length = 0;

	while (isalpha((unsigned char)(*text)[length]))
		length++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) != length || strncmp(units[i].name, *text, length) != 0)
			continue;
		*text += length;
		return &units[i];
	}
	return NULL;
}

static bool add_scaled(int64_t *ns, int64_t number, int64_t unit_ns)
{
	int64_t scaled;

	return !__builtin_mul_overflow(number, unit_ns, &scaled) &&
	       !__builtin_add_overflow(*ns, scaled, ns);
}

/*
 * A decimal number and its unit, from *text on, added to *ns; what is finer than a nanosecond is cut off.
 * is_bare: without a unit it is seconds.
 */
static bool take_part(const char **text, bool is_bare, int64_t *ns)
{
	const char *rest = *text, *fraction = NULL;
	int64_t number = 0;

	if (!isdigit((unsigned char)*rest))
		return false;
	for (; isdigit((unsigned char)*rest); rest++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *rest - '0', &number))
			return false;
	if (*rest == '.' && isdigit((unsigned char)rest[1])) {
		fraction = ++rest;
		rest += strspn(rest, "0123456789");
	}
	rest = skip_blanks(rest);
	const struct unit *unit = take_unit(&rest);
	if (!unit && !(is_bare && !*rest))
		return false;
	int64_t weight = unit ? unit->ns : NS_PER_SEC;
	if (!add_scaled(ns, number, weight))
		return false;
	for (; fraction && isdigit((unsigned char)*fraction); fraction++)
		if (!add_scaled(ns, *fraction - '0', weight /= 10))
			return false;
	*text = skip_blanks(rest);
	return true;
}

int moment_parse(const char *text, struct moment_time *ret, struct error *err)
{
	const char *rest = skip_blanks(text);
	bool is_first = true;

	*ret = (struct moment_time){ .is_given = true, .is_absolute = *rest == '@' };
	if (*rest == '@' || *rest == '+')
		rest++;
	do {
		if (!take_part(&rest, is_first, &ret->ns))
			return fail(
				err, EINVAL,
				"a moment is like 1.5, '17.2 ms', '+2 min 5 s' or @12.000345678, "
				"not '%s'",
				text);
		is_first = false;
	} while (*rest);
	return 0;
}

struct moment *moment_new(struct model *model, const struct moment_time *time)
{
	struct moment *moment = g_new0(struct moment, 1);

	moment->model = model;
	moment->whole = model_new();
	moment->time = *time;
	return moment;
}

void moment_free(struct moment *moment)
{
	if (!moment)
		return;
	model_free(moment->whole);
	g_free(moment);
}

bool moment_includes(struct moment *moment, const struct event *event)
{
	int64_t start_ns = moment->time.is_absolute ? 0 : event->time_ns;

	if (!moment->has_started &&
	    __builtin_add_overflow(start_ns, moment->time.ns, &moment->time_ns))
		moment->time_ns = INT64_MAX;
	moment->has_started = true;
	return event->time_ns <= moment->time_ns;
}

/* The same thread as it was at the moment; NULL: it was not there yet. Both number them alike. */
static struct thread *find_thread(const struct moment *moment, const struct thread *thread)
{
	const GPtrArray *processes = model_processes(moment->model);
	unsigned index = thread->process->index;
	const struct process *process = index < processes->len ? g_ptr_array_index(processes, index)
							       : NULL;

	return process && thread->index < process->threads->len
		       ? g_ptr_array_index(process->threads, thread->index)
		       : NULL;
}

static void note_end(struct wait *wait, int64_t time_ns)
{
	wait->ends_later = true;
	wait->ends_ns = time_ns;
}

static bool is_end(enum step_kind kind)
{
	return kind == STEP_ACQUIRE || kind == STEP_REQUEST_FAILED || kind == STEP_WAIT_END ||
	       kind == STEP_TAKE || kind == STEP_CALL_END || kind == STEP_JOIN_END;
}

static void follow_step(void *context, const struct step *step)
{
	const struct moment *moment = context;

	if (!step->thread || !step->wait || !is_end(step->kind) || step->time_ns <= moment->time_ns)
		return;
	struct thread *thread = find_thread(moment, step->thread);
	if (thread && thread->wait.kind == step->wait->kind &&
	    thread->wait.since_ns == step->wait->since_ns)
		note_end(&thread->wait, step->time_ns);
}

void moment_follow(struct moment *moment, const struct event *event)
{
	model_apply(moment->whole, event, follow_step, moment);
}

/* A thread that was joined, or whose id came again: its wait is over, though no event said so. */
static void note_silent_ends(const struct moment *moment, const struct process *process)
{
	for (unsigned i = 0; i < process->threads->len; i++) {
		const struct thread *later = process->threads->pdata[i];
		struct thread *thread = find_thread(moment, later);

		if (thread && thread->wait.kind != WAIT_NONE && !thread->wait.ends_later &&
		    later->state == THREAD_EXITED && !later->is_killed)
			note_end(&thread->wait, later->end_ns);
	}
}

int moment_finish(struct moment *moment, struct error *err)
{
	int64_t start_ns = model_start_ns(moment->whole), end_ns = model_end_ns(moment->whole);

	model_finish(moment->whole);
	if (!moment->has_started || moment->time_ns < start_ns || moment->time_ns > end_ns)
		return fail(err, ERANGE,
			    "the moment that --at tells is not in the trace, which goes from "
			    "@%" PRId64 ".%09" PRId64 " to @%" PRId64 ".%09" PRId64,
			    start_ns / NS_PER_SEC, start_ns % NS_PER_SEC, end_ns / NS_PER_SEC,
			    end_ns % NS_PER_SEC);
	const GPtrArray *processes = model_processes(moment->whole);
	for (unsigned i = 0; i < processes->len; i++)
		note_silent_ends(moment, processes->pdata[i]);
	model_stop(moment->model, moment->time_ns, model_lost(moment->whole));
	return 0;
}

const struct model *moment_whole(const struct moment *moment)
{
	return moment->whole;
}

int64_t moment_since_start_ns(const struct moment *moment)
{
	return elapsed_ns(model_start_ns(moment->whole), moment->time_ns);
}
