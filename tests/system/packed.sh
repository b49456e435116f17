#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Packed recordings: they tell what plain ones do, at the detail that was asked for, and the program
# is not disturbed.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

trace=$T/user/trace
# Not a script that starts it: that would be many processes more.
python=$(python3 -c 'import sys; print(sys.executable)')
by ordinary test -x "$python" 2>/dev/null || python=/usr/bin/python3

# compare.py PLAIN PACKED: what differs of two dumps of the same, thread by thread. Times, process
# and thread numbers are left out. Addresses are places in a module, or numbers in the order of
# their first appearance in the thread.
cat >"$T/compare.py" <<'END'
import re
import sys

FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')
# Modules are compared as sets, stacks where they are named. How often a program that polls sleeps
# is chance, and whether it waits for a semaphore that it takes.
APART = ("process_module", "process_stack", "sem_wait_begin", "sleep_begin", "sleep_end")
# Numbers of processes, and who of many is the one at the barrier.
CHANCE = ("process_start", "process_fork", "barrier_wait_end")
ROUTINES = ("thread_create_begin", "thread_start")
TRACER = re.compile("lttng|heddle|urcu|libnuma|libdl|librt")

class Process:
    """Of one program: its modules, stacks and threads; what an address means in it."""

    def __init__(self, name):
        self.name = name
        self.modules, self.stacks, self.threads, self.creations = [], {}, {}, {}

    def place(self, address):
        for start, size, name in reversed(self.modules):
            if start <= address < start + size:
                return "%s+%#x" % (name, address - start)
        return None

    def key(self, tid):
        creations = sorted(self.creations.values())
        return creations.index(self.creations[tid]) + 1 if tid in self.creations else 0

def read(path):
    running, processes = {}, []
    for line in open(path):
        head, _, rest = line.rstrip("\n").partition(" ")
        who, _, rest = rest.partition(" ")
        event, _, rest = rest.partition(" ")
        if event.startswith("recording_"):
            continue
        pid, tid = who.split("/")
        fields = dict(FIELD.findall(rest))
        # A plain recording tells a fork at once, without a text, and again.
        if event == "process_fork" and "text" not in fields:
            continue
        if event == "process_start" or pid not in running:
            program = fields["text"].strip('"').split()[0]
            running[pid] = Process(program.rpartition("/")[2])
            processes.append(running[pid])
        take(running[pid], tid, *folded(event, fields))
    return [finish(process) for process in processes]

def folded(event, fields):
    """Taken is taken, with a wait or without one."""
    is_taken = event in ("sem_wait_end", "sem_trywait") and "value" not in fields
    return "sem_wait" if is_taken else event, fields

def number(fields, key):
    return int(fields.get(key, "0"), 0)

def take(process, tid, event, fields):
    if event == "process_module":
        name = fields["text"].strip('"').rpartition("/")[2]
        process.modules.append((number(fields, "object"), number(fields, "other"), name))
    elif event == "process_stack":
        process.stacks[fields["object"]] = fields["frames"].split(",")
    elif event == "thread_start":
        process.creations[tid] = number(fields, "object")
    if event not in APART:
        process.threads.setdefault(tid, []).append((event, fields))

def means(process, seen, key, address):
    """A place, a small number as it is, else a number in the order of appearance in its thread."""
    if address == 0 or (key == "other" and address < 4096):
        return hex(address)
    return process.place(address) or "#%d" % seen.setdefault(address, len(seen))

def plain_words(process, seen, event, fields):
    words = [event]
    for key, value in fields.items():
        if key in ("object", "other", "site"):
            words.append("%s=%s" % (key, means(process, seen, key, int(value, 0))))
        elif key == "value" and event in ROUTINES:
            words.append("value=%s" % process.place(int(value)))
        elif key == "text":
            words.append("text=%s" % re.sub("[0-9]+", "N", value))
        elif key != "stack" and not (key == "value" and event in CHANCE):
            words.append("%s=%s" % (key, value))
    return " ".join(words)

