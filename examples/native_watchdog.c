/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A watchdog: a timer is started before each job and cancelled after it. The second job waits for a
 * device that never answers, so its watchdog bites: it tells the job to give up. Correct.
 */
#include <heddle.h>
#include <stdio.h>

struct job {
	const char *what;
	bool is_answered;
	struct heddle_event answer;
	bool has_given_up; /* read behind answer */
};

static int bite(void *argument)
{
	struct job *job = argument;

	job->has_given_up = true;
	heddle_event_set(&job->answer);
	return 0;
}

static int device(void *argument)
{
	struct job *job = argument;

	if (job->is_answered)
		heddle_event_set(&job->answer);
	return 0;
}

static void run(struct job *job, int64_t limit_ns)
{
	struct heddle_timer watchdog;
	struct heddle_thread thread;

	heddle_timer_init(&watchdog, "watchdog", limit_ns, bite, job);
	heddle_timer_start(&watchdog);
	heddle_thread_init(&thread, "device", device, job);
	heddle_thread_start(&thread);
	heddle_event_wait(&job->answer);
	heddle_timer_cancel(&watchdog);
	heddle_thread_join(&watchdog.thread);
	heddle_thread_join(&thread);
	printf("%s: %s\n", job->what, job->has_given_up ? "given up" : "answered");
}

int main(void)
{
	static struct job jobs[] = {
		{ "a job that is answered", true, HEDDLE_EVENT_INIT("answer"), false },
		{ "a job that is not", false, HEDDLE_EVENT_INIT("no answer"), false },
	};

	run(&jobs[0], HEDDLE_S(60)); /* long enough for any machine; it is cancelled at once */
	run(&jobs[1], HEDDLE_MS(50));
	return 0;
}
