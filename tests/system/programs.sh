#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Small programs, bare and recorded: same output and status, and the right facts in the trace.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# record USER COMMAND...: the trace is $T/user/trace, its report $T/report.json.
record() {
	who=$1
	shift
	rm -rf "$T/user/trace"
	run_as "$who" "$heddle" record -o "$T/user/trace" -- "$@"
	by "$who" "$heddle" report --format json "$T/user/trace" >"$T/report.json" 2>"$T/report.err"
	report_status=$?
}

# alike USER NAME COMMAND...: output and status are those of the bare command.
alike() {
	who=$1
	name=$2
	shift 2
	run "$@"
	bare=$status
	mv "$T/out" "$T/bare.out"
	mv "$T/err" "$T/bare.err"
	record "$who" "$@"
	is "$status" "$bare" "$who: $name: exit status"
	same "$T/bare.out" "$T/out" "$who: $name: output"
	own_messages "$T/err"
	same "$T/bare.err" "$T/err" "$who: $name: messages"
	is "$(json "$T/report.json" 'r["trace"]["lost_events"], r["trace"]["complete"]')" "(0, True)" \
		"$who: $name: nothing lost"
}

# rules STATUS RULES: what the report of the latest recording says; notes apart.
rules() {
	is "$report_status $(json "$T/report.json" 'sorted(f["rule"] for f in r["findings"]
		if f["level"] != "note")')" "$1 $2" "$name: report"
}

# Some programs try what is forbidden, to see it refused.
expected_rules() {
	case $1 in
	mutex_kinds)
		rules 1 "['destroy-locked', 'double-unlock', 'double-unlock', 'relock', 'robust-inconsistent']"
		;;
	rwlock_kinds) rules 1 "['relock', 'relock', 'relock']" ;;
	*) rules 0 '[]' ;;
	esac
}

# count EVENT: how often the latest recording has it.
count() {
	"$heddle" dump "$T/user/trace" | cut -d' ' -f3 | grep -cx "$1"
}

clean='mutex_kinds cond_kinds c11_kinds cancel fork_exec names reuse closes_all keeps_errno early
	main_leaves rwlock_kinds spin_kinds semaphore_kinds barrier_once futex_kinds blocking_kinds
	old_versions stack_locks priorities'

# The library alone, with nobody to record: a program does what it does without it. One that
# closes all descriptors needs LTTng's liblttng-ust-fd.so too, as the recorder adds it.
preloaded() {
	for name in $clean; do
		[ "$name" != closes_all ] || continue
		run "$programs/$name"
		mv "$T/out" "$T/bare.out"
		run env LD_PRELOAD="$build/.libs/libheddle-preload.so" "$programs/$name"
		is "$status" 0 "preloaded: $name: exit status"
		same "$T/bare.out" "$T/out" "preloaded: $name: output"
	done
}

each_program() {
	for name in $clean; do
		alike "$1" "$name" "$programs/$name"
		expected_rules "$name"
		rm -rf "$T/kept.$name"
		mv "$T/user/trace" "$T/kept.$name"
	done
}

# appears NUMBER PATTERN DESCRIPTION: so many lines of $T/dump have it.
appears() {
	is "$(grep -c -- "$2" "$T/dump")" "$1" "$3"
}

facts_of_locks() {
	"$heddle" dump "$T/kept.rwlock_kinds" >"$T/dump"
	appears 3 ' rwlock_init ' 'rwlock_kinds: three made'
	like "$T/dump" ' rwlock_init .*value=1 ' 'rwlock_kinds: writers first, recursive'
	like "$T/dump" ' rwlock_init .*value=130 ' 'rwlock_kinds: writers first, shared'
	appears 3 ' rwlock_destroy ' 'rwlock_kinds: three destroyed'
	appears 12 ' rwlock_rdlock_end .*value=110' 'rwlock_kinds: reads timed out'
	appears 20 ' rwlock_wrlock_end .*value=110' 'rwlock_kinds: writes timed out'
	appears 5 ' rwlock_rdlock_end .*value=35' 'rwlock_kinds: reads refused'
	appears 10 ' rwlock_wrlock_end .*value=35' 'rwlock_kinds: writes refused'
	appears 12 ' rwlock_timedrdlock_begin ' 'rwlock_kinds: timed reads that wait'
	appears 25 ' rwlock_timedwrlock_begin ' 'rwlock_kinds: timed writes that wait'
	like "$T/dump" ' rwlock_timedrdlock_begin .*value=2 ' 'rwlock_kinds: kind of an initialiser'
	like "$T/dump" ' rwlock_tryrdlock .*value=16' 'rwlock_kinds: a failed tryrdlock'
	appears 10 ' rwlock_trywrlock .*value=16' 'rwlock_kinds: failed trywrlocks'
	"$heddle" dump "$T/kept.spin_kinds" >"$T/dump"
	like "$T/dump" ' spin_init .*value=128' 'spin_kinds: a shared one'
	for event in 'init 2' 'destroy 2' 'lock 2' 'lock_begin 2' 'lock_end 2' 'trylock 4' 'unlock 6'; do
		appears "${event#* }" " spin_${event% *} " "spin_kinds: $event"
	done
}

