#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs in which nothing moves any more: they are ended, and it is told where each thread stood.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# They mostly wait, so all run at once: begin NAME USER OPTION... -- COMMAND... starts one, and
# settle NAME waits for its end and leaves $status, $T/out, its recording in $trace and its $report.
begin() {
	name=$1
	user=$2
	shift 2
	(become "$user" timeout -k 5 "$limit" "$heddle" check --trace "$T/user/$name" --format json \
		-o "$T/user/$name.json" "$@") >"$T/$name.out" 2>"$T/$name.err" </dev/null &
	eval "pid_$name=$!"
}

settle() {
	eval "wait \$pid_$1"
	status=$?
	cp "$T/$1.out" "$T/out"
	cp "$T/$1.err" "$T/err"
	trace=$T/user/$1
	report=$T/user/$1.json
}

finding='r["findings"][0]'
stood='[t["name"] + ": " + t["state"] for t in r["hang"]["threads"]]'

runner() {
	for i in $(seq 200); do
		how=ends
		[ "$i" != 137 ] || how=lost
		echo "'$programs/hangs' $how 'test $i' || exit 1"
	done
}

begin_all() {
	runner >"$T/user/tests.sh"
	for user in $(users); do
		begin "lost_$user" "$user" --stall 0.4 -- "$programs/hangs" lost
	done
	begin runner "$me" --stall 1 -- sh "$T/user/tests.sh"
	begin computes "$me" --stall 0.3 -- "$programs/hangs" computes
	begin loops "$me" --stall 0.1 -- "$programs/hangs" loops
	begin flushes "$me" --stall 0.3 -- "$programs/hangs" flushes
	begin locks "$me" --timeout 1 -- "$programs/hangs" locks
	begin leaves "$me" --stall 0.3 -- "$programs/hangs" leaves
	begin stops "$me" --stall 0.3 -- "$programs/hangs" stops
	begin daemon "$me" --stall 0.3 -- "$programs/hangs" daemon
	begin ignores "$me" --stall 0.3 --core -- "$programs/hangs" ignores
	begin plain "$me" --timeout 2 --plain -- "$programs/hangs" lost
}

lost_signal() {
	settle "lost_$1"
	is "$status" 66 "nobody signals ($1): exit code"
	is "$(json "$report" "$finding"'["rule"]')" stuck "nobody signals ($1): the finding"
	is "$(json "$report" 'r["hang"]["reason"]')" stall "nobody signals ($1): why it was ended"
	like "$trace/recorder.txt" ' recording_end .*text="stall"' \
		"nobody signals ($1): the recording says so"
	is "$(json "$report" '[t["in_finding"] for t in r["hang"]["threads"]
		if "wait_ready" in t["name"]]')" '[True]' \
		"nobody signals ($1): the thread is known from the finding"
	is "$(json "$report" '[f["function"] for t in r["hang"]["threads"] if t["name"] == "main"
		for f in t["stack"] if "hangs.c" in str(f["file"])]')" "['main']" \
		"nobody signals ($1): where the main thread stood"
	valid "$report" "nobody signals ($1)"
	run_as "$1" "$heddle" report "$trace"
	like "$T/out" '^Command: .*/hangs lost; it was ended because nothing moved for [0-9.]+ s$' \
		"nobody signals ($1): the report says for how long"
}

one_of_many() {
	settle runner
	is "$status" 66 'one of 200 tests hangs: exit code'
	is "$(json "$report" 'len(r["findings"])')" 1 'one of 200 tests hangs: one finding'
	is "$(json "$report" "$finding"'["process"].split("/")[-1]')" 'hangs lost test 137' \
		'one of 200 tests hangs: it is named'
	is "$(json "$report" "$finding"'["threads"][0].split(" [")[0]')" 'wait_ready #1' \
		'one of 200 tests hangs: so is the thread'
	is "$(json "$report" "$finding"'["objects"]')" "['ready']" \
		'one of 200 tests hangs: and the object'
	is "$(json "$report" '[t["action"] + " " + t["awaited"][:4] for t in r["hang"]["threads"]
		if t["process"].startswith("sh ")]')" "['is in wait']" \
		'one of 200 tests hangs: the runner merely waits for it'
}

