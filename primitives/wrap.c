/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real functions, the guard against the tracer's own calls, the emission. */
#include "primitives/wrap.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "libtrace/provider.h"
#include "libtrace/recording.h"
#include "primitives/modules.h"
#include "primitives/old.h"
#include "primitives/stacks.h"

/* Emissions within one another: signal handlers that interrupt signal handlers. */
#define WRAP_NESTED_MAX 4

struct real real;
__thread struct wrap_thread wrap_thread __attribute__((tls_model("initial-exec")));

static const int wrap_unready = 1;
static const int wrap_quiet;
static atomic_bool wrap_is_ready;
static const struct provider *wrap_provider;
/* One flag, not one for each event: locks are recorded with their unlocks or not at all. */
static atomic_bool is_over;
static void (*wrap_leave)(void);

const int *wrap_enabled[EVENT_COUNT] = { [0 ... EVENT_COUNT - 1] = &wrap_unready };

/* Which events carry a stack: the column of their shape in events.def. */
enum {
#define SHAPE(name, object, other, value, stack, text, build_id, frames) HAS_STACK_##name = stack,
#include "libtrace/events.def"
};

/* Which events are about an object in the program's memory. */
static const bool has_object[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning)                                             \
	[EVENT_##name] = OBJECT_##object >= OBJECT_MUTEX && OBJECT_##object < OBJECT_CALL,
#include "libtrace/events.def"
};

static const bool has_stack[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning) [EVENT_##name] = HAS_STACK_##shape,
#include "libtrace/events.def"
};

/* dlsym() as told by POSIX for functions: no cast from void * to a function pointer. */
#define RESOLVE(name) (*(void **)&real.name = dlsym(RTLD_NEXT, #name))

void wrap_resolve(void)
{
	if (atomic_load_explicit(&wrap_is_ready, memory_order_acquire))
		return;
		/* Two threads here at once write the same values. */
#define WRAPPED(name) RESOLVE(name);
#include "primitives/wrapped.def"
	old_resolve();
	modules_find_tracer();
	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		if (wrap_enabled[i] == &wrap_unready)
			wrap_enabled[i] = &wrap_quiet;
	}
	atomic_store_explicit(&wrap_is_ready, true, memory_order_release);
}

bool wrap_is_tracer(const void *site)
{
	return modules_is_tracer((uint64_t)site);
}

/*
 * Events of functions that signal handlers may call or interrupt and leave by siglongjmp(). LTTng
 * must not be left in the midst of an event, so signals wait that long. So they do where a
 * thread is about to sleep anyway. Who leaves a lock's fast path that way does what POSIX forbids.
 */
static const bool is_signal_safe[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning)                                             \
	[EVENT_##name] = OBJECT_##object == OBJECT_CALL || OBJECT_##object == OBJECT_PROCESS ||    \
			 OPERATION_##operation == OPERATION_POST ||                                \
			 OPERATION_##operation == OPERATION_KILL,
#include "libtrace/events.def"
};

static void wrap_leave_frames(uintptr_t frame);

bool wrap_enter(struct call *call, enum event_type type, const void *site, const void *frame)
{
	wrap_resolve();
	if (!wrap_provider || wrap_thread.inside || wrap_thread.is_tracer || wrap_is_tracer(site) ||
	    atomic_load_explicit(&is_over, memory_order_relaxed))
		return false;
	/*
	 * In the midst of an emission: a signal handler's call, of a function that handlers may
	 * call. All others are what the tracer allocates with, say.
	 */
	if (wrap_thread.emitting &&
	    (!is_signal_safe[type] || wrap_thread.emitting >= WRAP_NESTED_MAX))
		return false;
	call->site = (uint64_t)site;
	call->frame = (uintptr_t)frame;
	call->stack = 0;
	call->has_stack = false;
	if (!wrap_thread.emitting && frames_has_any(&wrap_thread.frames))
		wrap_leave_frames((uintptr_t)frame);
	return true;
}

/* Where the provider lies: as the recorder says, else beside this library. */
static bool wrap_provider_path(char *path, size_t size)
{
	const char *given = getenv(RECORDING_PROVIDER_VARIABLE);
	Dl_info self;

	if (given && given[0]) {
		if (strcmp(given, "none") == 0 || strlen(given) >= size)
			return false;
		strcpy(path, given);
		return true;
	}
	if (!dladdr((void *)wrap_provider_path, &self) || !self.dli_fname)
		return false;
	const char *slash = strrchr(self.dli_fname, '/');
	int length = slash ? (int)(slash - self.dli_fname) + 1 : 0;
	int written =
		snprintf(path, size, "%.*s%s", length, self.dli_fname, RECORDING_PROVIDER_LIBRARY);
	return written > 0 && (size_t)written < size;
}

/* LTTng takes its tracepoints down one by one. */
static void wrap_left(void)
{
	wrap_leave();
	atomic_store_explicit(&is_over, true, memory_order_relaxed);
}

void wrap_load_provider(void (*leave)(void))
{
	static char path[PATH_MAX];

	wrap_resolve();
	if (wrap_provider || !wrap_provider_path(path, sizeof(path)))
		return;
	wrap_thread.inside++;
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct provider *provider = handle ? dlsym(handle, PROVIDER_SYMBOL) : NULL;
	if (provider && provider->size == sizeof(*provider)) {
		stacks_load();
		modules_find_tracer();
		wrap_provider = provider;
		wrap_leave = leave;
		provider->on_leave(wrap_left);
		for (unsigned i = 0; i < EVENT_COUNT; i++) {
			if (provider->enabled[i])
				wrap_enabled[i] = provider->enabled[i];
		}
	}
	wrap_thread.inside--;
}

