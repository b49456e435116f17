/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real functions, the guard against the tracer's own calls, the emission. */
#include "primitives/wrap.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>

#include "primitives/modules.h"
#include "primitives/noise.h"
#include "primitives/old.h"
#include "primitives/plain.h"
#include "primitives/stacks.h"
#include "primitives/waiting.h"

/* Emissions within one another: signal handlers that interrupt signal handlers. */
#define WRAP_NESTED_MAX 4

struct real real;
__thread struct wrap_thread wrap_thread __attribute__((tls_model("initial-exec")));

static const int wrap_unready = 1;
static const int wrap_quiet;
static const int wrap_packed = 1;
static atomic_bool wrap_is_ready;

const int *wrap_enabled[EVENT_COUNT] = { [0 ... EVENT_COUNT - 1] = &wrap_unready };

/* Which events are about an object in the program's memory. */
static const bool has_object[EVENT_COUNT] = {
#define EVENT(name, shape, object, operation, meaning)                                             \
	[EVENT_##name] = OBJECT_##object >= OBJECT_MUTEX && OBJECT_##object < OBJECT_CALL,
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
	if ((!packer_arena && !plain_is_recording()) || wrap_thread.inside ||
	    wrap_thread.is_tracer || wrap_is_tracer(site))
		return false;
	/*
	 * In the midst of an emission of LTTng's: a signal handler's call, of a function that handlers may
	 * call. All others are what the tracer allocates with, say.
	 */
	if (wrap_thread.emitting &&
	    (!is_signal_safe[type] || wrap_thread.emitting >= WRAP_NESTED_MAX))
		return false;
	call->site = (uint64_t)site;
	call->frame = (uintptr_t)frame;
	call->stack = 0;
	call->has_stack = false;
	if (packer_arena ? (uintptr_t)frame > wrap_thread.frames.quiet
			 : !wrap_thread.emitting && frames_has_any(&wrap_thread.frames))
		wrap_leave_frames((uintptr_t)frame);
	if (noise_is_on)
		noise_enter(call, type);
	return true;
}

void wrap_load(void (*leave)(void))
{
	wrap_resolve();
	if (packer_load()) {
		for (unsigned i = 0; i < EVENT_COUNT; i++)
			wrap_enabled[i] = &wrap_packed;
		return;
	}
	wrap_thread.inside++;
	plain_load(leave);
	wrap_thread.inside--;
}

bool wrap_is_packed(void)
{
	return packer_arena != NULL;
}

void wrap_fall_silent(void)
{
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		wrap_enabled[i] = &wrap_quiet;
	plain_unload();
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
	packer_after_fork();
}

void wrap_write(struct event *event)
{
	if (packer_arena) {
		packer_write(wrap_thread.own, event, 0, NULL);
		return;
	}
	event->pid = wrap_pid();
	event->tid = wrap_thread.tid;
	plain_write(event);
}

/* stacks_take() and modules_note() tell once, and may not be interrupted by themselves. */
static bool wrap_is_nested(void)
{
	return wrap_thread.emitting > 1;
}

static uint64_t wrap_stack(struct call *call, enum event_type type)
{
	if (!stacks_are_on(wrap_has_stack[type]) || wrap_is_nested())
		return 0;
	if (!call->has_stack) {
		struct stacks_walk walk;

		call->stack = stacks_take(call->site, &walk);
		call->has_stack = true;
	}
	return call->stack;
}

/* What an event says of the waits of its thread. */
enum change { CHANGE_NOTHING, CHANGE_BEGIN, CHANGE_END };

/* What an event says of objects and waits in the thread's own frames. */
static void note_frames(const struct call *call, const struct event *event, enum change change)
{
	if (has_object[event->type])
		frames_note_object(&wrap_thread.frames, event->object,
				   (uintptr_t)__builtin_frame_address(0));
	if (change == CHANGE_BEGIN)
		waiting_begin(call, event);
}

/* An event that is not like one before it. */
static void wrap_pack_new(struct packer *packer, struct call *call, struct event *event,
			  enum change change)
{
	uintptr_t frame = packer->busy_frame;

	/* What is told of the stack is nothing of the wait. */
	if (change == CHANGE_BEGIN)
		packer->loose = PACKER_FIRM;
	if (stacks_are_on(wrap_has_stack[event->type]) && call->site) {
		if (!call->has_stack)
			call->stack = packer_stack(packer, call->site, frame, &call->path);
		call->has_stack = true;
		event->stack = call->stack;
	}
	bool is_told = !wrap_thread.is_summary || summary_tell(packer, event, frame);
	if (change == CHANGE_BEGIN)
		packer_loosen(packer, PACKER_BEGINS);
	if (is_told)
		packer_write(packer, event, frame, event->stack ? call->path : NULL);
	note_frames(call, event, change);
	packer->loose = PACKER_FIRM;
	/* After it, because the first event of a process says that there is one. */
	modules_note(call->site);
}

/* The long way of an event that is packed. */
static void wrap_pack_event(struct call *call, struct event *event, enum change change)
{
	uintptr_t frame = call->frame ? call->frame : (uintptr_t)__builtin_frame_address(0);
	struct packer *packer = packer_take(frame);
	int saved_errno = errno;

	if (!packer) {
		packer_defer(event);
		return;
	}
	if (change != CHANGE_NOTHING)
		packer_loosen(packer, change == CHANGE_BEGIN ? PACKER_BEGINS : PACKER_ENDS);
	if (change == CHANGE_END)
		waiting_end(call);
	if (wrap_thread.is_summary || !packer_repeat(packer, event, frame))
		wrap_pack_new(packer, call, event, change);
	else if (change == CHANGE_BEGIN)
		waiting_begin(call, event);
	packer->loose = PACKER_FIRM;
	frames_settle(&wrap_thread.frames);
	if (change == CHANGE_BEGIN)
		waiting_look(packer, event, frame);
	packer_give_back(packer);
	errno = saved_errno;
}

static void wrap_emit_event(struct call *call, struct event *event, enum change change)
{
	struct plain_emission emission;

	if (!*wrap_enabled[event->type])
		return;
	if (packer_arena) {
		wrap_pack_event(call, event, change);
		return;
	}
	plain_begin(&emission, is_signal_safe[event->type] || change != CHANGE_NOTHING);
	if (change == CHANGE_END)
		waiting_end(call);
	event->stack = wrap_stack(call, event->type);
	wrap_write(event);
	/* After it, because the first event of a process says that there is one. */
	if (!wrap_is_nested()) {
		modules_note(call->site);
		note_frames(call, event, change);
	}
	plain_end(&emission);
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

void wrap_emit_long(struct call *call, enum event_type type, const void *object, const void *other,
		    int64_t value)
{
	wrap_emit_change(call, type, object, other, value, NULL, CHANGE_NOTHING);
}

void wrap_emit_text(struct call *call, enum event_type type, const void *object, int64_t value,
		    const char *text)
{
	wrap_emit_change(call, type, object, NULL, value, text, CHANGE_NOTHING);
}

void wrap_emit_born(struct call *call, enum event_type type, const void *object, const void *other,
		    int64_t value, const char *text)
{
	wrap_emit_change(call, type, object, other, value, text, CHANGE_NOTHING);
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

static void tell_left(struct packer *packer, uintptr_t frame)
{
	struct frames *frames = &wrap_thread.frames;
	struct event left = { .type = EVENT_thread_wait_left };
	struct event gone = { .type = EVENT_object_gone };

	while (frames_left_wait(frames, frame))
		if (*wrap_enabled[left.type])
			wrap_write(&left);
	while (frames_left_object(frames, frame, &gone.object)) {
		if (*wrap_enabled[gone.type])
			wrap_write(&gone);
		if (packer)
			packer_forget(packer, gone.object);
	}
	frames_settle(frames);
	if (packer)
		waiting_show(packer, frames_wait(frames));
}

/* Tell what was over when the thread left the frames below frame. */
static void wrap_leave_frames(uintptr_t frame)
{
	struct plain_emission emission;
	int saved_errno = errno;

	if (!frames_is_own(&wrap_thread.frames, frame))
		return;
	if (packer_arena) {
		struct packer *packer = packer_take(frame);

		if (packer) {
			tell_left(packer, frame);
			packer_give_back(packer);
		}
		errno = saved_errno;
		return;
	}
	plain_begin(&emission, true);
	tell_left(NULL, frame);
	plain_end(&emission);
}
