#!/usr/bin/env python3
"""The whole path against a real mail server: OpenSMTPD takes the alerts and delivers them into a Maildir.

A feed is read, an article appears while the server is down, the server comes back, the article is revised. TLS and logins are
tried on aiosmtpd: OpenSMTPD's own TLS fails with OpenSSL 3 on Debian 12, for any client.
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
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import aiosmtpd.controller
import aiosmtpd.smtp

WIREWATCH = os.path.abspath(sys.argv[1])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def check(holds, what):
    if not holds:
        sys.exit(f"real_mail: failed: {what}")
    print(f"real_mail: {what}")


PASSWORD = "correct horse battery staple"


def certificate(folder):
    """A certificate for localhost from an authority of our own, which the program is told to trust."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-keyout", "mail.key", "-out", "mail.csr")
    publish(folder, "san", "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "mail.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san", "-out", "mail.pem")
    os.chmod(os.path.join(folder, "mail.key"), 0o600)
    os.environ["SSL_CERT_FILE"] = os.path.join(folder, "ca.pem")


class SecureServer:
    """STARTTLS or implicit TLS, both with a login."""

    def __init__(self, folder, implicit):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, "mail.pem"), os.path.join(folder, "mail.key"))
        self.mails, self.port = [], free_port()

        def login(server, session, envelope, mechanism, data):
            right = (data.login, data.password) == (b"watch", PASSWORD.encode())
            return aiosmtpd.smtp.AuthResult(success=right, handled=False)

        options = {"authenticator": login, "auth_required": True, "hostname": "127.0.0.1", "port": self.port}
        if implicit:
            options |= {"ssl_context": context, "auth_require_tls": False}
        else:
            options |= {"tls_context": context, "require_starttls": True}
        self.controller = aiosmtpd.controller.Controller(self, **options)
        if implicit:
            # Its own first connection would use the server's context as a client's.
            self.controller._trigger_server = self.greet
        self.controller.start()

    def greet(self):
        trusting = ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", self.port)) as plain, trusting.wrap_socket(plain) as secure:
            secure.recv(1024)

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope.content)
        return "250 kept"


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
        def configure(smtp):
            login = 'password_file = "password"' if "@" in smtp else ""
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
smtp = "{smtp}"
{login}
""")

        publish(folder, "password", PASSWORD + "\n")
        configure(f"smtp+plain://127.0.0.1:{server.port}")

        def wirewatch(*arguments, ends_with=0):
            done = subprocess.run([WIREWATCH, *arguments, "--config", config], capture_output=True, text=True, timeout=120)
            if done.returncode != ends_with:
                sys.exit(f"real_mail: wirewatch {arguments} failed: {done.stdout}\n{done.stderr}")
            return done.stdout

        def alerts():
            return json.loads(wirewatch("alerts", "--json"))["alerts"]

        publish(site, "rss.xml", feed(""))
        wirewatch("run", "--once")
        publish(site, "story.html", page("a dozen"))
        publish(site, "rss.xml", feed(f"<item><guid>1</guid><title>Unrest</title><link>{origin}/story.html</link></item>"))
        # A round that could send nothing of what was due says so by its status.
        wirewatch("run", "--once", "--all", ends_with=1)
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

            certificate(folder)
            for scheme, implicit, what in [("smtp", False, "STARTTLS"), ("smtps", True, "implicit TLS")]:
                secure = SecureServer(folder, implicit)
                configure(f"{scheme}://watch@localhost:{secure.port}")
                wirewatch("test-mail", "--to", "somebody@example.org")
                check(len(secure.mails) == 1, f"a mail by {what}, with a login")
            publish(folder, "password", "wrong\n")
            refused = subprocess.run([WIREWATCH, "check", "--online", "--config", config], capture_output=True, text=True, timeout=120)
            said = refused.stdout + refused.stderr
            check(refused.returncode == 1 and "535" in said and "wrong" not in said, "a wrong password is said, and not shown")
            del os.environ["SSL_CERT_FILE"]
            publish(folder, "password", PASSWORD + "\n")
            distrusted = subprocess.run([WIREWATCH, "check", "--online", "--config", config], capture_output=True, text=True, timeout=120)
            check(distrusted.returncode == 1 and "certificate" in distrusted.stdout, "a certificate that nobody vouches for is refused")
        finally:
            server.stop()
    print("real_mail: 15 passed, 0 failed")


main()
