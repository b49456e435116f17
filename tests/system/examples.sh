#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the shipped examples are there to show, as root and as an ordinary user.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# check USER EXAMPLE [options]: the text report is in $T/out, the JSON one in $T/report.json.
check() {
	who=$1
	example=$2
	shift 2
	rm -rf "$T/user/trace"
	run_as "$who" "$heddle" check "$@" --trace "$T/user/trace" -- "$examples/$example"
	by "$who" "$heddle" report --format json "$T/user/trace" >"$T/report.json" 2>>"$T/err"
}

# Each philosopher holds the left fork, waits for the right one, and both places are told.
ring='all(
	sorted((s["action"], s["object"]) for s in f["steps"] if s["thread"] == "philosopher %d" % (i + 1))
	== [("holds", "forks[%d]" % i), ("waits for", "forks[%d]" % ((i + 1) % 5))]
	for f in r["findings"] for i in range(5))'
lines='sorted({(s["action"], x["function"], x["file"].split("/")[-1], x["line"])
	for s in r["findings"][0]["steps"] for x in s["stack"][:1]})'

philosophers() {
	file=$source/examples/philosophers.c
	left=$(line_of "$file" 'pthread_mutex_lock(left)')
	right=$(line_of "$file" 'pthread_mutex_lock(right)')
	started=$(date +%s)
	check "$1" philosophers --timeout 10
	took=$(($(date +%s) - started))
	is "$status" 66 "$1: philosophers: exit status"
	ok "$1: philosophers: within 15 s (took $took)" test "$took" -le 15
	like "$T/out" 'deadlock' "$1: philosophers: the rule"
	for n in 1 2 3 4 5; do
		like "$T/out" "philosopher $n" "$1: philosophers: names philosopher $n"
		like "$T/out" "forks\\[$((n - 1))\\]" "$1: philosophers: names fork $((n - 1))"
	done
	like "$T/out" "philosophers\\.c:$left" "$1: philosophers: where the forks were taken"
	like "$T/out" "philosophers\\.c:$right" "$1: philosophers: where they wait"
	is "$(json "$T/report.json" '[f["rule"] for f in r["findings"]]')" "['deadlock']" \
		"$1: philosophers: one finding"
	is "$(json "$T/report.json" "$ring")" True "$1: philosophers: the ring"
	is "$(json "$T/report.json" "$lines")" \
		"[('holds', 'dine', 'philosophers.c', $left), ('waits for', 'dine', 'philosophers.c', $right)]" \
		"$1: philosophers: function, file and line of both"
}

transfer() {
	check "$1" transfer
	is "$status" 66 "$1: transfer: exit status"
	is "$(json "$T/report.json" '[(f["rule"], f["level"]) for f in r["findings"]]')" \
		"[('lock-order', 'warning')]" "$1: transfer: one warning"
	for f in transfer_to_savings transfer_to_checking saver spender; do
		like "$T/out" "$f" "$1: transfer: the stacks show $f"
	done
	for lock in checking savings; do
		like "$T/out" "$lock" "$1: transfer: names $lock"
	done
	like "$T/out" 'transfer\.c:[0-9]+' "$1: transfer: places"
	like "$T/out" '^checking 90, savings 110$' "$1: transfer: its own output"
}

# twin USER EXAMPLE REASON
twin() {
	check "$1" "$2"
	is "$status" 0 "$1: $2: exit status"
	is "$(json "$T/report.json" 'r["verdict"], len(r["findings"])')" "('clean', 0)" "$1: $2: clean"
	like "$T/out" "(^|[^0-9])1( |.*)$3" "$1: $2: one cycle dropped: $3"
}

pipeline() {
	check "$1" pipeline
	is "$status" 0 "$1: pipeline: exit status"
	like "$T/out" '^the squares of 1 to 40 add up to 22140$' "$1: pipeline: its own output"
	is "$(json "$T/report.json" 'r["verdict"]')" clean "$1: pipeline: clean"
	like "$T/out" 'squarer.*reader' "$1: pipeline: the squarer waited for the reader"
	like "$T/out" 'printer.*squarer' "$1: pipeline: the printer waited for the squarer"
	is "$(json "$T/report.json" 'sorted(t["name"] for t in r["threads"])')" \
		"['main', 'printer', 'reader', 'squarer']" "$1: pipeline: threads by name"
	is "$(json "$T/report.json" 'r["trace"]["lost_events"], r["trace"]["complete"]')" "(0, True)" \
		"$1: pipeline: nothing lost"
}

abandoned() {
	check "$1" abandoned --timeout 3
	is "$status" 66 "$1: abandoned: exit status"
	is "$(json "$T/report.json" '[f["rule"] for f in r["findings"]]')" "['stuck']" \
		"$1: abandoned: stuck"
	like "$T/out" 'parcel_arrived' "$1: abandoned: the condition"
	like "$T/out" 'courier' "$1: abandoned: who could have notified"
	like "$T/out" "abandoned\\.c:$(line_of "$source/examples/abandoned.c" 'pthread_cond_wait')" \
		"$1: abandoned: where it waits"
}

selfdeadlock() {
	check "$1" selfdeadlock --timeout 3
	is "$status" 66 "$1: selfdeadlock: exit status"
	is "$(json "$T/report.json" '[f["rule"] for f in r["findings"]]')" "['self-deadlock']" \
		"$1: selfdeadlock: the rule"
	like "$T/out" 'journal' "$1: selfdeadlock: the lock"
	like "$T/out" 'count_entries' "$1: selfdeadlock: where it waits"
	like "$T/out" 'add_entry' "$1: selfdeadlock: where it was taken"
}

for user in $(users); do
	philosophers "$user"
	transfer "$user"
	twin "$user" transfer_gate 'gate lock'
	twin "$user" transfer_one_thread 'one thread'
	twin "$user" transfer_joined 'create (or|and) join'
	pipeline "$user"
	abandoned "$user"
	selfdeadlock "$user"
	nothing_left "$user: no process is left behind" "$user: no temporary file is left behind"
done
finish
