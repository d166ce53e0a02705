"""Words of strangers that try to be more than words: in mails, pages, Atom, JSON, CSV, on the terminal and in logs."""

import csv
import email.utils
import html.parser
import http.client
import io
import json
import os
import pty
import re
import select
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree

from ground import Installation, Row, feed, item, page, site, until, well

STORY = "Troops and protesters clash"
# A word that stands in every payload, by which it is found again.
MARK = "payl0ad"
NOW = email.utils.formatdate(time.time() - 600)

MARKUP = [
    "<script>alert(1)</script>", "</title><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<svg><script href=data:,alert(1)/>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "\"><script>alert(1)</script>",
    "' onmouseover='alert(1)", "\" autofocus onfocus=alert(1) x=\"", "`${alert(1)}`", "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>", "<!--><script>alert(1)</script>-->", "]]><script>alert(1)</script>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>", "<base href=http://evil.example/>", "<link rel=stylesheet href=http://evil.example/>",
    "<form action=http://evil.example/><input name=password>", "<a href=javascript:alert(1)>x</a>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)", "<scr<script>ipt>alert(1)</scr</script>ipt>", "\u003cscript\u003ealert(1)", "＜script＞alert(1)＜/script＞",
    "<x style='background:url(http://evil.example/)'>", "<body onload=alert(1)>", "<object data=data:text/html,x>", "<details open ontoggle=alert(1)>",
    "{{ 7*7 }}{% include '/etc/passwd' %}", "{{ config }}", "${7*7}#{7*7}<%= 7*7 %>", "[click](javascript:alert(1)) ![x](http://evil.example/p.png)",
    "<http://evil.example/>", "*bold* _it_ `code` # heading", "<xmp><p title='</xmp><script>alert(1)</script>'>",
]
HEADERS = [
    "\r\nBcc: victim@example.org", "\nBcc: victim@example.org", "\rBcc: victim@example.org", "\r\n\r\n<html>forged body", "\n.\r\nMAIL FROM:<x@example.org>",
    "\u2028Bcc: victim@example.org", "\u0085Bcc: victim@example.org", "\x0bBcc: v@example.org", "=?utf-8?q?=0D=0ABcc:_victim@example.org?=",
    "=?utf-8?b?DQpCY2M6IHZpY3RpbUBleGFtcGxlLm9yZw==?=", "%0d%0aBcc: victim@example.org", "&#13;&#10;Bcc: victim@example.org",
    "\" <victim@example.org>, \"x", "x@example.org>, <victim@example.org", "--=_boundary\r\nContent-Type: text/html\r\n\r\n<script>",
]
TERMINAL = [
    "\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]52;c;cm0gLXJmIC8=\x07", "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\", "\x1bP1$r\x1b\\",
    "\x9b2J", "\x9d0;title\x9c", "\u009b31m", "\x1b[6n", "\x1b[?1049h", "\x1bc", "\x07\x08\x08\x08", "\x7f\x7f", "\x00hidden", "\x0e\x0f", "\x1b_apc\x1b\\",
    "\u202egnp.exe", "\u202dx\u202c", "\u2066x\u2067y\u2068z\u2069", "\u200e\u200f\u061c", "a\u200bb\u2060c", "\ufeffx", "\U000e0041\U000e0042",
    "\x1b[38;5;1mred", "\rforged line", "safe\x1b[1A\x1b[2Kforged", "e" + "\u0301" * 500,
]
CELLS = [
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)*cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "=HYPERLINK(\"http://evil.example\")", "＝1+1",
    "\",=1+1,\"", "\"\r\n=1+1,", ";=1+1", "'=1+1", "\u200b=1+1", "\xa0=1+1", "\ufeff=1+1", "%0A=1+1", "|=1+1", "\x1b=1+1",
]
LINES = [
    "\n2026-11-24T00:00:00.000000Z ERROR forged", "\r\n2026-11-24T00:00:00.000000Z ERROR forged", "\u20282026-11-24T00:00:00.000000Z ERROR forged",
    "\u00852026-11-24T00:00:00.000000Z ERROR forged", "%n%s%x", "\x1b[2K\rforged", "\" level=error forged=\"",
]
KINDS = {"markup": MARKUP, "mail headers": HEADERS, "the terminal": TERMINAL, "cells of a spreadsheet": CELLS, "lines of a log": LINES}
# What opens a door where it is an element or attribute; our own pages have none of them with a stranger's words.
FORBIDDEN_TAGS = {"script", "iframe", "object", "embed", "base", "svg", "math", "img", "xmp", "mglyph"}
UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def rows(binary, folder, world, is_long):
    for kind, payloads in KINDS.items():
        yield from trials(binary, os.path.join(folder, kind.replace(" ", "-")), world, kind, payloads, is_long)
    yield by_rule_name(binary, os.path.join(folder, "names"), world)


