#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a user lists: suppressions and the baseline.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# orders FILE COUNT: a trace with that many pairs of locks, each taken in both orders.
orders() {
	python3 - "$@" <<-'END'
		import sys
		from string import ascii_lowercase as letters
		count = int(sys.argv[2])
		out = open(sys.argv[1], "w")
		clock = 0
		def event(who, text):
		    global clock
		    clock += 1
		    out.write("0.%09d 100/%d %s\n" % (clock, who, text))
		event(100, 'process_start value=1 text="./program"')
		pairs = [(0x5000 + i * 128, 0x5040 + i * 128) for i in range(count)]
		for i, pair in enumerate(pairs):
		    for lock, side in zip(pair, ("left", "right")):
		        event(100, 'object_name object=0x%x text="%s_%s"' %
		              (lock, letters[i // 26] + letters[i % 26], side))
		for who, turn in ((101, 1), (102, -1)):
		    for pair in pairs:
		        for lock in pair[::turn]:
		            event(who, "mutex_lock object=0x%x" % lock)
		        for lock in pair[::-turn]:
		            event(who, "mutex_unlock object=0x%x" % lock)
		event(100, "process_exit")
		event(1, 'recording_end value=0 text="exited"')
	END
}

# header FILE ENTRY...: a baseline.
baseline_of() {
	file=$1
	shift
	printf '%s\n' heddle-baseline/1 "$@" >"$file"
}

orders "$T/30.events" 30
chmod 644 "$T/30.events"
cd "$T/user" || exit 99

# The counts of 30 findings, of which 5 are suppressed and 10 in the baseline.
"$heddle" report --format json "$T/30.events" >all.json
is "$(json all.json 'len(r["findings"]), r["suppressed"], r["baselined"]')" '(30, 0, 0)' \
	'thirty findings'
printf '# What is decided.\nlock-order:lock:?a_left # reason %s\n' one >five.supp
printf '*:lock:a%s_left # reason\n' b c d e >>five.supp
python3 -c 'import json
print("heddle-baseline/1")
for finding in json.load(open("all.json"))["findings"][10:20]:
    print(finding["fingerprint"], finding["rule"])' >ten.baseline
orders_30="$heddle report --suppressions five.supp --baseline ten.baseline"

# shellcheck disable=SC2086 # words
counts() {
	run $orders_30 "$@" "$T/30.events"
}
# aa_left and ba_left are suppressed by the first line.
sed -i '/ae_left/d' five.supp
counts
is $status 1 'counts: exit code'
like "$T/out" '^Verdict: findings, 15 warnings; 5 suppressed, 10 in the baseline$' 'counts: verdict'
is "$(grep -c '^  fingerprint ' "$T/out")" 15 'counts: findings that text lists'
is "$(cat "$T/err")" '' 'counts: nothing else to say'
counts --format json
cp "$T/out" counts.json
is "$(json counts.json 'len(r["findings"]), r["suppressed"], r["baselined"], r["verdict"]')" \
	"(15, 5, 10, 'findings')" 'counts: JSON'
valid counts.json 'counts'
counts --format json --show-suppressed
cp "$T/out" shown.json
is "$(json shown.json 'len(r["findings"]), sum("suppressed_by" in f for f in r["findings"]), sum("baselined" in f for f in r["findings"])')" \
	'(30, 5, 10)' 'all are shown on request: JSON'
valid shown.json 'all are shown'
counts --show-suppressed
is "$(grep -c '^  Suppressed: reason' "$T/out") $(grep -c '^  In the baseline' "$T/out")" '5 10' \
	'all are shown on request: text'
counts --format sarif:counts.sarif --format junit:counts.xml --format github:counts.github \
	--format codequality:counts.codequality --junit-strict
is "$(json counts.sarif '[r["runs"][0]["properties"][name] for name in ("verdict", "findings", "suppressed", "baselined")]')" \
	"['findings', 15, 5, 10]" 'counts: SARIF'
is "$(json counts.sarif '[(bool(x["suppressions"]), x["baselineState"]) for x in r["runs"][0]["results"]].count((False, "new"))')" \
	15 'counts: results of SARIF that are new'
is "$(json counts.sarif '[[s["justification"][:6] for s in x["suppressions"]] for x in r["runs"][0]["results"]].count(["reason"])')" \
	5 'counts: results of SARIF that are suppressed'
is "$(grep -c '"baselineState": "unchanged"' counts.sarif)" 10 'counts: results of SARIF that are known'
like counts.xml '<testsuite name="heddle" .* failures="15" .* skipped="15">' 'counts: JUnit'
is "$(grep -c '<failure ' counts.xml) $(grep -c '<skipped message="suppressed: reason' counts.xml) $(grep -c '<skipped message="in the baseline">' counts.xml)" \
	'15 5 10' 'counts: tests of JUnit'
is "$(grep -c '^::warning ' counts.github) $(wc -l <counts.github)" '15 15' 'counts: annotations of GitHub'
is "$(json counts.codequality 'len(r)')" 15 'counts: Code Quality'
counts --exit-zero
is $status 0 '--exit-zero: exit code'
like "$T/out" '^Verdict: findings, 15 warnings;' '--exit-zero: the verdict stays'
counts --fail-on error
is $status 0 'counts: below --fail-on'
counts --write-baseline all.baseline
is $status 0 'what is written to a baseline is known: exit code'
like "$T/out" '^Verdict: clean, 5 suppressed, 25 in the baseline$' 'it is known: verdict'
is "$(grep -c ' lock-order' all.baseline)" 25 'it has what is not suppressed'
run "$heddle" report --baseline all.baseline --suppressions five.supp "$T/30.events"
is "$status $(cat "$T/err")" '0 ' 'the baseline that was written is taken'
run "$heddle" report --write-baseline again.baseline --baseline all.baseline \
	--suppressions five.supp "$T/30.events"
same all.baseline again.baseline 'written again it is the same'

# Suppressions made from findings.
run "$heddle" report --gen-suppressions made.supp "$T/30.events"
is "$status $(grep -c ' # insert the reason here$' made.supp)" '1 30' 'one is made for each finding'
for line in 2 44 89; do
	sed -n "${line}p" made.supp >one.supp
	run "$heddle" report --suppressions one.supp --format json "$T/30.events"
	is "$(json "$T/out" 'len(r["findings"]), r["suppressed"]')" '(29, 1)' \
		"what is made on line $line suppresses one finding"
done
run "$heddle" report --suppressions made.supp "$T/30.events"
is "$status $(head -n 1 "$T/out")" '0 Verdict: clean, 30 suppressed' 'all of them suppress all'
counts --gen-suppressions -
is "$(grep -c ' # insert the reason here$' "$T/out")" 15 'they are made for what counts'
cp made.supp before.supp
run "$heddle" report --suppressions made.supp --gen-suppressions ./made.supp "$T/30.events"
is $status 2 'what is read is not replaced: exit code'
one_sentence "$T/err" 'what is read is not replaced'
same before.supp made.supp 'what is read is as it was'

# Those that are of no use any more.
printf '%s\n' 'relock:fun:none # r' '*:lock:none # r' >>five.supp
counts
is $status 1 'unused suppressions are no failure'
is "$(cat "$T/err")" 'heddle: 2 of 6 suppressions fitted no finding: five.supp:6, five.supp:7' \
	'unused suppressions are told'
run "$heddle" report --suppressions made.supp --suppressions five.supp --strict-suppressions \
	"$T/30.events"
is $status 1 '--strict-suppressions: exit code'
run "$heddle" report --suppressions made.supp --suppressions five.supp --strict-suppressions \
	--exit-zero "$T/30.events"
is $status 0 '--strict-suppressions with --exit-zero: exit code'
orders 15.events 15
run "$heddle" report --baseline all.baseline --suppressions made.supp 15.events
like "$T/err" "^heddle: 14 of the 25 entries of 'all.baseline' were not found in this run; " \
	'stale entries are told'
run "$heddle" report --baseline all.baseline --prune-baseline 15.events
is "$status $(cat "$T/err")" '1 ' 'pruned: nothing to say'
is "$(grep -c ' lock-order' all.baseline)" 11 'pruned: what was found stays'
sed '/recording_end/i 1.000000000 0/0 events_lost value=3' 15.events >lossy.events
cp ten.baseline kept.baseline
run "$heddle" report --baseline kept.baseline --prune-baseline lossy.events
like "$T/err" "^heddle: 'kept.baseline' is not pruned: the trace is incomplete" \
	'not pruned by an incomplete trace'
same ten.baseline kept.baseline 'the baseline is as it was then'

# A deadlock counts whatever a baseline says, and is in none.
deadlock=$source/tests/scenarios/deadlock-abba.events
run "$heddle" report --write-baseline dead.baseline "$deadlock"
is "$status $(grep -c '^[0-9a-f]* ' dead.baseline)" '1 0' 'no deadlock is written to a baseline'
"$heddle" report --format json "$deadlock" >dead.json
baseline_of dead.baseline "$(json dead.json 'r["findings"][0]["fingerprint"]') deadlock"
run "$heddle" report --baseline dead.baseline "$deadlock"
is "$status $(head -n 1 "$T/out")" '1 Verdict: findings, 1 error' 'no deadlock is taken from a baseline'
one_sentence "$T/err" 'a deadlock in a baseline'
run "$heddle" report --gen-suppressions dead.supp "$deadlock"
run "$heddle" report --suppressions dead.supp "$deadlock"
is "$status $(head -n 1 "$T/out")" '0 Verdict: clean, 1 suppressed' 'a deadlock can be suppressed'

# Several traces, each with its own, and what they show together.
run "$heddle" report --format json --suppressions five.supp "$T/30.events" 15.events
cp "$T/out" several.json
is "$(json several.json '[t["suppressed"] for t in r["traces"]], r["suppressed"]')" '([5, 4], 0)' \
	'each of several traces has its count'
valid several.json 'several traces'
run "$heddle" report --suppressions made.supp "$T/30.events" 15.events
is "$status" 0 'all of several traces are suppressed'
like "$T/out" '15.events: clean, 15 suppressed$' 'the overview has the counts'

# Files that are none, or bad.
head -c 1000 "$heddle" >binary.supp
printf 'lock-order:fun:%0100000d' 1 >huge.supp
printf 'lock-order:fun:a # r\nlock-order:fun:\033]0;x\007\n' >control.supp
mkdir directory
for option in suppressions baseline; do
	for file in none directory binary.supp huge.supp control.supp /dev/zero; do
		run "$heddle" report "--$option" "$file" "$T/30.events"
		is $status 2 "--$option $file: exit code"
		one_sentence "$T/err" "--$option $file: one sentence"
	done
done
: >empty
run "$heddle" report --suppressions empty "$T/30.events"
is "$status $(cat "$T/err")" '1 ' 'an empty file suppresses nothing'
chmod 0 five.supp
run_as ordinary "$heddle" report --suppressions "$T/user/five.supp" "$T/30.events"
is $status 2 'a file that may not be read: exit code'
one_sentence "$T/err" 'a file that may not be read: one sentence'
chmod 644 five.supp
for words in --prune-baseline '--prune-baseline --baseline ten.baseline --write-baseline x' \
	'--write-baseline none/x' '--write-baseline directory' '--gen-suppressions none/x'; do
	# shellcheck disable=SC2086 # words
	run "$heddle" report $words "$T/30.events"
	is $status 2 "$words: exit code"
	one_sentence "$T/err" "$words: one sentence"
done

# Of a program: functions, files and modules; the first line is the program's.
for words in 'fun:transfer_to_*' 'file:transfer.c' 'module:transfer' 'process:*transfer'; do
	echo "lock-order:$words # r" >program.supp
	run "$heddle" check --suppressions program.supp --strict-suppressions -- "$examples/transfer"
	is "$status $(sed -n 2p "$T/out")" '0 Verdict: clean, 1 suppressed' "suppressed by $words"
done
run "$heddle" check --write-baseline program.baseline -- "$examples/transfer"
is "$status" 0 'check writes a baseline'
run "$heddle" check --baseline program.baseline -- "$examples/transfer"
is "$status $(sed -n 2p "$T/out")" '0 Verdict: clean, 1 in the baseline' 'check takes a baseline'
# What only the first of two runs has is in the baseline, and makes no suppression unused.
echo 'lock-order:fun:transfer_to_* # r' >program.supp
once='test -e once || { touch once && exec "$0"; }'
run "$heddle" check --repeat 2 --write-baseline once.baseline -- sh -c "$once" "$examples/transfer"
is "$status $(grep -c ' lock-order ' once.baseline)" '0 1' 'a baseline of two runs'
rm once
run "$heddle" check --repeat 2 --suppressions program.supp --strict-suppressions \
	-- sh -c "$once" "$examples/transfer"
is "$status" 0 'suppressions of two runs'
run "$heddle" check --exit-zero --trace kept -- "$examples/transfer"
is $status 0 'check --exit-zero: exit code'
like "$T/out" '^Verdict: findings, 1 warning$' 'check --exit-zero: the verdict stays'
run "$heddle" check --suppressions none -- touch ran
is "$status $(find . -name ran)" '2 ' 'a bad list is told before the command runs'

finish
