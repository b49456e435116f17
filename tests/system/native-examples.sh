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

# alone STATUS OUTPUT EXAMPLE: not recorded, it ends so; lines of OUTPUT end with a comma.
alone() {
	run "$examples/native_$3"
	is "$status $(tr '\n' ',' <"$T/out")" "$1 $2" "$3: alone: status and output"
	if command -v valgrind >/dev/null; then
		# A thread that was joined may be on its way out still, and libc's memory for it with it.
		run valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
			--errors-for-leak-kinds=definite "$examples/native_$3"
		is "$status $(grep -c '^==' "$T/err")" "$1 0" "$3: valgrind finds nothing"
	else
		skip 'valgrind is not installed' "$3: valgrind finds nothing"
	fi
}

# hangs EXAMPLE [argument]: not recorded, it does not end.
hangs() {
	limit=0.3
	run "$examples/native_$1" ${2+"$2"}
	limit=120
	is "$status" 124 "$*: alone: hangs"
}

# waited EXAMPLE EXPRESSION WANTED DESCRIPTION: of the JSON report of it.
waited() {
	is "$(json "$T/user/$1.json" "$2")" "$3" "$1: $4"
}

alone 0 '100 items, which add up to 2550,' queue
alone 0 '20 queries, 2 at once at most,' pool
alone 0 'all at the line, nobody home,all home,' gate
alone 0 'phase 1: 0 0 0 0 0 0 0 400 0 400 0 0 0 0 0 0,phase 2: 0 0 0 0 0 0 200 0 400 0 200 0 0 0 0 0,phase 3: 0 0 0 0 0 100 0 300 0 300 0 100 0 0 0 0,' phases
alone 0 'a job that is answered: answered,a job that is not: given up,' watchdog
alone 0 '1200 hits, 300 misses, 3 caches freed,' cache
alone 1 '2 of 3 found the barrier broken,' broken
alone 1 '2 of 2 gave up after 100 rounds,' livelock
hangs broken patient
for example in order forgotten self lost; do
	hangs "$example"
done

# Those that hang are ended once nothing moves; all take their time together.
for example in order forgotten self lost; do
	look "$example" --stall 1 --timeout 20 &
done
for example in queue pool gate phases watchdog cache broken livelock; do
	look "$example" &
done
wait

at='[^ ]*/native_[a-z]*\.c:[0-9]+'
objects='sorted({(c["object"]["kind"], c["object"]["name"].split("`")[1]) for c in r["contention"]})'
clean queue '100 items, which add up to 2550' "lock \`queue\` made at $at" 'producers and consumer with conditions'
clean pool '20 queries, 2 at once at most' "bounded semaphore \`permits\` made at $at" 'a bounded pool with a semaphore'
clean gate 'all at the line, nobody home
all home' "event \`gate\` made at $at" 'start gate with an event'
clean phases "$("$examples/native_phases")" "barrier \`phase end\` made at $at" 'phases with a barrier'
clean watchdog 'a job that is answered: answered
a job that is not: given up' "timer \`watchdog\` made at $at" 'watchdog with a timer'
clean cache '1200 hits, 300 misses, 3 caches freed' "lock \`sums\` made at $at" 'thread-local cache'

# What they are certain to have waited for, by kind.
for kinds in 'pool semaphore join sleep' 'watchdog event' 'broken barrier join' 'order lock barrier join' \
	'lost condition join'; do
	# shellcheck disable=SC2086 # a list of words
	set -- $kinds
	example=$1
	shift
	waited "$example" "[k for k in '$*'.split() if not any(t['blocked_ns'][k] for t in r['threads'])]" '[]' \
		"waits appear by kind: $*"
done
waited queue "$objects" "[('condition', 'not_empty'), ('condition', 'not_full'), ('lock', 'queue')]" 'kinds and names'
waited order 'sorted((t["name"], t["state"]) for t in r["threads"])' \
	"[('auditor', 'blocked'), ('librarian', 'blocked'), ('main', 'blocked')]" 'states of the threads'
waited broken '{t["state"] for t in r["threads"]}' "{'exited'}" 'states of the threads'

fault order deadlock "librarian holds lock \`catalogue\` made at $at and waits for lock \`shelves\` made at $at, which auditor holds"
fault forgotten 'exit-holding, stuck' "main waits for ever for lock \`account\` made at $at: cashier exited without releasing it"
fault self self-deadlock "main waits for ever for lock \`basket\` made at $at, which it holds itself"
fault lost 'lost-wakeup, stuck' "guest waits for ever for condition \`bell\` made at $at, and nobody is left who could notify it: cook"
fault broken broken-barrier "(early|punctual) hiker broke barrier \`meeting\` made at $at: its time was over before all had come; (early|punctual) hiker waited there, too"
waited broken '[(c["acquisitions"], c["contended"]) for c in r["contention"]]' '[(2, 2)]' 'both have waited at the barrier'
waited broken 'sorted(t["name"] for t in r["threads"] if t["blocked_ns"]["barrier"])' \
	"['early hiker', 'punctual hiker']" 'both have waited'
run "$heddle" check --stall 1 --timeout 20 --trace "$T/user/patient" -- "$examples/native_broken" patient
is "$status $(sed -n 's/.* error: //p' "$T/out")" '66 stuck (actual)' 'broken patient: is found'
tr -s ' \n' ' ' <"$T/out" >"$T/words"
like "$T/words" "2 of 3 threads have arrived at barrier \`meeting\` made at $at, and nobody is left" \
	'broken patient: the sentence, with kinds, names and places'
is "$(grep -c '/native/[a-z_]*\.c:' "$T/out")" 0 "broken patient: the library's own frames are not told"
fault livelock livelock "(Alphonse and Gaston|Gaston and Alphonse) keep failing to take lock \`(left|right) side\` made at $at and lock \`(left|right) side\` made at $at from each other: [0-9]+ failed attempts"
finish
