#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# While COMMAND runs: who waits for what is there for the recorder to see.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

waits_are_shown() {
	rm -rf "$T/user/trace"
	run_as "$1" "$heddle" record -o "$T/user/trace" -- "$programs/shown_waits"
	is "$status $(cat "$T/out")" '0 each wait is shown' \
		"$1: each kind of wait is in the table, as long as it lasts"
}

for user in $(users); do
	waits_are_shown "$user"
done

finish
