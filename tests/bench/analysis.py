# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast a packed trace is read and analysed on one processor, and in how much memory; and how
long traces take that are hard on the analysis of lock orders."""
import json
import os
import subprocess
import time

from figures import measure, of, rows
from runs import Missing, environment, need, run, size

REPORT, DUMMY = "heddle report", "babeltrace2, sink.utils.dummy"
OPERATIONS = 50000000
ALLOWED_BYTES = 200 << 20
# Locks, threads and operations of traces that tests/bench/orders makes.
RANDOM_ORDERS, COMPLETE_ORDERS = "random orders", "complete graph of orders"
ORDERS = {RANDOM_ORDERS: ("random", 500, 50, 5000000), COMPLETE_ORDERS: ("complete", 200, 50, 0)}
UNDECIDED = "too many to decide"


def measured(words, good):
    """Its time and its peak of memory, on the last processor that we may use."""
    processor = max(os.sched_getaffinity(0))
    words = [need("taskset"), "-c", processor, *words]
    before = time.monotonic()
    with subprocess.Popen([str(word) for word in words], env=environment(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in good:
        raise Missing(f"'{words[3]}' ended with status {child.returncode}")
    return {"value": time.monotonic() - before, "peak_mb": usage.ru_maxrss * 1024 / 1e6}


def whole(heddle, trace, operations):
    """A trace that is not read to its end would be read fast."""
    seen = json.loads(run([heddle.tool, "report", "--format", "json", trace], (0, 1)))["trace"]
    if not seen["complete"] or seen["events"] < operations:
        raise Missing(f"the report is of {seen['events']} events and not of all {operations}")


def report(heddle, trace, operations):
    checked = []

    def way():
        if not checked:
            whole(heddle, trace, operations)
            checked.append(True)
        return measured([heddle.tool, "report", "-o", "/dev/null", trace], (0, 1))
    return way


def made_orders(heddle, scratch, name):
    """Such a trace, as text. The report of a complete graph has to say that it gave up."""
    trace = scratch / (name.replace(" ", "-") + ".events")
    with open(trace, "wb") as out:
        subprocess.run([heddle.program("orders"), *map(str, ORDERS[name])], stdout=out, check=True)
    seen = json.loads(run([heddle.tool, "report", "--format", "json", trace], (0, 1)))
    if name == COMPLETE_ORDERS and not any(row["reason"] == UNDECIDED for row in seen["dropped"]):
        raise Missing(f"the report does not say that cycles were {UNDECIDED}")
    return trace


def orders(heddle, scratch, name):
    made = []

    def way():
        if not made:
            made.append(made_orders(heddle, scratch, name))
        return measured([heddle.tool, "report", "-o", "/dev/null", made[0]], (0, 1))
    return way


def bench_orders(heddle, scratch, runs):
    got = measure({name: orders(heddle, scratch, name) for name in ORDERS}, runs, "orders")
    return {"summary": "the report of traces of lock orders, as text, on one processor: 500 "
            "locks, 50 threads, 5 million operations; 200 locks, each pair in both orders",
            "rows": rows(got, "s", RANDOM_ORDERS)}


def bench(heddle, scratch, runs, wanted):
    # A round is two operations in each of two threads, and a tenth is done to warm up.
    rounds = max(int(wanted / 4.4), 1)
    with heddle.recording() as trace:
        out = run([*heddle.record(), heddle.program("workload"), "crowd", rounds])
        operations = int(out.split()[1])
        got = measure({
            REPORT: report(heddle, trace, operations),
            DUMMY: lambda: measured([need("babeltrace2"), trace / "ctf",
                                     "--component=sink.utils.dummy"], (0,)),
        }, runs, "analysis")
        recorded = size(trace)
    table = rows(got, "s", DUMMY)
    for row in table:
        if "missing" not in row:
            row["million_operations_per_s"] = of(operations / 1e6, row["median"])
    return {"analysis": {"summary": f"{operations} operations, {recorded / operations:.1f} bytes "
                         "each, on one processor", "operations": operations, "rows": table},
            "orders": bench_orders(heddle, scratch, runs)}


def extra_bytes(row, operations):
    """Memory for each operation, beyond what any trace may take."""
    return max(row["peak_mb"] * 1e6 - ALLOWED_BYTES, 0) / operations if row else None
