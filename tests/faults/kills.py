#!/usr/bin/env python3
"""The daemon is killed at random moments between the poll that finds a story and the mail that tells of it, and started
again on what it left. In the end every alert has to be in the mailbox, a repeat only under the Message-ID that it had.

Half of the moments lie anywhere between a poll and the last mail on what it found, a third within milliseconds of a mail,
and the rest while a daemon takes up what the one before it left.

Several newsrooms are tried side by side, each with a site, a mail server (the last: a Maildir) and a database of its own.
"""

import collections
import concurrent.futures
import contextlib
import os
import random
import re
import shutil
import signal
import socketserver
import sqlite3
import subprocess
import threading
import time
from email.parser import BytesHeaderParser

from ground import Installation, Row, Site, unrest

SIDE_BY_SIDE = 4
NEW, REVISED = 4, 3
# How long a mail server may take before it keeps a mail, and again before it says so: also one that is quicker than the disk.
PACES = [0, 0.005, 0.015]
# A feed shows what was published in so many rounds, so that polls that were killed are not the last to show a story.
SHOWN = 50
WHERE = ["before a version was stored", "between storing and sending", "while the server receives a mail",
         "when a mail was accepted and not recorded", "after the last mail"]


class SlowServer:
    """Takes every mail. It keeps a mail some milliseconds before it says so, as a server does that makes sure."""

    def __init__(self, chance):
        self.mails, self.is_receiving, self.chance, self.slowest = [], False, chance, 0.0
        self.begun = threading.Semaphore(0)
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    server.talk(self.rfile, self.wfile)

        class Listener(socketserver.ThreadingTCPServer):
            daemon_threads = allow_reuse_address = True

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def talk(self, lines, replies):
        replies.write(b"220 slow\r\n")
        while line := lines.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.is_receiving = True
                self.begun.release()
                try:
                    replies.write(b"354 go on\r\n")
                    if not self.receive(lines):
                        return
                    self.pause()
                finally:
                    self.is_receiving = False
                replies.write(b"250 kept\r\n")
            else:
                replies.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")

    def receive(self, lines):
        content = []
        while (line := lines.readline()) != b".\r\n":
            if not line:
                return False
            content.append(line)
        self.pause()
        self.mails.append(Mail(b"".join(content)))
        return True

    def collect(self):
        """A server has what it was given."""

    def pause(self):
        time.sleep(self.chance.uniform(0, self.slowest))


class Maildir:
    """Where mails lie as files: the way to deliver where no server is configured."""

    def __init__(self, folder):
        self.folder, self.mails, self.is_receiving, self.slowest = folder, [], False, 0.0
        self.known = set()

    def collect(self):
        new = os.path.join(self.folder, "new")
        for name in sorted(set(os.listdir(new) if os.path.isdir(new) else []) - self.known):
            self.known.add(name)
            with open(os.path.join(new, name), "rb") as file:
                self.mails.append(Mail(file.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))


class Mail:
    def __init__(self, raw):
        head = BytesHeaderParser().parsebytes(raw)
        self.id = head["Message-ID"]
        self.about = tuple(head[f"X-Wirewatch-{name}"] for name in ["Article", "Version", "Event"])
        self.text = raw.replace(b"=\r\n", b"").decode("ascii", "replace")
        self.round = None


