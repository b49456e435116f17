/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of Python's threading (3.11), each checked of the library and told as a line of TAP: the name
 * that the documentation has for it, and what it says.
 */
#ifndef TESTS_NATIVE_RULES_H
#define TESTS_NATIVE_RULES_H

#include <heddle.h>
#include <stdio.h>

/* One check. rule: "Lock.release: ...". */
#define RULE(holds, rule) rules_check((holds), rule, __FILE__, __LINE__)
void rules_check(bool holds, const char *rule, const char *file, int line);

/* How often what may race is repeated. */
extern int rules_rounds;

/* A function that runs in another thread. */
struct task {
	struct heddle_thread thread;
	heddle_thread_function *function;
	void *argument;
	int result;
};

void task_start(struct task *task, heddle_thread_function *function, void *argument);
/* Wait until it waits in the library. */
void task_until_blocked(const struct task *task);
/* Wait for its end; what the function returned. */
int task_end(struct task *task);

/* What function returns in another thread. */
int elsewhere(heddle_thread_function *function, void *argument);

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t now_ns(void);

/* Each suite, in rules.def's order. */
#define SUITE(name) void suite_##name(void);
#include "tests/native/rules.def"
#undef SUITE

#endif
