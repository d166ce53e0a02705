"""The service: a configuration that is broken when it is read again, daemons side by side, and orders at the wrong time."""

import os
import shutil
import signal
import subprocess
import time

from ground import NO_SENTENCE, Newsroom, Row, until


def text(edit):
    """The configuration, edited."""

    def spoil(path):
        with open(path) as file:
            before = file.read()
        with open(path, "w") as file:
            file.write(edit(before))

    return spoil


def replace_by_folder(path):
    os.remove(path)
    os.mkdir(path)


BROKEN = {
    "with a syntax error": text(lambda before: before + "\n[[rule\n"),
    "with an unknown key": text(lambda before: before.replace("[poll]", "[poll]\nshedule = 1")),
    "with a wrong schedule": text(lambda before: before.replace('"* * * * * *"', '"every so often"')),
    "with a wrong rule": text(lambda before: before.replace("troops AND", "troops AND (")),
    "with a secret that is not there": text(lambda before: before.replace(
        "[[feed]]", '[[feed]]\nuser = "x"\npassword_file = "/nonexistent/secret"', 1)),
    "with two feeds of one name": text(lambda before: before + '\n[[feed]]\nname = "harbour-post"\nurl = "http://127.0.0.1/x"\n'),
    "that is no text": text(lambda before: "\0\1\2" * 100),
    "that is gone": os.remove,
    "that is a folder": replace_by_folder,
    "that nests without end": text(lambda before: before + "\nx = " + "[" * 100_000),
}


def broken(binary, folder, spoil):
    newsroom = Newsroom(binary, folder, schedule="* * * * * *")
    newsroom.site.feed("/rss.xml", [])
    newsroom.look()
    config = newsroom.installation.config
    with open(config) as file:
        right = file.read()
    daemon = newsroom.daemon()
    found = []
    try:
        newsroom.publish({"/before.html": 12})
        if not until(lambda: len(newsroom.mails()) == 1):
            found.append("the story before was not mailed")
        length = len(newsroom.log())
        spoil(config)
        os.kill(daemon.pid, signal.SIGHUP)
        if not until(lambda: " ERROR " in newsroom.log()[length:] or " WARN " in newsroom.log()[length:], 15):
            found.append(f"nothing is said of it: {newsroom.log()[length:]}")
        newsroom.publish({"/behind.html": 40, "/before.html": 12})
        if not until(lambda: len(newsroom.mails()) == 2):
            found.append("the story behind was not mailed")
        if os.path.isdir(config):
            os.rmdir(config)
        with open(config, "w") as file:
            file.write(right)
        os.kill(daemon.pid, signal.SIGHUP)
        newsroom.publish({"/last.html": 50, "/behind.html": 40, "/before.html": 12})
        if not until(lambda: len(newsroom.mails()) == 3):
            found.append("mended, the next story was not mailed")
        if daemon.poll() is not None:
            found.append(f"the daemon ended with {daemon.returncode}")
    finally:
        daemon.terminate()
        daemon.wait(30)
    found += [f"said “{word}”" for word in NO_SENTENCE if word in newsroom.log()]
    found += newsroom.complaints({"/last.html": 1, "/behind.html": 1, "/before.html": 1}, alerts=3)
    if not found:
        shutil.rmtree(folder)
    return found


def several(binary, folder, count):
    """So many daemons on one database: one works, the others say why they do not; killed, the next takes over."""
    newsroom = Newsroom(binary, folder, schedule="* * * * * *")
    newsroom.site.feed("/rss.xml", [])
    newsroom.look()
    daemons = [subprocess.Popen(newsroom.installation.command("run"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
               for _ in range(count)]
    found = []
    if not until(lambda: sum(daemon.poll() is None for daemon in daemons) <= 1):
        found.append("more than one works")
    working = [daemon for daemon in daemons if daemon.poll() is None]
    for daemon in daemons:
        if daemon not in working:
            words = daemon.communicate()[1]
            if daemon.returncode not in (1, 2) or "another" not in words:
                found.append(f"one ended with {daemon.returncode}: {words[-200:]}")
    if len(working) != 1:
        return [*found, f"{len(working)} work"]
    newsroom.publish({"/before.html": 12})
    if not until(lambda: len(newsroom.mails()) == 1):
        found.append("the story was not mailed")
    working[0].kill()
    working[0].communicate()
    heir = newsroom.daemon()
    newsroom.publish({"/behind.html": 40, "/before.html": 12})
    if not until(lambda: len(newsroom.mails()) == 2):
        found.append("the heir mailed nothing")
    heir.terminate()
    heir.wait(30)
    found += newsroom.complaints({"/behind.html": 1, "/before.html": 1})
    if not found:
        shutil.rmtree(folder)
    return found


def ordered(binary, folder, delay):
    """Told to stop and to read its configuration again while it starts and while it works."""
    newsroom = Newsroom(binary, folder, schedule="* * * * * *")
    newsroom.site.feed("/rss.xml", [])
    newsroom.look()
    newsroom.publish({"/before.html": 12, "/behind.html": 40})
    found = []
    for order in [signal.SIGHUP, signal.SIGTERM, signal.SIGINT]:
        daemon = newsroom.daemon()
        time.sleep(delay)
        os.kill(daemon.pid, order)
        if order == signal.SIGHUP:
            time.sleep(0.3)
            if daemon.poll() is None:
                daemon.terminate()
        begun = time.monotonic()
        try:
            ended = daemon.wait(30)
        except subprocess.TimeoutExpired:
            daemon.kill()
            ended = daemon.wait()
        if ended not in (0, -order) or (ended == -order and delay > 1):
            found.append(f"after {order.name} it ended with {ended}: {newsroom.log()[-300:]}")
        if time.monotonic() - begun > 22:
            found.append(f"after {order.name} it took {time.monotonic() - begun:.0f} s to end")
    newsroom.look()
    found += newsroom.complaints({"/behind.html": 1, "/before.html": 1})
    if not found:
        shutil.rmtree(folder)
    return found


def rows(binary, folder, pool, is_long, seed):
    def row(fault, judge, arguments):
        row = Row(fault)
        where = [os.path.join(folder, "service", f"{judge.__name__}-{number}") for number in range(len(arguments))]
        trials = pool.map(lambda it: judge(binary, it[0], it[1][1]), zip(where, arguments))
        for (name, _), found in zip(arguments, trials):
            row.judge(name, found)
        return row

    yield row("a configuration is broken when it is read again", broken, list(BROKEN.items()))
    yield row("several daemons start on one database", several, [(f"{count}", count) for count in [2, 5, *([12] if is_long else [])]])
    delays = [0.0, 0.05, 0.2, 0.5, 1.5] if not is_long else [number / 40 for number in range(80)]
    yield row("told to stop or reload at any moment", ordered, [(f"after {delay} s", delay) for delay in delays])
