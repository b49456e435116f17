/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does anything move? Decided from what is seen now and then, by clocks that the caller gives. */
#include "analyzer/stall.h"

#include "analyzer/clock.h"

#define LOOKS_A_LIMIT 8
#define PERIOD_MIN_NS (SECOND_NS / 50)
#define PERIOD_MAX_NS SECOND_NS

/* Somebody has stopped us, or the machine is overloaded: what was stopped with us could not move. */
#define PERIODS_TO_DOUBT 4

/* Of the time, on one processor. */
#define BUSY_SHARE 10

void stall_init(struct stall *stall, int64_t limit_ns, int64_t now_ns)
{
	int64_t period_ns = limit_ns / LOOKS_A_LIMIT;

	period_ns = period_ns < PERIOD_MIN_NS ? PERIOD_MIN_NS : period_ns;
	period_ns = period_ns > PERIOD_MAX_NS ? PERIOD_MAX_NS : period_ns;
	*stall = (struct stall){
		.limit_ns = limit_ns, .period_ns = period_ns, .look_ns = now_ns, .seen_ns = now_ns
	};
}

static bool has_moved(const struct stall *stall, const struct stall_sample *sample, int64_t now_ns)
{
	return !stall->has_sample || sample->movement != stall->movement || !sample->waiting ||
	       now_ns - stall->seen_ns > PERIODS_TO_DOUBT * stall->period_ns + PERIOD_MAX_NS;
}

bool stall_take(struct stall *stall, const struct stall_sample *sample, int64_t now_ns)
{
	if (has_moved(stall, sample, now_ns)) {
		stall->has_sample = true;
		stall->movement = sample->movement;
		stall->cpu_ns = sample->cpu_ns;
		stall->moved_ns = now_ns;
	}
	stall->seen_ns = now_ns;
	stall->look_ns = now_ns + stall->period_ns;
	int64_t idle_ns = now_ns - stall->moved_ns;
	bool is_busy = sample->is_running || sample->cpu_ns - stall->cpu_ns > idle_ns / BUSY_SHARE;
	/* Divided, for a limit may be nearly all of time. */
	return (is_busy ? idle_ns / STALL_BUSY_FACTOR : idle_ns) >= stall->limit_ns;
}

int64_t stall_idle_ns(const struct stall *stall, int64_t now_ns)
{
	return now_ns - stall->moved_ns;
}