class Trial:
    def __init__(self, binary, folder, chance, has_server):
        self.chance, self.site, self.has_server = chance, Site(), has_server
        self.installation = Installation(binary, os.path.join(folder, "installation"))
        if has_server:
            self.server = SlowServer(random.Random(chance.random()))
            transport = f'smtp = "smtp+plain://127.0.0.1:{self.server.port}"'
        else:
            self.server = Maildir(os.path.join(self.installation.folder, "mails"))
            transport = 'maildir = "mails"'
        self.installation.configure(
            f"{self.site.origin}/rss.xml", ["desk@example.org"], transport, schedule="* * * * * *", recheck=["1s for 8s", "90d for 90d"])
        self.database = os.path.join(self.installation.folder, "wirewatch.db")
        self.copy = os.path.join(folder, "copy.db")
        self.tolls, self.shown, self.unsound = {}, collections.deque(maxlen=SHOWN), 0
        self.polled = threading.Event()
        self.site.fetched = lambda path: path == "/rss.xml" and self.polled.set()
        self.where = collections.Counter()
        self.site.feed("/rss.xml", [])
        self.installation.run("run", "--once")

    def publish(self, number):
        """New stories, and new figures in some of the last ones."""
        old = self.chance.sample(sorted(path for shown in list(self.shown)[:2] for path in shown), REVISED) if self.shown else []
        new = [f"/story{number}-{index}.html" for index in range(NEW)]
        for path in [*new, *old]:
            # A figure of its own, by which its mail is known.
            self.tolls[path] = self.tolls.get(path, 10_000 * (len(self.tolls) + 1)) + 1
            headline = f"Troops and protesters clash near the parliament, report {path[6:-5]}"
            self.site.story(path, headline, *unrest(self.tolls[path]))
        self.shown.appendleft(new)
        self.site.feed("/rss.xml", [(path, f"Troops and protesters clash, {path[6:-5]}") for shown in self.shown for path in shown])

    def start(self):
        self.polled.clear()
        with open(os.path.join(self.installation.folder, "log"), "a") as log:
            return subprocess.Popen(self.installation.command("run"), stdout=log, stderr=log)

    def measure(self):
        """How long it takes from a poll to the last mail at each pace, in rounds that nobody kills."""
        self.windows = {}
        for number, pace in enumerate([PACES[0], *PACES]):
            self.publish(f"-measured{number}")
            self.server.slowest = pace
            daemon = self.start()
            self.polled.wait(20)
            begun, expected = time.monotonic(), len(self.server.mails) + NEW
            while len(self.server.mails) < expected and time.monotonic() < begun + 10:
                self.server.collect()
                time.sleep(0.002)
            self.windows[pace] = time.monotonic() - begun
            daemon.terminate()
            daemon.wait(30)

    def point(self, number):
        """One round, killed."""
        self.publish(number)
        pace = self.server.slowest = self.chance.choice(PACES)
        versions, arrived = self.state()[0], len(self.server.mails)
        self.server.begun = threading.Semaphore(0)
        daemon = self.start()
        kind = self.chance.random()
        if kind < 0.5:
            self.polled.wait(20)
            time.sleep(self.chance.uniform(0, self.windows[pace]))
        elif kind < 0.85 and self.has_server:
            for _ in range(self.chance.randint(1, NEW + 1)):
                self.server.begun.acquire(timeout=2)
            time.sleep(self.chance.uniform(0, 0.01 + 2 * pace))
        else:
            time.sleep(self.chance.uniform(0, 0.3))
        os.kill(daemon.pid, signal.SIGKILL)
        is_receiving = self.server.is_receiving
        if daemon.wait() != -signal.SIGKILL:
            raise RuntimeError(f"the daemon ended by itself at point {number}:\n{self.log()}")
        # What it had handed over arrives although it is dead.
        while self.server.is_receiving:
            time.sleep(0.001)
        self.server.collect()
        for mail in self.server.mails[arrived:]:
            mail.round = number
        self.note(versions, is_receiving, {mail.id for mail in self.server.mails})

    def note(self, versions, is_receiving, arrived):
        now, pending, sound = self.state()
        if not sound:
            self.unsound += 1
        if is_receiving:
            self.where["while the server receives a mail"] += 1
        elif any(f"<{identifier}>" in arrived for identifier in pending):
            self.where["when a mail was accepted and not recorded"] += 1
        elif pending:
            self.where["between storing and sending"] += 1
        elif now == versions:
            self.where["before a version was stored"] += 1
        else:
            self.where["after the last mail"] += 1

    def state(self):
        """Versions, the Message-IDs that wait, and whether the database is sound: of a copy, so that nothing is mended."""
        for ending in ["", "-wal"]:
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.copy + ending)
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(self.database + ending, self.copy + ending)
        with contextlib.closing(sqlite3.connect(self.copy)) as copy:
            (versions,) = copy.execute("SELECT count(*) FROM versions").fetchone()
            pending = [row[0] for row in copy.execute("SELECT message_id FROM deliveries WHERE state = 'pending'")]
            sound = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return versions, pending, sound

    def log(self):
        with open(os.path.join(self.installation.folder, "log")) as log:
            return log.read()[-3000:]


    def run(self, points):
        """So many points, then what is left without a kill; and what came of it."""
        self.measure()
        for number in range(points):
            self.point(number)
        self.server.slowest = 0
        for _ in range(4):
            self.installation.run("run", "--once", "--all")
        self.server.collect()
        return Outcome(self)


