#!/usr/bin/env python3
"""The fault programme: everything that may go wrong around wirewatch is played, and what must hold afterwards is checked.

Prints a table: the fault, how often it was tried, and how often everything held. Ends with 1 where something did not.
Usage: run.py path/to/wirewatch [--long] [--seed N] [--only FAMILY ...]
Families: disk, database, clock, mail, web, tls, service, kills. A seed gives the same moments and bytes again.
Needs Linux, a C compiler, openssl and faketime; all of it stays on loopback and in a folder of its own.
"""

import argparse
import concurrent.futures
import os
import random
import signal
import sys
import tempfile
import time

import clock
import database
import disk
import kills
import mail
import service
import tls
import web

FAMILIES = [disk, database, clock, mail, web, tls, service, kills]
# Most of what is played waits for one thing or another.
SIDE_BY_SIDE = 6


def asked():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--only", nargs="*", choices=[family.__name__ for family in FAMILIES])
    return parser.parse_args()


def shown(row, length):
    held = row.tried - len({complaint.split(":")[0] for complaint in row.broken})
    print(f"| {row.fault:{length}} | {row.tried:5} | {max(held, 0):5} |", flush=True)
    for note in row.notes:
        print(f"|   {note:{length - 2}} | {'':5} | {'':5} |", flush=True)
    for complaint in row.broken[:20]:
        print(f"    does not hold: {complaint[:600]}", flush=True)


def main():
    wanted, begun, is_well = asked(), time.monotonic(), True
    # What a shell starts behind itself ignores it, and would have the daemons ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(f"faults: seed {wanted.seed}, {'long' if wanted.long else 'short'} form\n", flush=True)
    length = 92
    print(f"| {'fault':{length}} | tried |  held |\n| {'-' * length} | ----: | ----: |")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for family in FAMILIES:
            if wanted.only and family.__name__ not in wanted.only:
                continue
            for row in family.rows(os.path.abspath(wanted.binary), os.path.realpath(folder), pool, wanted.long, wanted.seed):
                shown(row, length)
                is_well &= not row.broken
    print(f"\nfaults: {'passed' if is_well else 'failed'} in {time.monotonic() - begun:.0f} s, seed {wanted.seed}")
    sys.exit(0 if is_well else 1)


main()
