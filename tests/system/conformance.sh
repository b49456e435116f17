#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What each call comes to, in every way that it can end: recorded it is the same as bare.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

families='thread cancel mutex cond c11 rwlock spin semaphore barrier once futex sleep files readiness
	sockets others process'
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

family() {
	run "$conformance/$1"
	bare=$status
	mv "$T/out" "$T/bare.out"
	mv "$T/err" "$T/bare.err"
	is "$bare" 0 "$1: exit status, bare"
	rm -rf "$T/user/trace"
	run "$heddle" record -o "$T/user/trace" -- "$conformance/$1"
	is "$status" "$bare" "$1: exit status"
	mv "$T/out" "$T/recorded.out"
	own_messages "$T/err"
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