def stack_of(process, fields):
    frames = process.stacks.get(fields.get("stack"), [])
    return [process.place(int(frame, 0)) for frame in frames]

def finish(process):
    threads = {}
    for tid, events in process.threads.items():
        seen = {}
        threads[process.key(tid)] = [
            (plain_words(process, seen, *each), stack_of(process, each[1])) for each in events
        ]
    names = {name for _, _, name in process.modules if not TRACER.search(name)}
    return process.name, threads, names

def compare(where, plain, packed):
    stacks = 0
    for i in range(max(len(plain), len(packed))):
        left, left_stack = plain[i] if i < len(plain) else ("nothing", [])
        right, right_stack = packed[i] if i < len(packed) else ("nothing", [])
        if left != right:
            return print("%s: operation %d: %s is %s" % (where, i, left, right)) or stacks
        if left_stack and right_stack and left_stack != right_stack:
            print("%s: %s: stack %s is %s" % (where, left, left_stack, right_stack))
        stacks += bool(left_stack and right_stack)
    return stacks

def main():
    plain, packed = read(sys.argv[1]), read(sys.argv[2])
    operations = stacks = 0
    if [each[0] for each in plain] != [each[0] for each in packed]:
        print("processes: %s are %s" % ([each[0] for each in plain], [each[0] for each in packed]))
    for (name, threads, modules), (_, others, other_modules) in zip(plain, packed):
        if sorted(threads) != sorted(others):
            print("%s: threads %s are %s" % (name, sorted(threads), sorted(others)))
        # Where all stacks are told, more modules are.
        if modules - other_modules:
            print("%s: modules %s are %s" % (name, sorted(modules), sorted(other_modules)))
        for key in sorted(threads.keys() & others.keys()):
            stacks += compare("%s, thread %d" % (name, key), threads[key], others[key])
            operations += len(threads[key])
    print("# %d operations, %d stacks" % (operations, stacks), file=sys.stderr)

main()
END

# record USER [OPTION...] -- COMMAND...: the trace is $trace.
record() {
	who=$1
	shift
	rm -rf "$trace"
	run_as "$who" "$heddle" record -o "$trace" "$@"
	own_messages "$T/err"
}

# facts EXPRESSION: on the report of the latest recording as r, which is then in $T/report.json.
facts() {
	"$heddle" report --format json "$trace" >"$T/report.json" 2>"$T/report.err"
	json "$T/report.json" "$1"
}

lossless() {
	is "$(facts '[r["trace"][key] for key in ("lost_events", "lost_packets", "complete")]')" \
		'[0, 0, True]' "$1: nothing lost"
}

# record_on_one_cpu WAY: the programs $NAMES, one after the other; the dump is $T/dump.WAY.
record_on_one_cpu() {
	# shellcheck disable=SC2016 # for the inner shell
	record "$me" "$@" -- taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" sh -c \
		'cd "$0" && for name in $NAMES; do "./$name" >/dev/null || exit; done' "$programs"
	is "$status" 0 "alike, $1: all end well"
	"$heddle" dump "$trace" >"$T/dump.$1" 2>"$T/dump.err"
}

# On one CPU each program does the same again, thread by thread, but for some chance of who has to
# wait for whom. So those that do not are tried again.
alike() {
	NAMES='mutex_kinds rwlock_kinds cond_kinds barrier_once stack_locks spin_kinds
		semaphore_kinds fork_exec names cancel many_locks'
	export NAMES
	for round in 1 2 3 4 5 6; do
		: >"$T/differences"
		record_on_one_cpu --plain
		for way in --stacks=all --stacks=16; do
			record_on_one_cpu $way
			[ $round != 1 ] || costs "alike, $way" "$T/dump.$way"
			python3 "$T/compare.py" "$T/dump.--plain" "$T/dump.$way" 2>"$T/count" |
				sed "s/\$/ ($way)/" >>"$T/differences"
			like "$T/count" '^# [1-9][0-9]+ operations, [1-9][0-9]* stacks$' \
				"alike, $way: compared"
			cat "$T/count"
		done
		NAMES=$(sed 's/[:,].*//' "$T/differences" | sort -u)
		[ -n "$NAMES" ] || break
	done
	is "$(head -n 12 "$T/differences")" '' 'alike: packed recordings tell what plain ones do'
}

