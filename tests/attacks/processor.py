"""Texts, pages, rules and differences that are made to cost much, each in a round of its own whose time is measured."""

import os
import shutil

from ground import HTML, Installation, Row, bounded, feed, item, page, site, unrest, well

STORY = "Troops and protesters clash near the parliament"


def texts(size):
    """What matchers and differences would like least."""
    return {
        "one word without end": "a" * size,
        "a word that almost matches": ("troop " * size)[:size],
        "words that all match": ("troops protest " * size)[:size],
        "quotation marks": ('"“‘' * size)[:size],
        "digits and separators": ("1,234.5-6/7:8 " * size)[:size],
        "combining marks": ("e" + "\u0301" * 1000) * (size // 1000),
        "letters of no language": ("\u1100\u1161\u11a8" * size)[:size],
        "names in capitals": ("Mr A. B. C. D. " * size)[:size],
        "dots": ("." * size),
        "paragraphs of one letter": "</p><p>".join("a" * (size // 10)),
        "dates": ("on 31 February 2026 at 25:61 " * size)[:size],
        "words of mixed directions": ("\u05d0a\u0627b" * size)[:size],
        "surrogates of ligatures": ("\ufdfa\ufb03" * (size // 3)),
        "white space of all kinds": ("\u3000\u2003\t \u200a" * size)[:size],
    }


def pages(size):
    """Markup that parsers would like least."""
    return {
        "divs nested without end": "<div>" * (size // 5),
        "tables nested without end": "<table><tr><td>" * (size // 15),
        "formatting that is never closed": "<b><i><a href=x><u>" * (size // 19),
        "misnested formatting": "<a><b><p></a></b>" * (size // 17),
        "adoption of many": "<b>" * 500 + "<p></b>x" * (size // 9),
        "paragraphs without number": "<p>troops and protesters</p>" * (size // 28),
        "links without number": "<a href=/x>troops</a> " * (size // 22),
        "attributes without number": "<p " + " ".join(f"a{n}=b" for n in range(size // 9)) + ">",
        "comments that do not end": "<!--" * (size // 4),
        "scripts that do not end": "<script>" + "<!--<script>" * (size // 12),
        "entities without semicolons": "&notit;&lt" * (size // 10),
        "selects and options": "<select><option>" * (size // 16),
        "JSON-LD nested without end": '<script type="application/ld+json">' + '{"a":[' * (size // 6),
        "JSON-LD without number": '<script type="application/ld+json">{"@type":"NewsArticle"}</script>' * (size // 70),
        "metas without number": '<meta property="og:title" content="troops">' * (size // 45),
        "templates nested": "<template>" * (size // 10),
        "SVG and MathML in turn": "<svg><foreignObject><math><mtext>" * (size // 33),
        "headings without number": "<h1>troops protest</h1>" * (size // 24),
    }


# Rules that an operator may write; hostile texts meet them.
RULES = [
    "(troops NEAR/5 protest*) NOT football", "/(a+)+b/", "/(x|x)*y{1,50}/", '"a a a a a a a a a a"', "a* NEAR/100 b*", "title:(troops OR protest*) AND text:(" + " OR ".join(f"w{n}*" for n in range(300)) + ")",
]


def rows(binary, folder, world, is_long):
    size = 4_000_000 if is_long else 300_000
    seconds = 60 if is_long else 20
    for name, found in {"texts": texts(size), "markup": pages(size)}.items():
        row, most, largest = Row(f"hostile {name} of {size / 1e6:g} MB as a page, its feed's words, and a revision of it"), (0, ""), (0, "")
        for n, (what, content) in enumerate(found.items()):
            complaints, spent, memory = trial(binary, os.path.join(folder, f"{name}-{n}"), world, content, seconds)
            most, largest = max(most, (spent, what)), max(largest, (memory, what))
            row.judge(what, complaints)
        row.notes = [f"at most {most[0]:.1f} s of processor for two looks ({most[1]})", f"at most {largest[0]:.0f} MiB ({largest[1]})"]
        yield row
    yield queries(binary, os.path.join(folder, "queries"), world)


def trial(binary, folder, world, content, seconds):
    world.clear()

    def served(toll, extra):
        body = "".join(f"<p>{paragraph}</p>" for paragraph in unrest(toll)) + f"<p>{extra}{content}</p>"
        document = f"<!doctype html><html><head><title>{STORY}</title></head><body><article><h1>{STORY}</h1>{body}</article></body></html>"
        return (200, {"Content-Type": HTML}, document.encode("utf-8", "replace"))

    words = content[:100_000].encode("utf-8", "replace").decode()
    fed = feed(item("http://news.example/a", STORY, more=f"<description><![CDATA[{words}]]></description>"), item("http://news.example/b", f"{words} {STORY}"))
    world.hosts["news.example"] = site({"/rss": fed, "/a": served(3, ""), "/b": page(STORY)})
    more = "".join(f'[[rule]]\nname = "r{n}"\nmatch = \'{rule}\'\n' for n, rule in enumerate(RULES))
    installed = Installation(binary, folder, {"news": "http://news.example/rss"}, more=more)
    first = installed.look()
    world.hosts["news.example"] = site({"/rss": fed, "/a": served(9, "b "), "/b": page(STORY)})
    second = installed.look()
    complaints = bounded(first, seconds=seconds) + bounded(second, seconds=seconds)
    shutil.rmtree(folder)
    return complaints, first.seconds + second.seconds, max(first.memory, second.memory)


def queries(binary, folder, world):
    """What is typed into the search box, where others may reach the page."""
    row = Row("queries that are made to cost much, asked of the command line")
    world.hosts["news.example"] = site({"/rss": feed(item("http://news.example/a", STORY)), "/a": page(STORY, ("troops a " * 60_000))})
    installed = Installation(binary, folder, {"news": "http://news.example/rss"})
    row.broken = [f"first look: {complaint}" for complaint in well(installed.look())]
    asked = ["(" * 20_000, "NOT " * 20_000 + "a", "a NEAR/1000000 b", " NEAR/100 ".join(["a"] * 200), "*", "a*" * 5000, '"' + "a " * 20_000 + '"', " OR ".join(["a*"] * 5000),
             "/(a+)+$/", "/(a|a)*b/", "/" + "a?" * 500 + "a" * 500 + "/", "title:" * 5000, "\u0301" * 20_000, "a AND (" * 5000 + "b", "-" * 20_000]
    for n, query in enumerate(asked):
        done = measured(installed, query)
        row.judge(f"query {n}", [complaint for complaint in well(done) if "ended with 2" not in complaint])
    return row


def measured(installed, query):
    """Ends within the patience of the programme, or this raises."""
    return installed.run("articles", "--", query)
