#!/usr/bin/env python3
"""An independent reader takes what `wirewatch export --format warc` writes.

    python .ci/real_warc.py target/release/wirewatch

Needs warcio. A site on this machine serves a feed and pages, one of them packed with gzip and in chunks; the daemon's
work is done once, and then again when the pages have changed. Every payload must be what `show --html` prints.
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

WIREWATCH = os.path.abspath(sys.argv[1])
PARAGRAPHS = [
    "Troops opened fire on protesters in the capital on Tuesday and killed {toll} people, hospital staff said.",
    "The shooting began shortly after noon, when several thousand people had gathered in Harbour Square.",
    "Doctors said that they had treated patients in the corridors, because the wards were full — naïve, 北京, \U0001f6a2.",
    "The government said that it would not accept any interference in its internal affairs by neighbours.",
]
toll = "a dozen"


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        base = "http://" + self.headers["Host"]
        packed = chunked = False
        if self.path == "/rss.xml":
            kind = "application/rss+xml"
            items = "".join(f"<item><title>Story {n}</title><link>{base}/{n}?a=1&amp;b=2</link></item>" for n in "123")
            body = f'<rss version="2.0"><channel><title>Post</title>{items}</channel></rss>'
        elif self.path == "/robots.txt":
            kind, body = "text/plain", ""
        else:
            kind = "text/html; charset=utf-8"
            name = self.path[1:2]
            # Each story in words of its own: the same text again would be the site's, and no article's.
            words = lambda line: " ".join(word + name if len(word) > 6 else word for word in line.split())
            text = "".join(f"<p>{words(line).format(toll=toll)}</p>" for line in PARAGRAPHS)
            body = f"<html><head><title>Story {name}</title></head><body><article><h1>Story {name}</h1>{text}</article>"
            packed, chunked = name == "1", name in "12"
        body = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("X-Header", "a: b;  c")
        if packed:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:99], body[99:], b""))
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def run(*arguments):
    return subprocess.run([WIREWATCH, *arguments], check=True, capture_output=True).stdout


site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()
os.chdir(tempfile.mkdtemp())
with open("wirewatch.toml", "w") as configuration:
    configuration.write(f"""
[poll]
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]
[pages]
confirm = "0s"
[[feed]]
name = "post"
url = "http://127.0.0.1:{site.server_port}/rss.xml"
""")
run("run", "--once")
toll = "26"
run("run", "--once", "--all")

run("export", "--format", "warc", "--output", "pages.warc.gz")
try:
    warcio(["check", "pages.warc.gz"])
except SystemExit as ended:
    assert not ended.code, "`warcio check` complains"

pages, kinds, ids = {}, {}, set()
with open("pages.warc.gz", "rb") as file:
    for record in ArchiveIterator(file, check_digests="raise"):
        kinds[record.rec_type] = kinds.get(record.rec_type, 0) + 1
        identity = record.rec_headers.get_header("WARC-Record-ID")
        assert identity not in ids, identity
        ids.add(identity)
        payload = record.content_stream().read()
        if record.rec_type == "response":
            assert record.http_headers.get_statuscode() == "200"
            assert record.http_headers.get_header("X-Header") == "a: b;  c"
            assert int(record.http_headers.get_header("Content-Length")) == len(payload)
            pages[identity] = payload
        elif record.rec_type == "metadata":
            fields = dict(line.split(": ", 1) for line in payload.decode().splitlines())
            page = pages.pop(record.rec_headers.get_header("WARC-Concurrent-To"))
            name = f"{fields['article']}@{fields['version']}"
            assert page == run("show", "--html", name), f"{name} is not as `show --html` prints it"
            shown = json.loads(run("show", "--json", name))
            assert shown["sha256"] == fields["version-sha256"], name
assert kinds == {"warcinfo": 1, "response": 6, "request": 6, "metadata": 6}, kinds
assert not pages
assert json.loads(run("verify", "--json"))["sound"]
lines = run("export", "--format", "jsonl").decode().splitlines()
assert len(lines) == 6 and all(json.loads(line)["text"] for line in lines)
print(f"warcio accepts {sum(kinds.values())} records; each payload is what `show --html` prints")
