# SPDX-License-Identifier: LGPL-2.1-or-later
"""What real programs take, bare and recorded, and many short processes."""
import contextlib
import functools
import os
import pathlib
import random
import signal
import subprocess
import time

from figures import find, measure, median, rows
from runs import Missing, end, environment, need, run, size, until

BARE, FULL, SUMMARY = "bare", "heddle full", "heddle summary"
XZ_BYTES = 100 << 20
REDIS_REQUESTS, MEMCACHED_ROUNDS, QUEUE_ITEMS = 200000, 40000, 400000
PROCESSES = 1000

# Its own start and end, apart from those of the recording around it.
CLOCKED = 'date +%s%N >"$0"; "$@"; status=$?; date +%s%N >>"$0"; exit "$status"'
MANY = 'i=0; while [ "$i" -lt "$0" ]; do /bin/true; i=$((i + 1)); done'


def text_file(path, length):
    """What compresses like text; the same on each machine."""
    source = random.Random(1)
    words = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 9)))
             for _ in range(20000)]
    # Further apart than xz -0 looks back.
    block = " ".join(source.choices(words, k=1 << 20)).encode()[:5 << 20]
    with open(path, "wb") as out:
        while length > 0:
            length -= out.write(block[:length])
    return path


class Programs:
    def __init__(self, heddle, scratch):
        self.heddle, self.scratch = heddle, scratch

    def ways(self, one, details=(SUMMARY,)):
        """ONE(words that record) gives {"value": seconds}; by the names of rows."""
        def recorded(*options):
            with self.heddle.recording() as trace:
                made = one(self.heddle.record(*options))
                return dict(made, recorded_mb=size(trace) / 1e6)

        made = {BARE: lambda: one([]), FULL: recorded}
        if SUMMARY in details:
            made[SUMMARY] = lambda: recorded("--detail=summary")
        return made

    def clocked(self, command, recorder):
        clock = self.scratch / "clock"
        before = time.monotonic()
        run([*recorder, "sh", "-c", CLOCKED, clock, *command])
        in_all = time.monotonic() - before
        started, ended = map(int, clock.read_text().split())
        made = {"value": (ended - started) / 1e9}
        return dict(made, in_all=in_all) if recorder else made

    @functools.cached_property
    def text(self):
        return text_file(self.scratch / "text", XZ_BYTES)

    def xz(self, recorder):
        return self.clocked([need("xz"), "-0", "-T2", "-k", "-f", self.text], recorder)

    def queue(self, recorder):
        script = pathlib.Path(__file__).with_name("queues.py")
        return self.clocked(["/usr/bin/python3", script, str(QUEUE_ITEMS)], recorder)

    def processes(self, recorder):
        return self.clocked(["sh", "-c", MANY, str(PROCESSES)], recorder)

    @contextlib.contextmanager
    def server(self, words, ready, stop):
        """It runs meanwhile; STOP makes it end by itself, with status 0."""
        with subprocess.Popen([str(word) for word in words], env=environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True) as child:
            try:
                until(lambda: ready() or child.poll() is not None, words[0])
                if child.returncode is not None:
                    raise Missing(f"{words[0]} ended at once, with status {child.returncode}")
                yield
                stop()
                if child.wait(120) != 0:
                    raise Missing(f"{words[0]} ended with status {child.returncode}")
            except subprocess.TimeoutExpired:
                end(child)
                raise Missing(f"{words[0]} did not end") from None
            except BaseException:
                end(child)
                raise

    def redis(self, recorder):
        socket = self.scratch / "redis"
        client = [need("redis-cli"), "-s", socket]
        command = [need("redis-server"), "--port", 0, "--unixsocket", socket, "--io-threads", 2,
                   "--io-threads-do-reads", "yes", "--save", "", "--appendonly", "no",
                   "--dir", self.scratch]

        def ready():
            try:
                return "PONG" in run([*client, "ping"])
            except Missing:
                return False

        with self.server([*recorder, *command], ready,
                         lambda: run([*client, "shutdown", "nosave"])):
            before = time.monotonic()
            run([need("redis-benchmark"), "-s", socket, "-q", "-n", REDIS_REQUESTS, "-c", 50,
                 "-P", 16, "-t", "set,get"])
            return {"value": time.monotonic() - before}

    def memcached(self, recorder):
        socket, number = self.scratch / "memcached", self.scratch / "memcached.pid"
        load = [self.heddle.program("memload"), socket, 8]
        number.unlink(missing_ok=True)
        # Root has to name a user, and may name itself.
        command = [need("memcached"), "-u", "root" if os.getuid() == 0 else "nobody",
                   "-s", socket, "-t", 4, "-P", number]

        def ready():
            try:
                return number.exists() and run([*load, 1])
            except Missing:
                return False

        with self.server([*recorder, *command], ready,
                         lambda: os.kill(int(number.read_text()), signal.SIGTERM)):
            return {"value": float(run([*load, MEMCACHED_ROUNDS]))}


def bench(heddle, scratch, runs):
    programs = Programs(heddle, scratch)
    several = {
        "xz": ("xz -0 -T2 of 100 MiB", programs.xz),
        "redis": (f"redis-server, io-threads 2: {2 * REDIS_REQUESTS} requests", programs.redis),
        "memcached": (f"memcached -t4: {32 * MEMCACHED_ROUNDS} keys", programs.memcached),
        "queue": (f"queue.Queue in Python: {2 * QUEUE_ITEMS} items", programs.queue),
    }
    return {name: {"summary": summary,
                   "rows": rows(measure(programs.ways(one), runs, f"programs: {name}"), "s")}
            for name, (summary, one) in several.items()}


def bench_processes(heddle, scratch, runs):
    programs = Programs(heddle, scratch)
    got = measure(programs.ways(programs.processes, ()), runs, "processes")
    table = rows(got, "s")
    bare, full = find(table, BARE), find(table, FULL)
    if bare and full:
        full["more_ms"] = (median(full) - median(bare)) * 1e3 / PROCESSES
    return {"processes": {"summary": f"{PROCESSES} times /bin/true, started by a shell",
                          "rows": table}}
