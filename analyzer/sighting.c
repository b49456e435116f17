/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is seen of the threads of COMMAND's family: collected, and written as events. */
#include "analyzer/sighting.h"

#include <string.h>

#include "analyzer/clock.h"
#include "analyzer/family.h"
#include "analyzer/halt.h"
#include "libtrace/processes.h"
#include "libtrace/recording.h"

/* For the threads of one process to stop. */
#define STOP_NS (SECOND_NS / 10)
#define SIGHTINGS_MAX 8192

static const char interrupted[] = "the run was interrupted";

struct sighting_module {
	pid_t pid;
	uint64_t start, size;
	char *path, *build_id; /* Owned by this */
};

/* Threads of a process without a stack. */
struct sighting_unseen {
	pid_t pid;
	int64_t count;
	const char *why; /* static */
};

static void module_done(void *data)
{
	struct sighting_module *module = data;

	g_free(module->path);
	g_free(module->build_id);
}

void sightings_init(struct sightings *sightings)
{
	sightings->threads = g_array_new(FALSE, FALSE, sizeof(struct sighting));
	sightings->modules = g_array_new(FALSE, FALSE, sizeof(struct sighting_module));
	g_array_set_clear_func(sightings->modules, module_done);
	sightings->unseen = g_array_new(FALSE, FALSE, sizeof(struct sighting_unseen));
}

void sightings_done(struct sightings *sightings)
{
	g_array_unref(sightings->threads);
	g_array_unref(sightings->modules);
	g_array_unref(sightings->unseen);
}

static bool is_traced(pid_t pid)
{
	char path[64];
	char line[4096];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	cleanup_fclose FILE *maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "/" RECORDING_PRELOAD_LIBRARY))
			return true;
	return false;
}

/* A thread of LTTng's in the program; its name is the program's with that behind. */
static bool is_tracers(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcmp(name + length - 4, "-ust") == 0;
}

static const char *why_not(const struct halt *halt, const struct halted *thread,
			   const struct sighting_limits *limits)
{
	if (limits->is_cut)
		return interrupted;
	if (halt->refused && !thread->is_attached)
		return "ptrace is not permitted";
	if (thread->is_attached && !thread->is_stopped)
		return "they could not be stopped";
	return clock_now_ns() > limits->until_ns ? "there was no time left"
						 : "they could not be read";
}

static void miss(struct sightings *sightings, pid_t pid, int64_t count, const char *why)
{
	struct sighting_unseen unseen = { .pid = pid, .count = count, .why = why };

	for (guint i = sightings->unseen->len; i-- > 0;) {
		struct sighting_unseen *last =
			&g_array_index(sightings->unseen, struct sighting_unseen, i);
		if (last->pid != pid)
			break;
		if (last->why != why)
			continue;
		last->count += count;
		return;
	}
	g_array_append_val(sightings->unseen, unseen);
}

static bool has_module(const struct sightings *sightings, pid_t pid, uint64_t address)
{
	for (guint i = sightings->modules->len; i-- > 0;) {
		const struct sighting_module *module =
			&g_array_index(sightings->modules, struct sighting_module, i);
		if (module->pid != pid)
			return false;
		if (address >= module->start && address - module->start < module->size)
			return true;
	}
	return false;
}

static void note_modules(struct sightings *sightings, const struct sighting *seen,
			 struct walk *walk)
{
	struct walk_module found;

	for (unsigned i = 0; i < seen->count; i++) {
		if (has_module(sightings, seen->pid, seen->frames[i]) ||
		    !walk_find(walk, seen->frames[i], &found))
			continue;
		struct sighting_module module = { .pid = seen->pid,
						  .start = found.start,
						  .size = found.size,
						  .path = g_strdup(found.path),
						  .build_id = g_strdup(found.build_id) };
		g_array_append_val(sightings->modules, module);
	}
}

static void see_thread(struct sightings *sightings, const struct halt *halt,
		       const struct halted *thread, struct walk *walk,
		       const struct sighting_limits *limits)
{
	struct sighting seen = {
		.pid = halt->pid,
		.tid = thread->tid,
		.state = thread->state,
		.cpu_ns = thread->cpu_ns,
	};

	memcpy(seen.name, thread->name, sizeof(seen.name));
	if (is_tracers(seen.name) || sightings->threads->len == SIGHTINGS_MAX)
		return;
	if (walk && thread->is_stopped && !limits->is_cut && clock_now_ns() < limits->until_ns)
		seen.count = walk_thread(walk, thread->tid, limits->until_ns, seen.frames);
	if (seen.count)
		note_modules(sightings, &seen, walk);
	else if (!strchr("ZXx", seen.state))
		miss(sightings, seen.pid, 1, why_not(halt, thread, limits));
	g_array_append_val(sightings->threads, seen);
}

