#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Other people's test suites for threads: bare and recorded the same tests pass.
# shellcheck source=tests/soak/soak.sh
. "$(dirname "$0")/soak.sh"

# verdicts NAME PATTERN COMMAND...: the lines of its output that match are the same, and so is
# its status.
verdicts() {
	name=$1
	pattern=$2
	shift 2
	if ! command -v "$1" >/dev/null; then
		skip "there is no $1 here" "$name"
		return
	fi
	limit=$patience
	run "$@"
	bare=$status
	cat "$T/out" "$T/err" | grep -oE "$pattern" | sort >"$T/bare.verdicts"
	if [ ! -s "$T/bare.verdicts" ]; then
		skip "bare it says nothing, status $bare" "$name"
		return
	fi
	rm -rf "$trace"
	run "$heddle" record -o "$trace" -- "$@"
	is "$status" "$bare" "$name: exit status"
	cat "$T/out" "$T/err" | grep -oE "$pattern" | sort >"$T/verdicts"
	same "$T/bare.verdicts" "$T/verdicts" "$name: verdicts"
	echo "# $name: $(wc -l <"$T/bare.verdicts") verdicts"
	whole "$name"
}

# Not the shims that may be in front of it: each of their processes would be recorded.
cpython() {
	if [ ! -x /usr/bin/python3.11 ] || ! /usr/bin/python3.11 -c 'import test.test_thread' 2>/dev/null; then
		skip 'libpython3.11-testsuite is not installed' 'CPython'
		return
	fi
	for module in test_thread test_threading test_threading_local test_queue test_concurrent_futures; do
		verdicts "CPython: $module" '^test.* \.\.\. (ok|FAIL|ERROR|skipped)' \
			/usr/bin/python3.11 -m test -v "$module"
	done
}

glib() {
	folder=/usr/libexec/installed-tests/glib
	if [ ! -d "$folder" ]; then
		skip 'libglib2.0-tests is not installed' 'GLib'
		return
	fi
	for test in 1bit-mutex asyncqueue bitlock cond gdbus-threading mainloop mutex once onceinit \
		private rec-mutex rwlock slice-threadinit spawn-multithreaded task thread thread-pool \
		thread-pool-slow; do
		if [ -x "$folder/$test" ]; then
			verdicts "GLib: $test" '^(not )?ok .*' "$folder/$test"
		else
			skip 'this version has no such test' "GLib: $test"
		fi
	done
}

stress() {
	for stressor in mutex sem futex pthread; do
		verdicts "stress-ng: $stressor" 'passed: [0-9]+:|failed: [0-9]+|successful run completed' \
			stress-ng --timestamp --"$stressor" 2 --timeout 10s --verify
	done
}

cpython
glib
stress
finish
