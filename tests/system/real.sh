#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real programs, two recordings at once, Ctrl-C, and counts exact to the last event.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# Set around a real program: what makes its input anew, and what its result comes to.
before=true
after=true

# real NAME COMMAND...: recorded it does the same as bare, and its locks are in the report.
real() {
	name=$1
	shift
	if ! command -v "$1" >/dev/null; then
		skip "there is no $1 here" "$name"
		return
	fi
	eval "$before"
	run "$@"
	bare=$status
	mv "$T/out" "$T/bare.out"
	mv "$T/err" "$T/bare.err"
	eval "$after" >"$T/bare.result" 2>&1
	rm -rf "$T/user/trace"
	eval "$before"
	run "$heddle" record -o "$T/user/trace" -- "$@"
	is "$status" "$bare" "$name: exit status"
	same "$T/bare.out" "$T/out" "$name: output"
	own_messages "$T/err"
	same "$T/bare.err" "$T/err" "$name: messages"
	eval "$after" >"$T/result" 2>&1
	same "$T/bare.result" "$T/result" "$name: result"
	sensible
}

# The contention report of $T/user/trace has rows, and numbers that can be.
sensible() {
	run "$heddle" report --format json "$T/user/trace"
	is "$status" 0 "$name: report"
	is "$(json "$T/out" 'any(c["acquisitions"] > 0 for c in r["contention"])')" True \
		"$name: rows of contention"
	# A condition may have waits that the end of the program cut short.
	is "$(json "$T/out" '[c for c in r["contention"] if c["wait_ns"]["total"] < 0
		or c["object"]["kind"] == "mutex" and c["contended"] > c["acquisitions"]
		or c["wait_ns"]["max"] > c["wait_ns"]["total"]
		or c["hold_ns"]["max"] > c["hold_ns"]["total"]]')" '[]' "$name: sensible numbers"
	is "$(json "$T/out" 'r["trace"]["lost_events"], r["trace"]["complete"]')" '(0, True)' \
		"$name: nothing lost"
}

make_script() {
	cat >"$T/user/threads.py" <<-'END'
		import queue, threading

		numbers, total, lock = queue.Queue(10), 0, threading.Lock()

		def work():
		    global total
		    while (n := numbers.get()) is not None:
		        with lock:
		            total += n * n

		threads = [threading.Thread(target=work) for _ in range(4)]
		for t in threads:
		    t.start()
		for n in range(2000):
		    numbers.put(n)
		for t in threads:
		    numbers.put(None)
		for t in threads:
		    t.join()
		print(total)
	END
}

make_repository() {
	rm -rf "$T/user/repository"
	git init -q "$T/user/repository"
	for n in 1 2 3 4 5 6 7 8; do
		head -n $((n * 2000)) "$T/user/text" >"$T/user/repository/file$n"
		git -C "$T/user/repository" add .
		git -C "$T/user/repository" -c user.name=a -c user.email=a@b commit -qm "$n"
	done
}

real_programs() {
	make_text "$T/user/text" 150000
	before='rm -f "$T/user/text.xz"'
	after='cksum <"$T/user/text.xz"'
	real 'xz -T2 -k' xz -1 -T2 -k "$T/user/text"
	before='rm -f "$T/user/text.gz"'
	after='cksum <"$T/user/text.gz"'
	real pigz pigz -p2 -k "$T/user/text"
	make_script
	before=true
	after=true
	real 'python3 with threads' python3 "$T/user/threads.py"
	export HOME="$T/user"
	make_repository
	after='git -C "$T/user/repository" fsck --full; git -C "$T/user/repository" rev-list --objects --all'
	real 'git repack' git -C "$T/user/repository" -c pack.threads=2 repack -adfq
}

# count TRACE EVENT...: how often it has these, and how many events in all.
count() {
	trace=$1
	shift
	"$heddle" dump "$trace" | awk -v wanted="$*" '{ seen[$3]++ }
		END { n = split(wanted, names, " ")
			for (i = 1; i <= n; i++) printf "%d ", seen[names[i]] }'
}

