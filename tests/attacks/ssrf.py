"""Requests to where no stranger may lead: by every spelling of an address, by name, by a name that changes its mind."""

import os
import subprocess

from addresses import V4, V6, spellings
from ground import HTML, Installation, Row, feed, item, page, redirect, site, until, well
from world import PUBLIC_V4, PUBLIC_V6

FEED = "http://news.example/rss"
STORY = "Troops and protesters clash near the parliament"


def by_link(world, spelt):
    """What entries link to."""
    world.hosts["news.example"] = site({"/rss": feed(*(item(url, f"{STORY} {n}", f"g{n}") for n, url in enumerate(spelt)))})


def by_page_redirect(world, spelt):
    pages = {f"/{n}": redirect(url, [301, 302, 303, 307, 308][n % 5]) for n, url in enumerate(spelt)}
    links = [item(f"http://news.example/{n}", f"{STORY} {n}") for n in range(len(spelt))]
    world.hosts["news.example"] = site({**pages, "/rss": feed(*links)})


def by_far_redirect(world, spelt):
    """By way of another public host."""
    world.hosts["other.example"] = site({f"/{n}": redirect(url) for n, url in enumerate(spelt)})
    pages = {f"/{n}": redirect(f"http://other.example/{n}") for n in range(len(spelt))}
    links = [item(f"http://news.example/{n}", f"{STORY} {n}") for n in range(len(spelt))]
    world.hosts["news.example"] = site({**pages, "/rss": feed(*links)})


def by_marks(world, spelt):
    """What pages name: canonical addresses, other forms, refreshes, images."""
    def marked(n, url):
        return page(f"{STORY} {n}", head="".join([
            f'<link rel="canonical" href="{url}"><link rel="amphtml" href="{url}"><meta property="og:url" content="{url}">',
            f'<link rel="alternate" type="application/rss+xml" href="{url}"><meta property="og:image" content="{url}">',
            f'<link rel="next" href="{url}">' + (f'<meta http-equiv="refresh" content="0; url={url}">' if n % 2 else "")]))

    links = [item(f"http://news.example/{n}", f"{STORY} {n}") for n in range(len(spelt))]
    world.hosts["news.example"] = site({**{f"/{n}": marked(n, url) for n, url in enumerate(spelt)}, "/rss": feed(*links)})


def by_robots(world, spelt):
    """Each page's host has its robots.txt elsewhere."""
    for n, url in enumerate(spelt):
        world.hosts[f"h{n}.example"] = site({"/robots.txt": redirect(url), "/story": page(f"{STORY} {n}")})
    world.hosts["news.example"] = site({"/rss": feed(*(item(f"http://h{n}.example/story", f"{STORY} {n}") for n in range(len(spelt))))})


def by_feed_redirect(world, spelt):
    feeds = {}
    for n, url in enumerate(spelt):
        world.hosts[f"f{n}.example"] = site({"/rss": redirect(url, [301, 302, 307, 308][n % 4])})
        feeds[f"f{n}"] = f"http://f{n}.example/rss"
    return feeds


def by_feed_marks(world, spelt):
    """What feeds name beside links: themselves, their next page, their image, what is enclosed."""
    feeds = {}
    for n, url in enumerate(spelt):
        more = (f'<atom:link rel="self" href="{url}"/><atom:link rel="next" href="{url}"/><image><url>{url}</url></image>'
                f'<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">{url}</itunes:new-feed-url>')
        enclosed = item(f"http://f{n}.example/a", STORY, more=f'<enclosure url="{url}" type="audio/mpeg"/><comments>{url}</comments>')
        world.hosts[f"f{n}.example"] = site({"/rss": feed(enclosed, more=more), "/a": page(STORY)})
        feeds[f"f{n}"] = f"http://f{n}.example/rss"
    return feeds


HOPS = {
    "an entry's link": by_link,
    "the redirect of a page": by_page_redirect,
    "a redirect by way of another host": by_far_redirect,
    "canonical, refresh, AMP and image of a page": by_marks,
    "the redirect of a robots.txt": by_robots,
    "the redirect of a feed": by_feed_redirect,
    "what a feed says of itself": by_feed_marks,
}


