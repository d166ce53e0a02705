"""The mail servers of the checks, on ports of loopback: OpenSMTPD that delivers into Dovecot, a line between the two ends
that can be cut, and one that insists on TLS and a login. Each ends the processes that it started, and no others."""

import contextlib
import email
import email.policy
import imaplib
import os
import pwd
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time

PATIENCE = 20
PASSWORD = "correct horse battery staple"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_port(port, what):
    for _ in range(PATIENCE * 20):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"{what} did not start")


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Server:
    """A program that runs until it is stopped, with the processes that it starts."""

    def __init__(self, folder, name, command, port):
        self.log, self.command, self.port, self.process = os.path.join(folder, name + ".log"), command, port, None

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, start_new_session=True)
        wait_for_port(self.port, self.command[0])

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        whom = os.killpg if how == signal.SIGKILL else os.kill
        whom(self.process.pid, how)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
        self.process = None


class Dovecot(Server):
    """An IMAP store that knows every user by one password, takes mail by LMTP, and runs as nobody."""

    def __init__(self, folder):
        self.imap, self.lmtp = free_port(), free_port()
        home, nobody = os.path.join(folder, "dovecot"), pwd.getpwnam("nobody")
        os.mkdir(home)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        config = write(folder, "dovecot.conf", f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
mail_location = maildir:{home}/mail/%u
mail_uid = {nobody.pw_uid}
mail_gid = {nobody.pw_gid}
first_valid_uid = 1
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = home={home}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp}
  }}
}}
""")
        drop = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        super().__init__(folder, "dovecot", [*drop, "dovecot", "-F", "-c", config], self.imap)

    def mails(self, user, wanted):
        """What has arrived, in that order: as soon as there are so many, or all that came within some seconds."""
        for _ in range(PATIENCE * 10):
            with imaplib.IMAP4("127.0.0.1", self.imap, timeout=PATIENCE) as session:
                session.login(user, "secret")
                session.select(readonly=True)
                numbers = session.search(None, "ALL")[1][0].split()
                if len(numbers) >= wanted:
                    return [Received(session.fetch(number, "(BODY.PEEK[])")[1][0][1]) for number in numbers]
            time.sleep(0.1)
        return []


class Received:
    """A mail as the store has it."""

    def __init__(self, raw):
        self.raw = raw
        self.read = email.message_from_bytes(raw, policy=email.policy.default)

    def __getitem__(self, name):
        """A header as it is meant."""
        value = self.read[name]
        return None if value is None else str(value)

    def header(self, name):
        """The bytes of a header that wirewatch wrote, its folds undone."""
        head = self.raw.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
        prefix = name.encode().lower() + b": "
        return next(line[len(prefix):] for line in head.split(b"\r\n") if line.lower().startswith(prefix))

    def part(self, kind):
        found = self.read.get_body((kind,))
        return found.get_content() if found else None


class OpenSmtpd(Server):
    """Takes every mail that its filter lets through, and hands it to the store. Wants to be started by root."""

    def __init__(self, folder, lmtp):
        port = free_port()
        filter = shutil.copy(os.path.join(os.path.dirname(__file__), "smtp_filter.py"), folder)
        os.chmod(filter, 0o644)
        os.chmod(folder, 0o711)
        config = write(folder, "smtpd.conf", f"""
table owners {{ "@" = "nobody" }}
filter "strict" proc-exec "/usr/bin/python3 {filter}"
listen on 127.0.0.1 port {port} filter "strict"
action "keep" lmtp "127.0.0.1:{lmtp}" rcpt-to virtual <owners>
match from any for any action "keep"
""")
        super().__init__(folder, "smtpd", ["smtpd", "-d", "-f", config], port)


class Line:
    """Between wirewatch and a mail server. Once `cut` is set, the next message kills the server: "half-way" through its
    content, or when the server has answered that it has it ("unheard")."""

    def __init__(self, server):
        self.server, self.cut = server, None
        line = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                # Either end may hang up as it likes.
                with contextlib.suppress(OSError):
                    line.relay(self.request)

        class Relay(socketserver.ThreadingTCPServer):
            daemon_threads = allow_reuse_address = True

        self.relay_server = Relay(("127.0.0.1", 0), Handler)
        self.port = self.relay_server.server_address[1]
        threading.Thread(target=self.relay_server.serve_forever, daemon=True).start()

    def relay(self, client):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=PATIENCE) as server:
            state = {"content": False, "sent": 0}
            threading.Thread(target=self.answer, args=(client, server, state), daemon=True).start()
            while data := client.recv(1024):
                state["sent"] += len(data) if state["content"] else 0
                if self.cut == "half-way" and state["sent"] > 3000:
                    server.sendall(data[:100])
                    return self.kill(client)
                server.sendall(data)

    def answer(self, client, server, state):
        """Hands on what the server says, and hangs up when it does."""
        with contextlib.suppress(OSError):
            while data := server.recv(4096):
                if state["content"] and self.cut == "unheard" and data.startswith(b"250"):
                    self.kill(client)
                    return
                state["content"] = data.startswith(b"354")
                client.sendall(data)
        hang_up(client)

    def kill(self, client):
        self.cut = None
        self.server.stop(signal.SIGKILL)
        hang_up(client)


def hang_up(connection):
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def certificate(folder):
    """A certificate for localhost from an authority of our own, which the program is told to trust."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-keyout", "mail.key", "-out", "mail.csr")
    write(folder, "san", "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "mail.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san", "-out", "mail.pem")
    os.chmod(os.path.join(folder, "mail.key"), 0o600)
    os.environ["SSL_CERT_FILE"] = os.path.join(folder, "ca.pem")


class SecureServer:
    """STARTTLS or implicit TLS, both with a login. OpenSMTPD's own TLS fails with OpenSSL 3 on Debian 12, for any client."""

    def __init__(self, folder, implicit):
        import aiosmtpd.controller
        import aiosmtpd.smtp

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
