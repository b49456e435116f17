/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How COMMAND and its family are ended: what is sent to them, and when. */
#include "analyzer/ending.h"

#include <poll.h>
#include <signal.h>

#include "analyzer/clock.h"
#include "analyzer/family.h"

/* To end in an orderly way. Who waits in a ring for ever will hardly do that. */
#define GRACE_NS (2 * SECOND_NS)
#define GRACE_DEADLOCK_NS (SECOND_NS / 2)

/* To write cores, which SIGKILL would cut off. */
#define GRACE_CORE_NS (10 * SECOND_NS)

#define LOOK_MS 20

const char *ending_reason_name(enum ending_reason reason)
{
	static const char *const names[] = {
		[ENDING_NONE] = "none",
		[ENDING_TIMEOUT] = "timeout",
		[ENDING_STALL] = "stall",
		[ENDING_DEADLOCK] = "deadlock",
	};

	return names[reason];
}

void ending_init(struct ending *ending, bool wants_core)
{
	*ending = (struct ending){ .wants_core = wants_core, .due_ns = ENDING_NEVER };
}

bool ending_begin(struct ending *ending, enum ending_reason reason, int64_t now_ns)
{
	if (ending->reason != ENDING_NONE)
		return false;
	ending->reason = reason;
	ending->grace_ns = reason == ENDING_DEADLOCK ? GRACE_DEADLOCK_NS : GRACE_NS;
	ending->next = SIGTERM;
	ending->due_ns = now_ns;
	return true;
}

int ending_take(struct ending *ending, int64_t now_ns)
{
	int signal = ending->next;

	if (ending->reason == ENDING_NONE || now_ns < ending->due_ns)
		return 0;
	ending->next = signal == SIGTERM && ending->wants_core ? SIGABRT : SIGKILL;
	ending->due_ns = now_ns + (signal == SIGABRT ? GRACE_CORE_NS : ending->grace_ns);
	return signal;
}

void ending_step(struct ending *ending, const pid_t *except, int64_t now_ns)
{
	int signal = ending_take(ending, now_ns);

	if (signal == SIGTERM && ending->wants_core)
		family_abort(except);
	else if (signal)
		family_signal(except, signal);
}

void ending_finish(struct ending *ending, const pid_t *except, pid_t command)
{
	if (ending->reason == ENDING_NONE)
		return;
	int64_t give_up = ENDING_NEVER;

	for (int64_t now = clock_now_ns(); now < give_up; now = clock_now_ns()) {
		family_reap_but(command);
		ending_step(ending, except, now);
		if (family_signal(except, 0) == 0)
			break;
		if (ending->next == SIGKILL && give_up == ENDING_NEVER)
			give_up = ending->due_ns + 2 * ending->grace_ns;
		poll(NULL, 0, LOOK_MS);
	}
}
