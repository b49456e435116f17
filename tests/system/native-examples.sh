#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The examples of the native library, and what heddle says of each.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# look EXAMPLE [options]: records it, beside others, as $T/user/EXAMPLE.json, .text and .out.
look() {
	example=$1
	shift
	look_status=0
	by "$me" timeout -k 5 "$limit" "$heddle" check --trace "$T/user/$example" --format json \
		-o "$T/user/$example.json" "$@" -- "$examples/native_$example" >"$T/$example.out" 2>&1 ||
		look_status=$?
	echo "$look_status" >"$T/$example.status"
	"$heddle" report "$T/user/$example" >"$T/$example.text" 2>&1
}

# clean EXAMPLE OUTPUT KIND-AND-NAME DESCRIPTION: it works, nothing is found, and that is in the tables.
clean() {
	is "$(cat "$T/$1.status") $(grep -v '^heddle: ' "$T/$1.out")" "0 $2" "$1: $4"
	is "$(json "$T/user/$1.json" 'r["verdict"]')" clean "$1: nothing is found"
	like "$T/user/$1.json" "$3" "$1: the report names it"
}

# fault EXAMPLE RULES SENTENCE: the rules of its findings, and what the text report says.
fault() {
	is "$(cat "$T/$1.status") $(json "$T/user/$1.json" '", ".join(sorted(f["rule"] for f in r["findings"]))')" "66 $2" \
		"$1: is found"
	tr -s ' \n' ' ' <"$T/$1.text" >"$T/words"
	like "$T/words" "$3" "$1: the sentence, with kinds, names and places"
}

# Those that hang take their time together.
for example in order forgotten self lost livelock; do
	look "$example" --timeout 4 &
done
for example in queue pool gate phases watchdog cache broken; do
	look "$example" &
done
wait

at='[^ ]*/native_[a-z]*\.c:[0-9]+'
clean queue 500500 "condition \`not_(empty|full)\` made at $at" 'producer and consumer with conditions'
is "$(sed 's/at most [12] of 2/yes/' "$T/pool.out" | grep -v '^heddle: ')" yes 'pool: never more than two at once'
is "$(cat "$T/pool.status") $(json "$T/user/pool.json" 'r["verdict"]')" '0 clean' 'pool: nothing is found'
is "$(json "$T/user/pool.json" '{c["object"]["kind"] for c in r["contention"]}')" "{'bounded semaphore', 'lock'}" \
	'pool: a bounded pool with a semaphore'
clean gate 6 "runner" 'start gate with an event'
clean phases 'page 10' "barrier \`end of phase\` made at $at" 'phases with a barrier'
clean watchdog 'spared, then bitten' "timer \`hasty watchdog\` made at $at" 'watchdog with a timer'
clean cache '30, 3 caches freed' 'worker' 'thread-local cache'

fault order deadlock "clerk holds lock \`accounts\` made at $at and waits for lock \`ledger\` made at $at, which auditor holds"
fault forgotten 'exit-holding, stuck' "main waits for ever for lock \`settings\` made at $at: loader exited without releasing it"
fault self self-deadlock "main waits for ever for lock \`balance\` made at $at, which it holds itself"
fault lost 'lost-wakeup, stuck' "main waits for ever for condition \`ready\` made at $at, and nobody is left who could notify it"
fault broken broken-barrier "loader #[0-9] broke barrier \`loaded\` made at $at: its time was over before all had come"
fault livelock livelock "alice and bob keep failing to take each other's locks lock \`(left|right)\` made at $at and lock"
finish
