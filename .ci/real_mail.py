#!/usr/bin/env python3
"""The whole path with real servers: OpenSMTPD takes the alerts and delivers them into Dovecot, and they are read over IMAP.

Servers that are away, that are killed, that refuse or put off; threads; every script in a subject; TLS and logins.
Usage: real_mail.py path/to/wirewatch   (as root: OpenSMTPD wants to drop privileges)
"""

import base64
import os
import re
import shutil
import signal
import sys
import tempfile
import time

from mail_servers import PASSWORD, Dovecot, Line, OpenSmtpd, SecureServer, certificate, write
from newsroom import Installation, Site, unrest

BINARY = sys.argv[1]
BOUND_SECONDS = 170
begun, passed = time.monotonic(), 0


def check(holds, what):
    global passed
    if not holds:
        sys.exit(f"real_mail: failed: {what}")
    passed += 1
    print(f"{time.monotonic() - begun:6.1f} s  {what}", flush=True)


def well_formed(mail):
    """What the standards ask of the bytes (RFC 5322, 2047, 5321), and that no character was cut in two."""
    head, body = mail.raw.split(b"\r\n\r\n", 1)
    for line in head.split(b"\r\n"):
        words = re.findall(rb"=\?utf-8\?b\?([^?]*)\?=", line, re.IGNORECASE)
        if len(line) > 998 or (words and len(line) > 76) or not line.isascii():
            return False
        for word in words:
            base64.b64decode(word, validate=True).decode("utf-8")
    lines = body.split(b"\r\n")
    return all(len(line) <= 998 and line.isascii() and b"\r" not in line and b"\n" not in line for line in lines)


class Desk:
    """Whoever reads the mails, with an installation of its own and a feed that begins empty."""

    def __init__(self, world, name, recipients=None):
        self.world, self.name, self.items = world, name, []
        self.addresses = [f"{user}-{os.getpid()}@example.org" for user in recipients or [name]]
        self.installation = Installation(BINARY, os.path.join(world.folder, name))
        self.use(f'smtp = "smtp+plain://127.0.0.1:{world.line.port}"')
        self.announce()
        self.installation.run("run", "--once")

    def use(self, transport):
        self.installation.configure(f"{self.world.site.origin}/{self.name}.xml", self.addresses, transport)

    def announce(self):
        self.world.site.feed(f"/{self.name}.xml", self.items)

    def publish(self, slug, headline, *paragraphs, language="en"):
        path = f"/{self.name}/{slug}.html"
        self.world.site.story(path, headline, *(paragraphs or unrest("a dozen")), language=language)
        self.items.append((path, headline))
        self.announce()

    def revise(self, slug, headline, toll):
        self.world.site.story(f"/{self.name}/{slug}.html", headline, *unrest(toll))

    def look(self, ends_with=0):
        self.installation.run("run", "--once", "--all", ends_with=ends_with)

    def later(self, hours=1, ends_with=0):
        """What is due then, mails that were put off among it."""
        self.installation.hours_ahead += hours
        self.installation.run("run", "--once", ends_with=ends_with)

    def mails(self, wanted, of=0):
        return self.world.store.mails(self.addresses[of], wanted)

    def states(self):
        return sorted(alert["state"] for alert in self.installation.alerts())


class World:
    def __init__(self, folder):
        self.folder, self.site = folder, Site()
        self.store = Dovecot(folder)
        self.server = OpenSmtpd(folder, self.store.lmtp)
        self.line = Line(self.server)

    def __enter__(self):
        self.store.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.store.stop()


