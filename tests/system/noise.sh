#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# --noise: what it finds, that its seed repeats it, and that a program does not notice.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

trace=$T/user/trace

# pauses OPTION...: of own_locks; a line for each thread: its process, and behind how many events for how long.
pauses() {
	rm -rf "$trace"
	run "$heddle" record "$@" -o "$trace" -- "$programs/own_locks"
	"$heddle" dump "$trace" | awk '
		{ thread = $2; process = $2; sub("/.*", "", process) }
		$3 == "process_start" || ($3 == "process_fork" && !(process in number)) {
			number[process] = ++count
		}
		$3 == "thread_start" { events[thread] = 0 }
		$3 !~ /^process_/ { events[thread]++ }
		$3 == "thread_pause" {
			line = number[process] " " thread
			pauses[line] = pauses[line] " " events[thread] ":" $4
		}
		END { for (line in pauses) print line pauses[line] }' | sed 's/ [0-9/]*//' | sort
}

repeats() {
	pauses --noise=5 >"$T/first"
	is "$status" 0 'own_locks: ends well'
	is "$(cut -d' ' -f1 "$T/first" | tr '\n' ' ')" '1 1 2 3 ' \
		'own_locks: pauses of two threads, of one in its child, and of one in what that became'
	pauses --noise=5 >"$T/second"
	same "$T/first" "$T/second" 'the same seed: the same threads pause at the same places for as long'
	pauses --noise=5 --detail summary >"$T/second"
	sed 's/[0-9]*:/:/g' "$T/first" >"$T/first-lengths"
	sed 's/[0-9]*:/:/g' "$T/second" >"$T/second-lengths"
	same "$T/first-lengths" "$T/second-lengths" 'the same seed in a summary: the same pauses'
	pauses --noise=5 --plain >"$T/second"
	# With LTTng in it a child that becomes another program may take its events along.
	grep -v '^2 ' "$T/first" >"$T/first-lengths"
	grep -v '^2 ' "$T/second" >"$T/second-lengths"
	same "$T/first-lengths" "$T/second-lengths" 'the same seed with --plain: the same pauses'
	pauses --noise=7 >"$T/second"
	ok 'another seed: other pauses' [ "$(cat "$T/first")" != "$(cat "$T/second")" ]
}

# The bare program hangs once in thousands of runs.
window_bare() {
	for run in 1 2 3 4 5; do
		timeout 30 "$programs/narrow_window" 2>"$T/bare.$run" &
		eval "bare_$run=\$!"
	done
	for run in 1 2 3 4 5; do
		eval "wait \$bare_$run" && echo ended
	done >"$T/bare"
	is "$(grep -c ended "$T/bare")" 5 'narrow_window: five bare runs end'
}

# window SEED: is it a deadlock? The report is report.json.
window() {
	run "$heddle" check --noise="$1" --format json -o "$T/user/report.json" -- \
		"$programs/narrow_window"
	rm -rf "$T"/tmp/heddle-check-*
	facts=$(json "$T/user/report.json" '(lambda noise: (noise["seed"], noise["pauses"] > 0,
		noise["paused_ns"] <= 64000000 + r["trace"]["duration_ns"] / 2))(r["trace"]["noise"])')
	is "$facts" "($1, True, True)" "narrow_window: the report tells seed $1 and what its pauses took"
	[ "$(json "$T/user/report.json" 'r["findings"][0]["rule"], r["findings"][0]["certainty"]')" = \
		"('deadlock', 'actual')" ]
}

window_noisy() {
	found=0
	for seed in 1 2 3 4 5; do
		window "$seed" && found=1 && break
	done
	is "$found" 1 'narrow_window: with noise a deadlock within five runs'
	is "$(json "$T/user/report.json" 'sorted(r["findings"][0]["objects"])')" "['journal', 'ledger']" \
		'narrow_window: its locks are named'
	valid "$T/user/report.json" 'narrow_window'
}

