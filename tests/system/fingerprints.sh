#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fingerprints are those of the fault: the same in each run, and when the source above it is edited.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

command -v gcc >/dev/null || skip_all 'there is no gcc'

# build DIRECTORY: the programs from the sources in it.
build() {
	for name in faults two_orders; do
		gcc -O1 -g -pthread -D_GNU_SOURCE -I"$source" -o "$1/$name" "$1/$name.c" ||
			exit 99
	done
}

# Ten lines more above everything, and after each function.
mkdir plain edited
for name in faults two_orders; do
	cp "$source/tests/programs/$name.c" plain/
	awk 'function ten() { for (i = 0; i < 10; i++) print "/* A line of comment. */" }
		NR == 1 { ten() }
		{ print }
		/^}/ { ten() }' "plain/$name.c" >"edited/$name.c"
done
build plain
build edited

# faults DIRECTORY NUMBER FAULT [OPTION...]
faults() {
	directory=$1 file=$1.$3.$2 fault=$3
	shift 3
	"$heddle" check --fail-on none --format json -o "$file.json" "$@" \
		-- "$directory/faults" "$fault" >"$T/out" 2>"$T/err"
	fingerprints "$file"
}

# fingerprints FILE: those in FILE.json, with their rules. What takes long on a busy machine only is
# left out.
fingerprints() {
	json "$1.json" '"\n".join(sorted(f["rule"] + " " + f["fingerprint"] for f in r["findings"]
	    if not f["rule"].startswith(("long-", "blocking-")) or "hold_long" in f["message"]
	    or "long_times" in f["message"]))' >"$1"
}

for run in 'plain 1' 'plain 2' 'edited 1'; do
	# shellcheck disable=SC2086 # words
	faults $run all --class-order --long-wait 20 --long-hold 20
done
is "$(cut -d' ' -f1 plain.all.1 | uniq | tr '\n' ' ')" \
	"blocking-while-holding class-order destroy-locked destroy-waited-on double-init \
double-unlock exit-holding fork-while-held livelock lock-order long-hold long-wait \
lost-wakeup relock robust-inconsistent rwlock-upgrade unlock-not-owner use-after-destroy \
wait-other-mutex wait-without-mutex " 'faults after which a program goes on'
same plain.all.1 plain.all.2 'they have the same fingerprints in each run'
same plain.all.1 edited.all.1 'they have the same ones when the source above is edited'
ok 'the lines are others' test "$(json plain.all.1.json 'r["findings"][0]["steps"][0]["stack"][0]["line"]')" \
	-lt "$(json edited.all.1.json 'r["findings"][0]["steps"][0]["stack"][0]["line"]')"

for fault in deadlock self-deadlock stuck; do
	faults plain 1 "$fault" --timeout 1
	faults edited 1 "$fault" --timeout 1
	like "plain.$fault.1" "^$fault " "$fault: is found"
	same "plain.$fault.1" "edited.$fault.1" "$fault: has the same fingerprint"
done

for directory in plain edited; do
	for way in forth back; do
		"$heddle" record -o "$directory.$way" -- "$directory/two_orders" "$way" 2>"$T/err"
	done
	"$heddle" report --format json "$directory.forth" "$directory.back" >"$directory.joined.json"
	fingerprints "$directory.joined"
done
is "$(cut -d' ' -f1 plain.joined | tr '\n' ' ')" 'lock-order lock-order ' 'orders across runs are found'
same plain.joined edited.joined 'orders across runs have the same fingerprints'

# A baseline holds when the source is edited.
"$heddle" check --write-baseline known --fail-on note -- plain/faults all >"$T/out" 2>"$T/err"
run "$heddle" check --baseline known --fail-on warning -- edited/faults all
is "$status" 0 'a baseline holds when the source is edited'
"$heddle" check --gen-suppressions supp --trace kept -- plain/faults all >"$T/out" 2>"$T/err"
run "$heddle" check --suppressions supp -- edited/faults all
is "$status" 0 'suppressions that were made hold when the source is edited'

finish
