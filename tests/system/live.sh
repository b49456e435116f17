#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Deadlocks while COMMAND runs: who waits for what is there to see, a ring is found as it happens, and
# the run is ended with a report; what is nearly a ring is let be.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

trace=$T/user/trace

waits_are_shown() {
	rm -rf "$trace"
	run_as "$1" "$heddle" record -o "$trace" -- "$programs/shown_waits"
	is "$status $(cat "$T/out")" '0 each wait is shown' \
		"$1: each kind of wait is in the table, as long as it lasts"
}

cases='abba three many c11 inherit robust recursive checked self adaptive join joins writers readers
	shared'
near_cases='timed half_timed trying relocks dead_owner inherited leaves chain semaphores sandboxed'

# In one recording: each case is a process, and they stay until the test has seen what it wants.
cat >"$T/user/all" <<'END'
programs=$1
shift
pids=
for case; do
	"$programs/rings" "$case" &
	pids="$pids $!"
done
until [ -e go ]; do
	sleep 0.1
done
kill $pids
END

all_are_said() {
	[ "$(grep -c '^heddle: deadlock in process' "$T/err")" -ge "$(echo "$cases" | wc -w)" ]
}

each_ring() {
	rm -rf "$trace" "$T/user/go" "$T/user/report.json"
	# shellcheck disable=SC2086
	run_as "$1" "$heddle" check --on-deadlock report --format json -o "$T/user/report.json" \
		--trace "$trace" -- sh "$T/user/all" "$programs" $cases &
	ok "$1: each ring is said while it is there" wait_until all_are_said
	: >"$T/user/go"
	wait
	"$heddle" dump "$trace" >"$T/dump"
	for case in $cases; do
		like "$T/err" "^heddle: deadlock in process [0-9]+ \\(.*rings $case\\): thread .* waits for " \
			"$1: $case: is said"
	done
	# Cases of which the report would say the same are one finding.
	is "$(json "$T/user/report.json" "sum(f['count'] for f in r['findings']
		if f['rule'] in ('deadlock', 'self-deadlock') and f['certainty'] == 'actual')")" \
		"$(echo "$cases" | wc -w)" "$1: each is reported"
	is "$(grep -c ' deadlock_found ' "$T/dump")" "$(echo "$cases" | wc -w)" "$1: each is seen once"
}

near_rings() {
	for case in $near_cases; do
		echo "'$programs/near_rings' $case || touch $case & "
	done >"$T/user/near"
	echo wait >>"$T/user/near"
	rm -rf "$trace"
	run_as "$1" "$heddle" record -o "$trace" -- sh "$T/user/near"
	own_messages "$T/err"
	is "$status $(cat "$T/err")" '0 ' "$1: near misses: all go on"
	for case in $near_cases; do
		ok "$1: $case: ends by itself" test ! -e "$T/user/$case"
	done
	"$heddle" dump "$trace" >"$T/dump"
	pid=$(sed -n 's/.* \([0-9]*\)\/[0-9]* process_start .*near_rings leaves".*/\1/p' "$T/dump")
	is "$(grep -c " $pid/[0-9]* deadlock_found " "$T/dump") $(grep -c ' deadlock_found ' "$T/dump")" \
		'1 1' "$1: near misses: one was a ring for a moment"
}

answers() {
	rm -rf "$trace"
	run_as "$1" "$heddle" record --on-deadlock report --timeout 1 -o "$trace" -- "$programs/rings" self
	is "$status $(grep -c '^heddle: deadlock in ' "$T/err") $(grep -c 'is ended' "$T/err")" '124 1 0' \
		"$1: report: it is said, and COMMAND goes on"
	rm -rf "$trace"
	run_as "$1" "$heddle" record --on-deadlock ignore --timeout 1 -o "$trace" -- "$programs/rings" self
	is "$status $(grep -c deadlock "$T/err")" '124 0' "$1: ignore: nothing is said"
	"$heddle" dump "$trace" >"$T/dump"
	is "$(grep -c ' mutex_lock_begin ' "$T/dump") $(grep -c ' deadlock_found ' "$T/dump")" '1 0' \
		"$1: ignore: nor looked for"
	rm -rf "$trace"
	run_as "$1" "$heddle" record -o "$trace" -- "$programs/rings" abba
	is "$status" 143 "$1: record: the status is COMMAND's own"
	like "$T/err" '; COMMAND is ended$' "$1: record: why is said"
	"$heddle" report "$trace" >"$T/out" 2>"$T/err"
	like "$T/out" '^Command: .*; it was ended because its threads were deadlocked' \
		"$1: record: the report says so too"
	like "$T/out" 'Seen when ring_member #[12] began to wait' "$1: record: and when"
}

# One process of a family hangs, others run on and ignore what is polite: all of them are ended.
families() {
	cat >"$T/user/family" <<-END
		trap '' TERM
		"$programs/rings" three &
		sh -c 'trap "" TERM; while :; do sleep 0.1; done' &
		while :; do sleep 0.1; done
	END
	run_as "$1" "$heddle" check --format json -o "$T/user/report.json" -- sh "$T/user/family"
	is "$status $(json "$T/user/report.json" '[(f["rule"], "rings three" in str(f["process"]))
		for f in r["findings"] if f["level"] == "error"]')" "66 [('deadlock', True)]" \
		"$1: a family: the process is named"
	rm -rf "$T"/tmp/heddle-check-*
	nothing_left "$1: a family: all of it is ended" "$1: a family: nothing is left"
}

for user in $(users); do
	waits_are_shown "$user"
	each_ring "$user"
	rm -rf "$T"/tmp/heddle-check-* "$T/user/report.json"
done
near_rings "$me"
answers "$me"
families "$me"
rm -rf "$trace"
finish
