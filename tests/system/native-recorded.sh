#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Objects of the native library in recordings: one event an operation, names, kinds, places, misuse.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

program=$source/tests/programs/native_kinds.c

# between MARK: the events that main told from that mark to the next one, with kinds and results.
between() {
	sed -n "/ program_mark .*text=\"$1\"/,\$p" "$T/dump" | sed 1d | sed '/ program_mark /q' |
		grep " $main/$main " | sed 's/^[^ ]* [^ ]* //' |
		grep -vE '^(process_|program_mark)' |
		sed -E 's/ (object|site|stack)=0x[0-9a-f]+//g; s/ other=0x[0-9a-f]{6,}//; s/^thread_([a-z_]*) .*/thread_\1/'
}

# told MARK DESCRIPTION: they are those on the standard input.
told() {
	cat >"$T/wanted"
	between "$1" >"$T/told"
	same "$T/wanted" "$T/told" "$2"
}

one_event_each() {
	told lock 'a lock: one event for each operation' <<-'END'
		lock_init other=0x1 text="plain"
		lock_acquire
		lock_tryacquire value=16
		lock_timedacquire_begin
		lock_acquire_end value=110
		lock_release
		lock_destroy
		lock_init other=0x41 text="fixed"
		lock_acquire
	END
	told rlock 'a reentrant lock' <<-'END'
		lock_release
		lock_init other=0x2 value=1 text="reentrant"
		lock_acquire
		lock_tryacquire
		lock_release
		lock_release
		lock_destroy
	END
	told condition 'a condition, and its lock only where the program asks for it' <<-'END'
		condition_init other=0x3 text="changed"
		lock_acquire
		cond_timedwait_begin
		cond_wait_end value=110
		cond_signal
		condition_notify other=0x3
		cond_broadcast
		lock_release
		cond_destroy
	END
	told semaphore 'a bounded semaphore' <<-'END'
		semaphore_init other=0x5 value=2 text="pool"
		sem_wait
		sem_trywait
		sem_timedwait_begin
		sem_wait_end value=110
		sem_post value=1
		sem_destroy
	END
	told event 'an event' <<-'END'
		event_init other=0x46
		event_timedwait_begin
		event_wait_end value=110
		event_set
		event_wait
		event_clear
	END
	told barrier 'a barrier' <<-'END'
		barrier_made other=0x8 value=1 text="phase"
		barrier_wait_begin
		barrier_wait_end
		barrier_timedwait_begin
		barrier_wait_end
		barrier_break
		barrier_break
		barrier_destroy
	END
	told thread 'threads and a timer: creation, join, and nothing beneath' <<-'END'
		thread_create_begin
		thread_create_end
		event_set
		thread_joined
		event_init other=0x7 text="watchdog"
		thread_create_begin
		thread_create_end
		thread_join_begin
		thread_join_end
	END
	is "$(grep -cE ' (mutex|futex|rwlock|spin|once)_' "$T/dump")" 0 'no call of libc beneath is told'
	is "$(grep -c ' thread_exit ' "$T/dump")" 2 'each thread tells its end once'
	like "$T/dump" ' thread_name .*text="a worker with a long name"' 'a thread has its whole name'
}

# at NAME: what the JSON report calls it.
called() {
	json "$T/report.json" "[c['object']['name'] for c in r['contention'] if '\`$1\`' in c['object']['name']]"
}

place() {
	echo "native_kinds.c:$(line_of "$program" "$1")"
}

names() {
	run "$heddle" report --format json -o "$T/report.json" "$T/user/trace"
	is "$status" 0 'all that is used well is clean'
	case $(called plain) in
	"['lock \`plain\` made at "*"$(place '&lock, "plain"')']") result 0 'a lock: kind, name and place' ;;
	*) is "$(called plain)" "lock plain made at $(place '&lock, "plain"')" 'a lock: kind, name and place' ;;
	esac
	for name in 'rlock `reentrant` made at' 'condition `changed` made at' 'lock `fixed` made at' 'event `go` made at' \
		'bounded semaphore `pool` made at' 'barrier `phase` made at' 'timer `watchdog` made at'; do
		like "$T/report.json" "\"$name [^\"]*native_kinds.c:[0-9]+\"" "$name FILE:LINE"
	done
	like "$T/report.json" "\"lock \`fixed\` made at [^\"]*$(place 'fixed = ')\"" 'a static one is made where it is defined'
	is "$(json "$T/report.json" 'sorted({c["object"]["kind"] for c in r["contention"]})')" \
		"['barrier', 'bounded semaphore', 'condition', 'event', 'lock', 'rlock', 'timer']" \
		'the report tells the kinds'
	is "$(json "$T/report.json" '[(t["name"], t["state"], [k for k, ns in t["blocked_ns"].items() if ns])
		for t in r["threads"] if t["name"] != "main"]')" \
		"[('a worker with a long name', 'exited', ['event', 'sleep']), ('watchdog', 'exited', ['event', 'sleep'])]" \
		'threads: names, states, and what they were blocked in'
	is "$(json "$T/report.json" '[[k for k, ns in t["blocked_ns"].items() if ns]
		for t in r["threads"] if t["name"] == "main"]')" \
		"[['lock', 'condition', 'event', 'semaphore', 'join']]" 'main: lock, condition, event, semaphore, join'
}

misuse() {
	run "$heddle" check --trace "$T/user/misuse" --format json -o "$T/misuse.json" -- \
		"$programs/native_kinds" misuse
	is "$status" 66 'misuse is found'
	is "$(json "$T/misuse.json" 'sorted(f["rule"] for f in r["findings"])')" \
		"['broken-barrier', 'condition-unlocked', 'destroy-locked', 'double-unlock', 'over-release', 'use-after-destroy']" \
		'each refused call is a finding'
	is "$(json "$T/misuse.json" '{s["stack"][0]["function"] for f in r["findings"] for s in f["steps"]}')" "{'misuse'}" \
		'at the place of the call'
}

# The same rules hold while somebody records, in each detail.
unchanged() {
	for detail in full summary; do
		run "$heddle" record --detail "$detail" -o "$T/user/$detail" -- "$build/tests/native/rules" 50
		is "$status $(grep -c '^not ok' "$T/out") $(grep -c '^ok' "$T/out")" "0 0 $(sed -n 's/^1\.\.//p' "$T/out")" \
			"every rule holds while it is recorded, detail $detail"
		run "$heddle" report --strict --fail-on error "$T/user/$detail"
		like "$T/out" '^Trace: .*nothing lost' "detail $detail: nothing is lost"
		rm -rf "$T/user/$detail"
	done
	for way in waits exit daemon fork; do
		case $way in exit) wanted=3 ;; *) wanted=0 ;; esac
		run "$heddle" record -o "$T/user/$way" -- "$programs/native_end" "$way"
		is "$status" "$wanted" "the end of a program is the same: $way"
		rm -rf "$T/user/$way"
	done
}

run_as ordinary "$heddle" record -o "$T/user/trace" -- "$programs/native_kinds"
is "$status" 0 'each operation does what it should while it is recorded'
"$heddle" dump "$T/user/trace" >"$T/dump"
main=$(sed -n 's/^[^ ]* \([0-9]*\)\/[0-9]* process_start .*/\1/p' "$T/dump" | head -n 1)
one_event_each
names
misuse
unchanged
finish
