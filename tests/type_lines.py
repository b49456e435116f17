# SPDX-License-Identifier: LGPL-2.1-or-later
"""type_lines.py SHELL [ARGUMENT...] types lines into an interactive shell.

Standard input has the lines, in which \\t is the tabulator key. The shell is on a terminal of its own. Each
line is to make it print one line that begins with '<'; those are printed, one for a line typed.
"""
import os
import pty
import re
import select
import sys
import time

LIMIT_SECONDS = 20
ANSWER = re.compile(rb"(?:^|\n|\r)(<[^\r\n]*>)\r?\n")


def answer(terminal):
    """What the shell says next within < and >, or what else it said."""
    said = b""
    end = time.monotonic() + LIMIT_SECONDS
    while not ANSWER.search(said):
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            return "no answer, but " + repr(said)
        try:
            said += os.read(terminal, 4096)
        except OSError:
            return "the shell ended: " + repr(said)
    return ANSWER.search(said).group(1).decode(errors="replace")


def main():
    lines = sys.stdin.read().splitlines()
    shell, terminal = pty.fork()
    if shell == 0:
        os.environ["TERM"] = "dumb"
        os.execvp(sys.argv[1], sys.argv[1:])
    for line in lines:
        os.write(terminal, line.replace("\\t", "\t").encode() + b"\r")
        print(answer(terminal), flush=True)
    os.close(terminal)
    os.waitpid(shell, 0)


main()