def rows(binary, folder, world, is_long):
    spelt = spellings(is_long)
    for number, (name, hop) in enumerate(HOPS.items()):
        row = Row(f"a private address, in every spelling, as {name}")
        # A feed is read to its 5,000th entry, a round looks at what a few minutes allow: portions of either.
        for start in range(0, len(spelt), 100):
            portion = spelt[start : start + 100]
            world.clear()
            feeds = hop(world, portion) or {"news": FEED}
            installed = Installation(binary, os.path.join(folder, f"{number}-{start}"), feeds)
            done = installed.look()
            found = reached(world, done)
            if not world.asked:
                found.append("nothing was asked at all")
            row.tried += len(portion)
            row.broken += [f"{start}: {complaint}" for complaint in found]
        yield row
    yield discovered(binary, folder, world, spelt)
    yield by_hub(binary, folder, world, spelt[:: max(1, len(spelt) // (150 if is_long else 40))])
    yield from by_name(binary, folder, world)
    yield rebound(binary, folder, world, 200 if is_long else 40)
    yield opened(binary, folder, world)
    yield by_hook(binary, folder, world)


def reached(world, done):
    return well(done) + world.breaches()


def discovered(binary, folder, world, spelt):
    row = Row("a private address as a feed that a page names to `feeds discover`")
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{url}"><a href="{url}">RSS feed</a>' for url in spelt)
    world.hosts["news.example"] = site({"/": (200, {"Content-Type": HTML}, f"<html><head>{links}</head><body>{links}</body></html>".encode())})
    installed = Installation(binary, os.path.join(folder, "discover"), {})
    row.tried = len(spelt)
    row.broken = [f"0: {complaint}" for complaint in reached(world, installed.run("feeds", "discover", "http://news.example/"))]
    return row


def by_hub(binary, folder, world, spelt):
    """The service itself subscribes; a hub at a public address shows that it does."""
    row = Row("a private address as the hub of a feed (WebSub)")
    feeds = {}
    for n, url in enumerate([*spelt, "http://hub.example/"]):
        world.hosts[f"f{n}.example"] = site({"/rss": feed(more=f'<atom:link rel="hub" href="{url}"/><atom:link rel="self" href="http://f{n}.example/rss"/>')})
        feeds[f"f{n}"] = f"http://f{n}.example/rss"
    web = 'listen = "127.0.0.1:7199"\npublic_url = "http://desk.example"\npassword = "one of many words"'
    installed = Installation(binary, os.path.join(folder, "hub"), feeds, web=web)
    with open(os.path.join(installed.folder, "log"), "wb") as log:
        daemon = subprocess.Popen(installed.command("run"), stdout=log, stderr=log)
    is_asked = until(lambda: "hub.example/" in world.asked, 180)
    daemon.terminate()
    daemon.wait(30)
    row.tried = len(spelt)
    row.broken = [f"0: {complaint}" for complaint in world.breaches() + ([] if is_asked else ["the public hub was never asked"])]
    return row


def by_name(binary, folder, world):
    """Names with private addresses, and names that have a public one among them: only that may be reached."""
    for mixed in [False, True]:
        row = Row("a name with public and private addresses: only the public is reached" if mixed else "a name with a private address, as link, redirect and feed's redirect")
        world.clear()
        addresses = V4 + V6 + [f"::ffff:{address}" for address in V4[:4]]
        links, pages, feeds = [], {}, {"news": FEED}
        for n, address in enumerate(addresses):
            world.names[f"n{n}.example"] = [address, PUBLIC_V6, PUBLIC_V4] if mixed else [address]
            world.hosts[f"n{n}.example"] = site({"/story": page(f"{STORY} {n}"), "/rss": feed()})
            links += [item(f"http://n{n}.example/story", f"{STORY} {n}"), item(f"http://news.example/{n}", f"{STORY} and {n}")]
            pages[f"/{n}"] = redirect(f"http://n{n}.example/story")
            world.hosts[f"f{n}.example"] = site({"/rss": redirect(f"http://n{n}.example/rss")})
            feeds[f"f{n}"] = f"http://f{n}.example/rss"
        world.hosts["news.example"] = site({**pages, "/rss": feed(*links)})
        installed = Installation(binary, os.path.join(folder, f"name-{mixed}"), feeds)
        found = reached(world, installed.look())
        row.tried = 3 * len(addresses)
        if mixed and not any(what.startswith("n0.example") for what in world.asked):
            found.append("the public address was not reached")
        row.broken = [f"0: {complaint}" for complaint in found]
        yield row


def rebound(binary, folder, world, times):
    """A name whose answer changes at each question, so that whoever checks one answer and connects by another is caught."""
    row = Row("DNS rebinding: names that are public when asked first, and private from then on")
    links = []
    for n in range(times):
        counted = {1: 0, 28: 0}
        private = V4[n % len(V4)]
        first = n % 3

        def answers(kind, counted=counted, private=private, first=first):
            counted[kind] = counted.get(kind, 0) + 1
            return [PUBLIC_V4] if (counted[kind] <= 1 if first < 2 else counted[kind] % 2) else [private]

        world.names[f"r{n}.example"] = answers
        world.hosts[f"r{n}.example"] = site({"/story": redirect("/again") if first else page(f"{STORY} {n}"), "/again": page(f"{STORY} {n}")})
        links.append(item(f"http://r{n}.example/story", f"{STORY} {n}"))
    world.hosts["news.example"] = site({"/rss": feed(*links)})
    installed = Installation(binary, os.path.join(folder, "rebound"), {"news": FEED})
    found = []
    for _ in range(3):
        found += reached(world, installed.look())
    row.tried = 3 * times
    row.broken = [f"0: {complaint}" for complaint in found]
    return row


def opened(binary, folder, world):
    """What the operator opens is reached, and nothing else: so the traps do catch."""
    row = Row("what `allow_private_addresses` opens is reached, and nothing beside it")
    inside = {"http://10.1.2.3/story", "http://10.1.255.1/story"}
    beside = {"http://10.2.0.1/story", "http://127.0.0.1/story", "http://169.254.169.254/story"}
    world.hosts["news.example"] = site({"/rss": feed(*(item(url, STORY) for url in inside | beside))})
    installed = Installation(binary, os.path.join(folder, "opened"), {"news": FEED}, poll='allow_private_addresses = ["10.1.0.0/16"]')
    done = installed.look()
    for url in sorted(inside | beside):
        address = url.split("/")[2]
        is_reached = any(where == address for where, _ in world.reached)
        row.judge(address, well(done) + ([] if is_reached == (url in inside) else [f"reached is {is_reached}"]))
    return row


def by_hook(binary, folder, world):
    """Where a webhook lies is the operator's word; where it redirects to is not."""
    row = Row("a webhook or ntfy server that redirects to a private address")
    for n, status in enumerate([301, 302, 303, 307, 308]):
        for way in ["webhook", "ntfy"]:
            world.clear()
            world.hosts["127.0.0.1"] = lambda path, status=status: redirect("http://169.254.169.254/latest/", status)
            world.hosts["news.example"] = site({"/rss": feed(item("http://news.example/a", STORY)), "/a": page(STORY)})
            more = f'[[recipient]]\nname = "hook"\n{way} = "http://127.0.0.1:8080/hook"\n'
            installed = Installation(binary, os.path.join(folder, f"hook-{n}-{way}"), {"news": FEED}, more=more)
            done = installed.look()
            found = well(done) + [f"{where} for {what}" for where, what in world.reached if where.startswith("169")]
            if not any(what.startswith("127.0.0.1/") for what in world.asked):
                found.append(f"the hook was not posted to: {done.stderr.decode()[-300:]}")
            row.judge(f"{way} {status}", found)
    return row
