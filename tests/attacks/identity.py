"""A hostile feed that claims what is another's: ids, links, canonical addresses, dates. It must neither hide the other's news nor
put its words in their place."""

import email.utils
import os
import time

from ground import Installation, Row, feed, item, page, redirect, site, unrest, well

STORY = "Troops and protesters clash in the capital"
FALSE = "Harvest festival opens with a parade"
CALM = ["The harvest festival opened on Tuesday with a parade of forty carts through the old town, and thousands of visitors came.",
        "The organisers said that the weather had been kind to them this year and that the hotels were booked out until Sunday."]
TRUE_URL = "http://honest.example/story"


def dated(seconds):
    return f"<pubDate>{email.utils.formatdate(time.time() + seconds)}</pubDate>"


# What the attacker's feed and its own page say. Each is tried before the honest feed announced its story, and after.
def claims():
    own = "http://evil.example/story"
    marks = f'<link rel="canonical" href="{TRUE_URL}"><meta property="og:url" content="{TRUE_URL}">'
    day = 86400
    return {
        "the same id, another link": (item(own, FALSE, "guid-1"), page(FALSE, *CALM)),
        "the same id and link, another headline": (item(TRUE_URL, FALSE, "guid-1"), None),
        "the same link, dated 10 years ahead": (item(TRUE_URL, FALSE, "x", dated(3650 * day)), None),
        "the same link, dated 1970": (item(TRUE_URL, FALSE, "x", "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>"), None),
        "a canonical address of the other's": (item(own, FALSE, "x"), page(FALSE, *CALM, head=marks)),
        "a canonical address of the other's, and its headline": (item(own, STORY, "x"), page(STORY, *CALM, head=marks)),
        "a redirect to the other's page": (item(own, FALSE, "x"), redirect(TRUE_URL)),
        "the other's link with a fragment": (item(f"{TRUE_URL}#x", FALSE, "x"), None),
        "the other's link with tracking": (item(f"{TRUE_URL}?utm_source=evil", FALSE, "x"), None),
        "the other's link with a default port": (item(TRUE_URL.replace(".example", ".example:80"), FALSE, "x"), None),
        "the other's link with a user": (item(TRUE_URL.replace("honest", "evil@honest"), FALSE, "x"), None),
        "an entry that wraps the other's link": (item(f"http://evil.example/go?url={TRUE_URL}", FALSE, "x"), page(FALSE, *CALM)),
        "a page that says it is gone": (item(TRUE_URL, "404 Not Found", "guid-1"), None),
        "JSON-LD with the other's address": (item(own, FALSE, "x"), page(FALSE, *CALM, head=(
            f'<script type="application/ld+json">{{"@type":"NewsArticle","url":"{TRUE_URL}","mainEntityOfPage":"{TRUE_URL}","headline":"{FALSE}"}}</script>'))),
        "the other's text, copied": (item(own, STORY, "x"), page(STORY)),
        "the other's link 300 times": ("".join(item(f"{TRUE_URL}?n={n}", FALSE, f"x{n}") for n in range(300)), None),
        "a flood of 4,000 entries": ("".join(item(f"http://evil.example/{n}", f"{FALSE} {n}", f"x{n}") for n in range(4000)), None),
    }


def rows(binary, folder, world, is_long):
    for is_first in [True, False]:
        row = Row(f"a feed that claims another's article, {'before' if is_first else 'after'} the other announced it")
        for n, (name, (entries, answer)) in enumerate(claims().items()):
            if not is_long and ("flood" in name or n % 3):
                continue
            row.judge(name, trial(binary, os.path.join(folder, f"{n}-{is_first}"), world, entries, answer, is_first))
        yield row


def trial(binary, folder, world, entries, answer, is_first):
    world.clear()
    installed = Installation(binary, folder, {"evil": "http://evil.example/rss", "honest": "http://honest.example/rss"})
    evil = site({"/rss": feed(entries), **({"/story": answer, "/go": answer} if answer else {})})
    nothing = site({"/rss": feed()})
    honest = site({"/rss": feed(item(TRUE_URL, STORY, "guid-1")), "/story": page(STORY)})
    # The page stands before the feed tells of it: whoever guesses its address may lead there first.
    waiting = site({"/rss": feed(), "/story": page(STORY)})
    world.hosts.update({"evil.example": evil, "honest.example": waiting} if is_first else {"evil.example": nothing, "honest.example": honest})
    found = well(installed.look())
    world.hosts.update({"evil.example": evil, "honest.example": honest})
    for _ in range(2):
        found += well(installed.look())
    found += told(installed, STORY, "the story")
    revised = f"{STORY}, 41 dead"
    world.hosts["honest.example"] = site({"/rss": feed(item(TRUE_URL, revised, "guid-1")), "/story": page(revised, *unrest(41))})
    time.sleep(1.1)
    for _ in range(3):
        found += well(installed.look())
    found += told(installed, "41 dead", "its revision")
    article = [article for article in installed.articles() if article["url"] == TRUE_URL]
    if len(article) != 1:
        found.append(f"{len(article)} articles have the honest address")
    elif FALSE in str(article[0].get("headline", article[0].get("title"))):
        found.append(f"the honest article is called {FALSE}")
    elif CALM[0][:40] in installed.run("show", str(article[0]["id"])).stdout.decode():
        found.append("the honest article has the attacker's text")
    return found


def told(installed, words, what):
    """That a mail told of it, under the honest address."""
    for mail in installed.mails():
        text = mail.get_body(("plain",)).get_content()
        if words in " ".join(f"{mail['Subject']} {text}".split()) and TRUE_URL in text:
            return []
    return [f"no mail told of {what}"]
