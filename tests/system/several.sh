#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Several traces in one report: each of them, and what they show together.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

programs=$build/tests/programs

event() {
	clock=$((clock + 1))
	echo "1.$(printf %09d "$clock") $*"
}

address() {
	printf '0x%x' $((base + $1 * 64))
}

# start FILE: of a run, with locks elsewhere than in the run before it.
base=20480
start() {
	trace=$1
	base=$((base + 4096))
	clock=0
	{
		event 100/100 process_start value=1 'text="./program"'
		event 100/100 thread_create_begin object=0x1 value=16384 site=0x400
		event 100/100 thread_create_end object=0x1 other=0x7f001000 site=0x400
		event 100/100 thread_name object=0x7f001000 'text="worker"'
		event 100/101 thread_start object=0x1 other=0x7f001000 value=16384
		for lock in 1 2 3 4; do
			event 100/100 object_name object="$(address "$lock")" "text=\"lock-$lock\""
		done
	} >"$trace"
}

# nest TID LOCK...: a thread takes locks, each while it holds those before it.
nest() {
	who=$1
	shift
	reverse=
	for lock; do
		event "100/$who" mutex_lock object="$(address "$lock")" site=0x5"$lock"0
		reverse="$lock $reverse"
	done >>"$trace"
	for lock in $reverse; do
		event "100/$who" mutex_unlock object="$(address "$lock")"
	done >>"$trace"
}

end() {
	{
		event 100/101 thread_exit object=0x7f001000
		event 100/100 thread_join_begin object=0x7f001000
		event 100/100 thread_join_end object=0x7f001000
		event 100/100 process_exit
		event 1/1 recording_end value=0 'text="exited"'
	} >>"$trace"
}

# run_of FILE TID LOCK...
run_of() {
	start "$1"
	shift
	nest "$@"
	end
}

# joined DESCRIPTION STATUS FINDINGS TRACE...: exit code, and how many findings join traces.
joined() {
	what=$1 wanted="$2 $3"
	shift 3
	run "$heddle" report --format json "$@"
	mv "$T/out" joined.json
	is "$status $(json joined.json 'len(r["findings"])')" "$wanted" "$what: exit code, findings"
}

both_orders() {
	joined 'both orders' 1 1 forth back
	is "$(json joined.json '[t["verdict"] for t in r["traces"]]')" "['clean', 'clean']" \
		'both orders: neither of them alone'
	is "$(json joined.json 'r["verdict"], r["findings"][0]["traces"]')" \
		"('findings', ['forth', 'back'])" 'both orders: both are named'
	valid joined.json 'both orders'
	json joined.json 'r["findings"][0]["fingerprint"]' >one
	joined 'both orders, exchanged' 1 1 back forth
	json joined.json 'r["findings"][0]["fingerprint"]' >two
	same one two 'both orders: one fingerprint, whichever comes first'
	run "$heddle" report forth back
	is "$status" 1 'as text: exit code'
	like "$T/out" '^Verdict of 2 traces: findings$' 'as text: verdict of both'
	like "$T/out" '^  forth: clean$' 'as text: verdict of each'
	like "$T/out" '^1\. warning: lock-order \(possible\)$' 'as text: the finding'
	like "$T/out" '  worker in forth holds lock-1 and requests lock-2; worker in back' 'as text: the runs'
	sed -n '/^== Trace 2 of 2: back$/,$p' "$T/out" | sed 1,2d >two
	"$heddle" report back >one
	same one two 'as text: each as if it were alone'
	run "$heddle" report --fail-on none forth back
	is "$status" 0 '--fail-on none: exit code'
}

formats() {
	for format in $("$heddle" list formats | cut -d' ' -f1); do
		run "$heddle" report --format "$format" -o report forth back
		is "$status $(test -s report && echo written)" '1 written' "--format $format: of two traces"
		"$heddle" report --format "$format" forth back >again
		same report again "--format $format: the same bytes a second time"
	done
}

near_misses() {
	joined 'the same order' 0 0 forth forth
	joined 'a common gate' 0 0 gated-forth gated-back
	joined 'a gate in one of them' 1 1 gated-forth back
	joined 'main threads only' 0 0 main-forth main-back
	joined 'a main thread and a worker' 1 1 main-forth back
	run "$heddle" report both
	is "$status" 1 'both orders in one trace: exit code'
	joined 'both orders in one trace, told there' 1 0 both back
	joined 'both orders in a third trace, told there' 1 0 forth back both
	joined 'both orders by one thread in each run' 0 0 alone alone
	joined 'both orders in each run, one over before the other begins' 0 0 begun begun
	# Addresses mean nothing in another run, places that nothing names neither.
	sed '/object_name/d' forth >nameless-forth
	sed '/object_name/d' back >nameless-back
	joined 'locks without identity' 0 0 nameless-forth nameless-back
}