class Outcome:
    """What must hold of one newsroom, counted."""

    def __init__(self, trial):
        mails, alerts = trial.server.mails, trial.installation.alerts()
        told = {int(figure) for mail in mails for figure in re.findall(r"\d{5,}", mail.text)}
        copies = collections.Counter(mail.id for mail in mails)
        by_alert = collections.defaultdict(set)
        # A repeat is laid to the kill that ended the round of the mail before it.
        self.by_kill, last = collections.Counter(), {}
        for mail in mails:
            by_alert[mail.about].add(mail.id)
            if mail.id in last:
                self.by_kill[last[mail.id]] += 1
            last[mail.id] = mail.round
        self.mails, self.alerts, self.stories, self.where = len(mails), alerts, trial.tolls, trial.where
        self.repeats = sum(count - 1 for count in copies.values())
        self.lost = [alert for alert in alerts if alert["state"] != "sent" or alert["message_id"] not in copies]
        self.untold = [path for path, toll in trial.tolls.items() if toll not in told]
        self.forked = [about for about, identifiers in by_alert.items() if len(identifiers) > 1]
        self.unsound = trial.unsound + (not trial.state()[2])


def judged(outcomes, points):
    """The row of the table, with where the kills fell."""

    def total(count):
        return sum(count(outcome) for outcome in outcomes)

    where = sum((outcome.where for outcome in outcomes), collections.Counter())
    stories, alerts = total(lambda it: len(it.stories)), total(lambda it: len(it.alerts))
    revised = total(lambda it: sum(toll % 10_000 - 1 for toll in it.stories.values()))
    repeats, most = total(lambda it: it.repeats), max(max(it.by_kill.values(), default=0) for it in outcomes)
    row = Row("kill -9 at any moment between a poll and the last mail on what it found")
    row.tried = points
    row.notes = [f"{where[what]} killed {what}" for what in WHERE] + [
        f"{stories} stories published, {revised} times one was revised, {alerts} alerts, {total(lambda it: it.mails)} mails",
        f"{repeats} repeats, each under the Message-ID that it had"]
    for outcome in outcomes:
        row.broken += [f"alert lost: {alert}" for alert in outcome.lost]
        row.broken += [f"latest figure was not mailed: {path}" for path in outcome.untold]
        row.broken += [f"repeated under another Message-ID: {about}" for about in outcome.forked]
        row.broken += ["a database is unsound"] * outcome.unsound
    row.broken += ["one kill repeated several mails"] * (most > 1)
    row.broken += ["more repeats than kills"] * (repeats > points)
    row.broken += ["fewer alerts than stories"] * (alerts < stories)
    return row


def rows(binary, folder, pool, is_long, seed):
    points, chance = 1000 if is_long else 200, random.Random(seed)
    trials = [Trial(binary, os.path.join(folder, "kills", str(number)), random.Random(chance.random()), number < SIDE_BY_SIDE - 1)
              for number in range(SIDE_BY_SIDE)]
    shares = [len(range(number, points, SIDE_BY_SIDE)) for number in range(SIDE_BY_SIDE)]
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        yield judged(list(threads.map(Trial.run, trials, shares)), points)
