"""The disk: full, failing, or gone with the process, at each single write, sync, read and rename of a round of work.

A round is done once undisturbed and its calls are counted; then it is done again for each of them, on a copy of what
was there before, with the fault at that call. A round without a fault follows, after which everything must be as if
nothing had happened."""

import contextlib
import errno
import itertools
import mmap
import os
import shutil
import signal
import sqlite3
import struct
import subprocess

from ground import Newsroom, Row, copied, plain, said

WRITES, SYNCS, READS, FILES = 1, 2, 4, 8
KILL = -1
FOR_EVER = 1 << 62

BEFORE = {"/dam.html": 12, "/strike.html": 3}
AFTER = {"/fire.html": 40, "/dam.html": 21, "/strike.html": 3}
# The first round told of two stories as they stood, the second of one new and one revised.
VERSIONS = {"/fire.html": 1, "/dam.html": 2, "/strike.html": 1}


class Plan:
    """What fails in a process, shared with it through a file. See failing.c."""

    def __init__(self, library, under, folder):
        self.path = os.path.join(folder, "plan")
        with open(self.path, "wb") as file:
            file.write(bytes(7 * 8))
        with open(self.path, "r+b") as file:
            self.numbers = mmap.mmap(file.fileno(), 7 * 8)
        self.environment = {"LD_PRELOAD": library, "FAULT_PLAN": self.path, "FAULT_UNDER": under}

    def set(self, kinds, first=FOR_EVER, last=FOR_EVER, what=0, is_half=False):
        self.numbers[:] = struct.pack("7q", 0, first, last, what, kinds, 0, is_half)

    @property
    def calls(self):
        return struct.unpack("7q", self.numbers[:])[0]

    @property
    def failed(self):
        return struct.unpack("7q", self.numbers[:])[5]


class Fault:
    def __init__(self, name, kinds, what, is_lasting=False, is_half=False):
        self.name, self.kinds, self.what, self.is_lasting, self.is_half = name, kinds, what, is_lasting, is_half


FAULTS = [
    Fault("disk full at one write", WRITES | FILES, errno.ENOSPC),
    Fault("disk full from one write on", WRITES | FILES, errno.ENOSPC, is_lasting=True),
    Fault("disk full in the middle of a write", WRITES, errno.ENOSPC, is_lasting=True, is_half=True),
    Fault("I/O error at one write", WRITES | FILES, errno.EIO),
    Fault("I/O error at one sync", SYNCS, errno.EIO),
    Fault("I/O error at one read", READS, errno.EIO),
    Fault("kill -9 at one write, sync or rename", WRITES | SYNCS | FILES, KILL),
]


def library(folder):
    path = os.path.join(folder, "failing.so")
    source = os.path.join(os.path.dirname(__file__), "failing.c")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"], check=True)
    return path


