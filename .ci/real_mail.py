#!/usr/bin/env python3
"""The whole path against a real mail server: OpenSMTPD takes the alerts and delivers them into a Maildir.

A feed is read, an article appears while the server is down, the server comes back, the article is revised.
Usage: real_mail.py path/to/wirewatch   (as root: OpenSMTPD wants to drop privileges)
"""

import email
import email.policy
import functools
import http.server
import json
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

WIREWATCH = os.path.abspath(sys.argv[1])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def check(holds, what):
    if not holds:
        sys.exit(f"real_mail: failed: {what}")
    print(f"real_mail: {what}")


class MailServer:
    def __init__(self, folder):
        self.port = free_port()
        self.maildir = os.path.join(folder, "delivered")
        self.config = os.path.join(folder, "smtpd.conf")
        os.mkdir(self.maildir)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.maildir, nobody.pw_uid, nobody.pw_gid)
        os.chmod(folder, 0o711)
        with open(self.config, "w") as file:
            file.write(
                'table owners { "@" = "nobody" }\n'
                f"listen on 127.0.0.1 port {self.port}\n"
                f'action "keep" maildir "{self.maildir}" virtual <owners>\n'
                'match from any for any action "keep"\n'
            )
        self.process = None

    def start(self):
        self.process = subprocess.Popen(["smtpd", "-d", "-f", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        sys.exit("real_mail: OpenSMTPD did not start")

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def mails(self, wanted):
        """The delivered mails in the order of their Date and name, once there are as many as wanted."""
        new = os.path.join(self.maildir, "new")
        for _ in range(200):
            names = sorted(os.listdir(new)) if os.path.isdir(new) else []
            if len(names) >= wanted:
                break
            time.sleep(0.1)
        mails = []
        for name in names:
            with open(os.path.join(new, name), "rb") as file:
                mails.append((os.path.getmtime(file.name), email.message_from_binary_file(file, policy=email.policy.default)))
        return [mail for _, mail in sorted(mails, key=lambda pair: pair[0])]


def publish(site, name, text):
    with open(os.path.join(site, name), "w") as file:
        file.write(text)


def page(toll):
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Unrest in the capital</title></head>
<body><article><h1>Unrest in the capital</h1>
<p>At least {toll} people were killed on Tuesday when troops opened fire on protesters in the capital, according to
hospital staff and to several witnesses who spoke to this newspaper.</p>
<p>Doctors said that they had treated patients with gunshot wounds in the corridors because the emergency wards were
full. Appeals for blood went out over loudspeakers from the churches of the city.</p></article></body></html>"""


def feed(items):
    return f'<rss version="2.0"><channel><title>The Harbour Post</title>{items}</channel></rss>'


def main():
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, "site")
        os.mkdir(site)
        server = MailServer(folder)
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
        handler.log_message = lambda *_: None
        http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{web.server_address[1]}"
        config = os.path.join(folder, "wirewatch.toml")
        publish(folder, "wirewatch.toml", f"""
[poll]
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]
[pages]
confirm = "0s"
[[feed]]
name = "harbour-post"
url = "{origin}/rss.xml"
[[rule]]
name = "unrest"
match = 'troops AND protest*'
[[recipient]]
name = "desk"
email = "desk@example.org"
update_interval = "0s"
[mail]
from = "Wirewatch <wirewatch@example.org>"
smtp = "smtp+plain://127.0.0.1:{server.port}"
""")

        def wirewatch(*arguments):
            done = subprocess.run([WIREWATCH, *arguments, "--config", config], capture_output=True, text=True, timeout=120)
            if done.returncode != 0:
                sys.exit(f"real_mail: wirewatch {arguments} failed: {done.stdout}\n{done.stderr}")
            return done.stdout

        def alerts():
            return json.loads(wirewatch("alerts", "--json"))["alerts"]

        publish(site, "rss.xml", feed(""))
        wirewatch("run", "--once")
        publish(site, "story.html", page("a dozen"))
        publish(site, "rss.xml", feed(f"<item><guid>1</guid><title>Unrest</title><link>{origin}/story.html</link></item>"))
        wirewatch("run", "--once", "--all")
        check([a["state"] for a in alerts()] == ["pending"], "the alert waits while the server is down")

        server.start()
        try:
            wirewatch("alerts", "retry")
            wirewatch("run", "--once")
            first = server.mails(1)
            check(len(first) == 1, "the alert arrives once the server is up")
            check(first[0]["Message-ID"] == alerts()[0]["message_id"], "with the Message-ID fixed at its creation")
            check(first[0]["Subject"] == "[unrest] Unrest in the capital", "and the story's headline as its subject")
            check("troops" in first[0].get_body(("plain",)).get_content(), "its text part shows the words that hit")
            check("<" in first[0].get_body(("html",)).get_content(), "it has an HTML part")

            publish(site, "story.html", page("26"))
            wirewatch("run", "--once", "--all")
            mails = server.mails(2)
            check(len(mails) == 2, "the revision arrives")
            check(mails[1]["In-Reply-To"] == mails[0]["Message-ID"], "in the thread of the first mail")
            check(mails[1]["Subject"] == "Re: " + mails[0]["Subject"], "under the same subject")
            check("{+26+}" in mails[1].get_body(("plain",)).get_content(), "and shows the figure that changed")

            wirewatch("run", "--once", "--all")
            check(len(server.mails(2)) == 2, "nothing is sent twice")
            wirewatch("test-mail", "--to", "somebody@example.org")
            check(len(server.mails(3)) == 3, "the sample alert arrives")
            check("ready" in wirewatch("check", "--online"), "`check --online` finds the server ready")
        finally:
            server.stop()
    print("real_mail: 11 passed, 0 failed")


main()
