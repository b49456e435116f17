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
#include "primitives/stacks.h"

struct real real;
__thread struct wrap_thread wrap_thread __attribute__((tls_model("initial-exec")));

static const int wrap_unready = 1;
static const int wrap_quiet;
static atomic_bool wrap_is_ready;
static const struct provider *wrap_provider;

const int *wrap_enabled[EVENT_COUNT] = { [0 ... EVENT_COUNT - 1] = &wrap_unready };

/* Which events carry a stack: the column of their shape in events.def. */
enum {
#define SHAPE(name, object, other, value, stack, text, build_id, frames) HAS_STACK_##name = stack,
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
#undef WRAPPED
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

bool wrap_enter(struct call *call, const void *site)
{
	wrap_resolve();
	if (!wrap_provider || wrap_thread.inside || wrap_thread.is_tracer || wrap_is_tracer(site))
		return false;
	call->site = (uint64_t)site;
	call->stack = 0;
	call->has_stack = false;
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

void wrap_load_provider(void)
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
		for (unsigned i = 0; i < EVENT_COUNT; i++) {
			if (provider->enabled[i])
				wrap_enabled[i] = provider->enabled[i];
		}
	}
	wrap_thread.inside--;
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
	stacks_after_fork();
}

void wrap_write(struct event *event)
{
	event->pid = wrap_pid();
	event->tid = wrap_thread.tid;
	wrap_provider->emit(event);
}

static uint64_t wrap_stack(struct call *call, enum event_type type)
{
	if (!has_stack[type])
		return 0;
	if (!call->has_stack) {
		call->stack = stacks_take(call->site);
		call->has_stack = true;
	}
	return call->stack;
}

static void wrap_emit_event(struct call *call, struct event *event)
{
	if (!*wrap_enabled[event->type])
		return;
	int saved_errno = errno;
	int cancel_state;

	/* LTTng may sleep in poll(), a cancellation point that is none without us. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	wrap_thread.inside++;
	event->stack = wrap_stack(call, event->type);
	wrap_write(event);
	/* After it, because the first event of a process says that there is one. */
	modules_note(call->site);
	wrap_thread.inside--;
	pthread_setcancelstate(cancel_state, NULL);
	errno = saved_errno;
}

void wrap_emit(struct call *call, enum event_type type, const void *object, const void *other,
	       int64_t value)
{
	struct event event = {
		.type = type,
		.site = call->site,
		.object = (uint64_t)object,
		.other = (uint64_t)other,
		.value = value,
	};

	wrap_emit_event(call, &event);
}

void wrap_emit_text(struct call *call, enum event_type type, const void *object, int64_t value,
		    const char *text)
{
	struct event event = {
		.type = type,
		.site = call->site,
		.object = (uint64_t)object,
		.value = value,
		.text = text,
	};

	wrap_emit_event(call, &event);
}
