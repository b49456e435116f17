# SPDX-License-Identifier: LGPL-2.1-or-later
"""What heddle promises to cost, and what was seen."""
import analysis
import locks
import programs
from figures import find, median, of, ratio


class Seen:
    """Looks up rows; what was not measured is None."""

    def __init__(self, figures):
        self.figures = figures

    def row(self, group, table, name):
        return find(self.figures.get(group, {}).get(table, {}).get("rows"), name)

    def pair(self, name):
        return self.row("locks", "pair", name)

    def native(self, kind, way, to_kind, to_way):
        one, other = (self.row("locks", "native", f"{k}, {w}")
                      for k, w in ((kind, way), (to_kind, to_way)))
        return of(median(one), median(other)) if one and other else None

    def own(self, key):
        return (self.row("locks", "own", locks.FULL) or {}).get(key)

    def program(self, table):
        return ratio(self.row("programs", table, programs.FULL))

    def orders(self, name):
        return median(self.row("analysis", "orders", name))

    def analysis(self):
        row = self.row("analysis", "analysis", analysis.REPORT)
        return row, row and self.figures["analysis"]["analysis"]["operations"]


def promises(figures):
    """Each with its limit, what was seen (None: not measured) and whether it was kept."""
    seen = Seen(figures)
    full = seen.pair(locks.FULL)
    hot = seen.row("locks", "locks", locks.FULL)
    many = seen.row("processes", "processes", programs.FULL)
    report, operations = seen.analysis()
    most = [
        ("not recording, uncontended pair / bare", 1.5, ratio(seen.pair(locks.PRELOADED))),
        ("full, uncontended pair / bare", 4, ratio(full)),
        ("full / LTTng's pthread wrapper", 0.12, of(median(full), median(seen.pair(locks.LTTNG)))),
        ("full / ThreadSanitizer", 0.3, of(median(full), median(seen.pair(locks.TSAN)))),
        ("summary, uncontended pair / bare", 2.5, ratio(seen.pair(locks.SUMMARY))),
        ("native lock, uncontended pair / libc's", 1.5,
         seen.native(locks.NATIVE_LOCK, locks.BARE, locks.LIBC_MUTEX, locks.BARE)),
        ("native lock, full / bare", 4,
         seen.native(locks.NATIVE_LOCK, locks.FULL, locks.NATIVE_LOCK, locks.BARE)),
        ("full, native lock / libc's", 1.2,
         seen.native(locks.NATIVE_LOCK, locks.FULL, locks.LIBC_MUTEX, locks.FULL)),
        ("full, two threads with own locks / one", 1.3, seen.own("to_one_thread")),
        ("full, 64 locks: bytes per operation", 9, hot and hot["bytes_per_operation"]),
        ("xz, full / bare", 1.05, seen.program("xz")),
        ("redis, full / bare", 1.05, seen.program("redis")),
        ("memcached, full / bare", 1.15, seen.program("memcached")),
        ("Python's queue, full / bare", 1.2, seen.program("queue")),
        ("1,000 processes, full / bare", 1.6, ratio(many)),
        ("1,000 processes: ms more each", 1, (many or {}).get("more_ms")),
        ("500 locks, 5 million operations: s", 10, seen.orders(analysis.RANDOM_ORDERS)),
        ("200 locks, complete graph: s", 10, seen.orders(analysis.COMPLETE_ORDERS)),
        ("analysis: bytes of memory per operation", 16, analysis.extra_bytes(report, operations)),
    ]
    made = [{"promise": name, "at_most": limit, "seen": value,
             "kept": None if value is None else value <= limit} for name, limit, value in most]
    speed = report and report["million_operations_per_s"]
    made.append({"promise": "analysis: million operations a second", "at_least": 8, "seen": speed,
                 "kept": None if speed is None else speed >= 8})
    return made


def show(made):
    print(f"\n{'promise':42}{'':9}{'limit':>6}{'seen':>9}")
    for row in made:
        sense = "at_most" if "at_most" in row else "at_least"
        line = f"{row['promise']:42}{sense.replace('_', ' '):9}{row[sense]:6g}"
        if row["seen"] is None:
            print(line + "        -  not measured")
        else:
            print(f"{line}{row['seen']:9.2f}  {'kept' if row['kept'] else 'MISSED'}")
