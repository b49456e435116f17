/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pauses around what threads do with locks. */
#include "primitives/noise.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "libtrace/recording.h"
#include "primitives/noise_held.h"
#include "primitives/wrap.h"

#define SECOND_NS 1000000000

bool noise_is_on;
/* From the first thread or fork on; else there is nobody to be disturbed. */
static bool is_concurrent;
static uint64_t program_key;
static struct noise_budget budget;
static struct noise_sights sights;

static const enum noise_point points_of[OPERATION_COUNT] = {
	[OPERATION_ACQUIRE] = NOISE_REQUEST,	  [OPERATION_TRY_ACQUIRE] = NOISE_REQUEST,
	[OPERATION_READ_ACQUIRE] = NOISE_REQUEST, [OPERATION_TRY_READ_ACQUIRE] = NOISE_REQUEST,
	[OPERATION_TAKE] = NOISE_REQUEST,	  [OPERATION_TRY_TAKE] = NOISE_REQUEST,
	[OPERATION_RELEASE] = NOISE_RELEASE,	  [OPERATION_WAIT_BEGIN] = NOISE_SIGNAL,
	[OPERATION_SIGNAL] = NOISE_SIGNAL,	  [OPERATION_BROADCAST] = NOISE_SIGNAL,
};

static const enum event_operation operations[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning) [EVENT_##name] = OPERATION_##operation,
#include "libtrace/events.def"
};

/* How many programs with that command line this recording has seen begin. */
static uint32_t count_start(const char *line)
{
	if (!packer_arena)
		return 0;
	return atomic_fetch_add(&packer_arena->starts[noise_line_hash(line) % ARENA_STARTS], 1);
}

void noise_load(const char *line)
{
	const char *given = getenv(RECORDING_NOISE_VARIABLE);
	uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 10) : 0;

	program_key = noise_program_key(seed, line, count_start(line));
	wrap_thread.noise.key = program_key;
	budget.start_ns = packer_ns();
	noise_held_load();
	frames_never_quiet = true;
	noise_is_on = true;
}

/* Not through the wrapper of syscall(), and no cancellation point. */
static void sleep_ns(int64_t ns)
{
	const struct timespec time = { .tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS };
	int saved_errno = errno;

	real.syscall(SYS_clock_nanosleep, (long)CLOCK_MONOTONIC, 0L, &time, NULL);
	errno = saved_errno;
}

static void noise_at(const struct call *call, enum noise_point point)
{
	struct noise_thread *thread = &wrap_thread.noise;

	/* In a signal handler that came into an emission of LTTng's. */
	if (!is_concurrent || wrap_thread.emitting)
		return;
	/* A thread that was made without us. */
	if (!thread->key)
		thread->key = ~program_key;
	bool is_nested = point == NOISE_REQUEST && noise_holds_any(thread);
	int64_t ns = noise_draw(thread, &sights, point, call->site);
	if (!ns || !noise_afford(&budget, is_nested, ns, packer_ns()))
		return;
	struct call told = { .site = call->site, .frame = call->frame };
	wrap_emit_long(&told, EVENT_thread_pause, NULL, NULL, ns);
	sleep_ns(ns);
}

void noise_enter(const struct call *call, enum event_type type)
{
	enum noise_point point = points_of[operations[type]];

	if (point != NOISE_NOTHING)
		noise_at(call, point);
}

void noise_create(struct noise_thread *made)
{
	if (!noise_is_on)
		return;
	is_concurrent = true;
	*made = noise_child(&wrap_thread.noise);
}

void noise_begin(const struct noise_thread *made)
{
	const struct call call = { .frame = (uintptr_t)__builtin_frame_address(0) };

	if (!noise_is_on)
		return;
	wrap_thread.noise = *made;
	noise_at(&call, NOISE_START);
}

void noise_before_fork(void)
{
	if (!noise_is_on)
		return;
	is_concurrent = true;
	noise_fork(&wrap_thread.noise);
}

void noise_after_fork(void)
{
	if (!noise_is_on)
		return;
	is_concurrent = true;
	noise_forked(&wrap_thread.noise);
	program_key = wrap_thread.noise.key;
	budget = (struct noise_budget){ .start_ns = packer_ns() };
}
