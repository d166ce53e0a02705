#!/usr/bin/env python3
"""The attack programme: a hostile internet is played around the real binary, and what must hold is checked.

Prints a table: what is tried, how often, and how often it held. Ends with 1 where something did not.
Usage: run.py path/to/wirewatch [--long] [--only FAMILY ...]
Needs Linux with namespaces (`unshare`), as root or where users may make them. Nothing leaves the machine: it runs in a network
of its own, where every address of the internet leads to the programme itself.
"""

import argparse
import os
import sys
import tempfile
import time

import identity
import injection
import memory
import paths
import processor
import secrets_kept
import ssrf
import world
import xml_bombs

FAMILIES = {
    "ssrf": ssrf, "xml": xml_bombs, "injection": injection, "paths": paths, "processor": processor, "identity": identity,
    "memory": memory, "secrets": secrets_kept,
}


def asked():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", nargs="*", choices=FAMILIES)
    return parser.parse_args()


def shown(row, length):
    held = row.tried - len({complaint.split(":")[0] for complaint in row.broken})
    print(f"| {row.attack:{length}} | {row.tried:5} | {max(held, 0):5} |", flush=True)
    for note in row.notes:
        print(f"|   {note:{length - 2}} | {'':5} | {'':5} |", flush=True)
    for complaint in row.broken[:20]:
        print(f"    does not hold: {complaint[:600]!r}", flush=True)


def main():
    wanted, begun, is_well, length = asked(), time.monotonic(), True, 92
    world.enter()
    everything = world.World()
    print(f"attacks: {'long' if wanted.long else 'short'} form\n")
    print(f"| {'attack':{length}} | tried |  held |\n| {'-' * length} | ----: | ----: |", flush=True)
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        for name, family in FAMILIES.items():
            if wanted.only and name not in wanted.only:
                continue
            for row in family.rows(os.path.abspath(wanted.binary), os.path.join(os.path.realpath(folder), name), everything, wanted.long):
                shown(row, length)
                is_well &= not row.broken
                everything.clear()
    print(f"\nattacks: {'passed' if is_well else 'failed'} in {time.monotonic() - begun:.0f} s")
    sys.exit(0 if is_well else 1)


main()
