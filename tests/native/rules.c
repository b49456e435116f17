/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rules [ROUNDS]: check every rule, and print TAP. ROUNDS: of what may race, usually 1000. */
#include "tests/native/rules.h"

#include <sched.h>
#include <stdlib.h>

int rules_rounds = 1000;
static int told, failed;

void rules_check(bool holds, const char *rule, const char *file, int line)
{
	told++;
	printf("%sok %d - %s\n", holds ? "" : "not ", told, rule);
	if (holds)
		return;
	failed++;
	printf("# %s:%d\n", file, line);
}

static int run_task(struct heddle_thread *thread)
{
	struct task *task = (struct task *)thread;

	task->result = task->function(task->argument);
	return 0;
}

void task_start(struct task *task, heddle_thread_function *function, void *argument)
{
	heddle_thread_init_run(&task->thread, NULL, run_task);
	task->function = function;
	task->argument = argument;
	if (heddle_thread_start(&task->thread)) {
		printf("Bail out! no thread can be started\n");
		exit(1);
	}
}

void task_until_blocked(const struct task *task)
{
	while (heddle_thread_state(&task->thread) == HEDDLE_THREAD_RUNNING)
		sched_yield();
}

int task_end(struct task *task)
{
	heddle_thread_join(&task->thread);
	return task->result;
}

int elsewhere(heddle_thread_function *function, void *argument)
{
	struct task task;

	task_start(&task, function, argument);
	return task_end(&task);
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int main(int count, char **arguments)
{
	if (count > 1)
		rules_rounds = atoi(arguments[1]);
#define SUITE(name) suite_##name();
#include "tests/native/rules.def"
#undef SUITE
	printf("1..%d\n", told);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
