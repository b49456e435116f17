# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rows of figures: several runs of each way, taken in turn, as ratios to the first way."""
import statistics
import sys

from runs import Missing


def say(text):
    """Progress, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def measure(ways, runs, title=""):
    """Interleaved, so that a machine that changes its mind does so to all.

    WAYS are functions by name; a result is a dictionary with a number "value". What raises
    Missing is not tried again, and has the reason for its results.
    """
    got = {name: [] for name in ways}
    for turn in range(runs):
        for name, way in ways.items():
            if isinstance(got[name], str):
                continue
            say(f"{title} {turn + 1}/{runs}: {name}")
            try:
                got[name].append(way())
            except Missing as missing:
                got[name] = str(missing)
    say("")
    return got


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def rows(got, unit, base=None):
    """A ratio is that of a run to the same run of the base, which is the first way."""
    first = base or next(iter(got))
    made = []
    for name, results in got.items():
        if isinstance(results, str):
            made.append({"name": name, "missing": results})
            continue
        values = [result["value"] for result in results]
        row = {"name": name, "unit": unit, **spread(values), "runs": values}
        if not isinstance(got[first], str):
            ratios = [value / under["value"] for value, under in zip(values, got[first])]
            row["ratio"] = spread(ratios)
        for key in results[0].keys() - {"value"}:
            row[key] = statistics.median(result[key] for result in results)
        made.append(row)
    return made


def find(table, name):
    """The row of that name, None where it was not measured."""
    for row in table or []:
        if row["name"] == name and "missing" not in row:
            return row
    return None


def median(row):
    return row and row["median"]


def ratio(row):
    return row and row.get("ratio", {}).get("median")


def of(above, below):
    return above / below if above is not None and below else None


NOTES = {
    "bytes_per_operation": "{:.1f} bytes/operation",
    "to_one_thread": "{:.2f} of one thread's",
    "in_all": "{:.2f} s with start and end",
    "recorded_mb": "{:.1f} MB recorded",
    "million_operations_per_s": "{:.2f} million operations/s",
    "peak_mb": "{:.0f} MB of memory",
    "more_ms": "{:+.2f} ms each",
}


def number(value):
    return f"{value:9.2f}" if value < 1e4 else f"{value:9.0f}"


def show(title, table):
    unit = next((row["unit"] for row in table if "unit" in row), "")
    heads = "".join(f"{head:>9}" for head in ("min", "median", "max"))
    print(f"\n{title}\n{unit:34}{heads}  ratio{heads[5:]}")
    for row in table:
        if "missing" in row:
            print(f"{row['name']:34}  not measured: {row['missing']}")
            continue
        line = f"{row['name']:34}" + "".join(number(row[key]) for key in ("min", "median", "max"))
        if "ratio" in row:
            line += "  " + "".join(number(row["ratio"][key]) for key in ("min", "median", "max"))
        notes = [form.format(row[key]) for key, form in NOTES.items() if key in row]
        print(line + ("  " + ", ".join(notes) if notes else ""))
