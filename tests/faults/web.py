"""The sites: a feed or a page that hangs, drips, never ends, explodes, lies or breaks off; then it is well again.

Beside it a feed of another host has news, which must come through in the same round."""

import functools
import gzip
import os
import shutil
import socket
import struct
import time
import zlib

from disk import AFTER, BEFORE, VERSIONS
from ground import Newsroom, Row, Site, headline, plain, said, unrest

MEMORY_MIB = 200
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def send(*parts):
    def play(connection):
        for part in parts:
            connection.sendall(part)

    return play


def forever(head, chunk, pause=0.0):
    """What has no end; the other side hangs up."""

    def play(connection):
        end = time.monotonic() + 60
        try:
            connection.sendall(head)
            while time.monotonic() < end:
                connection.sendall(chunk)
                time.sleep(pause)
        except OSError:
            pass

    return play


def hang(connection):
    connection.settimeout(60)
    try:
        connection.recv(1)
    except OSError:
        pass


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@functools.cache
def packed(encoding, layers):
    """100 MB of blanks in some KB, or less."""
    content = b" " * 100_000_000
    for _ in range(layers):
        content = gzip.compress(content, 9) if encoding == "gzip" else zlib.compress(content, 9)
    return content


def bomb(encoding, layers=1):
    def play(connection):
        content = packed(encoding, layers)
        names = ", ".join([encoding] * layers).encode()
        connection.sendall(OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (names, len(content)) + content)

    return play


def redirect(to):
    """`to` makes the address of each answer."""
    return lambda connection: connection.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % to().encode())


PIECE = b"<p>" + b"troops and protesters " * 40 + b"</p>"
MANNERS = {
    "refuses the connection half-way (RST)": reset,
    "hangs up without a word": send(),
    "hangs": hang,
    "sends one byte a second": forever(OK + b"\r\n", b"<", 1.0),
    "sends a body without end": forever(OK + b"\r\n", PIECE * 50),
    "sends one header without end": forever(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 65536),
    "sends headers without end": forever(b"HTTP/1.1 200 OK\r\n", b"X-More: of it\r\n" * 1000),
    "sends 1xx answers without end": forever(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100),
    "sends a gzip bomb": bomb("gzip"),
    "sends a gzip bomb within a gzip": bomb("gzip", 2),
    "sends a deflate bomb": bomb("deflate"),
    "redirects to itself": redirect(lambda: "?"),
    "redirects without end": redirect(lambda: f"?{time.monotonic_ns()}"),
    "redirects to another scheme": redirect(lambda: "file:///etc/passwd"),
    "redirects to an address of a private network": redirect(lambda: "http://169.254.169.254/latest/"),
    "redirects to a name that nobody has": redirect(lambda: "http://nobody.invalid/"),
    "breaks off in the middle of the body": send(OK + b"Content-Length: 100000\r\n\r\n", b"<rss><channel><title>x</title>"),
    "breaks off in the middle of a chunk": send(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"ffff\r\n<rss version='2.0'><channel>"),
    "says a length below the true one": send(OK + b"Content-Length: 10\r\n\r\n", b"<html><body>" + PIECE),
    "says two lengths": send(OK + b"Content-Length: 10\r\nContent-Length: 99\r\n\r\n", b"<html><body>" + PIECE),
    "says an encoding that it has not": send(OK + b"Content-Encoding: br\r\n\r\n", b"<html><body>so it goes"),
    "does not speak HTTP": send(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "speaks another HTTP": send(b"HTTP/9.9 200 OK\r\n\r\nhello"),
    "answers 999": send(b"HTTP/1.1 999 Go away\r\nContent-Length: 0\r\n\r\n"),
    "answers 500": send(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"),
    "answers 429 for ever": send(b"HTTP/1.1 429 No\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n"),
    "answers nothing at all": send(OK + b"Content-Length: 0\r\n\r\n"),
    "answers what is no text": send(OK + b"\r\n", bytes(range(256)) * 1000),
    "nests 100,000 elements": send(OK + b"\r\n", b"<div>" * 100_000),
    "has an attribute of 10 MB": send(OK + b"\r\n", b"<p title='" + b"x" * 10_000_000 + b"'>"),
}


def with_neighbour(newsroom):
    """A second feed, of another host, in the same configuration; and the first waits no longer than three seconds."""
    neighbour = Site("127.0.0.2")
    neighbour.feed("/rss.xml", [])
    path = newsroom.installation.config
    with open(path) as file:
        text = file.read()
    text = text.replace('"127.0.0.1"]', '"127.0.0.1", "127.0.0.2"]').replace("[pages]", 'timeout = "3s"\n[pages]')
    with open(path, "w") as file:
        file.write(f'{text}\n[[feed]]\nname = "neighbour"\nurl = "{neighbour.origin}/rss.xml"\n')
    return neighbour


def trial(binary, folder, path, manner):
    newsroom = Newsroom(binary, folder)
    neighbour = with_neighbour(newsroom)
    newsroom.publish(BEFORE)
    newsroom.installation.run("run", "--once", "--all")
    newsroom.publish(AFTER)
    news = "/neighbour.html"
    neighbour.story(news, headline(news), *unrest(7))
    neighbour.feed("/rss.xml", [(news, headline(news))])
    newsroom.site.awkward[path] = manner
    memory, done = measured(newsroom)
    found = plain(done)
    if memory > MEMORY_MIB:
        found.append(f"took {memory} MiB")
    if not any(headline(news) in str(mail["Subject"]) for mail in newsroom.mails()):
        found.append(f"the neighbour's news did not come through: {said(done)}")
    newsroom.site.awkward.clear()
    newsroom.installation.hours_ahead = 30
    for _ in range(2):
        last = newsroom.look()
        if last.returncode != 0:
            found.append(f"when the site was well it ended with {last.returncode}: {said(last)}")
    newsroom.installation.hours_ahead = 0
    versions = {**VERSIONS, f"{neighbour.origin}{news}": 1}
    if newsroom.stored().get(path) == 2:
        # Told from its feed while its page could not be read; the page is another version then, and no other news.
        versions[path] = 2
    found += newsroom.complaints(versions, alerts=3)
    if not found:
        shutil.rmtree(folder)
    return found


def measured(newsroom):
    """A round, and the most memory that it took, in MiB."""
    peak = os.path.join(newsroom.folder, "peak")
    command = ["/usr/bin/env", "python3", "-c", MEASURE, peak, *newsroom.installation.command("run", "--once", "--all")]
    done = newsroom.process(command)
    with open(peak) as file:
        return int(file.read()) // 1024, done


MEASURE = """
import os, resource, subprocess, sys
ended = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(ended)
"""


def rows(binary, folder, pool, is_long, seed):
    paths = {"feed": "/rss.xml", "page": "/fire.html"}
    for name, manner in MANNERS.items():
        row = Row(f"a site {name}")
        folders = {what: os.path.join(folder, "web", f"{name}-{what}".replace("/", "")) for what in paths}
        for what, found in zip(paths, pool.map(lambda what: trial(binary, folders[what], paths[what], manner), paths)):
            row.judge(f"in place of a {what}", found)
        yield row
