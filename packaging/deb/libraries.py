#!/usr/bin/env python3
"""Prints the names, licences and notices of the libraries that the program is linked with, as their licences ask for."""

import json
import os
import re
import subprocess

NOTICES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?", re.IGNORECASE)


def linked():
    """Names and versions, without what only builds or tests it."""
    tree = ["cargo", "tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]
    lines = subprocess.run(tree, capture_output=True, text=True, check=True).stdout.split("\n")
    return {tuple(line.split()[:2]) for line in lines if line.strip()}


def notices(folder):
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if NOTICES.fullmatch(name):
                with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
                    yield os.path.relpath(os.path.join(root, name), folder), file.read().strip()


def main():
    metadata = subprocess.run(["cargo", "metadata", "--locked", "--format-version", "1"], capture_output=True, text=True, check=True).stdout
    wanted, told = linked(), {}
    for package in sorted(json.loads(metadata)["packages"], key=lambda it: (it["name"], it["version"])):
        name = f"{package['name']} {package['version']}"
        if (package["name"], f"v{package['version']}") not in wanted or not package["source"]:
            continue
        print(f"\n\n{'=' * 78}\n{name} ({package['license'] or 'see below'})")
        for path, text in notices(os.path.dirname(package["manifest_path"])):
            first = told.setdefault(text, f"{name}, {path}")
            print(f"\n--- {path}" + (f": as of {first}" if first != f"{name}, {path}" else f"\n\n{text}"))


main()