# costs NAME DUMP: what the latest recording took.
costs() {
	is "$(facts 'r["trace"]["recording"]["events"]')" "$(grep -vc ' recording_' "$2")" \
		"$1: each event is counted"
	is "$(json "$T/report.json" '[r["trace"]["recording"][k] >= least for k, least in
		(("bytes", 1), ("flushes", 1), ("blocked_ns", 0))]')" '[True, True, True]' \
		"$1: bytes and flushes are counted"
	"$heddle" report "$trace" >"$T/report.txt"
	like "$T/report.txt" '^Recording: full detail; [0-9,]+ events, ' "$1: the text report tells it"
}

transfers() {
	# shellcheck disable=SC2016 # for the inner shell
	record "$me" "$@" -- sh -c 'for program; do "$program"; done' "" "$examples/transfer" \
		"$examples/transfer_gate" "$examples/transfer_joined" "$examples/transfer_one_thread" \
		"$programs/c11_transfer"
}

# Functions on the stacks of all findings.
on_stacks='[(f["rule"], [[p["function"] for p in s["stack"]] for s in f["steps"]])
	for f in r["findings"] if f["level"] != "note"]'
orders='[r["verdict"], [(f["rule"], f["level"], f["fingerprint"], f["message"])
	for f in r["findings"] if f["level"] != "note"], r["dropped"]]'

# The same without the numbers of processes.
tell_orders() {
	facts "$orders" | sed -E 's/ [0-9]+\]/ PID]/g'
}

findings_alike() {
	transfers
	tell_orders >"$T/full"
	json "$T/report.json" "$on_stacks" >"$T/stacks"
	is "$(grep -o "'lock-order'" "$T/full" | wc -l)" 2 'findings: two lock orders'
	for way in --plain --detail=summary; do
		transfers "$way"
		tell_orders >"$T/other"
		same "$T/full" "$T/other" "findings, $way: the same"
		json "$T/report.json" "$on_stacks" >"$T/other"
		same "$T/stacks" "$T/other" "findings, $way: the same functions on their stacks"
	done
	rm -rf "$trace"
	run "$heddle" check --timeout 1 --detail=summary --format json -o "$T/report.json" \
		--trace "$trace" -- "$examples/philosophers"
	is "$status $(json "$T/report.json" '[(f["rule"], len(f["threads"]), all(s["stack"] or
		s["thread"] == "main" for s in f["steps"])) for f in r["findings"] if f["level"] == "error"]')" \
		"66 [('deadlock', 5, True)]" 'findings, --detail=summary: a deadlock with its stacks'
}

# A program with two threads that runs Python's text $1 afterwards.
threaded() {
	cat <<-END
		import os, sys, threading
		thread = threading.Thread(target=lambda: None)
		thread.start()
		thread.join()
		$1
	END
}

# In the inner shell and Python: which files each has mapped, and which numbers are free.
tell_maps=$(threaded 'sys.stdout.write(open("/proc/self/maps").read())')
tell_files="cat /proc/self/maps >&2; echo; ls /proc/self/fd; exec '$python' -c '$(
	threaded 'print(os.open("/dev/null", os.O_RDONLY), os.pipe())')'"

undisturbed() {
	run_as "$1" sh -c "$tell_files"
	mv "$T/out" "$T/bare"
	record "$1" -- sh -c "$tell_files"
	like "$T/err" 'libheddle-preload' "$1: one thread: traced"
	unlike "$T/err" 'lttng|libheddle-provider' "$1: one thread: no LTTng in it"
	same "$T/bare" "$T/out" "$1: the free descriptors are those of the bare command"
	record "$1" -- "$python" -c "$tell_maps"
	like "$T/out" 'libheddle-preload' "$1: threads: traced"
	unlike "$T/out" 'lttng|libheddle-provider' "$1: threads: no LTTng in it"
	record "$1" --plain -- "$python" -c "$tell_maps"
	like "$T/out" 'liblttng-ust' "$1: threads, --plain: LTTng is in it"
}

