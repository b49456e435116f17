/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* prctl() and syscall(), where they put a seccomp filter on the process. */
#include "primitives/sandbox.h"

#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "primitives/wrap.h"

static atomic_bool is_entered;

bool sandbox_is_entered(void)
{
	return atomic_load_explicit(&is_entered, memory_order_relaxed);
}

void sandbox_note(long number, long first)
{
	if ((number == SYS_prctl && (int)first == PR_SET_SECCOMP) ||
	    (number == SYS_seccomp &&
	     (first == SECCOMP_SET_MODE_STRICT || first == SECCOMP_SET_MODE_FILTER)))
		atomic_store(&is_entered, true);
}

/* Five arguments at most; those that were not given are not used. */
PUBLIC int prctl(int option, ...)
{
	unsigned long arguments[4];
	va_list args;

	va_start(args, option);
	for (int i = 0; i < 4; i++)
		arguments[i] = va_arg(args, unsigned long);
	va_end(args);
	if (!real.prctl)
		wrap_resolve();
	sandbox_note(SYS_prctl, option);
	return real.prctl(option, arguments[0], arguments[1], arguments[2], arguments[3]);
}
