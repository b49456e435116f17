#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# scripts/ci/heddle-test with runners of tests: automake's, ctest and meson. Each has three tests, one
# that passes, one that is skipped, and one that deadlocks.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

HEDDLE=$heddle
HEDDLE_REPORTS=$T/user/reports
HEDDLE_OPTIONS='--timeout 20'
export HEDDLE HEDDLE_REPORTS HEDDLE_OPTIONS
wrapper=$source/scripts/ci/heddle-test
limit=60

write_programs() {
	cat >hangs.c <<-'END'
		#include <pthread.h>
		static pthread_mutex_t ham = PTHREAD_MUTEX_INITIALIZER, eggs = PTHREAD_MUTEX_INITIALIZER;
		static pthread_barrier_t both;
		static void *eat_eggs(void *unused)
		{
			pthread_mutex_lock(&eggs);
			pthread_barrier_wait(&both);
			pthread_mutex_lock(&ham);
			return unused;
		}
		int main(void)
		{
			pthread_t thread;
			pthread_barrier_init(&both, 0, 2);
			pthread_create(&thread, 0, eat_eggs, 0);
			pthread_mutex_lock(&ham);
			pthread_barrier_wait(&both);
			pthread_mutex_lock(&eggs);
			return 0;
		}
	END
	echo 'int main(void) { return 0; }' >passes.c
	echo 'int main(void) { return 77; }' >skipped.c
	cat >Makefile.am <<-'END'
		check_PROGRAMS = passes skipped hangs
		AM_CFLAGS = -pthread
		TESTS = $(check_PROGRAMS)
	END
	cat >configure.ac <<-'END'
		AC_INIT([suite], [1])
		AM_INIT_AUTOMAKE([foreign])
		AC_PROG_CC
		AC_CONFIG_FILES([Makefile])
		AC_OUTPUT
	END
	cat >CMakeLists.txt <<-'END'
		cmake_minimum_required(VERSION 3.13)
		project(suite C)
		set(CMAKE_C_FLAGS "-pthread -g")
		enable_testing()
		foreach(name passes skipped hangs)
			add_executable(${name} ${name}.c)
			add_test(NAME ${name} COMMAND ${name})
		endforeach()
		set_tests_properties(skipped PROPERTIES SKIP_RETURN_CODE 77)
	END
	cat >meson.build <<-'END'
		project('suite', 'c')
		foreach name : ['passes', 'skipped', 'hangs']
			test(name, executable(name, name + '.c', dependencies: dependency('threads')))
		endforeach
	END
}

# told RUNNER: the one report is that of the test that hangs.
told() {
	set -- "$1" "$HEDDLE_REPORTS"/*
	is "$# $(basename "$2" | sed 's/-[0-9]*\./ /')" '2 hangs txt' "$1: one test has a report"
	like "$2" 'error: deadlock \(actual\)' "$1: it tells the deadlock"
	for word in ham eggs eat_eggs hangs.c; do
		like "$2" "$word" "$1: it names $word"
	done
	rm -rf "$HEDDLE_REPORTS"
}

# runner NAME COMMAND...: runs the tests, one of which fails.
runner() {
	name=$1
	shift
	run "$@"
	ok "$name: fails ($status)" test "$status" -gt 0 -a "$status" -lt 124
}

automake() {
	if ! { autoreconf -i && ./configure -q CFLAGS=-g; } >"$T/made" 2>&1; then
		note "$T/made"
		skip 'autoconf and automake are not there or not of use' 'automake'
		return
	fi
	runner automake make check LOG_COMPILER="$wrapper"
	for count in 'PASS:  1' 'SKIP:  1' 'FAIL:  1'; do
		like "$T/out" "^# $count" "automake: $count"
	done
	like hangs.log 'threads wait for each other for ever' 'automake: the log of the test has the report'
	told automake
}

ctest() {
	if ! { cmake -S . -B cmake -DCMAKE_TEST_LAUNCHER="$wrapper" -DCMAKE_CROSSCOMPILING_EMULATOR="$wrapper" &&
		cmake --build cmake; } >"$T/made" 2>&1; then
		note "$T/made"
		skip 'cmake is not there or not of use' 'ctest'
		return
	fi
	runner ctest env -C cmake ctest --output-on-failure
	like "$T/out" 'passes \.* +Passed' 'ctest: one test passes'
	like "$T/out" 'skipped \.*\*\*\*Skipped' 'ctest: one is skipped'
	like "$T/out" 'hangs \.*\*\*\*Failed' 'ctest: one fails'
	like "$T/out" 'threads wait for each other for ever' 'ctest: its output has the report'
	told ctest
}

meson() {
	if ! { command meson setup meson . && command meson compile -C meson; } >"$T/made" 2>&1; then
		note "$T/made"
		skip 'meson is not there or not of use' 'meson'
		return
	fi
	runner meson meson test -C meson --wrapper "$wrapper" --print-errorlogs
	like "$T/out" '^Ok: +1' 'meson: one test passes'
	like "$T/out" '^Skipped: +1' 'meson: one is skipped'
	like "$T/out" '^Fail: +1' 'meson: one fails'
	like "$T/out" 'threads wait for each other for ever' 'meson: its output has the report'
	told meson
}

# Status and output of a test are its own.
alone() {
	run "$wrapper" sh -c 'cat; echo "$1"; echo wrong >&2; exit 3' name 'two  words'
	is "$status $(cat "$T/out" "$T/err")" '3 two  words
wrong' 'a test keeps its status, output and arguments'
	is "$(ls "$HEDDLE_REPORTS")" '' 'where nothing is found no report is left'
	run "$wrapper"
	is "$status $(wc -l <"$T/err")" '2 1' 'without a test it tells its usage'
	HEDDLE_OPTIONS=--nonsense run "$wrapper" true
	is "$status" 2 'options that heddle refuses fail the test'
}

if ! command -v cc >/dev/null; then
	skip_all 'there is no C compiler'
fi
# What this suite was made with is nothing to the ones within it.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKE_TERMOUT MAKE_TERMERR
write_programs
alone
automake
ctest
meson
rm -rf "$T"/tmp/heddle-check-*
finish