# Who computes is not stalled at once, and is no dead end.
computing() {
	settle computes
	is "$status" 0 'a thread computes while another waits: it may go on'
	is "$(json "$report" 'r["hang"]')" None \
		'a thread computes while another waits: no hang is told'
	settle loops
	is "$status" 124 'a thread loops for ever: exit code'
	is "$(json "$report" 'len(r["findings"])')" 0 \
		'a thread loops for ever: no finding claims that nobody is left'
	is "$(json "$report" "$stood")" "['main: running', 'wait_ready #1: sleeping']" \
		'a thread loops for ever: who runs is told first'
	is "$(json "$report" '[f["function"] for f in r["hang"]["threads"][0]["stack"]][-2:]')" \
		"['compute', 'main']" 'a thread loops for ever: where'
	is "$(json "$report" 'r["hang"]["idle_ns"] >= 1000000000')" True \
		'a thread loops for ever: it took ten times as long'
}

endings() {
	settle flushes
	is "$(cat "$T/out")" flushed 'it ends when it is told to: what it says then arrives'
	is "$status" 66 'it ends when it is told to: exit code'
	is "$(json "$report" "$finding"'["rule"]')" stuck \
		'it ends when it is told to: it hung all the same'
	is "$(json "$report" 'r["trace"]["complete"]')" True \
		'it ends when it is told to: the trace is whole'
	settle locks
	is "$(json "$report" '[f["rule"] for f in r["findings"]]')" "['self-deadlock']" \
		'its handler deadlocks: that is told'
	is "$(json "$report" '[t["name"] for t in r["hang"]["threads"] if not t["in_finding"]]')" \
		"['main', 'wait_ready #1']" 'its handler deadlocks: and where its threads stood before'
	settle leaves
	is "$status" 66 'the main thread has left: it is ended'
	settle stops
	is "$status" 124 'it is stopped: it is ended'
	is "$(json "$report" "sorted($stood)")" "['main: stopped', 'wait_ready #1: stopped']" \
		'it is stopped: that is told'
	settle daemon
	is "$status" 66 'it has left a daemon: it is ended'
	settle plain
	is "$(json "$report" "sorted($stood)")" "['main: sleeping', 'wait_ready #1: sleeping']" \
		'with --plain the threads are seen, and none of the tracer'
}

cores() {
	settle ignores
	like "$trace/recorder.txt" ' recording_end value=(6|134) ' \
		'with --core it is aborted where it ignores SIGTERM'
	rm -f core core.*
	begin core "$me" --stall 0.3 --core -- "$programs/hangs" lost
	settle core
	like "$trace/recorder.txt" ' recording_end value=(6|134) ' 'with --core it is aborted'
	pattern=$(cat /proc/sys/kernel/core_pattern)
	case $pattern in
	core | core.*) ok 'with --core there is a core' test -n "$(ls core core.* 2>/dev/null)" ;;
	*) skip "cores go to '$pattern'" 'with --core there is a core' ;;
	esac
	begin told "$me" --stall 0.3 --core -- "$programs/hangs" flushes
	settle told
	is "$(cat "$T/out")" flushed 'with --core it may end by itself'
	rm -f core core.*
}

# interrupt NAME: to heddle, once the hang is noted.
interrupt() {
	wait_until grep -q recording_hang "$T/user/$1/recorder.txt"
	eval "kill -INT \$pid_$1"
}

# Not by begin, for timeout would pass on what it gets to all of its group.
interrupts() {
	for name in deaf forks; do
		(become "$me" "$heddle" check --trace "$T/user/$name" --timeout 1 --core \
			--format json -o "$T/user/$name.json" -- "$programs/hangs" $name) \
			>"$T/$name.out" 2>"$T/$name.err" </dev/null &
		eval "pid_$name=$!"
	done
	# Those who wait for a child of vfork() do not stop, so the look takes as long as it may.
	interrupt forks
	interrupt deaf
	sleep 0.4
	interrupt deaf
	settle deaf
	like "$trace/recorder.txt" ' recording_end value=9 ' 'a second Ctrl-C kills at once'
	settle forks
	is "$status" 66 'Ctrl-C while threads are looked at: exit code'
	like "$trace/recorder.txt" 'thread_unseen .*text="the run was interrupted"' \
		'Ctrl-C while threads are looked at: that is cut short'
}

begin_all
for user in $(users); do
	lost_signal "$user"
done
one_of_many
computing
endings
cores
interrupts
finish