two_at_once() {
	by "$1" "$heddle" record -o "$T/user/one" -- \
		"$programs/lockloop" 2 20000 own >"$T/one.out" 2>"$T/one.err" &
	first=$!
	by "$1" "$heddle" record -o "$T/user/two" -- \
		"$programs/lockloop" 3 10000 own >"$T/two.out" 2>"$T/two.err" &
	second=$!
	wait "$first"
	is "$? $(cat "$T/one.out")" '0 40000 pairs' "$1: two at once: the first runs"
	wait "$second"
	is "$? $(cat "$T/two.out")" '0 30000 pairs' "$1: two at once: the second runs"
	is "$(count "$T/user/one" mutex_lock mutex_unlock process_start thread_start)" \
		'40000 40000 1 2 ' "$1: two at once: the first trace holds only its own"
	is "$(count "$T/user/two" mutex_lock mutex_unlock process_start thread_start)" \
		'30000 30000 1 3 ' "$1: two at once: the second trace holds only its own"
	rm -rf "$T/user/one" "$T/user/two"
}

# interrupt USER GROUP|HEDDLE: SIGINT as a terminal or as a script sends it.
interrupt() {
	rm -rf "$T/user/trace"
	cat >"$T/interrupt.py" <<-'END'
		import os, signal, subprocess, sys
		def restore():
		    signal.signal(signal.SIGINT, signal.default_int_handler)
		    signal.signal(signal.SIGINT, signal.SIG_DFL)
		p = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, text=True,
		                     start_new_session=True, preexec_fn=restore)
		said = p.stdout.readline().strip()
		target = os.killpg if sys.argv[1] == "group" else os.kill
		target(p.pid, signal.SIGINT)
		print(said, p.wait(timeout=60))
	END
	is "$(by "$1" timeout -k 5 90 python3 "$T/interrupt.py" "$2" \
		"$heddle" record -o "$T/user/trace" -- "$programs/victim" 1000 0 2>"$T/err")" \
		'ready 130' "$1: Ctrl-C to $2: exit status"
	is "$(count "$T/user/trace" mutex_lock mutex_unlock)" '1000 1000 ' \
		"$1: Ctrl-C to $2: the trace is kept"
}

children() {
	rm -rf "$T/user/trace"
	run_as "$1" "$heddle" record -o "$T/user/trace" -- \
		sh -c '"$0" 1 10 own; "$0" 2 5 own & wait; exec "$0" 3 2 own' "$programs/lockloop"
	is "$status" 0 "$1: children: exit status"
	is "$(count "$T/user/trace" mutex_lock mutex_unlock thread_start)" '26 26 6 ' \
		"$1: children by fork and exec are traced"
}

two_million() {
	rm -rf "$T/user/trace"
	run "$heddle" record -o "$T/user/trace" -- "$programs/lockloop" 2 1000000 own
	is "$status $(cat "$T/out")" '0 2000000 pairs' 'two million pairs: it runs'
	run "$heddle" report --format json "$T/user/trace"
	is "$(json "$T/out" 'r["trace"]["lost_events"], sum(c["acquisitions"] for c in r["contention"])')" \
		'(0, 2000000)' 'two million pairs: the report is exact, lost 0'
	is "$(count "$T/user/trace" mutex_lock mutex_unlock events_lost)" '2000000 2000000 0 ' \
		'two million pairs: the events are exact'
	rm -rf "$T/user/trace"
	run "$heddle" record -o "$T/user/trace" -- "$programs/lockloop" 2 100000 shared
	run "$heddle" report --format json "$T/user/trace"
	is "$(json "$T/out" '[c["acquisitions"] for c in r["contention"]]')" '[200000]' \
		'one lock for two: every acquisition is there'
	rm -rf "$T/user/trace"
}

real_programs
for user in $(users); do
	two_at_once "$user"
	interrupt "$user" group
	interrupt "$user" heddle
	children "$user"
	nothing_left "$user: no process is left behind" "$user: no temporary file is left behind"
done
two_million
finish
