#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad input: one sentence, the exit code of the design, nothing left behind.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

limit=60

# refuse USER CODE TEXT DESCRIPTION COMMAND...: exit code, one sentence that holds TEXT.
refuse() {
	who=$1
	code=$2
	text=$3
	what=$4
	shift 4
	run_as "$who" "$@"
	is "$status" "$code" "$who: $what: exit code"
	one_sentence "$T/err" "$who: $what: one sentence"
	like "$T/err" "$text" "$who: $what: it says why"
}

# As refuse, of `record -o $T/user/new -- COMMAND`, which must leave no directory behind.
refuse_command() {
	who=$1
	code=$2
	text=$3
	what=$4
	shift 4
	refuse "$who" "$code" "$text" "$what" "$heddle" record -o "$T/user/new" -- "$@"
	ok "$who: $what: no output directory is left" test ! -e "$T/user/new"
	rm -rf "$T/user/new"
	refuse "$who" "$code" "$text" "$what, by check" "$heddle" check -- "$@"
}

commands() {
	refuse_command "$1" 127 'no-such-command' 'no such command' no-such-command
	refuse_command "$1" 127 'no/such' 'no such file' ./no/such/file
	refuse_command "$1" 126 'plain\.txt' 'not executable' "$T/plain.txt"
	refuse_command "$1" 126 "'$T'|$T" 'a directory' "$T"
	if [ -x "$T/static" ]; then
		refuse_command "$1" 125 'static' 'static binary' "$T/static"
	else
		skip 'no static libc here' "$1: static binary"
	fi
}

# A program that changes the user on start is not preloaded by the loader.
setuid() {
	su=$(command -v su)
	if [ -u "$su" ] && users | grep -qx ordinary; then
		refuse_command ordinary 125 'setuid|set-user' 'setuid binary' "$su" --version
	else
		skip 'no setuid su here, or no ordinary user' 'setuid binary'
	fi
}

outputs() {
	mkdir -p "$T/full"
	echo old >"$T/full/file"
	chmod 777 "$T/full"
	refuse "$1" 125 "$T/full" 'output not empty' "$heddle" record -o "$T/full" -- true
	refuse "$1" 125 "$T/full" 'output not empty, by check' "$heddle" check --trace "$T/full" -- true
	is "$(cat "$T/full/file"; ls -A "$T/full")" "$(printf 'old\nfile')" \
		"$1: output not empty: nothing in it was touched"
	refuse "$1" 125 '/proc/heddle' 'output cannot be made' "$heddle" record -o /proc/heddle -- true
	refuse "$1" 125 'plain\.txt' 'output is a file' "$heddle" record -o "$T/plain.txt" -- true
	is "$(cat "$T/plain.txt")" 'not a program' "$1: output is a file: it was not touched"
	[ "$1" = ordinary ] && [ "$(id -u)" = 0 ] || return 0
	mkdir -p "$T/closed"
	refuse "$1" 125 "$T/closed" 'unwritable output' "$heddle" record -o "$T/closed/new" -- true
}

# refuse_trace WHAT TEXT PATH [options]
refuse_trace() {
	what=$1
	text=$2
	path=$3
	shift 3
	for command in report dump; do
		run "$heddle" "$command" "$@" "$path"
		is "$status" 3 "$what, $command: exit code"
		one_sentence "$T/err" "$what, $command: one sentence"
		like "$T/err" "$text" "$what, $command: it says why"
	done
}

# A CTF trace of the kernel's log, not of heddle.
make_foreign() {
	echo '[    1.000000] a message of the kernel' >"$T/dmesg"
	babeltrace2 --component=a:src.text.dmesg --params="path=\"$T/dmesg\"" \
		--component=b:sink.ctf.fs --params="path=\"$T/foreign\"" >/dev/null 2>&1
}

traces() {
	refuse_trace 'no such trace' 'missing' "$T/missing"
	refuse_trace 'not a trace' 'full' "$T/full"
	refuse_trace 'not a text trace' 'plain\.txt' "$T/plain.txt"
	head -c 5000 "$heddle" >"$T/binary"
	refuse_trace 'a binary file' 'binary' "$T/binary"
	mkdir "$T/empty"
	refuse_trace 'empty directory' 'empty' "$T/empty"
	: >"$T/empty.events"
	refuse_trace 'empty text trace' 'empty\.events' "$T/empty.events"
	if make_foreign; then
		refuse_trace 'trace of something else' 'foreign' "$T/foreign"
	else
		skip 'babeltrace2 cannot write a trace here' 'trace of something else'
	fi
}