def hostile_feed(payloads):
    """Each payload in every place where a stranger has words. A payload stands at the beginning, and a mark before the next."""
    items, pages = [], {}
    for n, payload in enumerate(payloads):
        words = f"{payload} {MARK} {STORY} {n}"
        # Characters that XML cannot hold come by reference, by pages, and raw.
        escaped = "".join(f"&#{ord(c)};" if c in "<>&\"'" or ord(c) < 32 or 127 <= ord(c) < 160 else c for c in words)
        more = "".join([
            f"<author>{escaped}</author><category>{escaped}</category><description>{escaped}</description>",
            f'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{escaped}</dc:creator>',
            f'<media:credit xmlns:media="http://search.yahoo.com/mrss/">{escaped}</media:credit>'])
        path = f"/{n}"
        items.append(f"<item><guid>{escaped}</guid><title>{escaped}</title><link>http://news.example{path}?q={urllib.parse.quote(payload, safe='')}</link><pubDate>{NOW}</pubDate>{more}</item>")
        raw = f"<item><guid>raw{n}</guid><title><![CDATA[{words}]]></title><link>http://news.example/raw{n}</link><pubDate>{NOW}</pubDate></item>"
        items.append(raw)
        title = words.replace("\x00", "&#0;")
        head = f'<meta name="author" content="{quoted(title)}"><meta property="og:title" content="{quoted(title)}"><meta property="og:site_name" content="{quoted(title)}">'
        head += '<script type="application/ld+json">' + json.dumps({
            "@type": "NewsArticle", "headline": words, "author": {"@type": "Person", "name": words}}).replace("<", "\\u003c") + "</script>"
        pages[path] = pages[f"/raw{n}"] = page(title, title, *[f"{title} and {paragraph}" for paragraph in body()], head=head)
    return items, pages


def body():
    return ["At least three people were killed on Tuesday when troops opened fire on protesters, several witnesses said to the paper.",
            "Doctors said that they had treated patients with wounds in the corridors because the wards of the hospital were full."]


def quoted(text):
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


SCHEMES = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "\x01javascript:alert(1)",
           "java\tscript:alert(1)", "http://news.example/\"onmouseover=\"alert(1)", "http://news.example/'><script>alert(1)</script>", "mailto:x@example.org?bcc=v"]


