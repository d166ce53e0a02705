"""The database: locked, torn, corrupt, foreign, of a newer schema, or not there any more."""

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import threading
import time

from disk import AFTER, BEFORE, VERSIONS
from ground import Newsroom, Row, copied, plain, said

PAGE = 4096
# Commands that only read, tried on a damaged database as well.
READERS = [["status"], ["articles"], ["articles", "troops"], ["history", "1"], ["show", "1"], ["alerts"], ["feeds"], ["rules"],
           ["export", "--format", "jsonl"], ["verify"]]


def hold(path, seconds, how):
    """Another program holds the database for so long."""
    held = threading.Event()

    def work():
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as database:
            database.execute(how)
            held.set()
            time.sleep(seconds)
            database.execute("ROLLBACK")

    threading.Thread(target=work, daemon=True).start()
    held.wait(10)


def fingerprint(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def change(path, edit):
    with open(path, "r+b") as file:
        edit(file, os.fstat(file.fileno()).st_size)


def replaced(content):
    def edit(file, size):
        file.truncate(0)
        file.write(content)

    return edit


def set_version(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        database.execute(f"PRAGMA user_version = {version + 1}")


def of_another_program(path):
    os.remove(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
        database.execute("INSERT INTO recipes VALUES ('soup')")
        database.commit()


REFUSED = {
    "is a text file": lambda path: change(path, replaced(b"Dear diary,\n" * 1000)),
    "is of a newer schema": set_version,
    "is of another program": of_another_program,
    "has another header": lambda path: change(path, lambda file, size: file.write(b"\0" * 100)),
}


def locked(newsroom, how):
    """Four seconds in which nothing can be written, or read."""
    hold(newsroom.database, 4, how)
    done = newsroom.look()
    found = plain(done)
    last = newsroom.look()
    newsroom.installation.hours_ahead = 30
    newsroom.look()
    newsroom.installation.hours_ahead = 0
    if last.returncode != 0:
        found.append(f"free again, it ended with {last.returncode}: {said(last)}")
    return found + newsroom.complaints(VERSIONS)


def refused(newsroom, spoil):
    """It is said, and the file is left as it is."""
    spoil(newsroom.database)
    before = fingerprint(newsroom.database)
    found = []
    for arguments in [["run", "--once"], *READERS]:
        done = newsroom.command(*arguments)
        found += [f"{arguments[0]}: {complaint}" for complaint in plain(done)]
        if done.returncode == 0:
            found.append(f"{arguments[0]} went on: {said(done)}")
        elif "wirewatch.db" not in done.stderr:
            found.append(f"{arguments[0]} does not name the file: {said(done)}")
    if fingerprint(newsroom.database) != before:
        found.append("the file was changed")
    return found


def corrupted(newsroom, chance):
    """Pages of the file have other bytes: nothing ends without a sentence, and the file is not thrown away."""
    size = os.path.getsize(newsroom.database)

    def edit(file, size):
        for _ in range(chance.randint(1, 4)):
            file.seek(PAGE + chance.randrange(max(size - 2 * PAGE, 1)))
            file.write(chance.randbytes(chance.choice([1, 16, 512])))

    change(newsroom.database, edit)
    found = []
    for arguments in [*READERS, ["run", "--once", "--all"], *READERS]:
        found += [f"{' '.join(arguments)}: {complaint}" for complaint in plain(newsroom.command(*arguments))]
    if os.path.getsize(newsroom.database) < size // 2:
        found.append("the file was thrown away")
    return found


def cut(newsroom, chance):
    """The end of the file is missing."""
    change(newsroom.database, lambda file, size: file.truncate(chance.randrange(size)))
    found = []
    for arguments in [["run", "--once", "--all"], *READERS]:
        found += [f"{' '.join(arguments)}: {complaint}" for complaint in plain(newsroom.command(*arguments))]
    return found


def torn(newsroom, chance):
    """The disk had not kept what it said it had: the end of the write-ahead log is gone."""
    daemon = newsroom.daemon()
    end = time.monotonic() + chance.uniform(0.2, 2)
    while time.monotonic() < end:
        time.sleep(0.01)
    daemon.kill()
    daemon.wait()
    log = newsroom.database + "-wal"
    if os.path.exists(log) and os.path.getsize(log):
        change(log, lambda file, size: file.truncate(chance.randrange(size)))
    with contextlib.suppress(FileNotFoundError):
        os.remove(newsroom.database + "-shm")
    found = plain(newsroom.look())
    newsroom.installation.hours_ahead = 30
    found += plain(newsroom.look())
    newsroom.installation.hours_ahead = 0
    # With a record that was taken away, that a mail was sent was forgotten too.
    return found + [complaint for complaint in newsroom.complaints(VERSIONS) if "told under two" not in complaint]


def gone(newsroom, _):
    """It begins anew, with what the feeds have."""
    for ending in ["", "-wal", "-shm"]:
        with contextlib.suppress(FileNotFoundError):
            os.remove(newsroom.database + ending)
    done = newsroom.look()
    return plain(done) + ([] if set(newsroom.stored()) == set(AFTER) else [f"stored {newsroom.stored()}"])


def rows(binary, folder, pool, is_long, seed):
    ground = Newsroom(binary, os.path.join(folder, "database", "before"))
    ground.publish(BEFORE)
    ground.installation.run("run", "--once", "--all")
    ground.publish(AFTER)
    times = 100 if is_long else 8

    def trial(number, judge, argument):
        folder = copied(ground.folder, os.path.join(os.path.dirname(ground.folder), f"{judge.__name__}-{number}"))
        newsroom = Newsroom(binary, folder, site=ground.site)
        found = judge(newsroom, argument)
        if not found:
            shutil.rmtree(folder)
        return found

    def row(fault, judge, arguments):
        """`arguments`: each with the name of its trial."""
        row = Row(fault)
        trials = pool.map(lambda it: trial(it[0], judge, it[1][1]), enumerate(arguments))
        for (name, _), found in zip(arguments, trials):
            row.judge(name, found)
        return row

    def by_chance(count):
        return [(f"seed {seed + number}", random.Random(seed + number)) for number in range(count)]

    yield row("the database is locked by another program", locked,
              [("for writing", "BEGIN IMMEDIATE"), ("for everything", "BEGIN EXCLUSIVE")])
    yield row("the file is none of ours, or of a newer release", refused, list(REFUSED.items()))
    yield row("bytes of the file are others", corrupted, by_chance(times))
    yield row("the end of the file is missing", cut, by_chance(times))
    yield row("the end of the write-ahead log is gone after a kill", torn, by_chance(times // 2))
    yield row("the file is gone", gone, [("", None)])
