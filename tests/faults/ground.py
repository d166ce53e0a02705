"""What the faults stand on: a newsroom whose mails lie in a Maildir, what must hold of it in the end, and rows of a table."""

import collections
import contextlib
import email
import email.policy
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", ".ci"))

from newsroom import Installation, Site, unrest  # noqa: E402

# A process that takes longer than this hangs. A mail server may be silent for five minutes over each of two mails.
PATIENCE = 900
# What no message of a working program says.
NO_SENTENCE = ["panicked at", "RUST_BACKTRACE", "thread 'main'", "unwrap", "SQLITE_", "Os {"]


class Row:
    """One line of the table: a fault, how often it was tried, and what did not hold."""

    def __init__(self, fault):
        self.fault, self.tried, self.broken, self.notes = fault, 0, [], []

    def judge(self, which, complaints):
        """`which` names the trial, so that somebody can try it again."""
        self.tried += 1
        self.broken.extend(f"{which}: {complaint}" for complaint in complaints)


class Newsroom:
    """A site and a folder with the program's configuration, its database and its mails."""

    def __init__(self, binary, folder, transport='maildir = "mails"', site=None, **settings):
        self.site = site or Site()
        self.installation = Installation(binary, folder)
        self.folder, self.binary = folder, binary
        self.feed = f"{self.site.origin}/rss.xml"
        self.installation.configure(self.feed, ["desk@example.org"], transport, **settings)
        self.database = os.path.join(folder, "wirewatch.db")

    def publish(self, stories):
        """`stories`: path and toll of each, the newest first."""
        for path, toll in stories.items():
            self.site.story(path, headline(path), *unrest(toll))
        self.site.feed("/rss.xml", [(path, headline(path)) for path in stories])

    def look(self, environment=None, is_all=True):
        """One round over everything, as a finished process. `is_all` takes what is not due too."""
        return self.command("run", "--once", *(["--all"] if is_all else []), environment=environment)

    def command(self, *arguments, environment=None):
        return self.process(self.installation.command(*arguments), environment)

    def process(self, command, environment=None):
        environment = {**os.environ, **(environment or {})}
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, -signal.SIGKILL, "", f"did not end within {PATIENCE} s")

    def daemon(self, environment=None):
        """The program as a service; whoever starts it ends it."""
        log = open(os.path.join(self.folder, "log"), "a")
        with log:
            return subprocess.Popen(
                self.installation.command("run"), stdout=log, stderr=log, env={**os.environ, **(environment or {})})

    def log(self):
        with contextlib.suppress(FileNotFoundError), open(os.path.join(self.folder, "log")) as log:
            return log.read()
        return ""

    def mails(self):
        """The mails in the Maildir, oldest first."""
        found = []
        for part in ["new", "cur"]:
            folder = os.path.join(self.folder, "mails", part)
            for name in os.listdir(folder) if os.path.isdir(folder) else []:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found.append((os.stat(path).st_mtime, file.read()))
        return [email.message_from_bytes(raw, policy=email.policy.default) for _, raw in sorted(found, key=lambda mail: mail[0])]

    def stored(self):
        """Versions of each article, by its path."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT url, versions FROM articles").fetchall()
        return {url.removeprefix(self.site.origin): versions for url, versions in rows}

    def complaints(self, versions, mails=None, alerts=2):
        """What does not hold in the end: `versions` of each article, so many `alerts`, each in the mailbox under its Message-ID
        and none told under two, and a database that is sound to its last hash."""
        found = []
        stored = self.stored()
        if stored != versions:
            found.append(f"stored {stored}, not {versions}")
        mails = self.mails() if mails is None else mails
        identifiers = collections.Counter(str(mail["Message-ID"]).strip("<> ") for mail in mails)
        listed = self.installation.alerts()
        found += [f"alert {alert['id']} is {alert['state']}" for alert in listed if alert["state"] != "sent"]
        found += [f"mail {alert['message_id']} never arrived" for alert in listed if alert["message_id"].strip("<> ") not in identifiers]
        if len(listed) != alerts:
            found.append(f"{len(listed)} alerts, not {alerts}")
        about = collections.Counter(
            (mail["X-Wirewatch-Article"], mail["X-Wirewatch-Version"], mail["X-Wirewatch-Event"]) for mail in unique(mails))
        found += [f"told under two Message-IDs: {what}" for what, count in about.items() if count > 1 and what[0]]
        verified = self.command("verify")
        if verified.returncode != 0:
            found.append(f"verify: {verified.stdout[-300:]}{verified.stderr[-300:]}")
        return found


def unique(mails):
    return list({str(mail["Message-ID"]): mail for mail in mails}.values())


def headline(path):
    return f"Troops and protesters clash near the parliament, says report {path.strip('/').removesuffix('.html')}"


def plain(done, is_killed=False):
    """What is wrong with how a process ended: it has to live or say in a sentence why not."""
    if is_killed:
        return []
    found = [f"said “{word}”: {said(done)}" for word in NO_SENTENCE if word in done.stderr]
    if done.returncode not in (0, 1, 2):
        found.append(f"ended with {done.returncode}: {said(done)}")
    if done.returncode != 0 and not done.stderr.strip() and not done.stdout.strip():
        found.append(f"ended with {done.returncode} and said nothing")
    return found


def said(done):
    return " / ".join(done.stderr.strip().splitlines()[-3:])[-400:]


def copied(folder, to):
    """A second installation like the first: files below the folder are all that it has."""
    shutil.copytree(folder, to, symlinks=True)
    path = os.path.join(to, "wirewatch.toml")
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace(folder, to))
    return to


def until(holds, seconds=30):
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def figures(installation):
    return json.loads(installation.run("status", "--json"))
