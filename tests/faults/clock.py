"""The clock: set forward and back, over the nights in which local time jumps, and a machine that sleeps.

The daemon runs on a clock of its own (libfaketime, by the file that it reads), polls every second, and finds a story
before the clock moves and one after."""

import glob
import os
import shutil
import signal
import time

from ground import Newsroom, Row, until

# What the clock says at first, by how much it is moved then, and for how long the machine sleeps.
JUMPS = {
    "an hour forward": ("2026-11-22 12:00:00", 3600, 0),
    "a day forward": ("2026-11-22 12:00:00", 86_400, 0),
    "400 days forward": ("2026-11-22 12:00:00", 400 * 86_400, 0),
    "a minute back": ("2026-11-22 12:00:00", -60, 0),
    "an hour back": ("2026-11-22 12:00:00", -3600, 0),
    "a day back": ("2026-11-22 12:00:00", -86_400, 0),
    "ten years back": ("2026-11-22 12:00:00", -10 * 365 * 86_400, 0),
    "over the hour that is left out (Berlin, March 29)": ("2026-03-29 00:59:57", 0, 0),
    "into the hour that comes twice (Berlin, October 25)": ("2026-10-25 00:59:57", 0, 0),
    "by eight hours of sleep": ("2026-11-22 12:00:00", 8 * 3600, 3),
    "by a week of sleep": ("2026-11-22 12:00:00", 7 * 86_400, 3),
}
# The feed is asked every second, and what a jump makes due is asked for at once.
WATCHED_SECONDS, MOST_REQUESTS = 5, 9
# A clock that was set back is noticed within ten seconds.
BACK_SECONDS = 60


class Clock:
    """What a process takes for the time."""

    def __init__(self, folder, begin):
        self.path = os.path.join(folder, "clock")
        self.offset = begin - time.time()
        self.write()
        library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
        self.environment = {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def move(self, seconds):
        self.offset += seconds
        self.write()

    def write(self):
        """In one piece: the process reads it at any time."""
        with open(self.path + ".new", "w") as file:
            file.write(f"{self.offset:+.3f}")
        os.rename(self.path + ".new", self.path)


def trial(binary, folder, begin, jump, sleep):
    newsroom = Newsroom(binary, folder, schedule="* * * * * *")
    asked = []
    newsroom.site.fetched = lambda path: asked.append(path)
    newsroom.site.feed("/rss.xml", [])
    clock = Clock(folder, time.mktime(time.strptime(begin, "%Y-%m-%d %H:%M:%S")) - time.timezone)
    newsroom.look(clock.environment)
    daemon = newsroom.daemon(clock.environment)
    found = []
    try:
        newsroom.publish({"/before.html": 12})
        if not until(lambda: len(newsroom.mails()) == 1):
            found.append("the story before was not mailed")
        if sleep:
            os.kill(daemon.pid, signal.SIGSTOP)
            time.sleep(sleep)
        asked.clear()
        clock.move(jump)
        if sleep:
            os.kill(daemon.pid, signal.SIGCONT)
        newsroom.publish({"/behind.html": 40, "/before.html": 12})
        time.sleep(WATCHED_SECONDS)
        requests = asked.count("/rss.xml")
        if requests > MOST_REQUESTS:
            found.append(f"the feed was asked {requests} times in {WATCHED_SECONDS} s after it")
        if not until(lambda: len(newsroom.mails()) == 2, BACK_SECONDS):
            found.append("the story behind was not mailed")
        if daemon.poll() is not None:
            found.append(f"the daemon ended with {daemon.returncode}: {newsroom.log()[-300:]}")
    finally:
        daemon.terminate()
        daemon.wait(30)
    if "panicked" in newsroom.log():
        found.append("it panicked")
    found += newsroom.complaints({"/behind.html": 1, "/before.html": 1})
    if not found:
        shutil.rmtree(folder)
    return found


def rows(binary, folder, pool, is_long, seed):
    row = Row("the clock is set, passes a night of daylight saving, or the machine sleeps")
    named = list(JUMPS.items())
    trials = pool.map(lambda it: trial(binary, os.path.join(folder, "clock", str(it[0])), *it[1][1]), enumerate(named))
    for (name, _), found in zip(named, trials):
        row.judge(name, found)
    yield row
