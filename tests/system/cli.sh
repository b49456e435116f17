#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command line: usage, help, lists, outputs that fail, hostile names, exit codes.
# HEDDLE in the environment is another program to test, by its absolute path.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

heddle=${HEDDLE:-$heddle}
data=$source/tests/data
escape=$(printf '\033')

usage() {
	while read -r arguments; do
		# shellcheck disable=SC2086 # a list of words
		run "$heddle" $arguments
		is "$status" 2 "usage: '$arguments': exit code"
		one_sentence "$T/err" "usage: '$arguments': one sentence"
		like "$T/err" "; try 'heddle ([a-z]+ )?--help'$" "usage: '$arguments': where help is"
		is "$(cat "$T/out")" '' "usage: '$arguments': nothing on standard output"
	done <<-'END'

		nonsense
		--nonsense
		help nonsense
		record
		record --format json true
		record --timeout 0 true
		record --timeout 1s true
		record --stall 0 true
		record --plain --stall 1 true
		record --stacks 65 true
		check
		check --error-exitcode 256 true
		check --error-exitcode= true
		report
		report --at 1s
		report --format yaml trace
		report --fail-on fatal trace
		report --top -1 trace
		report --strict=yes trace
		report --output
		dump
		dump -o x trace
		list nonsense
		list events formats
		explain nonsense
		explain deadlock stuck
		explain --format json deadlock
	END
}

help() {
	run "$heddle" --version
	is "$status" 0 '--version: exit code'
	like "$T/out" '^heddle [0-9]' '--version: it is told'
	run "$heddle" --help
	is "$status" 0 '--help: exit code'
	mv "$T/out" "$T/help"
	run "$heddle" help
	same "$T/help" "$T/out" 'help is --help'
	for command in record report check dump list explain; do
		like "$T/help" "^  $command " "--help tells $command"
		run "$heddle" "$command" --help
		is "$status $(wc -c <"$T/err")" '0 0' "$command --help: exit code"
		mv "$T/out" "$T/help.$command"
		run "$heddle" help "$command"
		same "$T/help.$command" "$T/out" "help $command is $command --help"
	done
	is "$(awk 'length > 100' "$T"/help*)" '' 'help is at most 100 columns wide'
}

lists() {
	run "$heddle" list events
	sed -n 's/^\(TOOL_\)\?EVENT(\([a-z_]*\),.*/\2/p' "$source/libtrace/events.def" >"$T/wanted"
	cut -d' ' -f1 "$T/out" >"$T/names"
	same "$T/wanted" "$T/names" 'list events: those of events.def'
	run "$heddle" list primitives
	sed -n 's/^WRAPPED(\(.*\))/\1/p' "$source/primitives/wrapped.def" >"$T/wanted"
	same "$T/wanted" "$T/out" 'list primitives: those of wrapped.def'
	run "$heddle" list formats
	is "$(cut -d' ' -f1 "$T/out" | head -n 2 | tr '\n' ' ')" 'text json ' 'list formats'
	run "$heddle" list analyses
	like "$T/out" '^contention ' 'list analyses'
	run "$heddle" list
	is "$status $(grep -c '^[a-z]*:$' "$T/out")" '0 5' 'list without a word tells all'
}

