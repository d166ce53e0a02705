"""What logs in stays where it belongs: in no log, error, document, page, file, mail or core dump, and in nobody's list of processes."""

import os
import resource
import signal
import stat
import subprocess
import time

from ground import Installation, Row, feed, item, page, redirect, site, until
from injection import Service, got

STORY = "Troops and protesters clash near the parliament"
PORT = 7196
PLACES = ["smtp-password", "feed-password", "feed-token", "feed-cookie", "feed-header", "site-password", "site-cookie", "webhook-secret", "webhook-path", "ntfy-token", "web-password", "proxy-password",
          "url-password"]
SECRETS = {place: f"sEcReT{n}x{place.replace('-', '')}" for n, place in enumerate(PLACES)}


def configured(binary, folder):
    s = SECRETS
    feeds = {"plain": "http://plain.example/rss"}
    web = f'listen = "127.0.0.1:{PORT}"\npublic_url = "http://desk.example"\npassword_file = "web-password"'
    more = f"""smtp = "smtp+plain://user@127.0.0.1:2525"
password_file = "smtp-password"
[[recipient]]
name = "hook"
webhook = {{ url = "http://127.0.0.1:8080/{s['webhook-path']}", secret_file = "webhook-secret" }}
[[recipient]]
name = "phone"
ntfy = {{ url = "http://127.0.0.1:8080/topic", token_file = "ntfy-token" }}
[[feed]]
name = "password"
url = "http://password.example/rss"
user = "reader"
password_file = "feed-password"
[[feed]]
name = "token"
url = "http://token.example/rss"
token_file = "feed-token"
[[feed]]
name = "cookie"
url = "http://cookie.example/rss"
cookie_file = "feed-cookie"
headers = {{ X-Key = "{s['feed-header']}" }}
[[feed]]
name = "proxied"
url = "http://proxied.example/rss"
proxy = "http://user:{s['proxy-password']}@127.0.0.1:8080"
[[site]]
host = "password.example"
user = "reader"
password_file = "site-password"
[[site]]
host = "cookie.example"
cookie_file = "site-cookie"
"""
    installed = Installation(binary, folder, feeds, more=more, web=web)
    with open(installed.config) as file:
        text = file.read().replace('maildir = "mails"\n', "")
    with open(installed.config, "w") as file:
        file.write(text)
    for place, secret in s.items():
        path = os.path.join(folder, place)
        with open(path, "w") as file:
            file.write(secret + "\n")
        os.chmod(path, 0o600)
    return installed


def played(world):
    """Sites that ask for what they are given, and lead on to another host that listens."""
    world.clear()
    for host in ["plain", "password", "token", "cookie", "proxied"]:
        name = f"{host}.example"
        world.hosts[name] = site({
            "/rss": feed(item(f"http://{name}/a", f"{STORY} {host}"), item(f"http://{name}/b", f"{STORY} {host} b"), item(f"http://{name}/c", f"{STORY} {host} c")),
            "/a": page(f"{STORY} {host}"), "/b": redirect("http://listener.example/b"), "/c": (401, {"WWW-Authenticate": "Basic realm=x"}, b"no")})


def shown_in(text):
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return [place for place, secret in SECRETS.items() if secret in text]


def rows(binary, folder, world, is_long):
    installed = configured(binary, os.path.join(folder, "in"))
    fresh = configured(binary, os.path.join(folder, "fresh"))
    played(world)
    yield in_logs(installed)
    played(world)
    yield in_answers(installed)
    yield in_files(installed)
    yield in_errors(binary, folder)
    played(world)
    yield sent_on(fresh, world)
    yield in_processes(installed)
    played(world)
    yield modes(installed)


def in_logs(installed):
    row = Row("secrets in logs, at every level down to the libraries' own")
    for name, arguments, environment in [("usual", [], {}), ("-v", ["-v"], {}), ("-vv", ["-vv"], {}), ("all of ours", [], {"RUST_LOG": "wirewatch=trace"}), ("all", [], {"RUST_LOG": "trace"})]:
        done = installed.run("run", "--once", "--all", *arguments, environment=environment)
        found = [f"{place} is in the log" for place in shown_in(done.stdout + done.stderr)]
        if done.returncode == 2:
            found.append(f"the configuration was refused: {done.stderr.decode()[-400:]}")
        row.judge(name, found)
    return row


def in_answers(installed):
    row = Row("secrets in what commands print, and on the page, to those who know the password")
    for arguments in [["status"], ["feeds"], ["rules"], ["alerts"], ["articles"], ["mutes"]]:
        for form in [[], ["--json"]]:
            done = installed.run(*arguments, *form)
            row.judge(" ".join(arguments + form), [f"{place} is shown" for place in shown_in(done.stdout + done.stderr)])
    for arguments in [["check"], ["check", "--json"], ["feeds", "export"], ["verify"], ["test-mail"], ["export", "--format", "jsonl"], ["export", "--format", "warc"]]:
        done = installed.run(*arguments)
        row.judge(" ".join(arguments), [f"{place} is shown" for place in shown_in(done.stdout + done.stderr)])
    with Service(installed, PORT):
        for path in ["/", "/feeds", "/feeds/password", "/feeds/proxied", "/alerts", "/rules", "/metrics", "/healthz", "/api/feeds", "/api/alerts", "/changes.atom"]:
            status, headers, content = got(path, PORT)
            row.judge(path, [f"{place} is shown" for place in shown_in(str(headers).encode() + content)])
    with open(os.path.join(installed.folder, "service.log"), "rb") as file:
        row.judge("the service's log", [f"{place} is shown" for place in shown_in(file.read())])
    return row


