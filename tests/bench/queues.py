#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""queues.py ITEMS: two threads put numbers into a queue, two take them out and add them up."""
import queue
import sys
import threading


def main():
    items = int(sys.argv[1])
    work, sums = queue.Queue(maxsize=100), queue.Queue()

    def produce():
        for number in range(items):
            work.put(number)

    def consume():
        total = 0
        for number in iter(work.get, None):
            total += number
        sums.put(total)

    producers = [threading.Thread(target=produce) for _ in range(2)]
    consumers = [threading.Thread(target=consume) for _ in range(2)]
    for thread in producers + consumers:
        thread.start()
    for thread in producers:
        thread.join()
    for _ in consumers:
        work.put(None)
    for thread in consumers:
        thread.join()
    if sums.get() + sums.get() != items * (items - 1):
        sys.exit("queues: the sum is wrong")


main()