def threads(world):
    desk = Desk(world, "threads")
    desk.publish("story", "Unrest in the capital")
    # A round that could send nothing of what was due says so by its status.
    desk.look(ends_with=1)
    check(desk.states() == ["pending"], "an alert waits while the server is down")
    world.server.start()
    desk.installation.run("alerts", "retry")
    desk.installation.run("run", "--once")
    first = desk.mails(1)
    check(len(first) == 1, "it arrives in the IMAP store once the server is up")
    first = first[0]
    check(first["Message-ID"] == desk.installation.alerts()[0]["message_id"], "with the Message-ID fixed at its creation")
    check(first["Subject"] == "[unrest] Unrest in the capital", "and the story's headline as its subject")
    check("troops" in first.part("plain"), "its text part shows the words that hit")
    check("<" in first.part("html"), "it has an HTML part")
    check(first["In-Reply-To"] is None and first["References"] is None, "it begins a thread")

    desk.revise("story", "Unrest in the capital", "26")
    desk.look()
    second = desk.mails(2)[1]
    check(second["In-Reply-To"] == first["Message-ID"] and second["References"] == first["Message-ID"], "the revision arrives in its thread")
    check(second.header("Subject") == b"Re: " + first.header("Subject"), "under the same subject byte for byte, after `Re: `")
    check("{+26+}" in second.part("plain"), "and shows the figure that changed")
    desk.revise("story", "Dozens dead as the army storms the square", "31")
    desk.look()
    third = desk.mails(3)[2]
    check(third.header("Subject") == second.header("Subject"), "another headline stays under the subject of the thread")
    check(third["References"].split() == [first["Message-ID"], second["Message-ID"]], "whose mails it refers to, the oldest first")
    check(third["In-Reply-To"] == second["Message-ID"], "as a reply to the latest")
    check("storms the square" in third.part("plain"), "and it says the new headline")
    check(all(well_formed(mail) for mail in [first, second, third]), "the mails are as the standards ask")

    desk.look()
    check(len(desk.mails(3)) == 3, "nothing is sent twice")
    somebody = f"somebody-{os.getpid()}@example.org"
    desk.installation.run("test-mail", "--to", somebody)
    check(len(world.store.mails(somebody, 1)) == 1, "the sample alert arrives")
    check("ready" in desk.installation.run("check", "--online"), "`check --online` finds the server ready")


HEADLINES = {
    "arabic": "مقتل العشرات في العاصمة بعد أن أطلقت القوات النار على المتظاهرين قرب البرلمان",
    "chinese": "軍隊向示威者開火，首都數十人死亡，醫院呼籲市民捐血",
    "emoji": "🔥 Troops fire on protesters 🇰🇿: dozens killed 👩🏽‍⚕️ doctors say",
    "long": " ".join(f"Κίεβο {number} 軍隊 القوات 🔥 troops" for number in range(100))[:4096],
}


def scripts(world):
    desk = Desk(world, "scripts")
    for slug, headline in HEADLINES.items():
        desk.publish(slug, headline)
    check(len(HEADLINES["long"].encode()) >= 4096, "a headline has 4 KB")
    desk.look()
    mails = {re.search(r"scripts/(\w+)\.html", mail.part("plain"))[1]: mail for mail in desk.mails(4)}
    check(sorted(mails) == sorted(HEADLINES), "headlines in Arabic, Chinese, emoji and of 4 KB arrive")
    for slug in ["arabic", "chinese", "emoji"]:
        check(mails[slug]["Subject"] == f"[unrest] {HEADLINES[slug]}", f"the subject in {slug} reads as it was written")
    subject = mails["long"]["Subject"].removeprefix("[unrest] ").rstrip("…")
    check(len(subject) >= 100 and HEADLINES["long"].startswith(subject.strip()), "the long one is cut between characters")
    for slug, headline in HEADLINES.items():
        # Wrapped for reading, each line in its own direction, with marks around the words that hit.
        text = " ".join(re.sub("[*\u2066-\u2069]", "", mails[slug].part("plain")).split())
        check(headline[:250] in text, f"the text of the mail has the headline ({slug})")
    longest = max(len(line) for mail in mails.values() for line in mail.raw.split(b"\r\n"))
    check(all(well_formed(mail) for mail in mails.values()), f"every line is folded and in ASCII; the longest has {longest} bytes")
    desk.revise("arabic", HEADLINES["arabic"], "26")
    desk.look()
    revised = desk.mails(5)[4]
    check(revised["Subject"] == "Re: " + mails["arabic"]["Subject"], "a revision of the Arabic one has its subject, after `Re: `")


def refusals(world):
    desk = Desk(world, "refusals", recipients=["desk", "unknown", "night"])
    desk.publish("story", "Unrest in the capital")
    desk.look()
    check([len(desk.mails(1, of=0)), len(desk.mails(1, of=2))] == [1, 1], "one rejected recipient keeps no mail from the others")
    check(desk.states() == ["failed", "sent", "sent"], "and is the only one whose alert failed")
    failed = desk.installation.alerts("--state", "failed")[0]
    check("no such user" in failed["error"] and failed["attempts"] == 1, "with what the server said, after one attempt")

    desk = Desk(world, "grey")
    desk.publish("story", "Unrest in the capital")
    desk.look(ends_with=1)
    check(desk.states() == ["pending"], "a greylisted mail waits")
    desk.later()
    check(len(desk.mails(1)) == 1 and desk.states() == ["sent"], "and arrives at the second try")

    desk = Desk(world, "strict")
    desk.publish("story", "Unrest in the capital")
    desk.look()
    mail = desk.mails(1)[0]
    check(mail.read.get_content_type() == "text/plain", "a mail refused for its content arrives in plain text")
    check("Unrest in the capital" in mail.part("plain") and "/strict/story.html" in mail.part("plain"), "with headline and link")
    check(desk.states() == ["sent"] and len(desk.mails(1)) == 1, "once")