def trials(binary, folder, world, kind, payloads, is_long):
    items, pages = hostile_feed(payloads)
    items += [f"<item><guid>s{n}</guid><title>{MARK} {STORY} {n}</title><link>{quoted(scheme).replace(chr(1), '')}</link><pubDate>{NOW}</pubDate></item>" for n, scheme in enumerate(SCHEMES)]
    world.hosts["news.example"] = site({"/rss": feed(*items, more=f"<description>{quoted(payloads[0])}</description>"), **pages})
    installed = Installation(binary, folder, {"news": "http://news.example/rss"}, match="troops OR protest*", web='listen = "127.0.0.1:7198"')
    done = installed.run("run", "--once", "--all", "-vv", environment={"NO_COLOR": "1"})
    for n in range(len(payloads)):
        # A revision, so that differences are shown too.
        pages[f"/{n}"] = pages[f"/raw{n}"] = tuple([*pages[f"/{n}"][:2], pages[f"/{n}"][2].replace(b"three people", b"nine people")])
    world.hosts["news.example"] = site({"/rss": feed(*items), **pages})
    again = installed.run("run", "--once", "--all", "-vv", environment={"NO_COLOR": "1"})
    count = 2 * len(payloads) + len(SCHEMES)
    told = sum(MARK in json.dumps(article) for article in installed.articles())
    outputs = {
        "mails": lambda: in_mails(installed),
        "the web page": lambda: in_pages(installed, is_long),
        "Atom and JSON": lambda: in_documents(installed),
        "CSV": lambda: in_cells(installed),
        "a terminal": lambda: on_terminal(installed),
        "logs": lambda: in_logs(done) + in_logs(again) + well(done) + well(again),
    }
    for name, look in outputs.items():
        row = Row(f"words for {kind}, in {name}")
        row.tried = count
        row.broken = [f"{n}: {complaint}" for n, complaint in enumerate(look())]
        if told < len(payloads):
            row.broken.append(f"{len(row.broken)}: only {told} of {count} entries were stored")
        yield row


