#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that interrupt, fork, leave frames and have many of everything: heddle does not disturb
# them and loses nothing.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

trace=$T/user/trace

# record COMMAND...: the trace is $trace, its text $T/dump.
record() {
	rm -rf "$trace"
	run timeout 240 "$heddle" record -o "$trace" -- "$@"
	own_messages "$T/err"
	"$heddle" dump "$trace" >"$T/dump" 2>"$T/dump.err"
}

# count EVENT: how often the latest recording has it.
count() {
	cut -d' ' -f3 "$T/dump" | grep -cx "$1"
}

lossless() {
	"$heddle" report --format json "$trace" >"$T/report.json" 2>"$T/report.err"
	is "$(json "$T/report.json" 'r["trace"]["lost_events"], r["trace"]["complete"]')" "(0, True)" \
		"$1: nothing lost"
	is "$(json "$T/report.json" '[f["rule"] for f in r["findings"] if f["level"] != "note"]')" '[]' \
		"$1: no finding"
}

# A thousand times each: see the program.
interruptions() {
	record "$programs/interrupted" "$programs/.libs"
	is "$status" 0 'interrupted: ends well'
	is "$(cat "$T/out")" 'all ran' 'interrupted: did all it had to do'
	lossless interrupted
	is "$(count thread_cancel)" 1000 'interrupted: each cancellation is told'
	# Each wait is ended, left, or cancelled with its thread.
	begun=$(($(count io_begin) + $(count sleep_begin)))
	ended=$(($(count io_end) + $(count sleep_end) + $(count thread_wait_left)))
	is "$((begun - ended <= 250 && begun >= ended))" 1 'interrupted: each wait that was left is told'
}

# memory WHEN: what the program said, in KiB.
memory() {
	sed -n "s/^memory $2: //p" "$1"
}

many() {
	run "$programs/many_threads"
	mv "$T/out" "$T/bare"
	record "$programs/many_threads"
	is "$status" 0 'many: ends well'
	is "$(count thread_start) $(count thread_exit)" '11000 11000' 'many: each thread is told'
	is "$(count mutex_init) $(count mutex_destroy)" '1000200 1000200' 'many: each mutex is told'
	lossless many
	bare=$(($(memory "$T/bare" 'with them') - $(memory "$T/bare" before)))
	recorded=$(($(memory "$T/out" 'with them') - $(memory "$T/out" before)))
	echo "# memory of 1,000 threads: $bare KiB bare, $recorded KiB recorded"
	is "$((recorded - bare <= 256 * 1000))" 1 'many: at most 256 KiB more for each live thread'
	later=$(($(memory "$T/out" 'after all') - $(memory "$T/out" 'after them')))
	echo "# memory after 10,000 more, one after the other: $later KiB more"
	is "$((later <= 4096))" 1 'many: no memory stays behind that grows with threads that went'
}

locals() {
	record "$programs/stack_locks"
	is "$status" 0 'stack_locks: ends well'
	lossless stack_locks
	# Two uses in main, two in the thread, the pipe's reader.
	is "$(count object_gone) $(count thread_wait_left)" '4 1' 'stack_locks: frames that were left'
	is "$(json "$T/report.json" 'r["trace"]["objects"]')" 5 'stack_locks: each local lock is a new one'
}

old_versions() {
	run "$programs/old_versions"
	is "$status" 0 'old_versions: ends well, bare'
	record "$programs/old_versions"
	is "$status" 0 'old_versions: ends well'
	lossless old_versions
	is "$(sed -n 's/.* cond_wait_begin object=\([^ ]*\).*/\1/p' "$T/dump" | sort -u | wc -l)" 2 \
		'old_versions: waits of both versions'
	is "$(count cond_timedwait_begin)" 1 'old_versions: a timed wait'
	is "$(count cond_signal) $(count cond_broadcast)" '3 1' 'old_versions: signals of both versions'
	is "$(count cond_init) $(count cond_destroy)" '1 1' 'old_versions: init and destroy'
}

# What the tracer allocates is told of no thread, least of all before its start.
allocators() {
	record "$programs/locking_malloc"
	is "$status" 0 'locking_malloc: ends well'
	lossless locking_malloc
	is "$(json "$T/report.json" 'r["trace"]["threads"]')" 9 'locking_malloc: its threads, each once'
	for tid in $(sed -n 's|^[^ ]* \([0-9]*/[0-9]*\) thread_start .*|\1|p' "$T/dump"); do
		grep -c " $tid mutex_unlock" "$T/dump"
	done | sort -u >"$T/out"
	is "$(cat "$T/out")" 100 'locking_malloc: the allocations of its threads, and no others'
}

forks() {
	rm -rf "$trace"
	run timeout 60 "$heddle" check --timeout 3 --format json -o "$T/report.json" --trace "$trace" -- \
		"$programs/fork_held"
	is "$status" 66 'fork_held: a finding'
	is "$(json "$T/report.json" '[f["rule"] for f in r["findings"] if f["level"] == "error"]')" \
		"['fork-while-held']" 'fork_held: its rule'
	"$heddle" report "$trace" >"$T/out"
	like "$T/out" 'ledger' 'fork_held: names the lock'
	like "$T/out" 'accountant' 'fork_held: names the holder'
	like "$T/out" 'fork_held\.c:[0-9]+' 'fork_held: names the places'
}

# cxx NAME [OPTION...]: the C++ program NAME is built as $T/user/NAME, and recorded it says the same.
cxx() {
	name=$1
	shift
	if ! g++ "$@" -O1 -g -pthread -o "$T/user/$name" "$source/tests/programs/$name.cc" \
		>"$T/out" 2>"$T/err"; then
		skip "no g++ that takes $*" "$name"
		return 1
	fi
	run "$T/user/$name"
	mv "$T/out" "$T/bare"
	is "$status" 0 "$name: ends well, bare"
	record "$T/user/$name"
	is "$status" 0 "$name: ends well"
	same "$T/bare" "$T/out" "$name: output"
	lossless "$name"
}

cplusplus() {
	if cxx once_throw -std=c++17; then
		is "$(count once_run) $(($(count once_begin) - $(count once_end)))" \
			"$(count once_ran) $(count once_run)" 'once_throw: each routine that was begun is left'
	fi
	if cxx waits20 -std=c++20; then
		"$heddle" report --top 0 "$trace" >"$T/out"
		for object in tokens start flag; do
			like "$T/out" "$object \(futex\)" "waits20: the report names $object"
		done
		is "$(count futex_timedwait_begin)" 1 'waits20: a wait with a time limit'
	fi
}

# Memcheck says nothing about us.
memcheck() {
	if ! command -v valgrind >/dev/null; then
		skip 'valgrind is not installed' 'memcheck'
		return
	fi
	# Not blocking_kinds, which calls what Valgrind does not know.
	for name in mutex_kinds cond_kinds rwlock_kinds semaphore_kinds barrier_once futex_kinds \
		stack_locks; do
		rm -rf "$trace"
		run timeout 120 "$heddle" record -o "$trace" -- valgrind -q --error-exitcode=99 \
			--log-file="$T/valgrind.log" "$programs/$name"
		is "$status" 0 "memcheck: $name ends well"
		unlike "$T/valgrind.log" '.' "memcheck: $name: no report"
		note "$T/valgrind.log"
	done
}

interruptions
many
locals
old_versions
allocators
forks
cplusplus
memcheck
finish
