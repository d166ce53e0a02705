"""What the attacks stand on: an installation whose settings are the defaults, sites in a world of their own, rows of a table."""

import email
import email.policy
import email.utils
import html
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", ".ci"))

from newsroom import unrest  # noqa: E402

PATIENCE = 240
NO_SENTENCE = ["panicked at", "RUST_BACKTRACE", "thread 'main'", "overflowed its stack"]
RSS = "application/rss+xml; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Row:
    """One line of the table: what is tried, how often, and what did not hold."""

    def __init__(self, attack):
        self.attack, self.tried, self.broken, self.notes = attack, 0, [], []

    def judge(self, which, complaints):
        self.tried += 1
        self.broken.extend(f"{which}: {complaint}" for complaint in complaints)


class Installation:
    """A folder, a configuration and a database. Beyond feeds, rules and what saves waiting, all settings are the defaults."""

    def __init__(self, binary, folder, feeds, more="", poll="", pages="", web='listen = "off"', match="troops AND protest*"):
        os.makedirs(folder)
        self.binary, self.folder = binary, folder
        self.config, self.database = os.path.join(folder, "wirewatch.toml"), os.path.join(folder, "wirewatch.db")
        listed = "".join(f'[[feed]]\nname = {json.dumps(name)}\nurl = {json.dumps(url)}\n' for name, url in feeds.items())
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(
                f'[poll]\nper_host_interval = "0s"\ninitial = "300d"\n{poll}\n[pages]\nconfirm = "0s"\nrecheck = ["1s for 400d"]\n{pages}\n'
                f"{listed}[web]\n{web}\n[[rule]]\nname = \"unrest\"\nmatch = {json.dumps(match)}\nmin_severity = \"minor\"\n"
                '[[recipient]]\nname = "desk"\nemail = ["desk@example.org"]\nsettle = "0s"\nupdate_interval = "0s"\n'
                f'[mail]\nmaildir = "mails"\nmax_per_hour = 0\n{more}\n')

    def command(self, *arguments):
        return [self.binary, *arguments, "--config", self.config]

    def run(self, *arguments, environment=None):
        return subprocess.run(self.command(*arguments), capture_output=True, timeout=PATIENCE, env={**os.environ, **(environment or {})})

    def look(self, environment=None):
        """A round over everything, with the memory (MiB) and the seconds of processor that it took."""
        figures = os.path.join(self.folder, "figures")
        command = [sys.executable, "-c", MEASURE, figures, *self.command("run", "--once", "--all")]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, env={**os.environ, **(environment or {})})
        with open(figures) as file:
            done.memory, done.seconds = map(float, file.read().split())
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)

    def articles(self):
        return self.json("articles", "--limit", "0")["articles"]

    def raw_mails(self):
        folder = os.path.join(self.folder, "mails", "new")
        found = [os.path.join(folder, name) for name in os.listdir(folder)] if os.path.isdir(folder) else []
        return [open(path, "rb").read() for path in sorted(found, key=os.path.getmtime)]

    def mails(self):
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw_mails()]


MEASURE = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(f"{used.ru_maxrss / 1024} {used.ru_utime + used.ru_stime}")
sys.exit(ended)
"""


def well(done):
    """A process lives, or says in a sentence why not."""
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    found = [f"said “{word}”: {text[-300:]}" for word in NO_SENTENCE if word in text]
    if done.returncode not in (0, 1):
        found.append(f"ended with {done.returncode}: {text[-300:]}")
    return found


def bounded(done, memory=200, seconds=20):
    found = well(done)
    if done.memory > memory:
        found.append(f"took {done.memory:.0f} MiB")
    if done.seconds > seconds:
        found.append(f"took {done.seconds:.0f} s of processor")
    return found


def page(headline, *paragraphs, head="", body=""):
    text = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs or unrest(3))
    return (200, {"Content-Type": HTML}, (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(headline)}</title>{head}</head>'
        f"<body><article><h1>{html.escape(headline)}</h1>{text}{body}</article></body></html>").encode("utf-8", "surrogatepass"))


def item(link, title, guid=None, more=""):
    return (
        f"<item><guid isPermaLink=\"false\">{html.escape(guid or link)}</guid><title>{html.escape(title)}</title>"
        f"<link>{html.escape(link)}</link><pubDate>{email.utils.formatdate(time.time() - 600)}</pubDate>{more}</item>")


def feed(*items, more=""):
    document = f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>The Harbour Post</title>{more}{"".join(items)}</channel></rss>'
    return (200, {"Content-Type": RSS}, document.encode())


def redirect(to, status=302):
    return (status, {"Location": to.encode().decode("latin-1")}, b"")


def site(pages):
    """Answers by path; everything else is not there."""
    return lambda path: pages.get(path.split("?")[0])


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not holds():
        time.sleep(0.05)
    return holds()