class Markup(html.parser.HTMLParser):
    """What a browser would act on."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in FORBIDDEN_TAGS:
            # The page's own pictures of an axis are drawn, without a word of strangers in them.
            if tag != "svg" or any(MARK in (value or "") for value in values.values()):
                self.found.append(f"<{tag}> {values}")
        for name, value in attributes:
            if name.startswith("on") or name == "srcdoc":
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in ("href", "src", "action", "formaction", "xlink:href") and value is not None:
                scheme = re.match(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.\-\t\n\r]*):", value)
                if scheme and re.sub(r"\s", "", scheme[1]).lower() not in ("http", "https", "mailto", "data" if tag == "link" else "http"):
                    self.found.append(f"<{tag} {name}={value[:80]!r}>")
            if name == "http-equiv" and (value or "").lower() == "refresh" and "evil" in str(values):
                self.found.append(f"refresh {values}")
            if name in ("src", "background") and "evil.example" in (value or ""):
                self.found.append(f"loads {value}")


KNOWN_HEADERS = re.compile(rb"^[A-Za-z0-9-]+:")


def in_mails(installed):
    found = []
    raws = installed.raw_mails()
    if not raws:
        return ["no mail came"]
    for raw, mail in zip(raws, installed.mails()):
        head, _, _ = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        names = [line.split(b":")[0].lower() for line in head.split(b"\n") if not line.startswith((b" ", b"\t"))]
        if any(name in (b"bcc", b"cc", b"mail from") for name in names) or len(set(names)) != len(names):
            found.append(f"headers {names}")
        if re.search(rb"\r(?!\n)|\x00", raw) or UNSAFE.search(head.decode("utf-8", "replace").replace("\r", "")):
            found.append("a control character in a header")
        if mail["To"] != "desk@example.org":
            found.append(f"is for {mail['To']}")
        if UNSAFE.search(str(mail["Subject"])) or "\n" in str(mail["Subject"]) or "\r" in str(mail["Subject"]):
            found.append(f"the subject is {str(mail['Subject'])!r}")
        kinds = [part.get_content_type() for part in mail.walk()]
        if kinds.count("text/html") > 1 or kinds.count("text/plain") != 1:
            found.append(f"has the parts {kinds}")
        for part in mail.walk():
            if part.get_content_type() == "text/html":
                found += Markup(part.get_content()).found
            elif part.get_content_type() == "text/plain":
                found += in_plain_text(part.get_content().replace("\r\n", "\n"))
    return found[:10]


def in_plain_text(text):
    """Words of both directions stand in isolates of ours, which begin and end on one line."""
    balance = [sum(line.count(mark) for mark in "\u2066\u2067\u2068") - line.count("\u2069") for line in text.split("\n")]
    found = ["an isolate is not ended on its line"] if any(balance) else []
    # Marks of direction are letters of Arabic and Hebrew text, and turn nothing round beyond themselves.
    bad = UNSAFE.search(re.sub("[\u2066-\u2069\u200e\u200f\u061c]", "", text))
    return found + ([f"the text holds {bad[0]!r}"] if bad else [])


def got(path, port=7198):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


class Service:
    """The program as a service, for as long as its page is looked at."""

    def __init__(self, installed, port=7198):
        self.port = port
        self.log = open(os.path.join(installed.folder, "service.log"), "wb")
        self.process = subprocess.Popen(installed.command("run"), stdout=self.log, stderr=self.log)

    def __enter__(self):
        until(self.is_up, 60)
        return self

    def is_up(self):
        try:
            return got("/healthz", self.port)[0] > 0
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


def in_pages(installed, is_long):
    found = []
    ids = [article["id"] for article in installed.articles()]
    ids = ids if is_long else ids[:: max(1, len(ids) // 12)]
    paths = ["/", "/articles", "/rules", "/rules/unrest", "/feeds", "/feeds/news", "/alerts", "/mutes", f"/articles?q={urllib.parse.quote('<script>alert(1)</script>')}",
             "/articles?q=%22%3E%3Csvg/onload=alert(1)%3E", "/articles?q=%0d%0aSet-Cookie:x", "/rules/%3Cscript%3E", "/feeds/..%2f..%2fetc"]
    for number in ids:
        paths += [f"/articles/{number}", f"/articles/{number}/diff", f"/articles/{number}/versions/1", f"/articles/{number}/versions/1/page"]
    paths += [f"/alerts/{alert['id']}" for alert in installed.json("alerts")["alerts"][: None if is_long else 8]]
    with Service(installed):
        for path in paths:
            status, headers, content = got(path)
            policy = headers.get("content-security-policy", "")
            if status >= 500:
                found.append(f"{path} answers {status}")
            if "default-src 'none'" not in policy or "unsafe-inline" in policy.split("style-src")[0] or "script-src" in policy and "'none'" not in policy:
                found.append(f"{path} has the policy {policy!r}")
            if headers.get("x-content-type-options") != "nosniff" or "set-cookie" in headers:
                found.append(f"{path} has the headers {headers}")
            if path.endswith("/page") and status == 200:
                # A stranger's page as it was stored is shown as text.
                if not headers["content-type"].startswith("text/plain"):
                    found.append(f"{path} is served as {headers['content-type']}")
            elif headers["content-type"].startswith("text/html"):
                found += [f"{path} holds {what}" for what in Markup(content.decode()).found]
    return found[:10]


def in_documents(installed):
    found = []
    with Service(installed):
        for path in ["/changes.atom", "/api/articles", "/api/alerts", "/api/feeds", "/api/rules", "/api/status"]:
            status, headers, content = got(path)
            if status == 404:
                continue
            text = content.decode()
            if "json" in headers["content-type"]:
                json.loads(text)
                if headers.get("x-content-type-options") != "nosniff":
                    found.append(f"{path} may be sniffed")
            else:
                tree = xml.etree.ElementTree.fromstring(text)
                found += atom_complaints(tree)
    for arguments in [["articles"], ["alerts"], ["feeds"], ["rules"], ["status"]]:
        json.loads(installed.run(*arguments, "--json").stdout)
    for line in installed.run("export", "--format", "jsonl").stdout.decode().split("\n"):
        if line:
            json.loads(line)
    return found[:10]


def atom_complaints(tree):
    found = []
    for element in tree.iter():
        if not element.tag.startswith("{http://www.w3.org/2005/Atom}"):
            found.append(f"Atom has the element {element.tag}")
        href = element.get("href")
        if href and not href.startswith(("http://", "https://", "/", "urn:", "tag:")):
            found.append(f"Atom links to {href}")
        if element.get("type") == "html":
            found += [f"Atom holds {what}" for what in Markup(element.text or "").found]
    return found


def in_cells(installed):
    text = installed.run("export", "--format", "csv").stdout.decode()
    lines = list(csv.reader(io.StringIO(text, newline="")))
    found = [f"a line of {len(line)} cells, not {len(lines[0])}" for line in lines if len(line) != len(lines[0])]
    for line in lines:
        for cell in line:
            if cell[:1] in tuple("=+-@\t\r＝＋－＠") or (cell[:1].isspace() and cell.strip()[:1] in tuple("=+-@") and cell[0] in "\t\r\n"):
                found.append(f"a cell is {cell[:60]!r}")
            if UNSAFE.search(re.sub("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", "", cell)):
                found.append(f"a cell holds a control character: {cell[:60]!r}")
    return (found if len(lines) > 2 else ["nothing was exported"])[:10]


# What the program itself writes to a terminal: colours, and links of its own.
OURS = re.compile("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x00-\x1f]*(?:\x1b\\\\|\x07)")


def on_terminal(installed):
    found = []
    number = installed.articles()[0]["id"]
    commands = [["articles"], ["feeds"], ["rules"], ["alerts"], ["status"], ["history", str(number)], ["show", str(number)], ["diff", str(number)],
                ["inspect", "http://news.example/rss"], ["inspect", "http://news.example/0"], ["feeds", "discover", "http://news.example/0"]]
    for article in installed.articles():
        commands.append(["show", str(article["id"])])
    for command in commands:
        shown = typed(installed.command("--no-pager", *command))
        rest = OURS.sub("", shown).replace("\r\n", "\n")
        bad = UNSAFE.search(rest) or re.search("\r(?!\n|$)", rest)
        if bad:
            found.append(f"{command[0]} shows {rest[max(0, bad.start() - 30) : bad.end() + 20]!r}")
        if "evil.example" in "".join(re.findall("\x1b\\]8;;([^\x07\x1b]*)", shown)):
            found.append(f"{command[0]} makes a link of a stranger's word")
    return found[:10]


def typed(command):
    """What a command writes to a terminal."""
    main, other = pty.openpty()
    process = subprocess.Popen(command, stdin=other, stdout=other, stderr=other, env={**os.environ, "TERM": "xterm-256color"})
    os.close(other)
    written = b""
    while True:
        ready, _, _ = select.select([main], [], [], 60)
        try:
            piece = os.read(main, 65536) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            break
        written += piece
    os.close(main)
    process.wait(60)
    return written.decode("utf-8", "replace")


LINE = re.compile(r"^\s*\S*\d\d:\d\d:\d\d\S*\s+(TRACE|DEBUG|INFO|WARN|ERROR)\b")


def in_logs(done):
    """Every line is one of ours: it begins with a time and a level, and holds no control character."""
    found = []
    text = done.stderr.decode("utf-8", "replace")
    for line in re.split("\r\n|[\n\r\u2028\u2029\u0085]", text):
        if re.match(r"2026-11-24T00:00:00\.000000Z ERROR forged", line) or line.startswith("forged"):
            found.append(f"a forged line: {line[:80]!r}")
        if UNSAFE.search(line):
            found.append(f"a line holds a control character: {line[:200]!r}")
    return found[:10]


def by_rule_name(binary, folder, world):
    """Names of rules are the operator's, and stand in subjects, addresses and Atom: what they hold is not acted on either."""
    row = Row("names of rules and feeds that try the same")
    names = ["<script>alert(1)</script>", "a\r\nBcc: victim@example.org", "../../etc/passwd", "\x1b[2Jx", "=1+1", "x" * 5000, "a/b?c#d", "\u202ex", "%00", ""]
    for n, name in enumerate(names):
        world.clear()
        world.hosts["news.example"] = site({"/rss": feed(item("http://news.example/a", STORY)), "/a": page(STORY)})
        more = f'[[rule]]\nname = {json.dumps(name)}\nmatch = "troops"\n'
        installed = Installation(binary, os.path.join(folder, str(n)), {"news": "http://news.example/rss"}, more="")
        with open(installed.config, "a", encoding="utf-8") as file:
            file.write(more)
        done = installed.run("run", "--once", "--all")
        # A name that cannot be one is refused with the configuration.
        found = [complaint for complaint in well(done) if done.returncode != 2] + in_logs(done)
        if done.returncode == 0:
            found += in_mails(installed)
        row.judge(f"name {n}", found)
    return row
