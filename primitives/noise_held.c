/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the wrappers of locks and the real functions: who holds what. */
#include "primitives/noise_held.h"

#include <errno.h>

#include "primitives/wrap.h"

/* The real functions under ours. */
static struct {
#define HOLDS(name, once, parameters, arguments) __typeof__(&name) name;
#define LETS_GO(name, parameters, arguments) __typeof__(&name) name;
#include "primitives/noise.def"
} below;

static int held(int result, const volatile void *object, bool is_once)
{
	/* thrd_success is 0 as well. */
	if (result == 0 || result == EOWNERDEAD)
		noise_hold(&wrap_thread.noise, (uint64_t)object, is_once);
	return result;
}

/* After the release the object may be gone; its address alone is looked at. */
static int let_go(int result, const volatile void *object)
{
	if (result == 0)
		noise_let_go(&wrap_thread.noise, (uint64_t)object);
	return result;
}

#define HOLDS(name, once, parameters, arguments)                                                   \
	static int held_##name parameters                                                          \
	{                                                                                          \
		return held(below.name arguments, object, once);                                   \
	}
#define LETS_GO(name, parameters, arguments)                                                       \
	static int held_##name parameters                                                          \
	{                                                                                          \
		return let_go(below.name arguments, object);                                       \
	}
#include "primitives/noise.def"

/* Again, where another thread has found the real functions at the same time: they stay below. */
#define PUT_BELOW(name)                                                                            \
	do {                                                                                       \
		if (real.name != held_##name)                                                      \
			below.name = real.name;                                                    \
		real.name = held_##name;                                                           \
	} while (0);
#define HOLDS(name, once, parameters, arguments) PUT_BELOW(name)
#define LETS_GO(name, parameters, arguments) PUT_BELOW(name)

void noise_held_load(void)
{
#include "primitives/noise.def"
}