facts_of_waits() {
	"$heddle" dump "$T/kept.semaphore_kinds" >"$T/dump"
	appears 2 ' sem_wait_end .*value=110' 'semaphore_kinds: two time-outs'
	appears 1 ' sem_wait_end .*value=125' 'semaphore_kinds: a cancelled wait'
	is "$(grep -cE ' sem_(timed)?wait_begin ' "$T/dump")" "$(grep -c ' sem_wait_end ' "$T/dump")" \
		'semaphore_kinds: each wait ends'
	appears 203 ' sem_post ' 'semaphore_kinds: posts'
	like "$T/dump" ' sem_post_failed .*value=75 ' 'semaphore_kinds: a post that failed'
	like "$T/dump" ' sem_trywait .*value=11 ' 'semaphore_kinds: a failed trywait'
	like "$T/dump" ' sem_init .*other=0x80 value=2147483647' 'semaphore_kinds: a shared one'
	appears 4 ' sem_init ' 'semaphore_kinds: one that was refused is not told'
	is "$(grep -c ' sem_open ' "$T/dump") $(grep -c ' sem_close ' "$T/dump")" '2 2' \
		'semaphore_kinds: a named one opened and closed'
	like "$T/dump" ' sem_unlink .*value=2 ' 'semaphore_kinds: an unlink that failed'
	appears 2 ' sem_destroy ' 'semaphore_kinds: two destroyed'
	"$heddle" dump "$T/kept.barrier_once" >"$T/dump"
	is "$(grep -c ' barrier_wait_begin ' "$T/dump") $(grep -c ' barrier_wait_end ' "$T/dump")" \
		'13 13' 'barrier_once: arrivals'
	appears 5 ' barrier_wait_end .*value=-1 ' 'barrier_once: serial threads'
	appears 2 ' barrier_init ' 'barrier_once: one that was refused is not told'
	like "$T/dump" ' barrier_init .*other=0x80 value=1 ' 'barrier_once: a shared barrier'
	appears 2 ' once_end .*value=114 ' 'barrier_once: two waited for the routine'
	is "$(grep -c ' once_run ' "$T/dump")" "$(grep -c ' once_ran ' "$T/dump")" \
		'barrier_once: each routine is left'
	"$heddle" dump "$T/kept.futex_kinds" >"$T/dump"
	appears 2 ' futex_wait_end .*value=11 ' 'futex_kinds: two that did not wait'
	appears 2 ' futex_wait_end .*value=110 ' 'futex_kinds: two time-outs'
	appears 2 ' futex_timedwait_begin ' 'futex_kinds: two time limits'
	appears 2 ' futex_wake .*value=2147483647 ' 'futex_kinds: two requeues'
	like "$T/dump" ' futex_wait_begin .*value=128' 'futex_kinds: a shared one'
	like "$T/dump" ' futex_wake .*value=6 ' 'futex_kinds: wake_op, the first word'
	like "$T/dump" ' futex_wake .*value=7 ' 'futex_kinds: wake_op, the second word'
	appears 1 'value=4711' 'futex_kinds: the child of a bare fork is recorded too'
}

# inversions: what the latest report says of them.
inversions() {
	json "$T/report.json" '[f["message"].split("(", 1)[1].split(" at ")[0] for f in r["findings"]
		if f["rule"] == "priority-inversion"]'
}

