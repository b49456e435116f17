#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# "make check" of 200 tests under heddle check: nothing is said where nothing is wrong, and where one of
# them deadlocks the run ends and the report names test, threads and locks.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

count=200
hangs=test-137
limit=90

write_suite() {
	mkdir "$T/user/suite"
	cd "$T/user/suite" || exit 99
	cp "$programs/suite_test" test-001
	for n in $(seq 2 $count); do
		ln test-001 "$(printf 'test-%03d' "$n")"
	done
	cat >Makefile <<-'END'
		tests = $(wildcard test-???)
		check: $(tests:%=run-%)
		run-%: ; @./$* && echo PASS: $*
	END
}

# How many seconds ago it was that the test was about to deadlock.
since_mark() {
	echo $(($(date +%s) - $(stat -c %Y "$T/user/mark")))
}

unset MAKEFLAGS MFLAGS MAKELEVEL MAKE_TERMOUT MAKE_TERMERR
write_suite

run "$heddle" check --trace "$T/user/clean" -- make -j2 check
is "$status" 0 'a clean suite: exit status'
is "$(grep -c '^PASS' "$T/out")" "$count" 'a clean suite: each test ran'
like "$T/out" '^Verdict: clean' 'a clean suite: the verdict'
rm -rf "$T/user/clean"
nothing_left 'a clean suite: no process is left' 'a clean suite: no file is left'

SUITE_HANGS=$hangs SUITE_MARK=$T/user/mark run "$heddle" check --format text --format "json:$T/user/report.json" \
	-- make -j2 check
took=$(since_mark)
report=$T/user/report.json
is "$status" 66 'a suite that hangs: exit status'
ok "a suite that hangs: ended within 10 s of that (took $took)" test "$took" -le 10
is "$(json "$report" '[(f["rule"], f["level"], f["certainty"], f["process"]) for f in r["findings"]]')" \
	"[('deadlock', 'error', 'actual', './$hangs')]" 'a suite that hangs: one deadlock, and in which test'
is "$(json "$report" 'r["findings"][0]["objects"]')" "['accounts[0].lock', 'accounts[1].lock']" \
	'a suite that hangs: both locks'
is "$(json "$report" '[t.split(" [")[0] for t in r["findings"][0]["threads"]]')" "['other teller', 'teller']" \
	'a suite that hangs: both threads'
like "$T/out" "teller \\[$hangs [0-9]+\\]" 'a suite that hangs: the text report names the test'
like "$T/out" 'suite_test\.c:[0-9]+' 'a suite that hangs: the text report has places'
rm -rf "$T"/tmp/heddle-check-*
finish