# Three locks in a ring, each order in a run of its own.
rings() {
	joined 'three locks' 1 1 forth second third
	is "$(json joined.json 'r["findings"][0]["traces"], sorted(r["findings"][0]["objects"])')" \
		"(['forth', 'second', 'third'], ['lock-1', 'lock-2', 'lock-3'])" 'three locks: all are named'
	valid joined.json 'three locks'
	json joined.json 'r["findings"][0]["fingerprint"]' >one
	joined 'three locks, turned' 1 1 third forth second
	json joined.json 'r["findings"][0]["fingerprint"]' >two
	same one two 'three locks: one fingerprint, whichever comes first'
	joined 'three locks, two of them both ways' 1 1 forth second third back
	joined 'three locks, one order missing' 0 0 forth second
	joined 'three locks, a gate in two runs' 0 0 behind-forth behind-second third
	joined 'three locks, a gate in one run' 1 1 behind-forth second third
	joined 'three locks, main threads in two runs' 0 0 main-forth main-second third
	joined 'three locks, all orders in one process, which keeps them apart' 0 0 forth second third ring
}

broken() {
	printf '1.0 1/1 nonsense\n' >broken
	run "$heddle" report forth broken back
	is "$status" 3 'a broken one: exit code'
	one_sentence "$T/err" 'a broken one: one sentence'
	like "$T/out" '^1 of 3 traces could not be read' 'a broken one: it is told'
	like "$T/out" '^1\. warning: lock-order' 'a broken one: the others are joined'
	joined 'a broken one' 3 1 forth broken back
	valid joined.json 'a broken one'
	run "$heddle" report broken missing
	is "$status $(wc -l <"$T/err" | tr -d ' ') $(cat "$T/out")" '3 2 ' 'none can be read'
	sed '$i 1.000000100 0/0 events_lost value=3' forth >lossy
	joined 'one lost events' 0 0 lossy forth
	is "$(json joined.json 'r["verdict"], r["incomplete_reason"]')" \
		"('incomplete', '1 of 2 traces is incomplete')" 'one lost events: verdict'
	run "$heddle" report --strict lossy forth
	is "$status" 3 'one lost events, --strict: exit code'
}

names() {
	mkdir one.d two.d
	cp forth one.d/run
	cp back two.d/run
	run "$heddle" report one.d/run two.d/run
	like "$T/out" ' in one\.d/run' 'base names that are alike: paths are told'
	run sh -c '"$0" report - back <forth' "$heddle"
	is "$status" 1 'standard input may be one of them'
}

# record NAME PROGRAM WORD...
record() {
	name=$1
	shift
	run "$heddle" record -o "$name" -- "$@"
	is "$status" 0 "recording $*"
}

recorded() {
	cp "$programs/two_orders" other
	record trace-forth "$programs/two_orders" forth
	record trace-back "$programs/two_orders" back
	record trace-other "$PWD/other" back
	joined 'recorded runs' 1 2 trace-forth trace-back
	valid joined.json 'recorded runs'
	is "$(json joined.json '[(f["level"], f["objects"]) for f in r["findings"] if f["level"] == "warning"]')" \
		"[('warning', ['slots[1]', 'slots[2]'])]" 'recorded runs: locks of one name'
	json joined.json '[f["objects"] for f in r["findings"] if f["level"] == "note"]' >made
	like made 'mutex .*made at [^ ]*two_orders\.c:[0-9]+.*ledger' 'recorded runs: locks of one making'
	like joined.json '"function": "take"' 'recorded runs: places have names'
	json joined.json '[f["fingerprint"] for f in r["findings"]]' >one
	record trace-again "$programs/two_orders" forth
	joined 'another run' 1 2 trace-again trace-back
	json joined.json '[f["fingerprint"] for f in r["findings"]]' >two
	same one two 'another run: the same fingerprints'
	joined 'another program with locks of these names' 0 0 trace-forth trace-other
}

cd "$T/tmp" || exit 99
run_of forth 101 1 2
run_of back 101 2 1
run_of gated-forth 101 3 1 2
run_of gated-back 101 3 2 1
run_of main-forth 100 1 2
run_of main-back 100 2 1
start both
nest 101 1 2
nest 100 2 1
end
start alone
nest 101 1 2
nest 101 2 1
end
# Main takes them its way before there is another thread.
start begun
sed -i '/thread_create\|thread_start\|thread_name/d' begun
nest 100 1 2
grep -h 'thread_create\|thread_start\|thread_name' forth | sed 's/^1\./2./' >>begun
nest 101 2 1
sed -i '/thread_name/,$s/^1\./3./' begun
end
sed -i '/exit\|join\|recording/s/^1\./4./' begun
run_of second 101 2 3
run_of third 101 3 1
run_of behind-forth 101 4 1 2
run_of behind-second 101 4 2 3
start ring
nest 101 1 2
nest 101 2 3
nest 100 3 1
end
run_of main-second 100 2 3
both_orders
rings
formats
near_misses
broken
names
recorded
rm -rf ./*
finish