# A trace without an event: what the recorder noted is read, and is no clean bill.
empty_trace() {
	run "$heddle" report "$T/user/streamless"
	is "$status" 0 'empty recording: exit code'
	like "$T/out" '^Verdict: incomplete' 'empty recording: incomplete'
	run "$heddle" report --strict "$T/user/streamless"
	is "$status" 3 'empty recording, --strict: exit code'
	mv "$T/user/streamless/ctf" "$T/user/session"
	refuse_trace 'empty trace' 'session' "$T/user/session"
	rm -rf "$T/user/session"
}

broken_traces() {
	run "$heddle" record -o "$T/user/good" -- "$programs/lockloop" 2 20000 own
	is "$status" 0 'a good recording to break'
	cp -r "$T/user/good" "$T/user/cut"
	find "$T/user/cut/ctf" -type f -size +64k ! -path '*index*' ! -name metadata \
		-exec truncate -s 50000 {} +
	refuse_trace 'truncated trace' 'cut' "$T/user/cut"
	cp -r "$T/user/good" "$T/user/headless"
	find "$T/user/headless/ctf" -name metadata -exec truncate -s 100 {} +
	refuse_trace 'truncated metadata' 'headless' "$T/user/headless"
	cp -r "$T/user/good" "$T/user/streamless"
	find "$T/user/streamless/ctf" -type f ! -name metadata -delete
	empty_trace
	"$heddle" dump "$T/user/good" | head -n 1000 >"$T/user/cut.events"
	printf '%s' "$(tail -n 1 "$T/user/cut.events" | sed 's/=.*/=/')" >>"$T/user/cut.events"
	refuse_trace 'truncated text trace' 'cut\.events' "$T/user/cut.events"
	rm -rf "$T/user/good" "$T/user/cut" "$T/user/headless" "$T/user/streamless"
}

# Pids of this test's processes of that name.
ours() {
	for pid in $(left_processes); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$1" ] || echo "$pid"
	done
}

# dies USER DAEMON: it is killed while the program runs. The program ends all the same.
dies() {
	rm -rf "$T/user/broken"
	: >"$T/out"
	by "$1" timeout -k 5 60 "$heddle" record -o "$T/user/broken" -- \
		sh -c 'exec 2>/dev/null; echo up; "$0" 2 100000 own; sleep 1; "$0" 2 400000 own' "$programs/lockloop" \
		>"$T/out" 2>"$T/err" &
	recorder=$!
	tries=0
	until grep -q up "$T/out" || [ "$tries" -gt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	victims=$(ours "$2")
	if [ -z "$victims" ]; then
		wait "$recorder"
		skip "the machine's daemon is not ours to kill" "$1: $2 dies"
		return
	fi
	# shellcheck disable=SC2086 # a list of words
	kill -KILL $victims
	status=0
	wait "$recorder" || status=$?
	is "$status" 125 "$1: $2 dies: exit code"
	own_messages "$T/err"
	one_sentence "$T/err" "$1: $2 dies: one sentence"
	nothing_left "$1: $2 dies: no process is left behind" "$1: $2 dies: no temporary file is left"
}

full_disk() {
	mkdir "$T/small"
	if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=4m,mode=777 tmpfs "$T/small" 2>/dev/null; then
		skip 'only root can mount a small disk' 'full disk'
		return
	fi
	for user in $(users); do
		run_as "$user" "$heddle" record -o "$T/small/trace" -- "$programs/lockloop" 2 200000 own
		is "$status" 125 "$user: full disk: exit code"
		own_messages "$T/err"
		one_sentence "$T/err" "$user: full disk: one sentence"
		nothing_left "$user: full disk: no process is left behind"
		rm -rf "$T/small/trace"
	done
}

usage() {
	for arguments in '' 'nonsense' 'report' 'report --format nonsense x' 'report --nonsense x'; do
		# shellcheck disable=SC2086 # a list of words
		run "$heddle" $arguments
		is "$status" 2 "usage: '$arguments': exit code"
		like "$T/err" '^heddle: ' "usage: '$arguments': it says why"
	done
}

echo 'not a program' >"$T/plain.txt"
chmod 666 "$T/plain.txt"
"${CC:-gcc}" -static -o "$T/static" "$source/tests/programs/static_main.c" 2>/dev/null
usage
for user in $(users); do
	commands "$user"
	outputs "$user"
	dies "$user" lttng-sessiond
	dies "$user" lttng-consumerd
	nothing_left "$user: no process is left behind" "$user: no temporary file is left behind"
done
setuid
traces
broken_traces
full_disk
finish