def in_files(installed):
    row = Row("secrets in the database, its log, copies and the rest of the folder")
    installed.run("backup", os.path.join(installed.folder, "copy.db"))
    for name in sorted(os.listdir(installed.folder)):
        path = os.path.join(installed.folder, name)
        if os.path.isfile(path) and name not in SECRETS and name != "wirewatch.toml":
            with open(path, "rb") as file:
                row.judge(name, [f"{place} is in it" for place in shown_in(file.read())])
    return row


def in_errors(binary, folder):
    """A configuration that is wrong right beside a secret: messages show the line they mean."""
    row = Row("secrets in messages about a configuration that is wrong")
    secret = SECRETS["smtp-password"]
    wrong = [
        f'[mail]\npassword = "{secret}', f'[mail]\npassword = "{secret}" x', f'[mail]\npassword = ["{secret}"]', f'[mail]\npassword = {{ plain = "{secret}" }}',
        f'[mail]\nsmtp = "smtps://user:{secret}@mail.example.org:99999"', f'[mail]\nsmtp = "smtps://user:{secret}@"', f'[mail]\nsmtp = "imap://user:{secret}@mail.example.org"',
        f'[mail]\npasword = "{secret}"', f'[[feed]]\nurl = "http://user:{secret}@"', f'[[feed]]\nurl = "ftp://user:{secret}@news.example/rss"', f'[[feed]]\nurl = "http://n.example/"\ntoken = "{secret}\\n"',
        f'[[feed]]\nurl = "http://n.example/"\ncookie = "{secret}\\u0007"', f'[[feed]]\nurl = "http://n.example/"\nproxy = "socks9://user:{secret}@x"', f'[web]\npassword = "{secret}"\nlisten = 5',
        f'[[recipient]]\nname = "x"\nwebhook = {{ url = "http://h.example/", secret = 5, secrets = "{secret}" }}', f'[[recipient]]\nname = "x"\nntfy = {{ url = "http://h.example/t", token = "{secret}\\n" }}',
        f'[[recipient]]\nname = "x"\nwebhook = "gopher://h.example/{secret}"', f'[[feed]]\nurl = "http://n.example/"\nheaders = {{ Authorization = "{secret}\\n" }}',
    ]
    for n, text in enumerate(wrong):
        path = os.path.join(folder, f"wrong-{n}.toml")
        with open(path, "w") as file:
            file.write(text + "\n")
        for arguments in [["check"], ["run", "--once"]]:
            done = subprocess.run([binary, *arguments, "--config", path], capture_output=True, timeout=60)
            row.judge(f"{n} {arguments[0]}", ["it is shown: " + done.stderr.decode()[-300:]] if shown_in(done.stdout + done.stderr) else [])
    return row


def sent_on(installed, world):
    """What logs in goes to its own origin: hosts that are led to elsewhere hear nothing of it."""
    row = Row("secrets sent to another host by redirect")
    installed.run("run", "--once", "--all")
    for host, headers in world.headers:
        if host == "listener.example":
            row.judge("listener", [f"{place} was sent" for place in shown_in(headers)])
            if "authorization" in headers.lower() or "cookie:" in headers.lower():
                row.broken.append(f"listener: it was sent {headers[:200]}")
    if not row.tried:
        row.judge("listener", ["nobody was led to the other host"])
    own = [headers for host, headers in world.headers if host in ("token.example", "cookie.example")]
    row.judge("own", [] if any(SECRETS["feed-token"] in headers for headers in own) else ["the token did not reach its own host"])
    return row


def in_processes(installed):
    row = Row("secrets in the list of processes, and core dumps")
    for n, signal_number in enumerate([signal.SIGABRT, signal.SIGQUIT, signal.SIGTRAP]):
        with open(os.path.join(installed.folder, "service.log"), "wb") as log:
            unlimited = lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            daemon = subprocess.Popen(installed.command("run"), stdout=log, stderr=log, cwd=installed.folder, preexec_fn=unlimited)
        until(lambda: os.path.exists(f"/proc/{daemon.pid}/cmdline"), 5)
        time.sleep(2)
        with open(f"/proc/{daemon.pid}/cmdline", "rb") as file:
            found = [f"{place} is in the list of processes" for place in shown_in(file.read())]
        daemon.send_signal(signal_number)
        pid, status = os.waitpid(daemon.pid, 0)
        daemon.returncode = status
        if os.WIFSIGNALED(status) and os.WCOREDUMP(status):
            found.append("a core dump was written")
        row.judge(signal.Signals(signal_number).name, found)
    return row


def modes(installed):
    row = Row("files are for their owner alone (0600, folders 0700)")
    os.umask(0)
    base = os.path.join(installed.folder, "modes")
    os.makedirs(base, 0o700)
    for form in ["jsonl", "csv", "warc"]:
        installed.run("export", "--format", form, "--output", os.path.join(base, f"out.{form}"))
    installed.run("backup", os.path.join(base, "copy.db"))
    subprocess.run([installed.binary, "init", "--config", os.path.join(base, "fresh.toml")], capture_output=True, timeout=60)
    plain = Installation(installed.binary, os.path.join(base, "in"), {"plain": "http://plain.example/rss"})
    plain.look()
    own = {"wirewatch.toml", "figures", "service.log", "modes", "in", *SECRETS, *(os.path.basename(plain.folder),)}
    for folder, folders, files in os.walk(installed.folder):
        for name in folders + files:
            if name in own:
                continue
            mode = stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode)
            row.judge(name, [f"has the mode {mode:o}"] if mode & 0o077 else [])
    os.umask(0o022)
    return row
