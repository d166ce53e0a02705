"""The certificate of a site: expired, of another name, of nobody known, or not there; then it is right again."""

import os
import shutil
import ssl
import subprocess

from disk import AFTER, BEFORE, VERSIONS
from ground import Newsroom, Row, Site, plain, said


class Certificates:
    """An authority of our own that the program is told to trust, and certificates for 127.0.0.1, right and wrong."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self.authority("ca")
        self.authority("stranger")
        self.make("right", "ca", "IP:127.0.0.1")
        self.make("expired", "ca", "IP:127.0.0.1", ["faketime", "400 days ago"])
        self.make("other", "ca", "DNS:elsewhere.invalid")
        self.make("unknown", "stranger", "IP:127.0.0.1")
        self.environment = {"SSL_CERT_FILE": os.path.join(folder, "ca.pem")}

    def openssl(self, *arguments, before=()):
        subprocess.run([*before, "openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "900", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                     "-out", f"{name}.pem", "-addext", "basicConstraints=critical,CA:TRUE", before=["faketime", "500 days ago"])

    def make(self, name, authority, subject, before=()):
        with open(os.path.join(self.folder, "extensions"), "w") as file:
            file.write(f"subjectAltName={subject}\nextendedKeyUsage=serverAuth\n")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=site", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial",
                     "-days", "30", "-extfile", "extensions", "-out", f"{name}.pem", before=before)

    def chain(self, name):
        return os.path.join(self.folder, f"{name}.pem"), os.path.join(self.folder, f"{name}.key")


def secured(certificates):
    """A site that speaks TLS, and the context by which its certificate is changed."""
    site = Site()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates.chain("right"))
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    site.origin = site.origin.replace("http:", "https:")
    return site, context


def trial(binary, folder, certificates, shown):
    site, context = secured(certificates)
    newsroom = Newsroom(binary, folder, site=site)
    newsroom.publish(BEFORE)
    newsroom.look(certificates.environment)
    newsroom.publish(AFTER)
    context.load_cert_chain(*certificates.chain(shown))
    done = newsroom.look(certificates.environment)
    found = plain(done)
    if newsroom.stored() != {path: 1 for path in BEFORE}:
        found.append(f"what it was shown was believed: {newsroom.stored()}")
    if "certificate" not in newsroom.command("feeds", "--json").stdout.lower():
        found.append("the feed does not say that it is the certificate")
    context.load_cert_chain(*certificates.chain("right"))
    newsroom.installation.hours_ahead = 30
    for _ in range(2):
        last = newsroom.look(certificates.environment)
        if last.returncode != 0:
            found.append(f"when it was right again it ended with {last.returncode}: {said(last)}")
    newsroom.installation.hours_ahead = 0
    found += newsroom.complaints(VERSIONS)
    if not found:
        shutil.rmtree(folder)
    return found


def rows(binary, folder, pool, is_long, seed):
    certificates = Certificates(os.path.join(folder, "tls"))
    shown = {"expired": "has expired", "other": "is of another name", "unknown": "is of nobody known"}
    for name, what in shown.items():
        row = Row(f"the certificate of a site {what}")
        row.judge("", trial(binary, os.path.join(folder, "tls", f"newsroom-{name}"), certificates, name))
        yield row
