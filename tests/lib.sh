# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2034,SC2119,SC2120 # what is unused here is used by tests
# For system tests: TAP, a temporary directory $T, heddle as root and as an ordinary user.
#
# A test sources this first and ends with `finish`. $heddle is the program under test, $build
# the build directory, $source the source tree. `run` leaves $status, $T/out and $T/err.

set -u
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${abs_top_builddir:-$(pwd)}
T=$(mktemp -d "${TMPDIR:-/tmp}/heddle-test.XXXXXX") || exit 99
ordinary_id=65534
me=root
[ "$(id -u)" = 0 ] || me=ordinary
number=0
failures=0
status=0

# Every process that a test starts inherits this; so what it leaves behind can be told.
HEDDLE_TEST=$T
export HEDDLE_TEST
TMPDIR=$T/tmp
export TMPDIR
unset NO_COLOR DEBUGINFOD_URLS HEDDLE_OPTIONS HEDDLE_RUN HEDDLE_STACKS HEDDLE_PROVIDER HEDDLE_BUFFERS HEDDLE_NOISE
LC_ALL=C.UTF-8
export LC_ALL

# No file .heddle from above it is a test's.
mkdir "$T/tmp" "$T/user" "$T/.git"
chmod 755 "$T"
chmod 1777 "$T/tmp"

# Processes that this test started and that are still there; not those of this shell itself,
# whose environment is older than the mark.
left_processes() {
	set -- /proc/[0-9]*/environ # before the processes below are there
	grep -slzxF "HEDDLE_TEST=$T" "$@" | cut -d/ -f3 | tr '\n' ' '
}

# process_named NAME: those of them that have that name; fails where there are none.
process_named() {
	named=
	for pid in $(left_processes); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || named="$named $pid"
	done
	echo "${named# }"
	[ -n "$named" ]
}

# wait_until COMMAND...: until it succeeds; fails when it has not within 20 s.
wait_until() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 1000 ] || return 1
		sleep 0.02
	done
}