facts_of_priorities() {
	"$heddle" dump "$T/kept.priorities" >"$T/dump"
	like "$T/dump" ' thread_nice object=.* value=19 ' 'priorities: a nice value, as far as it goes'
	like "$T/dump" ' thread_nice object=[^ ]* [^v]*$' 'priorities: nice value 0'
	appears 1 ' thread_policy .*other=.* value=65280 ' 'priorities: the same policy, by number'
	appears 5 ' thread_policy object=\| thread_policy other=' 'priorities: all but what was refused'
	"$heddle" report --format json "$T/kept.priorities" >"$T/report.json"
	is "$(inversions)" "['nice 0) waits for guard']" 'priorities: the inversion'
	record "$me" nice -n 5 "$programs/priorities" fifo
	if [ "$status" = 77 ]; then
		skip 'no real-time priorities for this user' 'priorities: real time'
		return
	fi
	is "$status $(inversions)" "0 ['fifo 20) waits for guard']" \
		'priorities: real time, and not where the mutex inherits'
	"$heddle" dump "$T/user/trace" >"$T/dump"
	appears 2 ' thread_nice .*value=5' 'priorities: what a program is started with'
	appears 3 ' thread_policy .*value=276 \| thread_policy .*value=266' 'priorities: of attributes'
}

facts_of_calls() {
	"$heddle" dump "$T/kept.blocking_kinds" >"$T/dump"
	for call in accept connect epoll_pwait epoll_pwait2 epoll_wait fcntl fdatasync flock fsync \
		lockf msgrcv msgsnd poll ppoll pread preadv pwrite pwritev readv recv recvfrom \
		recvmmsg recvmsg select semop send sendmmsg sendmsg sendto system wait wait4 waitid \
		waitpid write writev; do
		appears 1 " io_begin .*text=\"$call\" " "blocking_kinds: $call once"
	done
	appears 4 ' io_begin .*text="read" ' 'blocking_kinds: four reads'
	for call in sleep nanosleep clock_nanosleep thrd_sleep poll pselect sigtimedwait sigwait \
		sigwaitinfo; do
		appears 1 " sleep_begin .*text=\"$call\" " "blocking_kinds: $call once"
	done
	like "$T/dump" ' io_end .*value=9 ' 'blocking_kinds: EBADF'
	like "$T/dump" ' thread_wait_left' 'blocking_kinds: a read left by a jump'
}

# What the recordings of each_program hold besides; they were the last user's.
facts() {
	"$heddle" dump "$T/kept.mutex_kinds" >"$T/dump"
	like "$T/dump" 'mutex_trylock .*value=16' 'mutex_kinds: a failed trylock'
	like "$T/dump" 'mutex_lock_end .*value=110' 'mutex_kinds: a timed out lock'
	like "$T/dump" 'mutex_lock(_end)? .*value=130' 'mutex_kinds: an owner that died'
	like "$T/dump" 'mutex_unlock_failed .*value=1 ' 'mutex_kinds: an unlock that failed'
	like "$T/dump" 'mutex_consistent' 'mutex_kinds: made consistent'
	like "$T/dump" 'mutex_destroy_failed .*value=16' 'mutex_kinds: a destroy that failed'
	"$heddle" dump "$T/kept.cond_kinds" >"$T/dump"
	is "$(grep -c 'cond_wait_end .*value=110' "$T/dump")" 3 'cond_kinds: three time-outs'
	is "$(grep -c ' cond_broadcast ' "$T/dump")" 1 'cond_kinds: one broadcast'
	"$heddle" dump "$T/kept.c11_kinds" >"$T/dump"
	for event in mutex_init mutex_lock mutex_unlock mutex_trylock mutex_destroy cond_init \
		cond_wait_begin cond_wait_end cond_signal cond_broadcast cond_destroy \
		thread_create_begin thread_start thread_exit thread_join_end; do
		like "$T/dump" " $event " "c11_kinds: $event"
	done
	"$heddle" dump "$T/kept.cancel" >"$T/dump"
	is "$(grep -c ' thread_cancel ' "$T/dump")" 2 'cancel: two requests'
	like "$T/dump" 'cond_wait_end .*value=125' 'cancel: a cancelled wait'
	like "$T/dump" 'thread_join_end .*value=125' 'cancel: a cancelled join'
	"$heddle" dump "$T/kept.names" >"$T/dump"
	like "$T/dump" 'object_name .*text="the second \\"pool\\" lock"' 'names: a named lock'
	"$heddle" report --top 0 "$T/kept.names" >"$T/out" 2>"$T/err"
	for text in 'the second "pool" lock' 'ledger' 'self-named' 'has_no_name'; do
		like "$T/out" "$text" "names: the report says $text"
	done
	"$heddle" report --format json "$T/kept.names" >"$T/out" 2>"$T/err"
	like "$T/out" "made at [^\"]*names\\.c:$(line_of "$source/tests/programs/names.c" 'made[0], NULL')" \
		'names: a lock without a name is known by the place that made it'
	"$heddle" dump "$T/kept.fork_exec" >"$T/dump"
	is "$(grep -c ' process_fork .*text=' "$T/dump")" 1 'fork_exec: one fork'
	is "$(grep -c ' process_start ' "$T/dump")" 2 'fork_exec: two programs'
	like "$T/dump" ' process_exec_failed .*value=2' 'fork_exec: an exec that failed'
	"$heddle" report --format json "$T/kept.fork_exec" >"$T/report.json"
	is "$(json "$T/report.json" 'sorted((c["object"]["name"].split(" ")[0], c["acquisitions"])
		for c in r["contention"])')" \
		"[('child_lock', 100), ('exec_lock', 100), ('parent_lock', 100)]" \
		'fork_exec: each lock used a hundred times'
	"$heddle" report --format json "$T/kept.closes_all" >"$T/report.json"
	is "$(json "$T/report.json" 'sum(c["acquisitions"] for c in r["contention"])')" 1000 \
		'closes_all: recorded after the descriptors were closed'
}

