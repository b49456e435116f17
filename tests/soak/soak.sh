# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For tests with other people's programs: tests/lib.sh, and what bare and recorded runs have in common.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

trace=$T/user/trace
patience=${SOAK_PATIENCE:-600}

# The recording at $trace is whole and its report can be made.
whole() {
	"$heddle" report --format json -o "$T/report.json" "$trace" 2>"$T/report.err"
	code=$?
	is "$((code <= 1))" 1 "$1: report"
	is "$(json "$T/report.json" 'r["trace"]["lost_events"], r["trace"]["complete"]')" '(0, True)' \
		"$1: nothing lost"
	echo "# $1: $(json "$T/report.json" '"%d events, %d threads, %d that did not fit" % (
		r["trace"]["events"], r["trace"]["threads"], r["trace"].get("misfits", 0))'), findings:" \
		"$(json "$T/report.json" 'sorted(f["rule"] for f in r["findings"] if f["level"] != "note")')"
	note "$T/report.err"
	rm -rf "$trace"
}

# alike NAME COMMAND...: recorded it has the status and the output of the bare run.
alike() {
	alike_name=$1
	shift
	if ! command -v "$1" >/dev/null; then
		skip "there is no $1 here" "$alike_name"
		return
	fi
	run timeout "$patience" "$@"
	bare=$status
	mv "$T/out" "$T/bare.out"
	rm -rf "$trace"
	run timeout "$patience" "$heddle" record -o "$trace" -- "$@"
	is "$status" "$bare" "$alike_name: exit status"
	same "$T/bare.out" "$T/out" "$alike_name: output"
	whole "$alike_name"
}
