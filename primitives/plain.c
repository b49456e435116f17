/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LTTng's provider, and what surrounds an event that it writes. */
#include "primitives/plain.h"

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
#include "primitives/wrap.h"

static const struct provider *plain_provider;
/* One flag, not one for each event: locks are recorded with their unlocks or not at all. */
static atomic_bool is_over;
static void (*plain_leave)(void);

/* Where the provider lies: as the recorder says, else beside this library. */
static bool provider_path(char *path, size_t size)
{
	const char *given = getenv(RECORDING_PROVIDER_VARIABLE);
	Dl_info self;

	if (given && given[0]) {
		if (strcmp(given, "none") == 0 || strlen(given) >= size)
			return false;
		strcpy(path, given);
		return true;
	}
	if (!dladdr((void *)provider_path, &self) || !self.dli_fname)
		return false;
	const char *slash = strrchr(self.dli_fname, '/');
	int length = slash ? (int)(slash - self.dli_fname) + 1 : 0;
	int written =
		snprintf(path, size, "%.*s%s", length, self.dli_fname, RECORDING_PROVIDER_LIBRARY);
	return written > 0 && (size_t)written < size;
}

/* LTTng takes its tracepoints down one by one. */
static void plain_left(void)
{
	plain_leave();
	atomic_store_explicit(&is_over, true, memory_order_relaxed);
}

void plain_load(void (*leave)(void))
{
	static char path[PATH_MAX];

	if (plain_provider || !provider_path(path, sizeof(path)))
		return;
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct provider *provider = handle ? dlsym(handle, PROVIDER_SYMBOL) : NULL;
	if (provider && provider->size == sizeof(*provider)) {
		stacks_load_wanted();
		modules_find_tracer();
		plain_provider = provider;
		plain_leave = leave;
		provider->on_leave(plain_left);
		for (unsigned i = 0; i < EVENT_COUNT; i++) {
			if (provider->enabled[i])
				wrap_enabled[i] = provider->enabled[i];
		}
	}
}

void plain_unload(void)
{
	plain_provider = NULL;
}

bool plain_is_loaded(void)
{
	return plain_provider != NULL;
}

bool plain_is_recording(void)
{
	return plain_provider && !atomic_load_explicit(&is_over, memory_order_relaxed);
}

void plain_begin(struct plain_emission *emission, bool is_safe)
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

void plain_end(const struct plain_emission *emission)
{
	wrap_thread.emitting--;
	if (emission->has_blocked)
		pthread_sigmask(SIG_SETMASK, &emission->signals, NULL);
	pthread_setcancelstate(emission->cancel_state, NULL);
	errno = emission->saved_errno;
}

void plain_write(const struct event *event)
{
	plain_provider->emit(event);
}
