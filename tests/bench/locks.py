# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an operation of a thread costs, bare, with heddle and with other tools that see it."""
import functools
import subprocess

from figures import find, measure, median, of, rows
from runs import Lttng, Missing, environment, need, run, size

# Rounds for ways that are nearly bare, that pack, that take 100 ns and more, that emulate.
WORKLOADS = {
    "pair": ("a mutex locked and unlocked, one thread", (40000000, 10000000, 2000000, 30000)),
    "locks": ("64 mutexes in random order, one thread", (40000000, 10000000, 2000000, 30000)),
    "own": ("two threads, each with its own mutex", (40000000, 10000000, 1000000, 15000)),
    "shared": ("two threads, one mutex", (8000000, 3000000, 500000, 15000)),
    "readers": ("two threads read-lock one rwlock", (5000000, 3000000, 500000, 15000)),
    "condition": ("two threads on one processor take turns", (100000, 50000, 30000, 3000)),
    "semaphore": ("a semaphore waited for and posted", (40000000, 10000000, 2000000, 30000)),
}
NEARLY_BARE, PACKING, TRACING, EMULATING = range(4)

# LTTng's wrapper knows mutexes alone.
MUTEXES_ALONE = ("pair", "locks", "own", "shared")

BARE, PRELOADED = "bare", "heddle preloaded, not recording"
FULL, SUMMARY, PLAIN = "heddle full", "heddle summary", "heddle plain"
LTTNG, TSAN = "LTTng's pthread wrapper", "ThreadSanitizer"


def result(out, trace=None):
    nanoseconds, operations = out.split()
    made = {"value": float(nanoseconds)}
    if trace:
        made["bytes_per_operation"] = size(trace) / int(operations)
    return made


class Ways:
    """Each method runs the program with the words given, and gives what it printed."""

    def __init__(self, heddle, source, scratch):
        self.heddle, self.scratch = heddle, scratch
        self.source = source / "tests/bench/workload.c"
        self.program = heddle.program("workload")

    def bare(self, words):
        return result(run([self.program, *words]))

    def preloaded(self, words):
        return result(run([self.program, *words], LD_PRELOAD=self.heddle.preload))

    def recorded(self, *options):
        def way(words):
            with self.heddle.recording() as trace:
                out = run([*self.heddle.record(*options), self.program, *words])
                return result(out, None if "--detail=summary" in options else trace)
        return way

    @functools.cached_property
    def wrapper(self):
        need("lttng-sessiond")
        done = subprocess.run([self.program, "pair", "10"], capture_output=True, check=False,
                              text=True, env=environment(LD_PRELOAD=Lttng.WRAPPER))
        if "cannot be preloaded" in done.stderr:
            raise Missing(f"{Lttng.WRAPPER} is not installed")
        return Lttng.WRAPPER

    def lttng(self, words):
        if words[0] not in MUTEXES_ALONE:
            raise Missing("it sees mutexes only")
        wrapper = self.wrapper
        with Lttng(self.scratch / "lttng") as lttng:
            return result(run([self.program, *words], LD_PRELOAD=wrapper, **lttng.environment))

    @functools.cached_property
    def sanitized(self):
        """The words to run the program as gcc's -fsanitize=thread makes it."""
        program = self.scratch / "workload-tsan"
        run([need("gcc"), "-std=gnu11", "-D_GNU_SOURCE", "-g", "-O1", "-fno-omit-frame-pointer",
             "-pthread", "-fsanitize=thread", self.source, "-o", program])
        try:
            run([program, "pair", "10"])
        except Missing:
            # It knows a few layouts of memory, and a kernel may choose others at random.
            run([need("setarch"), "-R", program, "pair", "10"])
            return ["setarch", "-R", program]
        return [program]

    def sanitizer(self, words):
        return result(run([*self.sanitized, *words]))

    def valgrind(self, tool):
        def way(words):
            return result(run([need("valgrind"), "-q", f"--tool={tool}", "--log-file=/dev/null",
                               self.program, *words]))
        return way

    def all(self):
        """By name: how many rounds it gets, and the function."""
        return {
            BARE: (NEARLY_BARE, self.bare),
            PRELOADED: (NEARLY_BARE, self.preloaded),
            FULL: (PACKING, self.recorded()),
            SUMMARY: (PACKING, self.recorded("--detail=summary")),
            PLAIN: (TRACING, self.recorded("--plain")),
            LTTNG: (TRACING, self.lttng),
            TSAN: (TRACING, self.sanitizer),
            "Helgrind": (EMULATING, self.valgrind("helgrind")),
            "DRD": (EMULATING, self.valgrind("drd")),
        }


def workload_ways(ways, name):
    counts = WORKLOADS[name][1]
    return {way: functools.partial(function, [name, str(counts[speed])])
            for way, (speed, function) in ways.all().items()}


# Locks of the native library beside libc's, by one thread.
NATIVE_ROUNDS = {BARE: 40000000, FULL: 10000000}
NATIVE_LOCK, NATIVE_RLOCK, LIBC_MUTEX = "lock", "rlock", "pthread"


def native_ways(heddle):
    program = heddle.program("native")

    def bare(words):
        return result(run([program, *words]))

    def full(words):
        with heddle.recording() as trace:
            return result(run([*heddle.record(), program, *words]), trace)

    return {("native", f"{kind}, {way}"): functools.partial(function, [kind, str(NATIVE_ROUNDS[way])])
            for kind in (LIBC_MUTEX, NATIVE_LOCK, NATIVE_RLOCK)
            for way, function in ((BARE, bare), (FULL, full))}


def native(got):
    mine = {way: results for (workload, way), results in got.items() if workload == "native"}
    return {"summary": "a native lock acquired and released, one thread; ratios to libc's, bare",
            "rows": rows(mine, "ns/round")}


def bench(heddle, source, scratch, runs):
    """Tables by workload."""
    ways = Ways(heddle, source, scratch)
    flat = {(name, way): function for name in WORKLOADS
            for way, function in workload_ways(ways, name).items()}
    flat |= native_ways(heddle)
    got = measure(flat, runs, "locks")
    tables = {"native": native(got)}
    for name, (summary, _) in WORKLOADS.items():
        mine = {way: results for (workload, way), results in got.items() if workload == name}
        tables[name] = {"summary": summary, "rows": rows(mine, "ns/round")}
    for row in tables["own"]["rows"]:
        alone = find(tables["pair"]["rows"], row["name"])
        if "missing" not in row and alone:
            row["to_one_thread"] = of(median(row), median(alone))
    return tables
