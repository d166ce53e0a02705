"""The mail server: refuses, hangs, drips, lies or hangs up at every step of a delivery, then works again."""

import contextlib
import os
import shutil
import socketserver
import threading
import time
import email
import email.policy

from disk import AFTER, BEFORE, VERSIONS
from ground import Newsroom, Row, plain, said

STEPS = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"]
RIGHT = {"greeting": b"220 mail", "EHLO": b"250 mail", "MAIL": b"250 fine", "RCPT": b"250 fine", "DATA": b"354 go on", "content": b"250 kept"}
# Longer than the program waits for anything but the word on a message it has sent.
LONG_SECONDS, LONGEST_SECONDS = 70, 320


class HangUp(Exception):
    """The server is done with the connection."""


def reply(text):
    return lambda server, connection, step: connection.sendall(text + b"\r\n")


def hang_up(server, connection, step):
    raise HangUp


def hang(server, connection, step):
    server.over.wait(LONGEST_SECONDS if step == "content" else LONG_SECONDS)
    raise HangUp


def drip(server, connection, step):
    if step == "content":
        server.keep()
    for byte in RIGHT[step] + b"\r\n":
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def endless(server, connection, step):
    for _ in range(2000):
        connection.sendall(b"2" * 65536)
    raise HangUp


def endless_lines(server, connection, step):
    for _ in range(20_000):
        connection.sendall(b"250-and so on\r\n" * 100)
    raise HangUp


def keep_and_hang_up(server, connection, step):
    server.keep()
    raise HangUp


refuse = reply(b"554 5.7.1 we do not want this")

# Each with the steps at which it is played.
MANNERS = {
    "answers 4xx": (reply(b"451 4.3.0 not now"), STEPS),
    "answers 421 and hangs up": (lambda *at: (reply(b"421 4.3.2 shutting down")(*at), hang_up(*at)), STEPS),
    "answers 5xx": (refuse, STEPS),
    "hangs up": (hang_up, STEPS),
    "drips its answer": (drip, STEPS),
    "answers what is no reply": (reply(b"\xff\xfe\x00 HTTP/1.1 200 OK"), STEPS),
    "answers with another code": (reply(b"220 what?"), STEPS[1:]),
    "answers without end": (endless, STEPS),
    "answers with lines without end": (endless_lines, STEPS),
    "keeps the mail and hangs up": (keep_and_hang_up, STEPS[-1:]),
}
SLOW = {"hangs": (hang, STEPS)}


class Server:
    """Speaks SMTP, but at one step in a manner of its own until it is well."""

    def __init__(self, step=None, manner=None):
        self.step, self.manner, self.mails, self.over = step, manner, [], threading.Event()
        self.content = b""
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, HangUp):
                    server.talk(self.rfile, self.request)

        class Listener(socketserver.ThreadingTCPServer):
            daemon_threads = allow_reuse_address = True
            request_queue_size = 64

        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def get_well(self):
        self.step = None
        self.over.set()

    def keep(self):
        self.mails.append(email.message_from_bytes(self.content, policy=email.policy.default))

    def say(self, connection, step):
        if step == self.step:
            return self.manner(self, connection, step)
        if step == "content":
            self.keep()
        connection.sendall(RIGHT[step] + b"\r\n")

    def talk(self, lines, connection):
        self.say(connection, "greeting")
        while line := lines.readline():
            verb = line[:4].upper().decode("latin-1")
            if verb == "QUIT":
                return connection.sendall(b"221 bye\r\n")
            if verb not in ["EHLO", "MAIL", "RCPT", "DATA"]:
                connection.sendall(b"250 fine\r\n")
                continue
            self.say(connection, verb)
            if verb == "DATA" and (self.step != "DATA" or self.manner is drip):
                content = []
                while (line := lines.readline()) not in (b".\r\n", b""):
                    content.append(line)
                self.content = b"".join(content)
                self.say(connection, "content")


def trial(binary, folder, step, manner):
    server = Server()
    newsroom = Newsroom(binary, folder, transport=f'smtp = "smtp+plain://127.0.0.1:{server.port}"')
    newsroom.publish(BEFORE)
    newsroom.installation.run("run", "--once", "--all")
    newsroom.publish(AFTER)
    server.step, server.manner = step, manner
    done = newsroom.look()
    found = plain(done)
    waiting = [alert["state"] for alert in newsroom.installation.alerts()]
    if "failed" not in waiting and "pending" not in waiting and "sent" not in waiting:
        found.append(f"alerts are {waiting}")
    server.get_well()
    # By itself: what was put off comes within hours. By the operator's word: what was refused for good.
    newsroom.installation.hours_ahead = 8
    newsroom.look(is_all=False)
    if manner is not refuse:
        found += [f"alert {alert['id']} is {alert['state']} 8 hours later" for alert in newsroom.installation.alerts() if alert["state"] != "sent"]
    newsroom.command("alerts", "retry")
    last = newsroom.look(is_all=False)
    if last.returncode != 0:
        found.append(f"with a server that is well it ended with {last.returncode}: {said(last)}")
    found += newsroom.complaints(VERSIONS, mails=server.mails)
    server.listener.shutdown()
    server.listener.server_close()
    if not found:
        shutil.rmtree(folder)
    return found


def rows(binary, folder, pool, is_long, seed):
    for name, (manner, steps) in {**MANNERS, **(SLOW if is_long else {})}.items():
        row = Row(f"the mail server {name}")
        folders = [os.path.join(folder, "mail", f"{name}-{step}") for step in steps]
        for step, found in zip(steps, pool.map(lambda it: trial(binary, it[1], it[0], manner), zip(steps, folders))):
            row.judge(f"at {step}", found)
        yield row
