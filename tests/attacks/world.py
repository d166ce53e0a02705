"""An internet of its own: a network namespace in which every address there is leads to one server and every name is answered
by one name server, so that the program runs with its default settings, and whatever it reaches is seen."""

import ctypes
import fcntl
import http.server
import ipaddress
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

# What the attacker's and the honest sites answer at. Whatever else is reached is a breach.
PUBLIC_V4, PUBLIC_V6 = "93.184.216.34", "2606:2800:220:1::1"
PORTS = [80, 443, 8080]
INSIDE = "WIREWATCH_ATTACKS_INSIDE"


def enter():
    """Runs this program again where nothing but it is reachable."""
    if os.environ.get(INSIDE):
        return build()
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", *user, "--mount", "--net", sys.executable, *sys.argv]
    sys.exit(subprocess.run(command, env={**os.environ, INSIDE: "yes"}).returncode)


def build():
    loopback_up()
    for family in (socket.AF_INET, socket.AF_INET6):
        everything_is_here(family)
    names_are_asked_here()


def loopback_up():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x49))


def everything_is_here(family):
    """`ip route add local default dev lo`, by netlink."""
    body = struct.pack("BBBBBBBBI", family, 0, 0, 0, 255, 3, 254, 2, 0) + struct.pack("HHI", 8, 4, socket.if_nametoindex("lo"))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.sendto(struct.pack("IHHII", 16 + len(body), 24, 0x405, 1, 0) + body, (0, 0))
        error = struct.unpack("i", netlink.recv(4096)[16:20])[0]
        if error:
            sys.exit(f"attacks: no route: {os.strerror(-error)}")


def names_are_asked_here():
    libc = ctypes.CDLL(None, use_errno=True)
    for path, text in [("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1\n"), ("/etc/nsswitch.conf", "hosts: files dns\n")]:
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write(text)
        os.chmod(file.name, 0o644)
        if libc.mount(file.name.encode(), os.path.realpath(path).encode(), None, 4096, None):
            sys.exit(f"attacks: cannot put {path} in place: {os.strerror(ctypes.get_errno())}")
        os.unlink(file.name)


class World:
    """`hosts`: what answers for a name, a function of the path. `names`: the addresses of a name, or a function that says
    them at each question. A name that nobody set is at the public address."""

    def __init__(self):
        self.hosts, self.names, self.reached, self.asked, self.headers = {}, {}, [], [], []
        for port in PORTS:
            serve(self, port)
        threading.Thread(target=self.answer_names, daemon=True).start()

    def clear(self):
        self.hosts, self.names, self.reached, self.asked, self.headers = {}, {}, [], [], []

    def breaches(self):
        """What was reached that no stranger may lead to."""
        return [f"{address} was reached for {what}" for address, what in self.reached if address not in (PUBLIC_V4, PUBLIC_V6)]

    def answer(self, address, host, path):
        self.reached.append((address, f"{host}{path}"))
        self.asked.append(f"{host}{path}")
        found = self.hosts.get(host, lambda path: None)(path)
        return found or (404, {"Content-Type": "text/plain"}, b"not here")

    def answer_names(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 53))
            while True:
                question, peer = server.recvfrom(2048)
                server.sendto(self.answered(question), peer)

    def answered(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode("latin-1"))
            at += question[at] + 1
        kind, = struct.unpack(">H", question[at + 1 : at + 3])
        name = ".".join(labels).lower()
        addresses = self.names.get(name, [PUBLIC_V4])
        if callable(addresses):
            addresses = addresses(kind)
        records = b""
        count = 0
        for address in map(ipaddress.ip_address, addresses):
            if kind == {4: 1, 6: 28}[address.version]:
                records += struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(address.packed)) + address.packed
                count += 1
        return question[:2] + struct.pack(">HHHHH", 0x8180, 1, count, 0, 0) + question[12 : at + 5] + records


def serve(world, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 20

        def do_GET(self):
            self.answer()

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.answer()

        def answer(self):
            address = self.connection.getsockname()[0].removeprefix("::ffff:")
            host = self.headers.get("Host", "").split(":")[0]
            world.headers.append((host, str(self.headers)))
            status, headers, body = world.answer(address, host, self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6
        daemon_threads = True
        request_queue_size = 512

        def server_bind(self):
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            super().server_bind()

        def handle_error(self, *_):
            """A client that hangs up is no error of ours."""

        def process_request(self, request, client):
            address = request.getsockname()[0].removeprefix("::ffff:")
            if address not in (PUBLIC_V4, PUBLIC_V6):
                world.reached.append((address, f"port {port}"))
            super().process_request(request, client)

    threading.Thread(target=Server(("::", port), Handler).serve_forever, daemon=True).start()
