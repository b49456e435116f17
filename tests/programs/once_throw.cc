/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routines of once that are left by exceptions, by the end of their thread, and by longjmp(). */
#include <csetjmp>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <stdexcept>

static std::once_flag first, outer, inner;
static pthread_once_t thrown = PTHREAD_ONCE_INIT, quitted = PTHREAD_ONCE_INIT;
static pthread_once_t jumped = PTHREAD_ONCE_INIT;
static std::jmp_buf back;
static int runs;

static void throw_at_first()
{
	if (runs++ == 0)
		throw 5;
}

static void quit_at_first()
{
	if (runs++ == 0)
		pthread_exit(&runs);
}

static void jump_twice()
{
	if (runs++ < 2)
		std::longjmp(back, 1);
}

static void throw_twice(int turn)
{
	try {
		std::call_once(first, [turn] {
			std::printf("run %d\n", turn);
			if (turn < 2)
				throw std::runtime_error("not yet");
		});
		std::puts("done");
	} catch (const std::exception &error) {
		std::puts(error.what());
	}
}

static void throw_within()
{
	try {
		std::call_once(outer, [] {
			try {
				std::call_once(inner, [] { throw 1; });
			} catch (int number) {
				std::printf("inner threw %d\n", number);
			}
			std::call_once(inner, [] { throw 2; });
		});
	} catch (int number) {
		std::printf("outer threw %d\n", number);
	}
	std::call_once(outer, [] { std::call_once(inner, [] { std::puts("inner ran"); }); });
}

static void *throw_and_quit(void *)
{
	for (int turn = 0; turn < 3; turn++)
		throw_twice(turn);
	throw_within();
	try {
		pthread_once(&thrown, throw_at_first);
	} catch (int number) {
		std::printf("threw %d\n", number);
	}
	pthread_once(&thrown, throw_at_first);
	runs = 0;
	pthread_once(&quitted, quit_at_first);
	std::puts("not reached");
	return nullptr;
}

int main()
{
	pthread_t thread;
	void *result;

	pthread_create(&thread, nullptr, throw_and_quit, nullptr);
	pthread_join(thread, &result);
	std::printf("quitted: %d\n", result == &runs);
	pthread_once(&quitted, quit_at_first);
	runs = 0;
	setjmp(back);
	pthread_once(&jumped, jump_twice);
	std::printf("runs %d\n", runs);
	return 0;
}