def killed_servers(world):
    # What the server had accepted it may itself deliver again, being killed over it.
    for cut, copies in [("half-way", {1}), ("unheard", {1, 2, 3})]:
        desk = Desk(world, cut)
        desk.publish("first", "Unrest in the capital")
        desk.publish("second", "Troops fire on protesters")
        world.line.cut = cut
        desk.look(ends_with=1)
        check(world.server.process is None and "pending" in desk.states(), f"the server is killed in DATA ({cut}), and the alerts wait")
        world.server.start()
        desk.later()
        check(desk.states() == ["sent", "sent"], "they are sent when it is back")
        alerts = desk.installation.alerts()
        known = {alert["message_id"] for alert in alerts}
        check(max(alert["attempts"] for alert in alerts) <= 2, "each at the second attempt at the latest")
        # OpenSMTPD looks at what it had accepted before some seconds after its start.
        arrived = desk.mails(3 if cut == "unheard" else 2) or desk.mails(2)
        counts = {identifier: [mail["Message-ID"] for mail in arrived].count(identifier) for identifier in known}
        check(all(count in copies for count in counts.values()) and {mail["Message-ID"] for mail in arrived} == known,
              f"and arrive, with the Message-IDs that they had: {sorted(counts.values())} times")


def outage(world):
    desk = Desk(world, "outage")
    world.server.stop()
    stories = 0
    for _ in range(12):
        for _ in range(3):
            stories += 1
            desk.publish(f"story{stories}", f"Troops and protesters, report {stories}")
        desk.installation.hours_ahead += 6
        desk.look(ends_with=1)
    check(desk.states() == ["pending"] * stories, f"in three days without a mail server, on the program's clock, {stories} alerts wait")
    world.server.start()
    for _ in range(3):
        desk.later(5)
    check(desk.states() == ["sent"] * stories, "all are sent when it is back")
    mails = desk.mails(1)
    missing = [n for n in range(1, stories + 1) if not any(f"report {n}\n" in mail.part("plain").replace("\r", "") for mail in mails)]
    check(len(mails) == 1 and not missing, f"as one digest with every story: {mails[0]['Subject']}")


def secure_servers(world):
    desk = Desk(world, "secure")
    certificate(world.folder)
    password = write(world.folder, "password", PASSWORD + "\n")

    for scheme, implicit, what in [("smtp", False, "STARTTLS"), ("smtps", True, "implicit TLS")]:
        secure = SecureServer(world.folder, implicit)
        desk.use(f'smtp = "{scheme}://watch@localhost:{secure.port}"\npassword_file = "{password}"')
        desk.installation.run("test-mail", "--to", "somebody@example.org")
        check(len(secure.mails) == 1, f"a mail by {what}, with a login")
    write(world.folder, "password", "wrong\n")
    refused = desk.installation.try_to("check", "--online")
    said = refused.stdout + refused.stderr
    check(refused.returncode == 1 and "535" in said and "wrong" not in said, "a wrong password is said, and not shown")
    del os.environ["SSL_CERT_FILE"]
    write(world.folder, "password", PASSWORD + "\n")
    distrusted = desk.installation.try_to("check", "--online")
    check(distrusted.returncode == 1 and "certificate" in distrusted.stdout, "a certificate that nobody vouches for is refused")


def main():
    for program in ["smtpd", "dovecot", "/usr/lib/dovecot/lmtp", "openssl", "faketime", "setpriv"]:
        if shutil.which(program) is None:
            sys.exit(f"real_mail: `{program}` is missing")

    def out_of_time(*_):
        sys.exit(f"real_mail: failed: not done within {BOUND_SECONDS} s")

    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(BOUND_SECONDS)
    with tempfile.TemporaryDirectory() as folder, World(folder) as world:
        for scenario in [threads, scripts, refusals, killed_servers, outage, secure_servers]:
            scenario(world)
    print(f"real_mail: {passed} passed, 0 failed, in {time.monotonic() - begun:.0f} s")


main()
