"""An archive as the checks of the web page need it: stories in several scripts, revised, corrected, gone, and hostile ones;
feeds that work and one that does not; alerts that were not sent; a mute. Made by the real daemon's own commands."""

import json
import os
import pathlib
import quopri
import re
import socket
import socketserver
import subprocess
import threading
import time
import urllib.error
import urllib.request

from newsroom import Installation, Site, unrest

PASSWORD = "correct horse battery staple"

CONFIGURATION = """
timezone = "Europe/Berlin"
[poll]
schedule = "every 1h"
per_host_interval = "0s"
initial = "24h"
allow_private_addresses = ["127.0.0.1"]
[pages]
confirm = "0s"
recheck = ["1s for 400d"]
[[feed]]
name = "harbour-post"
url = "{origin}/rss.xml"
tags = ["world"]
[[feed]]
name = "وكالة الميناء"
url = "{origin}/arabic.xml"
[[feed]]
name = "lost & gone"
url = "{origin}/nothing.xml"
[[rule]]
name = "unrest"
match = 'troops AND protest*'
[[rule]]
name = "ministers: resigned? v1.0"
match = '"interior minister" NEAR/8 (resign* OR quit*) NOT football'
on = ["new", "revised", "gone", "back"]
[[rule]]
name = "港口"
match = '港口 OR الميناء'
[[recipient]]
name = "desk"
email = ["desk@example.org"]
settle = "0s"
update_interval = "0s"
[mail]
from = "Wirewatch <wirewatch@example.org>"
smtp = "smtp+plain://127.0.0.1:{closed}"
[web]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
password_file = "password"
"""

BACKGROUND = (
    "The union of dockworkers has called for a general strike on Thursday, and the bakeries of the old town are closed.",
    "A court will decide on Friday whether the curfew stands, after three newspapers asked it to be lifted for their printers.",
    "The harbour is open to ships that were on their way before Sunday; all others wait outside, the harbour master said.",
)

ARABIC = (
    "قال مسؤولون في الميناء إن السفن ستعود إلى العمل صباح الخميس بعد إضراب استمر ثلاثة أيام وأوقف حركة البضائع.",
    "وأضافوا أن اثنتي عشرة سفينة تنتظر خارج الميناء وأن تفريغ حمولتها سيستغرق أسبوعا كاملا على الأقل.",
    "ولم تعلق الحكومة على مطالب عمال الرصيف الذين يريدون زيادة في الأجور بعد أن تضاعف سعر الخبز هذا العام.",
)

CHINESE = (
    "港口官员周二表示，在持续三天的罢工中断货物运输之后，船只将于周四上午恢复作业，预计需要一周时间才能恢复正常。",
    "他们补充说，目前有十二艘船在港口外等待，卸货至少需要整整一周的时间，部分货主已经改走其他航线。",
    "政府没有对码头工人的要求发表评论。今年面包价格翻了一番之后，工人们希望提高工资，并要求缩短夜班时间。",
)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every mail, and keeps it as text."""

    daemon_threads = allow_reuse_address = True

    def __init__(self, port):
        self.mails = []
        super().__init__(("127.0.0.1", port), Conversation)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 here")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(quopri.decodestring(b"".join(lines)).decode("utf-8", "replace"))
            self.say("221 bye" if verb == b"QUIT" else "250 fine")
            if verb == b"QUIT":
                return

    def say(self, words):
        self.wfile.write(words.encode() + b"\r\n")


class Archive:
    """The archive, and a daemon that serves it at `origin` until `close`."""

    def __init__(self, binary, folder):
        self.site = Site()
        self.installation = Installation(binary, folder)
        port, self.mail_port = free_port(), free_port()
        self.mail_server = None
        self.origin = f"http://127.0.0.1:{port}"
        pathlib.Path(folder, "password").write_text(PASSWORD)
        os.chmod(pathlib.Path(folder, "password"), 0o600)
        pathlib.Path(self.installation.config).write_text(
            CONFIGURATION.format(origin=self.site.origin, closed=self.mail_port, port=port), encoding="utf-8")
        self.fill()
        self.daemon = subprocess.Popen(
            self.installation.command("run"), cwd=folder, stdout=subprocess.DEVNULL,
            stderr=open(pathlib.Path(folder, "daemon.log"), "wb"))
        self.await_daemon()

    def fill(self):
        site = self.site
        site.story("/world/unrest", "Dozens killed as troops open fire on protesters", *unrest("12"), *BACKGROUND)
        site.story("/world/minister", "Interior minister resigns", "The interior minister resigned on Monday evening, after the "
                   "parliament had voted for an inquiry into the night of the shooting.", *BACKGROUND[1:])
        site.story("/world/hostile", "<script>alert('headline')</script> \u202egnp.exe", "The text has <img src=x onerror=alert(1)> "
                   "in the middle of a sentence about troops that protesters met on a bridge in the west of the town.",
                   "And javascript:alert(1) as words, which nobody should ever be able to click on in any of the pages.", BACKGROUND[2])
        site.story("/world/long", "One word " + "that is very long " * 12, *(f"Paragraph {n}: {BACKGROUND[n % 3]}" for n in range(120)))
        site.story("/ar/port", "الميناء يعود إلى العمل صباح الخميس", *ARABIC, language="ar")
        site.story("/zh/port", "港口周四恢复作业", *CHINESE, language="zh")
        paths = ["/world/unrest", "/world/minister", "/world/hostile", "/world/long", "/zh/port"]
        site.feed("/rss.xml", [(path, f"Story at {path}") for path in paths])
        site.feed("/arabic.xml", [("/ar/port", "الميناء")])
        self.look()
        site.story("/world/unrest", "21 killed as troops open fire on protesters", *unrest("21"), *BACKGROUND)
        site.story("/ar/port", "الميناء يعود إلى العمل صباح الجمعة", ARABIC[0].replace("الخميس", "الجمعة"), *ARABIC[1:], language="ar")
        self.look()
        site.story("/world/unrest", "21 dead after clashes", *BACKGROUND[:1], *unrest("21")[:2], *BACKGROUND[1:],
                   "Correction: an earlier version of this article named the wrong hospital.")
        site.story("/zh/port", "港口周五恢复作业", CHINESE[0].replace("周四", "周五"), *CHINESE[1:], language="zh")
        self.look()
        self.installation.run("mute", "rule", "unrest", "--for", "8h", "--why", "the night desk has it")

    def look(self):
        time.sleep(1.1)
        # A feed of ours is not there, and no mail server is.
        self.installation.try_to("run", "--once", "--all")

    def await_daemon(self):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(self.origin + "/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise SystemExit("the daemon does not serve its page: " + pathlib.Path(self.installation.folder, "daemon.log").read_text())

    def open_mail_server(self):
        self.mail_server = MailServer(self.mail_port)

    def mails(self):
        return self.mail_server.mails if self.mail_server else []

    def unsubscribe_link(self):
        found = (re.search(re.escape(self.origin) + r"/unsubscribe/[\w-]+", mail) for mail in self.mails())
        return next(match.group() for match in found if match)

    def article(self, path):
        """Where the story of this path is shown."""
        stored = json.loads(self.installation.run("articles", "--json"))["articles"]
        return next(f"/articles/{article['id']}" for article in stored if article["url"] == self.site.origin + path)

    def pending(self):
        """An alert that no mute holds, and that was not sent."""
        return self.installation.alerts("--state", "pending")[0]

    def mutes(self):
        return json.loads(self.installation.run("mutes", "--json"))["mutes"]

    def close(self):
        self.daemon.terminate()
        self.daemon.wait(timeout=30)
