#!/usr/bin/env python3
"""Looks at every mail in headless Chromium, as its readers do, and fails where one of them could not read it.

    .ci/mail_screenshots.py [FOLDER]     writes PNGs there (default: target/mail_screenshots)

Each of tests/fixtures/email/*.html is shown light, dark, and as a client shows it that darkens mails by itself,
700 and 360 pixels wide. A mail fails

* that is wider than the screen,
* that loads anything, or says anything to the console,
* whose text has a contrast under 4.5 to 1 (WCAG 2.2, 1.4.3), in light or in dark,
* whose inserted and removed words can be told apart by colour alone.

Speaks the DevTools protocol over a pipe, so that it needs nothing but Python and Chromium.
"""

import base64
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAILS = ROOT / "tests/fixtures/email"
WIDTHS = [700, 360]
LOOKS = ["light", "dark", "darkened"]
PATIENCE = 60

# What stands on what, and how well it can be read. Colours are blended from the page up, as the browser paints them.
INSPECT = r"""
(() => {
    const problems = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) problems.push(`is ${root.scrollWidth} pixels wide`);
    const parse = (text) => {
        const parts = text.match(/[\d.]+/g).map(Number);
        return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
    };
    const over = (top, alpha, under) => top.map((value, at) => value * alpha + under[at] * (1 - alpha));
    const luminance = (rgb) => {
        const linear = rgb.map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const probe = document.createElement("div");
    probe.style.backgroundColor = "Canvas";
    document.body.append(probe);
    const canvas = parse(getComputedStyle(probe).backgroundColor).rgb;
    probe.remove();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let worst = 99;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.textContent.trim()) continue;
        const chain = [];
        for (let element = node.parentElement; element; element = element.parentElement) chain.unshift(element);
        let ground = canvas;
        let opacity = 1;
        for (const element of chain) {
            const style = getComputedStyle(element);
            opacity *= Number(style.opacity);
            const { rgb, alpha } = parse(style.backgroundColor);
            ground = over(rgb, alpha * opacity, ground);
        }
        const style = getComputedStyle(node.parentElement);
        const ink = parse(style.color);
        const text = over(ink.rgb, ink.alpha * opacity, ground);
        const [light, dark] = [luminance(text), luminance(ground)].sort((a, b) => b - a);
        const contrast = (light + 0.05) / (dark + 0.05);
        worst = Math.min(worst, contrast);
        if (contrast < 4.5) problems.push(`contrast ${contrast.toFixed(2)}: “${node.textContent.trim().slice(0, 40)}”`);
    }
    for (const span of document.querySelectorAll("span")) {
        const ground = span.style.backgroundColor.replaceAll(" ", "");
        const line = span.style.textDecoration;
        if (ground.startsWith("rgba(229") && !line.includes("line-through")) problems.push("a removal is not struck");
        if (ground.startsWith("rgba(46") && !line.includes("underline")) problems.push("an insertion is not underlined");
    }
    return { problems, worst };
})()
"""


class Browser:
    """Chromium behind a pipe: one page, one command at a time."""

    def __init__(self, folder):
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()

        def wire():
            # Chromium reads commands from descriptor 3 and answers on 4.
            read, write = os.dup(to_browser), os.dup(from_browser)
            os.dup2(read, 3)
            os.dup2(write, 4)

        arguments = ["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                     "--no-first-run", "--disable-background-networking", "--disable-component-update",
                     "--force-color-profile=srgb", f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen([chromium(), *arguments], preexec_fn=wire, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []
        target = next(t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Runtime", "Log"]:
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def read(self):
        until = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.into], [], [], max(0, until - time.monotonic()))
            more = os.read(self.into, 1 << 20) if ready else b""
            if not more:
                raise SystemExit("Chromium does not answer")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, address):
        self.events = []
        self.ask("Page.navigate", url=address)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())

    def evaluate(self, script):
        return self.ask("Runtime.evaluate", expression=script, returnByValue=True)["result"]["value"]

    def close(self):
        self.ask("Browser.close")
        self.process.wait(timeout=PATIENCE)


def chromium():
    for name in ["chromium", "chromium-browser", "google-chrome"]:
        found = subprocess.run(["which", name], capture_output=True, text=True, check=False).stdout.strip()
        if found:
            return found
    raise SystemExit("there is no Chromium: apt-get install chromium")


def noise(events, address):
    """What a mail loaded beside itself, and what it said."""
    for event in events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent" and params["request"]["url"] != address:
            yield f"loads {params['request']['url']}"
        if method == "Runtime.exceptionThrown":
            yield f"throws {params['exceptionDetails'].get('text')}"
        if method == "Runtime.consoleAPICalled":
            yield "writes to the console"
        if method == "Log.entryAdded" and params["entry"]["level"] in ("warning", "error"):
            yield f"{params['entry']['level']}: {params['entry']['text']}"


def look(browser, mail, page, kind, width, folder):
    scheme = "light" if kind == "light" else "dark"
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.ask("Emulation.setEmulatedMedia", media="screen", features=features)
    browser.ask("Emulation.setAutoDarkModeOverride", enabled=kind == "darkened")
    address = page.as_uri()
    browser.open(address)
    found = browser.evaluate(INSPECT)
    problems = list(noise(browser.events, address))
    # A client that darkens by itself chooses its own colours, after what the page says of its own.
    problems += [text for text in found["problems"] if kind != "darkened" or not text.startswith("contrast")]
    size = browser.ask("Page.getLayoutMetrics")["cssContentSize"]
    clip = {"x": 0, "y": 0, "width": width, "height": min(size["height"], 12000), "scale": 1}
    shot = browser.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
    (folder / f"{mail}.{kind}.{width}.png").write_bytes(base64.b64decode(shot["data"]))
    return [f"{mail}, {kind}, {width} px: {problem}" for problem in problems], found["worst"]


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/mail_screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    problems, worst, count = [], 99, 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        scratch = pathlib.Path(scratch)
        browser = Browser(scratch / "profile")
        for mail in sorted(MAILS.glob("*.html")):
            html = mail.read_text()
            # What is left of a mail in a client that shows it inside of its own page.
            body = "<!DOCTYPE html><meta charset=\"utf-8\"><body" + html.split("<body", 1)[1]
            stripped = scratch / mail.name
            stripped.write_text(body)
            for kind in LOOKS:
                for width in WIDTHS:
                    page = stripped if kind == "darkened" else mail
                    told, contrast = look(browser, mail.stem, page, kind, width, folder)
                    problems += told
                    if kind != "darkened":
                        worst = min(worst, contrast)
                    count += 1
        browser.close()
    for problem in problems:
        print(problem)
    print(f"{count} looks at mails, {len(problems)} problems, least contrast {worst:.2f}; see {folder}")
    sys.exit(1 if problems or count == 0 else 0)


if __name__ == "__main__":
    main()
