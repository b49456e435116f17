#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Twelve programs at which checkers of threads have been compared: each must get the right verdict.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# look NUMBER [options]: records one of them, beside others, as $T/NUMBER.json and NUMBER.status.
look() {
	row=$1
	shift
	look_status=0
	by "$me" timeout -k 5 "$limit" "$heddle" check --trace "$T/user/$row" --format json \
		-o "$T/user/$row.json" "$@" -- "$programs/peers" "$row" >"$T/$row.out" 2>&1 ||
		look_status=$?
	echo "$look_status" >"$T/$row.status"
}

# verdict NUMBER WHAT STATUS FINDINGS: certainty and rule of each warning and error.
verdict() {
	is "$(cat "$T/$1.status") $(json "$T/user/$1.json" '", ".join(sorted(
		f["certainty"] + " " + f["rule"] for f in r["findings"] if f["level"] != "note"))')" \
		"$3 $4" "$1: $2"
}

# dropped NUMBER REASON: the one cycle that cannot happen, and why.
dropped() {
	is "$(json "$T/user/$1.json" '[(d["reason"], d["cycles"]) for d in r["dropped"]]')" \
		"[('$2', 1)]" "$1: one cycle dropped"
}

# All at once, as most of it is waiting; those that hang are ended after a while.
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
	case $n in
	6 | 7 | 9 | 10) look "$n" --timeout 5 & ;;
	*) look "$n" & ;;
	esac
done
wait

verdict 1 'two orders, no deadlock in this run' 66 'witnessed lock-order'
verdict 2 'the same under a gate lock' 0 ''
dropped 2 'gate lock'
verdict 3 'the same, one thread joined before the other is created' 0 ''
dropped 3 'ordered by create or join'
verdict 4 'both orders in one thread' 0 ''
dropped 4 'one thread'
verdict 5 'one of the inner locks is tried only' 0 ''
verdict 6 'two orders, deadlocked' 66 'actual deadlock'
verdict 7 'two semaphores as locks, deadlocked' 66 'actual deadlock'
verdict 8 'a mutex and a lock that both sides take for reading' 0 ''
dropped 8 'readers only'
verdict 9 'a signal before the wait for it' 66 'actual stuck, possible lost-wakeup'
verdict 10 'a mutex locked twice by its owner' 66 'actual self-deadlock'
verdict 11 'misuse' 66 \
	'actual destroy-locked, actual exit-holding, actual unlock-not-owner, actual wait-without-mutex'
verdict 12 'C11, two orders' 66 'witnessed lock-order'
finish