# environment USER [NAME=VALUE]: what the command finds in it besides the things of ours.
# shellcheck disable=SC2086 # a word or none
environment() {
	run_as "$1" env $2 env
	grep -vE '^(HEDDLE_TEST|_)=' "$T/out" | sort >"$T/bare"
	rm -rf "$trace"
	run_as "$1" env $2 "$heddle" record -o "$trace" -- env
	like "$T/out" '^LD_PRELOAD=' "$1: environment $2: traced"
	grep -vE '^(LD_PRELOAD|HEDDLE_[A-Z]*|_)=' "$T/out" | sort >"$T/recorded"
	same "$T/bare" "$T/recorded" "$1: environment $2: nothing else is added or gone"
}

# Each process of a shell loop is there with its begin and end.
processes() {
	# shellcheck disable=SC2016 # for the inner shell
	record "$1" -- sh -c 'i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i + 1)); done'
	"$heddle" dump "$trace" | cut -d' ' -f3 >"$T/dump"
	is "$status $(grep -cx process_start "$T/dump") $(grep -cx process_exit "$T/dump")" \
		'0 101 101' "$1: 100 processes: begin and end of each"
	lossless "$1: 100 processes"
}

# longest: of the stacks in $T/dump; 0 where there is none.
longest() {
	awk -F, '/ process_stack / && NF > most { most = NF } END { print most + 0 }' "$T/dump"
}

stacks() {
	for frames in 0 3 all; do
		record "$me" --stacks $frames -- "$examples/transfer"
		"$heddle" dump "$trace" >"$T/dump"
		is "$(grep -c ' mutex_lock ' "$T/dump") $(grep ' mutex_' "$T/dump" | grep -vc ' site=0x')" \
			'4 0' "--stacks $frames: the operations, each with its place"
		with=$(grep -c ' mutex_lock .*stack=0x' "$T/dump")
		case $frames in
		0) is "$(longest) $with" '0 0' '--stacks 0: none' ;;
		3) is "$(longest) $((with > 0))" '3 1' '--stacks 3: no longer than that' ;;
		all) is "$(($(longest) > 3)) $with" '1 4' '--stacks all: a whole one each' ;;
		esac
	done
}

size_of() {
	du -sb "$trace" | cut -f1
}

acquired='sorted(c["acquisitions"] for c in r["contention"] if c["object"]["kind"] == "mutex")'

# summary USER own|shared
summary() {
	record "$1" -- "$programs/lockloop" 2 500000 "$2"
	full=$(size_of)
	facts "$acquired" >"$T/full"
	record "$1" --detail=summary -- "$programs/lockloop" 2 500000 "$2"
	is "$status $(cat "$T/out")" '0 1000000 pairs' "$1: summary, $2: ends well"
	facts "$acquired" >"$T/summary"
	same "$T/full" "$T/summary" "$1: summary, $2: as many acquisitions as in full"
	lossless "$1: summary, $2"
	is "$(json "$T/report.json" 'r["trace"]["detail"], r["trace"]["summary_since_ns"]')" \
		"('summary', 0)" "$1: summary, $2: the report says so"
	"$heddle" report "$trace" >"$T/report.txt"
	like "$T/report.txt" '^Detail: summary\.' "$1: summary, $2: the text report says so"
	echo "# summary, $2: $(size_of) bytes, in full $full"
	[ "$2" = shared ] || is "$(($(size_of) * 20 <= full))" 1 "$1: summary, $2: a twentieth at most"
}

