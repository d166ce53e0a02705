"""What the checks of .ci share: a news site on loopback, and wirewatch as a user has it, who can be told another time."""

import html
import http.server
import json
import os
import subprocess
import sys
import threading


class Site:
    """Pages by path, kept in memory. `fetched` is called with each path that is asked for; what `awkward` has for a path
    answers in place of the page, with the connection in its hands."""

    def __init__(self, address="127.0.0.1"):
        self.pages, self.awkward, self.fetched = {}, {}, lambda path: None
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # In one piece: a client waits for the second.
            wbufsize = 1 << 20

            def do_GET(self):
                awkward = site.awkward.get(self.path.split("?")[0])
                if awkward:
                    site.fetched(self.path)
                    self.close_connection = True
                    return awkward(self.connection)
                found = site.pages.get(self.path)
                kind, body = found if found else ("text/plain", b"not here")
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                site.fetched(self.path)
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that was killed is no error of ours."""

        self.server = Server((address, 0), Handler)
        self.origin = f"http://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def story(self, path, headline, *paragraphs, language="en"):
        text = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
        self.pages[path] = ("text/html; charset=utf-8", f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<title>{html.escape(headline)}</title></head><body><article><h1>{html.escape(headline)}</h1>{text}</article></body></html>""".encode())

    def feed(self, path, items):
        """A feed with these items: path and headline."""
        items = "".join(
            f'<item><guid isPermaLink="false">{item}</guid><title>{html.escape(headline)}</title><link>{self.origin}{item}</link></item>'
            for item, headline in items
        )
        document = f'<rss version="2.0"><channel><title>The Harbour Post</title>{items}</channel></rss>'
        self.pages[path] = ("application/rss+xml; charset=utf-8", document.encode())


def unrest(toll):
    """The paragraphs of a story that the rules of the checks match."""
    return (
        f"At least {toll} people were killed on Tuesday when troops opened fire on protesters in the capital, according to "
        "hospital staff and to several witnesses who spoke to this newspaper.",
        "Doctors said that they had treated patients with gunshot wounds in the corridors because the emergency wards were "
        "full. Appeals for blood went out over loudspeakers from the churches of the city.",
        "The government did not comment. The price of bread has doubled since the parliament was dissolved in March, and the "
        "union of dockworkers has called for a general strike on Thursday.",
    )


CONFIGURATION = """
timezone = "Europe/Berlin"
[poll]
schedule = "{schedule}"
per_host_interval = "0s"
allow_private_addresses = ["127.0.0.1"]
[pages]
confirm = "0s"
recheck = {recheck}
[[feed]]
name = "harbour-post"
url = "{feed}"
[[rule]]
name = "unrest"
match = 'troops AND protest*'
[[recipient]]
name = "desk"
email = {addresses}
settle = "0s"
update_interval = "0s"
[mail]
from = "Wirewatch <wirewatch@example.org>"
max_per_hour = 0
{transport}
"""


class Installation:
    """A folder with a configuration, and the binary that is run on it."""

    def __init__(self, binary, folder):
        os.makedirs(folder, exist_ok=True)
        self.binary, self.folder = os.path.abspath(binary), folder
        self.config = os.path.join(folder, "wirewatch.toml")
        self.hours_ahead = 0

    def configure(self, feed, addresses, transport, schedule="every 10m", recheck=("1s for 400d",)):
        """`transport`: the lines of [mail] that say where mails go."""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(
                feed=feed, addresses=json.dumps(addresses), transport=transport, schedule=schedule, recheck=json.dumps(recheck)))

    def add(self, section):
        """Writes a section at the end of the configuration."""
        with open(self.config, "a", encoding="utf-8") as file:
            file.write(section)

    def command(self, *arguments):
        """The command, on a clock that runs ahead where that was asked for."""
        ahead = ["faketime", "-f", "--exclude-monotonic", f"+{self.hours_ahead}h"] if self.hours_ahead else []
        return [*ahead, self.binary, *arguments, "--config", self.config]

    def try_to(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=120)

    def run(self, *arguments, ends_with=0):
        done = self.try_to(*arguments)
        if done.returncode != ends_with:
            sys.exit(f"wirewatch {arguments} ended with {done.returncode}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def alerts(self, *arguments):
        return json.loads(self.run("alerts", *arguments, "--json"))["alerts"]
