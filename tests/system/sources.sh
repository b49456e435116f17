#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Options from the environment and from the file of a project.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

trace=$source/tests/scenarios/lock-order-abba.events
mkdir -p "$T/project/.git" "$T/project/sub"
cd "$T/project/sub" || exit 99

# with OPTIONS WORD...
with() {
	HEDDLE_OPTIONS=$1
	export HEDDLE_OPTIONS
	shift
	run "$@"
	unset HEDDLE_OPTIONS
}

# bad WHAT: wrong usage, said in a sentence that begins with what.
bad() {
	is $status 2 "$1: exit code"
	one_sentence "$T/err" "$1: one sentence"
	like "$T/err" "^heddle: $1: " "$1: is named"
}

run "$heddle" report "$trace"
is $status 1 'nothing is set'
with '--fail-on error' "$heddle" report "$trace"
is "$status $(cat "$T/err")" '0 ' 'HEDDLE_OPTIONS is taken, and nothing is said of it'
with '--fail-on error' "$heddle" report --fail-on warning "$trace"
is $status 1 'the command line wins'
with '--fail-on error' "$heddle" report --no-config "$trace"
is $status 1 '--no-config: the variable'
printf '%s\n' '# What all agree on.' '' '--fail-on error --suppressions lists/supp' >../.heddle
mkdir ../lists
echo 'lock-order:lock:A # "why" it is fine' >../lists/supp
run "$heddle" report "$trace"
is "$status $(head -n 1 "$T/out")" '0 Verdict: clean, 1 suppressed' '.heddle above is taken'
with '--fail-on none' "$heddle" report --format json --show-suppressed "$trace"
is "$(json "$T/out" 'r["findings"][0]["suppressed_by"]')" '"why" it is fine' 'the reason is told'
run "$heddle" report --no-config "$trace"
is "$status $(cat "$T/err")" '1 ' '--no-config: the file'
with '--no-config --fail-on note' "$heddle" report "$trace"
is $status 1 '--no-config in the variable: the file'

# A command that is run finds its environment as it was, and what it runs takes the same options.
# shellcheck disable=SC2016 # for the other shell
with '--timeout 50 --trace kept --top 3' "$heddle" check -- sh -c 'echo "$HEDDLE_OPTIONS"'
is "$status $(head -n 1 "$T/out")" '0 --timeout 50 --trace kept --top 3' 'the command sees the variable'
ok 'an option of check is taken' test -d kept
with '--trace x --stacks 0 -o recorded' "$heddle" record -- true
is "$status $(ls -d recorded x 2>/dev/null)" '0 recorded' 'record takes its options'
with '--strict-suppressions' "$heddle" dump "$trace"
is "$status" 0 'dump takes none'

# What is wrong.
with '--fail-on' "$heddle" report "$trace"
bad HEDDLE_OPTIONS
with '--fail-on erorr' "$heddle" check -- true
bad HEDDLE_OPTIONS
with '--nothing' "$heddle" record -- touch ran
bad HEDDLE_OPTIONS
is "$(find . -name ran)" '' 'the command was not run'
with '--nothing' "$heddle" report --help
is $status 0 'help is given all the same'
like "$T/out" 'HEDDLE_OPTIONS' 'help tells of the variable'
printf -- '--strict\n--suppressions "lists/supp\n' >.heddle
run "$heddle" report "$trace"
bad ".*/project/sub/.heddle:2"
printf '\033]0;title\007' >.heddle
run "$heddle" report "$trace"
bad ".*/project/sub/.heddle:1"
head -c 5000 "$heddle" >.heddle
run "$heddle" report "$trace"
is $status 2 'a binary file: exit code'
one_sentence "$T/err" 'a binary file'
head -c 3000000 /dev/zero | tr '\0' x >.heddle
run "$heddle" report "$trace"
bad ".*/project/sub/.heddle:1"
echo --strict >.heddle
chmod 666 .heddle
run "$heddle" report "$trace"
is $status 1 'a file that all may write is not read'
one_sentence "$T/err" 'a file that all may write'
chmod 000 .heddle
chmod 755 . ..
run_as ordinary "$heddle" report "$trace"
is $status 2 'a file that may not be read: exit code'
one_sentence "$T/err" 'a file that may not be read'

finish
