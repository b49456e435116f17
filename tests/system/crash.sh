#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whoever dies in the midst, the program, heddle, its collector: what was recorded is there.
# HEDDLE_CRASH_ROUNDS in the environment is how often the program is killed at some moment.
# shellcheck source=tests/lib.sh disable=SC2317 # wait_until calls some
. "$(dirname "$0")/../lib.sh"

rounds=${HEDDLE_CRASH_ROUNDS:-20}
trace=$T/user/trace
counts=$T/user/counts

# start USER COMMAND...: heddle COMMAND in the background, until the program says "ready PID".
start() {
	who=$1
	shift
	rm -rf "$trace" "$counts"
	: >"$T/out"
	(become "$who" timeout -k 5 "$limit" "$heddle" "$@") >"$T/out" 2>"$T/err" </dev/null &
	recorder=$!
}

# start_counted USER COUNTED'S-ARGUMENTS...: as $detail says.
detail=full
start_counted() {
	who=$1
	shift
	start "$who" record --detail=$detail -o "$trace" -- "$programs/counted" "$counts" "$@"
	wait_until grep -q '^ready ' "$T/out"
	target=$(sed -n 's/^ready //p' "$T/out")
}

# It ends by itself now: its exit status.
end() {
	status=0
	wait "$recorder" || status=$?
	own_messages "$T/err"
}

# Some time below so many ms.
some_time() {
	echo "$(od -An -N2 -tu2 /dev/urandom) $1" | awk '{ printf "%.3f\n", $1 / 65536 * $2 / 1000 }'
}

# How far the program is: a line for each of its threads, tid, operations begun and done.
progress() {
	od -An -v -w64 -t d8 "$1" | awk '{ print $1, $2, $3 }'
}

# progress_beyond NUMBER: each thread has done so many.
progress_beyond() {
	progress "$counts" | awk -v least="$1" '$3 < least { exit 1 }'
}

# recorded_between FROM TO DESCRIPTION [lossy]: the trace holds, for each thread, at least the
# operations that were done in the file FROM and at most those begun in the file TO.
recorded_between() {
	progress "$1" >"$T/least"
	progress "$2" >"$T/most"
	"$heddle" dump "$trace" 2>"$T/dump.err" | awk -v is_lossy="${4-}" \
		-v least="$T/least" -v most="$T/most" '
		$3 == "mutex_unlock" || $3 == "mutex_lock" || $3 == "mutex_lock_end" {
			recorded[$2]++
		}
		!is_lossy && ($3 == "events_lost" || $3 == "packets_lost")
		END {
			for (who in recorded)
				count_of[substr(who, index(who, "/") + 1)] = recorded[who]
			while ((getline line <least) > 0 && (getline other <most) > 0) {
				split(line, from, " ")
				split(other, to, " ")
				count = count_of[from[1]] + 0
				threads++
				if (count < from[3] || count > to[2])
					print "thread", from[1] ":", from[3], "done,", count,
						"recorded,", to[2], "begun"
			}
			if (threads != 2)
				print threads + 0, "threads"
		}' >"$T/differences"
	is "$(cat "$T/differences")" '' "$3"
	note "$T/dump.err"
}

# facts EXPRESSION: on the report of the recording as r.
facts() {
	"$heddle" report --format json "$trace" >"$T/report.json" 2>"$T/report.err"
	json "$T/report.json" "$1"
}