static void see_process(struct sightings *sightings, pid_t pid,
			const struct sighting_limits *limits)
{
	int64_t now = clock_now_ns();
	struct halt halt;

	halt_begin(&halt, pid, MIN(now + STOP_NS, limits->until_ns));
	struct walk *walk = now < limits->until_ns ? walk_new(pid) : NULL;
	for (guint i = 0; i < halt.threads->len; i++)
		see_thread(sightings, &halt, &g_array_index(halt.threads, struct halted, i), walk,
			   limits);
	walk_free(walk);
	halt_end(&halt);
}

/* Those with many threads have most to tell. */
static int compare_processes(const void *a, const void *b)
{
	const struct process *left = a, *right = b;

	if (left->threads != right->threads)
		return left->threads > right->threads ? -1 : 1;
	return left->pid < right->pid ? -1 : left->pid > right->pid;
}

void sightings_collect(struct sightings *sightings, const pid_t *except,
		       const struct sighting_limits *limits)
{
	struct processes family;

	if (family_read(except, &family) < 0)
		return;
	qsort(family.list, family.count, sizeof(*family.list), compare_processes);
	for (size_t i = 0; i < family.count; i++) {
		const struct process *process = &family.list[i];

		if (!is_traced(process->pid))
			continue;
		if (limits->is_cut)
			miss(sightings, process->pid, process->threads, interrupted);
		else
			see_process(sightings, process->pid, limits);
	}
	processes_done(&family);
}

static const char *state_word(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'D':
		return "uninterruptible";
	case 'T':
	case 't':
		return "stopped";
	case 'Z':
	case 'X':
	case 'x':
		return "exiting";
	default:
		return "sleeping";
	}
}

static int write_modules(const struct sightings *sightings, struct notes *notes, int64_t time_ns,
			 struct error *err)
{
	int ret = 0;

	for (guint i = 0; ret == 0 && i < sightings->modules->len; i++) {
		const struct sighting_module *module =
			&g_array_index(sightings->modules, struct sighting_module, i);
		const struct event event = { .type = EVENT_process_module,
					     .pid = module->pid,
					     .tid = module->pid,
					     .time_ns = time_ns,
					     .object = module->start,
					     .other = module->size,
					     .text = module->path,
					     .build_id = module->build_id };
		ret = notes_add(notes, &event, err);
	}
	return ret;
}

/* The ids that the program gives are hashes of 64 bits, so small ones are ours. */
static int write_thread(const struct sighting *seen, uint64_t stack, struct notes *notes,
			int64_t time_ns, struct error *err)
{
	char text[64];
	struct event event = { .type = EVENT_process_stack,
			       .pid = seen->pid,
			       .tid = seen->tid,
			       .time_ns = time_ns,
			       .object = stack,
			       .frames = seen->frames,
			       .frame_count = seen->count };
	int ret = seen->count ? notes_add(notes, &event, err) : 0;

	if (ret < 0)
		return ret;
	snprintf(text, sizeof(text), "%s, %s", state_word(seen->state), seen->name);
	event = (struct event){ .type = EVENT_thread_seen,
				.pid = seen->pid,
				.tid = seen->tid,
				.time_ns = time_ns,
				.value = seen->cpu_ns,
				.stack = seen->count ? stack : 0,
				.text = text };
	return notes_add(notes, &event, err);
}

int sightings_write(const struct sightings *sightings, struct notes *notes, int64_t time_ns,
		    struct error *err)
{
	int ret = write_modules(sightings, notes, time_ns, err);

	for (guint i = 0; ret == 0 && i < sightings->threads->len; i++)
		ret = write_thread(&g_array_index(sightings->threads, struct sighting, i), i + 2,
				   notes, time_ns, err);
	for (guint i = 0; ret == 0 && i < sightings->unseen->len; i++) {
		const struct sighting_unseen *unseen =
			&g_array_index(sightings->unseen, struct sighting_unseen, i);
		const struct event event = { .type = EVENT_thread_unseen,
					     .pid = unseen->pid,
					     .tid = unseen->pid,
					     .time_ns = time_ns,
					     .value = unseen->count,
					     .text = unseen->why };
		ret = notes_add(notes, &event, err);
	}
	return ret < 0 ? ret : notes_flush(notes, err);
}

int sightings_write_none(struct notes *notes, int64_t time_ns, const char *why, struct error *err)
{
	return notes_write(notes, EVENT_thread_unseen, time_ns, 0, why, err);
}