explains() {
	run "$heddle" explain
	is "$status $(wc -c <"$T/err")" '0 0' 'explain: exit code'
	mv "$T/out" "$T/rules"
	run "$heddle" list rules
	same "$T/rules" "$T/out" 'list rules is explain without a rule'
	sed -n 's/^RULE("\([a-z-]*\)".*/\1/p' "$source"/analyzer/rules/*.def | sort >"$T/wanted"
	cut -d' ' -f1 "$T/rules" | sort >"$T/names"
	same "$T/wanted" "$T/names" 'explain: each rule of rules.def'
	like "$T/rules" '^lock-order  +warning  [a-z]' 'explain: name, level, summary'
	while read -r rule; do
		run "$heddle" explain "$rule"
		is "$status $(head -c ${#rule} "$T/out")" "0 $rule" "explain $rule"
		[ "$(grep -cE '^(For example|The report says|How to mend it):$' "$T/out")" = 3 ] &&
			[ "$(wc -l <"$T/out")" -le 40 ] || echo "$rule"
	done <"$T/wanted" >"$T/explained"
	grep '^ok' "$T/explained"
	is "$(grep -v '^ok' "$T/explained")" '' 'explain: example, words, remedy; 40 lines at most'
	is "$(awk 'length > 100' "$T/rules")" '' 'explain is at most 100 columns wide'
	run "$heddle" explain deadlok
	like "$T/err" "no rule 'deadlok', the nearest is 'deadlock'; try" 'explain: the nearest rule'
}

# The schema is strict: a report with one key more, or without one, does not fit.
schema_is_strict() {
	python=$(validator)
	[ -n "$python" ] || return 0
	"$heddle" report --format json "$data/quiet.events" >"$T/report.json"
	for change in 'report["new"] = 1' 'del report["verdict"]' 'report["verdict"] = "fine"' \
		'report["trace"]["events"] = "many"' 'report["threads"][0]["new"] = 1'; do
		"$python" -c 'import json, sys, jsonschema
schema, report = (json.load(open(name)) for name in sys.argv[1:3])
exec(sys.argv[3])
sys.exit(0 if jsonschema.Draft202012Validator(schema).is_valid(report) else 9)' \
			"$schema" "$T/report.json" "$change"
		is $? 9 "schema: refuses $change"
	done
}

round_trip() {
	for trace in quiet hostile; do
		grep -v '^#' "$data/$trace.events" >"$T/$trace.events"
		run "$heddle" dump "$data/$trace.events"
		same "$T/$trace.events" "$T/out" "$trace: dump prints what it reads"
		"$heddle" report --format json - <"$data/$trace.events" >"$T/one" 2>&1
		"$heddle" dump "$data/$trace.events" | "$heddle" report --format json - >"$T/two" 2>&1
		same "$T/one" "$T/two" "$trace: report of the dump is report of the trace"
		"$heddle" report --format json - <"$data/$trace.events" >"$T/two" 2>&1
		same "$T/one" "$T/two" "$trace: the same report a second time"
		valid "$T/one" "$trace"
	done
}

hostile() {
	run "$heddle" report --top 0 --dropped "$data/hostile.events"
	is "$status" 1 'hostile names: exit code'
	is "$(tr -d '\n -~\200-\377' <"$T/out" | wc -c)" 0 'hostile names: no control characters'
	is "$(iconv -f utf-8 -t utf-8 <"$T/out" >/dev/null 2>&1; echo $?)" 0 'hostile names: UTF-8'
	is "$(json_of 'r["verdict"]')" findings 'hostile names: JSON is read'
	printf '1.0 1/1 nonsense\n' >"$T/a${escape}[31m"
	run "$heddle" report "$T/a${escape}[31m"
	is "$status" 3 'hostile path: exit code'
	unlike "$T/err" "$escape" 'hostile path: no control characters'
}

# json_of EXPRESSION [options]: on the report of hostile.events.
json_of() {
	expression=$1
	shift
	"$heddle" report --format json "$@" "$data/hostile.events" >"$T/report.json"
	json "$T/report.json" "$expression"
}

outputs() {
	run "$heddle" report "$data/quiet.events"
	is "$status" 0 'a report: exit code'
	mv "$T/out" "$T/wanted"
	run "$heddle" report -o new "$data/quiet.events"
	is "$status" 0 '-o FILE: exit code'
	same "$T/wanted" new '-o FILE: the report is in it'
	is "$(cat "$T/out")" '' '-o FILE: nothing on standard output'
	run "$heddle" report "$data/quiet.events" -o -
	same "$T/wanted" "$T/out" '-o -: standard output'
	run "$heddle" report -o new "$T/missing"
	same "$T/wanted" new 'an error leaves the old file'
	for full in /dev/full none/new "$T" /proc/new new/new; do
		run "$heddle" report -o "$full" "$data/quiet.events"
		is "$status" 3 "-o $full: exit code"
		one_sentence "$T/err" "-o $full: one sentence"
		like "$T/err" "cannot write '$full': " "-o $full: it says why"
	done
	rm -f new
	is "$(ls -A)" '' 'no other file is left'
}

standard_output() {
	for arguments in '--help' 'check --help' '--version' 'list events' \
		"report $data/quiet.events" "report --format json $data/quiet.events" \
		"dump $data/quiet.events"; do
		status=0
		# shellcheck disable=SC2086 # a list of words
		"$heddle" $arguments >/dev/full 2>"$T/err" || status=$?
		is "$status" 3 "full standard output: $arguments: exit code"
		like "$T/err" '^heddle: cannot write .standard output.: No space' \
			"full standard output: $arguments: it says why"
		one_sentence "$T/err" "full standard output: $arguments: one sentence"
		status=0
		# shellcheck disable=SC2086 # a list of words
		"$heddle" $arguments >&- 2>"$T/err" || status=$?
		is "$status" 3 "closed standard output: $arguments: exit code"
	done
	{ "$heddle" list; "$heddle" dump "$T/long"; } 2>"$T/err" | head -n 1 >/dev/null
	is "$(cat "$T/err")" '' 'a reader that goes away: no message'
}

# With an events_lost in it the quiet trace is incomplete.
exit_codes() {
	sed '$i 10.000950000 0/0 events_lost value=3' "$data/quiet.events" >"$T/lost.events"
	run "$heddle" report "$T/lost.events"
	is "$status" 0 'incomplete: exit code'
	like "$T/out" '^Verdict: incomplete' 'incomplete: verdict'
	like "$T/out" '3 events' 'incomplete: how many'
	run "$heddle" report --strict "$T/lost.events"
	is "$status" 3 'incomplete, --strict: exit code'
	run "$heddle" report --strict "$data/quiet.events"
	is "$status" 0 'complete, --strict: exit code'
	sed '/recording_end/d' "$data/quiet.events" >"$T/endless.events"
	run "$heddle" report --strict "$T/endless.events"
	is "$status" 3 'no end, --strict: exit code'
	for level in note warning error; do
		run "$heddle" report --fail-on "$level" "$data/hostile.events"
		is "$status" 1 "an error, --fail-on $level: exit code"
	done
	run "$heddle" report --fail-on none "$data/hostile.events"
	is "$status" 0 'an error, --fail-on none: exit code'
}

# What threads hold and wait for in the midst of a trace.
moments() {
	kinds=$source/tests/scenarios/state-kinds.events
	run "$heddle" report --at '899 us' "$kinds"
	is "$status" 0 '--at: exit code'
	sed -n '/^State/,/^The tables/p' "$T/out" >"$T/state"
	same "$data/state.txt" "$T/state" '--at: the state is as expected'
	run "$heddle" report --format json --at 0.000899 -o state.json "$kinds"
	valid state.json '--at'
	is "$(json state.json 'r["state"]["threads"][0]["wait"]["awaited"]')" word '--at: JSON'
	"$heddle" dump "$kinds" | "$heddle" report --format json --at '@0.0009' - | sed 's/"path": "-"//' >"$T/one"
	sed 's/"path": "[^"]*"//' state.json >"$T/two"
	same "$T/one" "$T/two" '--at: absolute, of standard input'
	rm state.json
	run "$heddle" report --at 99 "$kinds"
	is "$status" 3 '--at behind the end: exit code'
	one_sentence "$T/err" '--at behind the end: one sentence'
	run "$heddle" report --at soon "$kinds"
	is "$status" 2 '--at soon: exit code'
}

# Whatever a broken trace tells, as of times: a report, and nothing else said.
broken_traces() {
	for trace in "$source"/tests/scenarios/*-broken*.events; do
		for format in text json; do
			run "$heddle" report --top 0 --dropped --format "$format" "$trace"
			[ "$status" -le 1 ] && [ ! -s "$T/err" ] || echo "$format of $(basename "$trace")"
		done
	done >"$T/failed"
	is "$(cat "$T/failed")" '' 'broken traces: a report of each'
}

class_order() {
	trace=$source/tests/scenarios/class-order-pair.events
	run "$heddle" report --fail-on note "$trace"
	is "$status" 0 'class-order: not without the option'
	run "$heddle" report --fail-on note --class-order "$trace"
	is "$status" 1 'class-order: with --class-order'
	like "$T/out" '^1\. note: class-order \(possible\)$' 'class-order: it is a note'
	"$heddle" report --class-order --format json "$trace" >"$T/report.json"
	valid "$T/report.json" 'class-order'
}

# 60,000 waits do not fit into the least memory that a path gets.
path_memory() {
	{
		echo '0.000001000 100/100 process_start value=1 text="./program"'
		echo '0.000002000 100/100 thread_create_begin object=0x1 value=16384'
		echo '0.000003000 100/100 thread_create_end object=0x1'
		echo '0.000004000 100/101 thread_start object=0x1 other=0x7f001000 value=16384'
		awk 'BEGIN { for (i = 1; i <= 60000; i++) {
			printf "1.%06d000 100/100 io_begin object=0x4 text=\"read\"\n", 8 * i
			printf "1.%06d000 100/100 io_end object=0x4\n", 8 * i + 4 } }'
		echo '1.900000000 100/101 thread_exit object=0x7f001000'
		echo '1.900001000 100/100 process_exit'
		echo '1.900002000 1/1 recording_end value=0 text="exited"'
	} >"$T/waits.events"
	run "$heddle" report --path-memory 1K "$T/waits.events"
	tr -s '\n ' '  ' <"$T/out" >"$T/words"
	like "$T/words" 'before which --path-memory did not reach' 'path-memory: it is told what was cut'
	"$heddle" report --path-memory 1K --format json "$T/waits.events" >"$T/report.json"
	valid "$T/report.json" 'path-memory'
	is "$(json "$T/report.json" '[(p["cut"], 1e9 < p["start_ns"], p["ns"] + p["start_ns"])
		for p in [r["critical_path"]]]')" '[(True, True, 1900000000)]' 'path-memory: only its end is told'
	"$heddle" report --format json "$T/waits.events" >"$T/report.json"
	is "$(json "$T/report.json" '[(p["cut"], p["start_ns"], p["ns"]) for p in [r["critical_path"]]]')" \
		'[(False, 0, 1900000000)]' 'path-memory: all of it where there is room'
}

colors() {
	run "$heddle" report "$data/hostile.events"
	unlike "$T/out" "$escape" 'color: not where no terminal is'
	run "$heddle" report --color always "$data/hostile.events"
	like "$T/out" "^$escape\[1;31mVerdict" 'color: --color always'
	run env CLICOLOR_FORCE=1 "$heddle" report "$data/hostile.events"
	like "$T/out" "$escape" 'color: CLICOLOR_FORCE'
	run env CLICOLOR_FORCE=1 NO_COLOR=1 "$heddle" report "$data/hostile.events"
	unlike "$T/out" "$escape" 'color: NO_COLOR is stronger'
}

# checked WANTED ARGUMENTS...: exit code of `check ARGUMENTS`, and nothing is kept.
checked() {
	wanted=$1
	shift
	run "$heddle" check "$@"
	is "$status" "$wanted" "check $*: exit code"
	is "$(ls -A "$T/tmp")" '' "check $*: nothing is kept"
}

# shellcheck disable=SC2016 # $$ is for the inner shell
checks() {
	checked 0 -- true
	checked 7 -- sh -c 'exit 7'
	checked 137 -- sh -c 'kill -KILL $$'
	checked 124 --timeout 0.5 -- sleep 30
	checked 125 -o none/new -- true
	checked 125 -o /dev/full -- true
	checked 125 --trace "$data" -- true
	TMPDIR=$T/none run "$heddle" check -- true
	is "$status" 125 'check without a temporary directory: exit code'
	one_sentence "$T/err" 'check without a temporary directory: one sentence'
	run "$heddle" check --format json -o report.json -- sh -c 'echo said; echo meant >&2; cat'
	is "$status $(cat "$T/out")" '0 said' "check: standard output is COMMAND's"
	like "$T/err" '^meant$' "check: standard error is COMMAND's"
	valid report.json 'check'
	rm report.json
	run "$heddle" check --trace kept -- true
	is "$status" 0 '--trace: exit code'
	like "$T/err" "kept in 'kept'" '--trace: it says where'
	ok '--trace: it can be read' "$heddle" report --strict kept
	rm -rf kept
	status=0
	"$heddle" check -- true 2>"$T/err" | :
	is "$(cat "$T/err"; ls -A "$T/tmp")" '' 'check: a reader that goes away'
}

# An interrupt while COMMAND runs: the report comes, the directory goes.
interrupts() {
	env --default-signal=INT "$heddle" check -- sh -c 'echo up; exec sleep 30' \
		>"$T/out" 2>"$T/err" &
	checker=$!
	tries=0
	until grep -q up "$T/out" || [ "$tries" -gt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -INT "$checker"
	status=0
	wait "$checker" || status=$?
	is "$status" 130 'Ctrl-C: exit code'
	like "$T/out" '^Verdict: ' 'Ctrl-C: what was recorded is reported'
	is "$(ls -A "$T/tmp")" '' 'Ctrl-C: nothing is kept'
}

seq 1 20000 | sed 's/.*/&.0 1\/1 mutex_lock object=0x10 site=0x20/' >"$T/long"
usage
help
lists
explains
round_trip
schema_is_strict
hostile
outputs
standard_output
exit_codes
moments
broken_traces
class_order
path_memory
colors
checks
interrupts
finish