class Ground:
    """The newsroom before the round, and the calls of each kind that the round makes."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        os.makedirs(folder)
        self.library = library(folder)
        self.before = os.path.join(folder, "before")
        self.newsroom = Newsroom(binary, self.before)
        self.newsroom.publish(BEFORE)
        self.newsroom.installation.run("run", "--once", "--all")
        self.newsroom.publish(AFTER)

    def copy(self, name):
        newsroom = Newsroom(self.binary, copied(self.before, os.path.join(self.folder, name, "it")), site=self.newsroom.site)
        plan = Plan(self.library, newsroom.folder, os.path.join(self.folder, name))
        return newsroom, plan

    def calls(self, fault, work):
        newsroom, plan = self.copy(f"count-{fault.name}-{work.name}".replace("/", ""))
        work.prepare(newsroom)
        plan.set(fault.kinds)
        done = work.do(newsroom, plan.environment)
        if done.returncode != 0:
            raise RuntimeError(f"{work.name} fails without a fault: {done.stderr}")
        return plan.calls


class Work:
    """Something the program does."""

    name = "a round of work"
    may_be_refused_again = False

    def prepare(self, newsroom):
        """What comes before, undisturbed."""

    def do(self, newsroom, environment=None):
        return newsroom.look(environment)

    def at_once(self, newsroom):
        """What does not hold before it is done again."""
        return []

    def complaints(self, newsroom):
        """What does not hold once it was done again after a fault."""
        return newsroom.complaints(VERSIONS)


class Hiding(Work):
    """Of a version, with its text and page, from everywhere."""

    name = "hiding a version"
    may_be_refused_again = True

    def prepare(self, newsroom):
        newsroom.installation.run("run", "--once", "--all")

    def do(self, newsroom, environment=None):
        return newsroom.command("hide", f"{newsroom.site.origin}/dam.html@1", "--why", "court order", environment=environment)

    def complaints(self, newsroom):
        shown = newsroom.command("show", f"{newsroom.site.origin}/dam.html@1")
        found = [] if shown.returncode == 1 and "court order" in shown.stderr else [f"show: {shown.returncode} {said(shown)}"]
        return found + super().complaints(newsroom)


class Pruning(Work):
    """Of an article that rests and whose last news is long ago, with all that is stored of it."""

    name = "pruning"

    def prepare(self, newsroom):
        newsroom.installation.run("run", "--once", "--all")
        newsroom.installation.add('[store]\nretention = "400d"\n')
        with contextlib.closing(sqlite3.connect(newsroom.database)) as database, database:
            database.execute("UPDATE articles SET last_changed_at = last_changed_at - 40000000000, due_at = NULL WHERE url LIKE '%/strike.html'")

    def do(self, newsroom, environment=None):
        return newsroom.command("prune", environment=environment)

    def complaints(self, newsroom):
        return newsroom.complaints({**VERSIONS, "/strike.html": 0})


class Copying(Work):
    """Of the whole database, in place of an earlier copy."""

    name = "backup"

    def prepare(self, newsroom):
        newsroom.installation.run("run", "--once", "--all")
        newsroom.installation.run("backup", self.copy(newsroom))

    def copy(self, newsroom):
        return os.path.join(newsroom.folder, "copy.db")

    def do(self, newsroom, environment=None):
        return newsroom.command("backup", "--force", self.copy(newsroom), environment=environment)

    def at_once(self, newsroom):
        """What has the name of a copy is whole: the one from before or the new one."""
        with contextlib.closing(sqlite3.connect(f"file:{self.copy(newsroom)}?mode=ro", uri=True)) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchall()
            versions = copy.execute("SELECT sum(versions) FROM articles").fetchone()
        return [] if sound == [("ok",)] and versions == (sum(VERSIONS.values()),) else [f"the copy is damaged: {sound} {versions}"]

    def complaints(self, newsroom):
        left = [name for name in os.listdir(newsroom.folder) if name.startswith("copy.db.")]
        return [f"left behind: {left}"] * bool(left) + self.at_once(newsroom) + super().complaints(newsroom)


WORKS = [Work(), Hiding(), Pruning(), Copying()]


def trial(ground, fault, work, call):
    newsroom, plan = ground.copy(f"{fault.name}-{work.name}-{call}".replace("/", ""))
    work.prepare(newsroom)
    plan.set(fault.kinds, call, FOR_EVER if fault.is_lasting else call + 1, fault.what, fault.is_half)
    done = work.do(newsroom, plan.environment)
    found = plain(done, is_killed=fault.what == KILL and done.returncode == -signal.SIGKILL) + work.at_once(newsroom)
    again = work.do(newsroom)
    if again.returncode != 0 and not work.may_be_refused_again:
        found.append(f"the next time it ended with {again.returncode}: {said(again)}")
    newsroom.installation.hours_ahead = 30
    newsroom.installation.run("run", "--once", "--all")
    newsroom.installation.hours_ahead = 0
    found += work.complaints(newsroom)
    if not found:
        shutil.rmtree(os.path.dirname(newsroom.folder))
    return found


def rows(binary, folder, pool, is_long, seed):
    """In the short form one call in so many is tried."""
    ground = Ground(binary, os.path.join(folder, "disk"))
    for number, (work, fault) in enumerate(itertools.product(WORKS, FAULTS)):
        row = Row(f"{fault.name}, in {work.name}")
        count = ground.calls(fault, work)
        share = 1 if is_long else max(count // 8, 1)
        calls = range(1 + (seed + number * 7) % share, count + 1, share)
        for call, found in zip(calls, pool.map(lambda call: trial(ground, fault, work, call), calls)):
            row.judge(f"call {call} of {count}", found)
        yield row