# What a semaphore that serves as a lock, and a condition that nobody waits for, take in a summary.
counted_semaphores() {
	text='import threading
lock, condition = threading.Lock(), threading.Condition()
for i in range(300000):
    with lock: pass
    with condition: condition.notify()'
	taken='sum(c["acquisitions"] for c in r["contention"] if c["object"]["kind"] == "semaphore")'
	record "$me" -- "$python" -c "$text"
	full=$(size_of)
	facts "$taken" >"$T/full"
	record "$me" --detail=summary -- "$python" -c "$text"
	lossless 'summary of semaphores'
	is "$(json "$T/report.json" "$taken")" "$(cat "$T/full")" \
		'summary of semaphores: as many were taken as in full'
	is "$(json "$T/report.json" "$taken >= 600000")" True 'summary of semaphores: they are Python locks'
	echo "# summary of semaphores: $(size_of) bytes, in full $full"
	is "$(($(size_of) * 10 <= full))" 1 'summary of semaphores: a tenth at most'
	record "$me" --detail=summary -- "$programs/cond_idle"
	"$heddle" dump "$trace" >"$T/dump"
	is "$(grep -c ' cond_signal ' "$T/dump") $(grep -c ' cond_broadcast ' "$T/dump")" '4 1' \
		'summary of signals: those that wake somebody, and one of each other place'
}

# From full to summary in the midst.
outgrown() {
	record "$1" --max-size 1M -- sh -c "'$programs/lockloop' 2 5000000 own; exit 7"
	is "$status $(cat "$T/out")" '7 10000000 pairs' "$1: --max-size: the command's own status"
	is "$(cat "$T/err")" '' "$1: --max-size: no message"
	lossless "$1: --max-size"
	is "$(json "$T/report.json" "$acquired")" '[5000000, 5000000]' "$1: --max-size: all is counted"
	is "$(json "$T/report.json" 'r["trace"]["detail"], r["trace"]["summary_since_ns"] > 0')" \
		"('summary', True)" "$1: --max-size: the report says since when"
	"$heddle" report "$trace" >"$T/report.txt"
	like "$T/report.txt" '^Detail: summary since \+' "$1: --max-size: the text report says since when"
	bytes=$(json "$T/report.json" 'r["trace"]["recording"]["bytes"]')
	echo "# --max-size 1M: $bytes bytes of what would be about 80,000,000"
	is "$((bytes >= 1048576 && bytes <= 40000000))" 1 "$1: --max-size: it does not go on as before"
}

# More locks than a thread has numbers for.
crowd() {
	for way in full summary; do
		record "$me" --detail=$way -- "$programs/many_locks" 150000
		lossless "many locks, $way"
		is "$(json "$T/report.json" "$acquired")" "[$(cat "$T/out")]" \
			"many locks, $way: each as often as it was taken"
		echo "# many locks, $way: $(size_of) bytes"
		[ $way != full ] || is "$(($(size_of) <= 9 * 2 * 160000))" 1 \
			'many locks, full: nine bytes an operation at most'
	done
}

meeting='import threading
met = threading.Barrier(301)
threads = [threading.Thread(target=met.wait) for _ in range(300)]
[thread.start() for thread in threads]
met.wait()
[thread.join() for thread in threads]'

# More threads at once than there are buffers at first.
many() {
	record "$1" -- sh -c "'$programs/lockloop' 64 20000 own && '$python' -c '$meeting'"
	is "$status" 0 "$1: many threads: end well"
	lossless "$1: many threads"
	is "$(json "$T/report.json" "[n for n in $acquired if n == 20000] == 64 * [20000]")" True \
		"$1: many threads: all that 64 did is there"
	is "$(json "$T/report.json" 'r["trace"]["threads"]')" "$((1 + 65 + 301))" \
		"$1: many threads: each is there"
}

alike
findings_alike
stacks
crowd
counted_semaphores
summary "$me" shared
for user in $(users); do
	undisturbed "$user"
	environment "$user" ''
	environment "$user" LTTNG_HOME=/nonexistent
	processes "$user"
	summary "$user" own
	outgrown "$user"
	many "$user"
	nothing_left "$user: no process is left behind"
done
finish
