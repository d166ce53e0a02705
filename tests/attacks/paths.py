"""Names that try to leave their folder: of feeds, rules, articles, templates, exports, files of the page."""

import json
import os

from ground import Installation, Row, feed, item, page, site
from injection import Service, got

STORY = "Troops and protesters clash near the parliament"
NAMES = ["../../escaped", "/escaped", "..\\escaped", "a/../../escaped", "%2e%2e%2fescaped", "..%c0%afescaped", "....//escaped", "~/escaped", "$HOME/escaped",
         "`touch escaped`", "$(touch escaped)", ";touch escaped", "|touch escaped", "-oescaped", "--output=escaped", "file:///escaped", "\x00escaped", "a\nescaped", "CON", "a" * 400]


def rows(binary, folder, world, is_long):
    yield by_strangers(binary, folder, world)
    yield by_operator(binary, folder, world)
    yield by_requests(binary, folder, world)


def strangers(folder, installed):
    """Files beside those of the program."""
    allowed = {os.path.basename(installed.folder)}
    return [f"the file {name} is there" for name in os.listdir(folder) if name not in allowed] + [
        f"the file {name} is in the folder" for name in os.listdir(installed.folder) if "escaped" in name]


def by_strangers(binary, folder, world):
    """Ids, links, headlines and authors of a feed; then all that writes files."""
    row = Row("paths and commands as id, link, headline, author and category")
    items = [item(f"http://news.example/{n}/{name}".replace("\x00", "").replace("\n", ""), f"{name} {STORY}".replace("\x00", ""), name.replace("\x00", ""),
                  f"<author>{name}</author>".replace("\x00", "").replace("&", "")) for n, name in enumerate(NAMES)]
    world.hosts["news.example"] = lambda path: feed(*items) if path == "/rss" else page(f"{STORY} {path}")
    base = os.path.join(folder, "strangers")
    installed = Installation(binary, os.path.join(base, "in"), {"news": "http://news.example/rss"})
    results = [installed.look()]
    for article in installed.articles():
        for form in ["jsonl", "csv", "warc", "html"]:
            named = [str(article["id"])] if form == "html" else ["--article", str(article["id"])]
            results.append(installed.run("export", "--format", form, "--output", os.path.join(installed.folder, f"out.{form}"), *named))
    results.append(installed.run("backup", installed.folder))
    row.tried = len(items)
    row.broken = [f"{n}: {what}" for n, what in enumerate(strangers(base, installed))]
    if len(installed.articles()) < len(items) // 2:
        row.broken.append(f"x: only {len(installed.articles())} articles were stored")
    return row


def by_operator(binary, folder, world):
    """Names of feeds, rules and recipients, as somebody may paste them."""
    row = Row("paths and commands as names of feeds, rules, recipients and sets")
    world.hosts["news.example"] = site({"/rss": feed(item("http://news.example/a", STORY)), "/a": page(STORY)})
    for n, name in enumerate(NAMES):
        base = os.path.join(folder, f"operator-{n}")
        installed = Installation(binary, os.path.join(base, "in"), {name.replace("\x00", "\x01"): "http://news.example/rss"})
        with open(installed.config, "a", encoding="utf-8") as file:
            file.write(f'[[rule]]\nname = {json.dumps(name)}\nmatch = "troops"\n[[recipient]]\nname = {json.dumps(name)}\nemail = ["x@example.org"]\n')
        installed.look()
        row.judge(f"name {n}", strangers(base, installed))
    return row


def by_requests(binary, folder, world):
    """What is asked of the page: nothing beside its own files, and nothing that belongs to others."""
    row = Row("paths in requests to the web page")
    base = os.path.join(folder, "requests")
    installed = Installation(binary, os.path.join(base, "in"), {}, web='listen = "127.0.0.1:7197"')
    with open(os.path.join(installed.folder, "secret"), "w") as file:
        file.write("what nobody may read")
    places = ["/static/", "/rules/", "/feeds/", "/articles/", "/alerts/", "/api/articles/", "/unsubscribe/", "/"]
    tails = ["../secret", "../../etc/passwd", "..%2fsecret", "%2e%2e/secret", "..%5csecret", "....//secret", "%2fetc%2fpasswd", "//etc/passwd", "secret%00.css", "%c0%ae%c0%ae/secret",
             "wirewatch.toml", "wirewatch.db", "../wirewatch.db", "-1", "9223372036854775808", "1e9", "'%20or%201=1--", "%ff%fe", "a" * 6000]
    with Service(installed, 7197):
        for place in places:
            for tail in tails:
                status, _, content = got(place + tail, 7197)
                found = [f"answers {status}"] if status >= 500 or status == 200 and place != "/" and "static" in place else []
                if b"nobody may read" in content or b"root:x:" in content or content.startswith(b"SQLite"):
                    found.append("gives a file away")
                row.judge(f"{place}{tail[:30]}", found)
    return row