# told USER
told() {
	rm -rf "$trace"
	run_as "$1" "$heddle" record --noise -o "$trace" -- true
	seed=$(sed -n 's/^heddle: noise seed \([0-9]*\); repeat with --noise=\1$/\1/p' "$T/err")
	result "$([ -n "$seed" ]; echo $?)" "$1: the seed that was chosen is told"
	"$heddle" report "$trace" >"$T/out"
	like "$T/out" "^Noise: seed $seed, which --noise=$seed repeats; 0 pauses " "$1: the report has it"
	"$heddle" dump "$trace" >"$T/dump"
	like "$T/dump" " recording_noise value=$seed\$" "$1: the trace has it"
}

# unnoticed FAMILY: what the calls come to is the same; under load either run may miss a turn.
unnoticed() {
	for attempt in 1 2 3; do
		run "$conformance/$1"
		mv "$T/out" "$T/bare.out"
		bare=$status
		rm -rf "$trace"
		run "$heddle" record --noise="$attempt" -o "$trace" -- "$conformance/$1"
		[ "$status" = "$bare" ] && cmp -s "$T/out" "$T/bare.out" && break
	done
	is "$status" "$bare" "$1 with noise: exit status"
	same "$T/bare.out" "$T/out" "$1 with noise: each call comes to the same"
}

# A command with a finding in its third run: finding, recording and report are of that one.
repeat_finds() {
	cat >"$T/user/third" <<-END
		#!/bin/sh
		echo x >>"$T/user/count"
		[ "\$(wc -l <"$T/user/count")" -lt 3 ] || exec "$programs/narrow_window" 1
	END
	chmod +x "$T/user/third"
	run "$heddle" check --repeat 5 --noise=40 --trace "$trace" --format json -o "$T/user/report.json" -- \
		"$T/user/third"
	is "$status" 66 'repeat: ends with the finding'
	is "$(grep '^heddle: run ' "$T/err")" "heddle: run 1 of 5, noise seed 40: clean; COMMAND exited with status 0
heddle: run 2 of 5, noise seed 41: clean; COMMAND exited with status 0
heddle: run 3 of 5, noise seed 42: findings; COMMAND exited with status 0" 'repeat: each run is told, with its seed'
	is "$(json "$T/user/report.json" 'r["trace"]["noise"]["seed"], r["findings"][0]["rule"]')" \
		"(42, 'lock-order')" 'repeat: the report is of the run with the finding'
	"$heddle" dump "$trace" >"$T/dump"
	like "$T/dump" ' recording_noise value=42$' 'repeat: so is the recording'
}

repeat_ends() {
	run "$heddle" check --repeat 2 -- sh -c "echo x >>$T/user/clean"
	is "$status $(wc -l <"$T/user/clean")" '0 2' 'repeat: as often as asked where nothing is found'
	run "$heddle" check --repeat 5 -- sh -c "echo x >>$T/user/failed; exit 3"
	is "$status $(wc -l <"$T/user/failed")" '3 1' 'repeat: ends where COMMAND fails'
	like "$T/err" '^heddle: run 1 of 5: clean; COMMAND exited with status 3$' 'repeat: says that it failed'
	# It takes the signal and exits as if nothing were.
	run "$heddle" check --repeat 5 -- sh -c \
		"trap 'exit 0' INT; echo x >>$T/user/stopped; kill -INT \$PPID; while :; do sleep 0.05; done"
	is "$(wc -l <"$T/user/stopped") $status" '1 0' 'repeat: an interrupt ends all runs'
}

conformance=$build/tests/conformance
if [ "$heddle" != "$build/heddle" ]; then
	cp -r "$conformance" "$T/copy/tests/"
	conformance=$T/copy/tests/conformance
fi

repeats
window_bare
window_noisy
for user in $(users); do
	told "$user"
done
rm -rf "$trace"
rm -rf "$trace"
repeat_finds
repeat_ends
for name in cancel semaphore; do
	unnoticed "$name"
done
finish