clean_up() {
	for pid in $(left_processes); do
		kill -KILL "$pid" 2>/dev/null
	done
	umount "$T/small" 2>/dev/null
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# note FILE...: the start of files as TAP comments.
note() {
	for note_file; do
		[ -s "$note_file" ] && echo "# $(basename "$note_file"):" &&
			head -n 15 "$note_file" | sed 's/^/#   /'
	done
	return 0
}

# result STATUS DESCRIPTION
result() {
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $number - $2"
	echo "#   status $status"
	note "$T/out" "$T/err"
}

# ok DESCRIPTION COMMAND...: the command succeeds.
ok() {
	description=$1
	shift
	"$@" >"$T/ok.out" 2>&1
	result $? "$description"
}

# is GOT WANTED DESCRIPTION
is() {
	if [ "$1" = "$2" ]; then
		result 0 "$3"
	else
		result 1 "$3"
		printf '#   got:    %s\n#   wanted: %s\n' "$1" "$2"
	fi
}

# like FILE REGULAR-EXPRESSION DESCRIPTION: some line matches.
like() {
	if grep -Eq -- "$2" "$1"; then
		result 0 "$3"
	else
		result 1 "$3"
		printf '#   no line matches: %s\n' "$2"
	fi
}

# unlike FILE REGULAR-EXPRESSION DESCRIPTION: no line matches.
unlike() {
	if grep -Eq -- "$2" "$1"; then
		result 1 "$3"
	else
		result 0 "$3"
	fi
}

# same FILE FILE DESCRIPTION
same() {
	if cmp -s "$1" "$2"; then
		result 0 "$3"
	else
		result 1 "$3"
		diff "$1" "$2" | head -n 20 | sed 's/^/#   /'
	fi
}

# skip REASON DESCRIPTION
skip() {
	number=$((number + 1))
	echo "ok $number - $2 # SKIP $1"
}

# skip_all REASON: this machine cannot run this test.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# one_sentence FILE DESCRIPTION: heddle said one sentence and no more.
one_sentence() {
	is "$(grep -c '^heddle: .' "$1") $(wc -l <"$1" | tr -d ' ')" '1 1' "$2"
}

# run COMMAND...: at most $limit seconds.
limit=120
run() {
	run_as "$me" "$@"
}

# run_as USER COMMAND...
run_as() {
	run_user=$1
	shift
	status=0
	(become "$run_user" timeout -k 5 "$limit" "$@") >"$T/out" 2>"$T/err" </dev/null || status=$?
}

# What heddle says at the end of a good recording is not the command's own.
own_messages() {
	sed -i '/^heddle: recorded in /d' "$1"
}

# become USER COMMAND...: the shell itself becomes the command, run by `root`, or by the
# `ordinary` user, which root steps down to. So no shell is between that would say "Killed".
become() {
	become_user=$1
	shift
	if [ "$become_user" = ordinary ] && [ "$me" = root ]; then
		exec setpriv --reuid "$ordinary_id" --regid "$ordinary_id" --clear-groups \
			--inh-caps=-all env HOME="$T/user" "$@"
	fi
	exec "$@"
}

# by USER COMMAND...
by() {
	(become "$@")
}

# The users that this test can be.
users() {
	echo "$me"
	if [ "$me" = root ] && by ordinary true 2>/dev/null; then
		echo ordinary
	fi
}

schema=$source/doc/heddle-report-1.schema.json

# An interpreter that has jsonschema: the first one in PATH need not be the system's.
validator() {
	for python in python3 /usr/bin/python3; do
		"$python" -c 'import jsonschema' 2>/dev/null && echo "$python" && return
	done
}

# valid FILE DESCRIPTION: the report in FILE is as the schema says.
valid() {
	python=$(validator)
	if [ -z "$python" ]; then
		skip 'python3-jsonschema is not installed' "$2: fits the schema"
		return
	fi
	ok "$2: fits the schema" "$python" -c 'import json, sys, jsonschema
schema, report = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(report)' "$schema" "$1"
}

# json FILE EXPRESSION: what the Python expression on the report r gives.
json() {
	python3 -c 'import json, sys
try:
    r = json.load(open(sys.argv[1]))
    print(eval(sys.argv[2]))
except Exception as error:
    print(repr(error))' "$1" "$2"
}

# make_text FILE LINES: the same words each time, which compress somewhat.
make_text() {
	python3 - "$@" <<-'END'
		import random, sys
		random.seed(1)
		words = ["%x" % random.getrandbits(20) for _ in range(5000)]
		with open(sys.argv[1], "w") as out:
		    for _ in range(int(sys.argv[2])):
		        out.write(" ".join(random.choices(words, k=8)) + "\n")
	END
}

# line_of FILE TEXT: the number of the first line that holds it.
line_of() {
	grep -nF -- "$2" "$1" | head -n 1 | cut -d: -f1
}

# Numbers that differ from run to run become words.
normalise() {
	sed -E 's/0x[0-9a-f]+/ADDRESS/g; s/[0-9]+(\.[0-9]+)? ?(ns|us|µs|ms|s)\b/TIME/g; s/\b(pid|tid) [0-9]+/\1 N/g'
}

# Daemons take a moment to end; then nothing of this test may be there.
nothing_left() {
	tries=0
	while [ -n "$(left_processes)" ] && [ "$tries" -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	left=
	for pid in $(left_processes); do
		left="$left $pid:$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
	is "$left" '' "${1-no process is left behind}"
	is "$(ls -A "$T/tmp")" '' "${2-no temporary file is left behind}"
}

finish() {
	nothing_left
	echo "1..$number"
	[ "$failures" = 0 ]
	exit
}

# An ordinary user must be able to reach heddle: copy it where the build directory is closed.
heddle=$build/heddle
examples=$build/examples
programs=$build/tests/programs
if [ "$(id -u)" = 0 ] && ! by ordinary test -x "$heddle" 2>/dev/null; then
	mkdir -p "$T/copy/.libs" "$T/copy/tests"
	cp "$build/heddle" "$T/copy/"
	cp "$build"/.libs/libheddle*.so* "$T/copy/.libs/"
	cp -r "$build/examples" "$T/copy/"
	cp -r "$build/tests/programs" "$T/copy/tests/"
	heddle=$T/copy/heddle
	examples=$T/copy/examples
	programs=$T/copy/tests/programs
fi
chown "$ordinary_id" "$T/user" 2>/dev/null
cd "$T/user" || exit 99