findings() {
	alike "$1" c11_transfer "$programs/c11_transfer"
	rules 1 "['lock-order']"
	run_as "$1" "$heddle" check --timeout 2 --trace "$T/user/orphaned" -- "$programs/orphaned"
	is "$status" 66 "$1: orphaned: exit status"
	like "$T/out" 'stuck' "$1: orphaned: the rule"
	like "$T/out" 'orphan' "$1: orphaned: the lock"
	run_as "$1" "$heddle" check --timeout 2 --trace "$T/user/stubborn" -- "$programs/stubborn"
	is "$status" 66 "$1: stubborn: a deadlock in a child"
	like "$T/out" 'deadlock' "$1: stubborn: the rule"
	nothing_left "$1: stubborn: the child that ignores SIGTERM is gone"
	rm -rf "$T/user/orphaned" "$T/user/stubborn"
}

statuses() {
	for command in 'exit 7' 'kill -TERM $$' 'kill -SEGV $$' 'exit 0'; do
		alike "$1" "sh: $command" sh -c "$command"
	done
	alike "$1" 'victim of SIGKILL' "$programs/victim" 1000 9
	is "$(count mutex_lock)" 1000 "$1: victim of SIGKILL: all that it did is there"
	run_as "$1" "$heddle" check --timeout 1 -- sleep 30
	is "$status" 124 "$1: a time-out without a finding"
	run_as "$1" "$heddle" check -- sh -c 'exit 7'
	is "$status" 7 "$1: check passes the status on"
	run_as "$1" "$heddle" check --error-exitcode 3 --trace "$T/user/other" -- "$programs/c11_transfer"
	is "$status" 3 "$1: --error-exitcode"
}

# What goes through heddle's standard descriptors is the command's own.
descriptors() {
	status=0
	printf 'to stdin\n' | by "$1" "$heddle" record -o "$T/user/cat" -- \
		sh -c 'cat; echo to stderr >&2' >"$T/out" 2>"$T/err" || status=$?
	own_messages "$T/err"
	is "$status $(cat "$T/out") $(cat "$T/err")" '0 to stdin to stderr' "$1: descriptors passed on"
	rm -rf "$T/user/cat"
}

for user in $(users); do
	each_program "$user"
	findings "$user"
	statuses "$user"
	descriptors "$user"
	rm -rf "$T/user/trace" "$T/user/other"
	nothing_left "$user: no process is left behind"
done
facts
facts_of_locks
facts_of_waits
facts_of_calls
facts_of_priorities
limit=20
preloaded
finish
