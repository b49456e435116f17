# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the bench runs programs: in a group of their own, ended when they hang, what they wrote."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

LIMIT_S = 600


class Missing(Exception):
    """This machine or this build cannot do it, and why."""


def environment(**extra):
    """Without what a recording around the bench itself would set."""
    ours = ("HEDDLE_", "LTTNG_", "LD_PRELOAD")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return dict(kept, **extra)


def end(child):
    """The whole group, and gently first: a recorder has something to finish."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(20)
            return


def run(words, good=(0,), **extra):
    """What the command wrote to stdout; Missing when it did not end well."""
    words = [str(word) for word in words]
    with subprocess.Popen(words, env=environment(**extra), stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as child:
        try:
            out, err = child.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            end(child)
            raise Missing(f"'{words[0]}' did not end in {LIMIT_S} seconds") from None
        except BaseException:
            end(child)
            raise
    if child.returncode not in good:
        said = (err.strip() or "nothing said").splitlines()[0]
        raise Missing(f"{words[0]} ended with status {child.returncode}: {said}")
    return out


def need(tool):
    if not shutil.which(tool):
        raise Missing(f"{tool} is not installed")
    return tool


def size(directory):
    return sum(path.stat().st_size for path in pathlib.Path(directory).rglob("*")
               if path.is_file())


def until(ready, what, limit_s=30):
    """Waits for what another process does and cannot tell."""
    last = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() > last:
            raise Missing(f"{what} was not ready after {limit_s} seconds")
        time.sleep(0.05)


class Heddle:
    """The build under test."""

    def __init__(self, build, scratch):
        self.tool = str(build / "heddle")
        self.preload = str(build / ".libs/libheddle-preload.so")
        self.programs = build / "tests/bench"
        self.trace = scratch / "trace"
        self.options = run([self.tool, "record", "--help"])

    def program(self, name):
        path = self.programs / name
        if not path.exists():
            raise Missing(f"{path} is not built")
        return str(path)

    def record(self, *options):
        """The words before a command that record it."""
        for option in options:
            if option.split("=")[0] not in self.options:
                raise Missing(f"this heddle has no {option}")
        return [self.tool, "record", *options, "-o", str(self.trace), "--"]

    @contextlib.contextmanager
    def recording(self):
        """Gives the directory of the one recording that is made meanwhile, and removes it."""
        shutil.rmtree(self.trace, ignore_errors=True)
        try:
            yield self.trace
        finally:
            shutil.rmtree(self.trace, ignore_errors=True)


class Lttng:
    """A recording of the pthread wrapper's events by LTTng's own tools, as lossless as ours."""

    WRAPPER = "liblttng-ust-pthread-wrapper.so.1"

    def __init__(self, directory):
        self.directory, self.name = directory, f"heddle-bench-{os.getpid()}"
        self.environment = {"LTTNG_HOME": str(directory), "LTTNG_UST_ALLOW_BLOCKING": "1"}
        self.daemon = None

    def lttng(self, *words):
        return run(["lttng", "--no-sessiond", *words], **self.environment)

    def alive(self):
        try:
            self.lttng("list")
        except Missing:
            return False
        return True

    def __enter__(self):
        self.directory.mkdir()
        try:
            # Root's tools meet the machine's daemon; it is used where it runs, started where not.
            if not self.alive():
                self.daemon = subprocess.Popen(
                    ["lttng-sessiond", "--no-kernel"], env=environment(**self.environment),
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, start_new_session=True)
                until(self.alive, "lttng-sessiond")
            self.lttng("create", self.name, "-o", self.directory / "trace")
            self.lttng("enable-channel", "-u", "-s", self.name, "--blocking-timeout=inf",
                       "--subbuf-size=1M", "--num-subbuf=8", "c")
            self.lttng("enable-event", "-u", "-s", self.name, "-c", "c", "lttng_ust_pthread:*")
            self.lttng("start", self.name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Missing):
            self.lttng("destroy", self.name)
        if self.daemon:
            end(self.daemon)
        shutil.rmtree(self.directory, ignore_errors=True)