# The program is killed, and heddle is there to see it.
killed() {
	round=0
	# shellcheck disable=SC2046 # a list of words
	set -- $(users)
	while [ "$round" -lt "$rounds" ]; do
		way=own
		[ $((round / 2 % 2)) = 0 ] || way=shared
		longest=20
		[ $((round % 5)) != 0 ] || longest=150
		if [ $((round % $#)) = 0 ]; then user=$1; else user=$2; fi
		start_counted "$user" $way
		sleep "$(some_time $longest)"
		kill -KILL "$target"
		end
		is "$status" 137 "$user: killed, $way, $round: exit status"
		recorded_between "$counts" "$counts" "$user: killed, $way, $round: what it did is there"
		round=$((round + 1))
	done
	is "$(facts 'r["trace"]["lost_events"], r["trace"]["lost_packets"], r["trace"]["complete"]')" \
		'(0, 0, True)' 'killed: nothing is said to be lost'
}

# What was counted and not told when it was killed is there too: of two operations one is a lock.
killed_summary() {
	detail=summary
	start_counted "$1" own
	wait_until progress_beyond 50000
	kill -KILL "$target"
	end
	detail=full
	is "$status" 137 "$1: killed, summary: exit status"
	acquired=$(facts 'sum(c["acquisitions"] for c in r["contention"]
		if c["object"]["name"].startswith("mutexes"))')
	progress "$counts" | awk -v acquired="$acquired" '
		{ least += int(($3 + 1) / 2); most += int(($2 + 1) / 2) }
		END { if (acquired < least || acquired > most) print least, acquired, most }' \
		>"$T/differences"
	is "$(cat "$T/differences")" '' "$1: killed, summary: what it did is counted"
	echo "# killed, summary: $acquired acquisitions"
}

# asleep PID COUNT: it has so many threads, and none has run since the look before.
looked=
asleep() {
	before=$looked
	looked=$(grep -hE '^(State|voluntary_ctxt_switches)' /proc/"$1"/task/*/status 2>/dev/null)
	[ "$(echo "$looked" | grep -c 'sleeping')" = "$2" ] && [ "$looked" = "$before" ]
}

# kill_dinner: the philosophers, when nobody will eat any more.
kill_dinner() {
	wait_until process_named philosophers
	target=$(process_named philosophers)
	wait_until asleep "$target" 6
	kill -KILL "$target"
	end
}

# A deadlock is found, with five threads and, for each, the place where it waits.
dinner_found() {
	is "$(json "$1" '[(len(f["threads"]), all("dine" in [p["function"] for p in s["stack"]]
		for s in f["steps"] if s["thread"] != "main"), len(f["steps"]) >= 5)
		for f in r["findings"] if f["rule"] == "deadlock"]')" '[(5, True, True)]' "$2"
}

deadlocked() {
	start "$1" record -o "$trace" -- "$examples/philosophers"
	kill_dinner
	is "$status" 137 "$1: deadlock killed: exit status"
	facts 0 >"$T/ok.out"
	dinner_found "$T/report.json" "$1: deadlock killed: found, with all stacks"
	start "$1" check --detail=summary --format json -o "$T/user/checked" --trace "$trace" -- \
		"$examples/philosophers"
	kill_dinner
	is "$status" 66 "$1: deadlock killed, check, summary: exit status"
	dinner_found "$T/user/checked" "$1: deadlock killed, check, summary: found, with all stacks"
	rm -rf "$T/user/checked"
}

no_process_named() {
	! process_named "$1" >"$T/ok.out"
}

# The machine's daemon goes on by itself, and may still be writing.
nobody_writes() {
	[ -z "$(find /proc/[0-9]*/fd -lname "$trace/ctf/*/heddle_*" 2>/dev/null)" ]
}

# What belongs to heddle alone is gone; the machine's daemon, which root uses, may stay.
nobody_left() {
	for process in heddle-collect heddle; do
		wait_until no_process_named $process
		is "$(process_named $process)" '' "$1: $process is gone"
	done
	ok "$1: nobody writes the trace" wait_until nobody_writes
	[ "$who" = ordinary ] || [ "$me" = ordinary ] || return 0
	for process in lttng-sessiond lttng-consumerd; do
		wait_until no_process_named $process
		is "$(process_named $process)" '' "$1: $process is gone"
	done
	# There is nobody who could remove them.
	rm -rf "$T"/tmp/heddle-lttng-*
}

# The program itself is not disturbed: it ends when it is told to.
ends_well() {
	ok "$1: the program goes on" kill -0 "$target"
	now=$(progress "$counts" | awk '{ sum += $3 } END { print sum }')
	wait_until progress_beyond "$now"
	kill -TERM "$target"
	wait_until grep -q '^ended$' "$T/out"
	like "$T/out" '^ended$' "$1: it ends as it would"
}

# heddle is killed.
abandoned() {
	name="$1: heddle killed"
	start_counted "$1" shared
	wait_until progress_beyond 100000
	cp "$counts" "$T/before"
	kill -KILL "$(process_named heddle)"
	ends_well "$name"
	end
	is "$status" 137 "$name: exit status"
	nobody_left "$name"
	ok "$name: the buffers are there" test -s "$trace/buffers"
	recorded_between "$T/before" "$counts" "$name: what it had done is there"
	is "$(facts 'r["trace"]["complete"], r["trace"]["incomplete_reason"]')" \
		"(False, 'the recording has no end')" "$name: the report says what happened"
	run_as "$1" "$heddle" report "$trace"
	is "$status" 0 "$name: the report can be made"
}

# The collector is killed.
uncollected() {
	name="$1: collector killed"
	start_counted "$1" own
	wait_until progress_beyond 100000
	cp "$counts" "$T/before"
	kill -KILL "$(process_named heddle-collect)"
	ends_well "$name"
	end
	is "$status" 125 "$name: exit status"
	one_sentence "$T/err" "$name: one sentence"
	like "$T/err" 'collector' "$name: it says who"
	nobody_left "$name"
	# Its threads themselves count what they can no longer leave anywhere.
	recorded_between "$T/before" "$counts" "$name: what it had done is there" lossy
	is "$(facts 'r["trace"]["complete"]')" False "$name: the report says that not all is there"
}

# A forked child is killed; its parent ends by itself.
bereft() {
	start_counted "$1" own fork
	wait_until progress_beyond 50000
	kill -KILL "$target"
	end
	is "$status $(tail -n 1 "$T/out")" '0 child ended by signal 9' "$1: child killed: the parent ends"
	recorded_between "$counts" "$counts" "$1: child killed: what it did is there"
	is "$(facts 'r["trace"]["processes"], r["trace"]["complete"]')" '(2, True)' \
		"$1: child killed: nothing is missing"
}

# An exec ends threads as SIGKILL does; the next program in the same process is recorded, too.
replaced() {
	start_counted "$1" own exec "$programs/lockloop" 2 100 own
	wait_until progress_beyond 50000
	kill -TERM "$target"
	end
	is "$status $(tail -n 1 "$T/out")" '0 200 pairs' "$1: exec: the next program ends well"
	recorded_between "$counts" "$counts" "$1: exec: what was done before is there"
	"$heddle" dump "$trace" | sed '1,/ process_exec /d' | cut -d' ' -f3 >"$T/after"
	is "$(grep -cx process_start "$T/after") $(grep -cx thread_start "$T/after")" '1 2' \
		"$1: exec: the next program is there"
	progress "$counts" | cut -d' ' -f1 >"$T/tids"
	is "$("$heddle" dump "$trace" | grep -c '^[^ ]* [^ ]* mutex_unlock ')" \
		"$(($(unlocks_before) + 200))" "$1: exec: what was done after it is there"
}

# How many unlocks the trace holds of the threads that counted.
unlocks_before() {
	"$heddle" dump "$trace" | awk -v tids="$T/tids" '
		BEGIN { while ((getline tid <tids) > 0) counted[tid] = 1 }
		$3 == "mutex_unlock" { sub(".*/", "", $2); sum += $2 in counted }
		END { print sum + 0 }'
}

full_disk() {
	mkdir "$T/small"
	if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=24m,mode=777 tmpfs "$T/small" 2>/dev/null; then
		skip 'only root can mount a small disk' 'full disk'
		return
	fi
	for user in $(users); do
		rm -rf "$trace"
		run_as "$user" "$heddle" record -o "$T/small/trace" -- "$programs/lockloop" 2 4000000 own
		own_messages "$T/err"
		is "$status $(cat "$T/out")" '125 8000000 pairs' "$user: full disk: the program ends as it would"
		one_sentence "$T/err" "$user: full disk: one sentence"
		like "$T/err" '[Nn]o space|full' "$user: full disk: it says why"
		rm -rf "$T/small/trace"
	done
	umount "$T/small"
}

killed
for user in $(users); do
	killed_summary "$user"
	deadlocked "$user"
	abandoned "$user"
	uncollected "$user"
	bereft "$user"
	replaced "$user"
	nothing_left "$user: no process is left behind"
done
full_disk
finish
