"""Hostile sites at once, with default settings: a round holds its bound, and reads the honest one beside them."""

import gzip
import os

from ground import HTML, RSS, Installation, Row, feed, item, page, site, well

STORY = "Troops and protesters clash near the parliament"
MEMORY_MIB = 200
# How many serve it at the same moment. With more feeds the bound does not hold yet: SECURITY.md says by how much.
SITES = {HTML: 64, RSS: 2}
# As the unit has it.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}


def packed(content, kind):
    return (200, {"Content-Type": kind, "Content-Encoding": "gzip"}, gzip.compress(content, 6))


def document(content):
    return f"<!doctype html><html><head><title>{STORY}</title></head><body><article><h1>{STORY}</h1><p>{content}</p></article></body></html>".encode("utf-8", "replace")


def prose(size):
    """Sentences that differ, as a page of a real text of that size has them: nothing that is dropped early."""
    return "".join(f"<p>Troops and protesters met at corner number {n} of the capital on Tuesday, witnesses said.</p>" for n in range(size // 95))


def crowds(is_long):
    """What all of them serve at the same moment, as pages or as feeds."""
    size = 4_900_000
    found = {
        "pages of 5 MB of prose": ([document(prose(size))], HTML),
        "pages of paragraphs of one letter": ([document("</p><p>".join("a" * (size // 8)))], HTML),
        "feeds of 15 MB": ([b'<rss version="2.0"><channel><title>t</title>' + b"".join(
            b"<item><guid>%d</guid><title>Troops %d</title><description>%s</description></item>" % (n, n, b"protest " * 300) for n in range(5500))], RSS),
        "bombs of 200 MB": ([b" " * 200_000_000], HTML),
    }
    if is_long:
        found["pages of small elements"] = ([document("<i>a</i>" * (size // 8))], HTML)
        found["pages of links"] = ([document("<a href=/x>troops</a> " * (size // 22))], HTML)
        found["pages of attributes"] = ([document("<b " + " ".join(f"a{n}=b" for n in range(size // 9)) + ">")], HTML)
        found["feeds of a million small items"] = ([b'<rss version="2.0"><channel>' + b"<item><title>x</title></item>" * 480_000], RSS)
    return found


def rows(binary, folder, world, is_long):
    for n, (name, (contents, kind)) in enumerate(crowds(is_long).items()):
        row = Row(f"sites at once ({SITES[kind]}) with {name}: at most {MEMORY_MIB} MiB")
        answers = [packed(content, kind) for content in contents]
        peak, seconds, found = trial(binary, os.path.join(folder, str(n)), world, answers, kind)
        row.tried = SITES[kind]
        row.broken = [f"{name}: {complaint}" for complaint in found]
        row.notes = [f"{peak:.0f} MiB at the most, {seconds:.0f} s of processor"]
        yield row


def trial(binary, folder, world, answers, kind):
    """Feeds of as many hosts, so that no courtesy towards one host keeps them apart."""
    world.clear()
    feeds = {"honest": "http://honest.example/rss"}
    world.hosts["honest.example"] = site({"/rss": feed(item("http://honest.example/a", f"{STORY} today")), "/a": page(f"{STORY} today")})
    for n in range(SITES[kind]):
        answer = answers[n % len(answers)]
        is_feed = kind == RSS
        world.hosts[f"h{n}.example"] = site({"/rss": answer if is_feed else feed(item(f"http://h{n}.example/a", f"{STORY} {n}")), "/a": answer})
        feeds[f"h{n}"] = f"http://h{n}.example/rss"
    installed = Installation(binary, folder, feeds)
    done = installed.look(environment=ENVIRONMENT)
    found = well(done)
    if done.memory > MEMORY_MIB:
        found.append(f"took {done.memory:.0f} MiB")
    if not any("today" in str(mail["Subject"]) or "today" in str(mail) for mail in installed.mails()):
        found.append("the honest story was not told")
    return done.memory, done.seconds, found
