#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What each call comes to, in every way that it can end: recorded it is the same as bare.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

families='thread cancel mutex cond c11 rwlock spin semaphore barrier once futex sleep files readiness
	sockets others process schedule'
wanted=400
checks=0

# compare FAMILY BARE RECORDED: each line that the program says is one check.
compare() {
	line=0
	while IFS= read -r said <&3; do
		line=$((line + 1))
		if ! IFS= read -r recorded <&4; then
			recorded='nothing'
		fi
		is "$recorded" "$said" "$1 $line: $said"
	done 3<"$2" 4<"$3"
	checks=$((checks + line))
	is "$(tail -n "+$((line + 1))" "$3" | head -n 5)" '' "$1: no line more than bare"
}

# both FAMILY: bare and recorded; succeeds where they say the same.
both() {
	run "$conformance/$1"
	bare=$status
	mv "$T/out" "$T/bare.out"
	mv "$T/err" "$T/bare.err"
	rm -rf "$T/user/trace"
	run "$heddle" record -o "$T/user/trace" -- "$conformance/$1"
	mv "$T/out" "$T/recorded.out"
	own_messages "$T/err"
	[ "$status" = "$bare" ] && cmp -s "$T/bare.out" "$T/recorded.out"
}

# What a wrapper does wrong it does each time. A machine under load may let a thread miss its turn
# in either run; so where the two differ, both run again, at most three times.
family() {
	for attempt in 1 2 3; do
		both "$1" && break
		echo "# $1: bare and recorded differed in run $attempt"
		diff "$T/bare.out" "$T/recorded.out" | head -n 6 | sed 's/^/#   /'
	done
	is "$bare" 0 "$1: exit status, bare"
	is "$status" "$bare" "$1: exit status"
	same "$T/bare.err" "$T/err" "$1: messages"
	compare "$1" "$T/bare.out" "$T/recorded.out"
	run "$heddle" report --format json "$T/user/trace"
	is "$(json "$T/out" 'r["trace"]["lost_events"], r["trace"]["complete"]')" '(0, True)' \
		"$1: nothing lost"
	rm -rf "$T/user/trace"
}

# As lib.sh does with the other programs.
conformance=$build/tests/conformance
if [ "$heddle" != "$build/heddle" ]; then
	cp -r "$conformance" "$T/copy/tests/"
	conformance=$T/copy/tests/conformance
fi

for name in $families; do
	family "$name"
done
result "$((checks < wanted))" "at least $wanted checks: $checks"
finish