void wrap_fall_silent(void)
{
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		wrap_enabled[i] = &wrap_quiet;
	wrap_provider = NULL;
}

bool wrap_is_loaded(void)
{
	return wrap_provider != NULL;
}

int32_t wrap_pid(void)
{
	if (!wrap_thread.pid) {
		wrap_thread.pid = getpid();
		wrap_thread.tid = gettid();
	}
	return wrap_thread.pid;
}

void wrap_after_fork(void)
{
	wrap_thread.pid = 0;
	modules_after_fork();
}

void wrap_write(struct event *event)
{
	event->pid = wrap_pid();
	event->tid = wrap_thread.tid;
	wrap_provider->emit(event);
}

/* stacks_take() and modules_note() tell once, and may not be interrupted by themselves. */
static bool wrap_is_nested(void)
{
	return wrap_thread.emitting > 1;
}

static uint64_t wrap_stack(struct call *call, enum event_type type)
{
	if (!has_stack[type] || wrap_is_nested())
		return 0;
	if (!call->has_stack) {
		call->stack = stacks_take(call->site);
		call->has_stack = true;
	}
	return call->stack;
}

/* What an event says of the waits of its thread. */
enum change { CHANGE_NOTHING, CHANGE_BEGIN, CHANGE_END };

/* What an emission has to put back. */
struct emission {
	int saved_errno, cancel_state;
	bool has_blocked;
	sigset_t signals;
};

static void emission_begin(struct emission *emission, bool is_safe)
{
	sigset_t all;

	emission->saved_errno = errno;
	emission->has_blocked = is_safe;
	/* LTTng may sleep in poll(), a cancellation point that is none without us. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &emission->cancel_state);
	if (emission->has_blocked) {
		sigfillset(&all);
		pthread_sigmask(SIG_BLOCK, &all, &emission->signals);
	}
	wrap_thread.emitting++;
}

static void emission_end(const struct emission *emission)
{
	wrap_thread.emitting--;
	if (emission->has_blocked)
		pthread_sigmask(SIG_SETMASK, &emission->signals, NULL);
	pthread_setcancelstate(emission->cancel_state, NULL);
	errno = emission->saved_errno;
}

static void wrap_emit_event(struct call *call, struct event *event, enum change change)
{
	struct emission emission;

	if (!*wrap_enabled[event->type])
		return;
	emission_begin(&emission, is_signal_safe[event->type] || change != CHANGE_NOTHING);
	if (change == CHANGE_END)
		frames_end_wait(&wrap_thread.frames, call->frame);
	event->stack = wrap_stack(call, event->type);
	wrap_write(event);
	/* After it, because the first event of a process says that there is one. */
	if (!wrap_is_nested())
		modules_note(call->site);
	if (has_object[event->type] && !wrap_is_nested())
		frames_note_object(&wrap_thread.frames, event->object,
				   (uintptr_t)__builtin_frame_address(0));
	if (change == CHANGE_BEGIN)
		frames_begin_wait(&wrap_thread.frames, call->frame);
	emission_end(&emission);
}

static void wrap_emit_change(struct call *call, enum event_type type, const void *object,
			     const void *other, int64_t value, const char *text, enum change change)
{
	struct event event = {
		.type = type,
		.site = call->site,
		.object = (uint64_t)object,
		.other = (uint64_t)other,
		.value = value,
		.text = text,
	};

	wrap_emit_event(call, &event, change);
}

void wrap_emit(struct call *call, enum event_type type, const void *object, const void *other,
	       int64_t value)
{
	wrap_emit_change(call, type, object, other, value, NULL, CHANGE_NOTHING);
}

void wrap_emit_text(struct call *call, enum event_type type, const void *object, int64_t value,
		    const char *text)
{
	wrap_emit_change(call, type, object, NULL, value, text, CHANGE_NOTHING);
}

void wrap_wait_begin(struct call *call, enum event_type type, const void *object, const void *other,
		     int64_t value)
{
	wrap_emit_change(call, type, object, other, value, NULL, CHANGE_BEGIN);
}

void wrap_wait_begin_text(struct call *call, enum event_type type, const void *object,
			  const char *text)
{
	wrap_emit_change(call, type, object, NULL, 0, text, CHANGE_BEGIN);
}

void wrap_wait_end(struct call *call, enum event_type type, const void *object, const void *other,
		   int64_t value)
{
	wrap_emit_change(call, type, object, other, value, NULL, CHANGE_END);
}

/* Tell what was over when the thread left the frames below frame. */
static void wrap_leave_frames(uintptr_t frame)
{
	struct frames *frames = &wrap_thread.frames;
	struct event left = { .type = EVENT_thread_wait_left };
	struct event gone = { .type = EVENT_object_gone };
	struct emission emission;

	if (!frames_is_own(frames, frame))
		return;
	emission_begin(&emission, true);
	while (frames_left_wait(frames, frame))
		if (*wrap_enabled[left.type])
			wrap_write(&left);
	while (frames_left_object(frames, frame, &gone.object))
		if (*wrap_enabled[gone.type])
			wrap_write(&gone);
	emission_end(&emission);
}
