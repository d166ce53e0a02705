#!/usr/bin/env python3
"""The web page in headless Chromium, as people use it.

    python .ci/web_page.py target/release/wirewatch AXE_JS [FOLDER]

Needs playwright and Debian's Chromium; AXE_JS is axe.min.js of axe-core. A real archive (web_archive.py) is served by the
real daemon. Every page that links lead to

* answers, has one heading of the first level and is no wider than the screen of a phone,
* loads nothing from elsewhere and says nothing to the console,
* has no violation that axe-core finds, wide and light, wide and dark, on a phone, and on paper,

and what people do is done without scripts: find an article, compare versions, search, cite, retry with the password and be
refused without it. Screenshots go to FOLDER (default: target/web_screenshots).
"""

import json
import pathlib
import re
import shutil
import sys
import tempfile
import urllib.parse

from playwright.sync_api import sync_playwright

from web_archive import Archive
from web_journeys import journeys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOOKS = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True, "has_touch": True},
    # On paper nothing is dark, whatever the screen is.
    "paper": {"viewport": {"width": 794, "height": 1123}, "color_scheme": "dark"},
}
# Every rule that axe has, best practices too.
AXE = """(async () => {
    const result = await axe.run(document, {resultTypes: ["violations"]});
    return result.violations.map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + " " + (node.failureSummary || ""))}));
})()"""
MOST_PAGES = 400


def unlinked(archive):
    """Pages that no link leads to: searches, explanations, and what is not there."""
    unrest = archive.article("/world/unrest")
    return {
        "search": "/articles?q=troops+AND+protest*",
        "search-nothing": "/articles?q=nobodywrotethis",
        "search-wrong": "/articles?q=troops+AND+(protest*",
        "explained": "/rules/unrest?article=" + unrest.rsplit("/", 1)[1],
        "explained-not": "/rules/unrest?article=" + archive.article("/zh/port").rsplit("/", 1)[1],
        "no-page": "/none",
        "no-version": unrest + "/versions/9",
        "diff-latest": unrest + "/diff?from=1&to=3",
        "diff-arabic": archive.article("/ar/port") + "/diff?from=1&to=2&view=side",
        "diff-chinese": archive.article("/zh/port") + "/diff?from=1&to=2",
    }


class Findings(list):
    def add(self, where, what):
        print(f"  {where}: {what}")
        self.append((where, what))


def kind_of(path):
    """What pages of one kind have in common: numbers and names left out."""
    path, _, query = path.partition("?")
    path = re.sub(r"/(rules|feeds)/[^/]+", r"/\1/NAME", path)
    path = re.sub(r"/\d+", "/N", path)
    keys = sorted({pair.split("=")[0] for pair in query.split("&") if pair})
    view = re.search(r"view=(\w+)", query)
    return path + ("?" + "&".join(keys) if keys else "") + (" " + view.group(1) if view else "")


def internal_links(page, origin):
    links = page.eval_on_selector_all("a[href]", "all => all.map((link) => new URL(link.getAttribute('href'), document.baseURI).href)")
    return {urllib.parse.urldefrag(link).url[len(origin):] for link in links if link.startswith(origin + "/")}


def crawl(browser, origin, findings):
    """Follows every link within the site; one path for each kind of page."""
    context = browser.new_context(**LOOKS["phone"])
    page = context.new_page()
    watch(page, origin, findings)
    seen, due, kinds = {"/"}, ["/"], {}
    while due and len(seen) < MOST_PAGES:
        path = due.pop(0)
        if path.endswith(".atom") or path.startswith(("/api/", "/static/", "/metrics", "/healthz")) or path.endswith("/page"):
            status = context.request.get(origin + path).status
            if status != 200:
                findings.add(path, f"answers {status}")
            continue
        answer = page.goto(origin + path)
        if answer.status != 200:
            findings.add(path, f"answers {answer.status}")
            continue
        kinds.setdefault(kind_of(path), path)
        if page.locator("h1").count() != 1:
            findings.add(path, f"has {page.locator('h1').count()} headings of the first level")
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 390:
            findings.add(path, f"is {width} pixels wide on a phone")
        for link in sorted(internal_links(page, origin) - seen):
            seen.add(link)
            due.append(link)
    if due:
        findings.add(due[0], f"was not followed, nor were {len(due) - 1} more: the pages never end")
    context.close()
    print(f"followed {len(seen)} links, to {len(kinds)} kinds of pages")
    return kinds


def watch(page, origin, findings):
    def said(message):
        # Of the page itself the browser says so when it is a refusal; whether it may be one is for others to tell.
        if message.location["url"] != page.url or not message.text.startswith("Failed to load resource"):
            findings.add(page.url, f"says {message.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: findings.add(page.url, f"fails {error}"))
    page.on("request", lambda request: None if request.url.startswith(origin) else findings.add(page.url, f"loads {request.url}"))
    page.on("dialog", lambda dialog: findings.add(page.url, f"opens a dialog: {dialog.message}"))


def inspect(browser, origin, kinds, axe, folder, findings):
    """Each kind of page in each look: what axe finds, and a picture."""
    for look, settings in LOOKS.items():
        context = browser.new_context(**settings)
        page = context.new_page()
        if look == "paper":
            page.emulate_media(media="print")
        for kind, path in kinds.items():
            page.goto(origin + path)
            name = re.sub(r"[^\w]+", "-", kind).strip("-") or "overview"
            page.screenshot(path=folder / f"{name}.{look}.png", full_page=True)
            page.evaluate(axe)
            for violation in page.evaluate(AXE):
                findings.add(f"{path} ({look})", json.dumps(violation, ensure_ascii=False, indent=1))
        context.close()


def main():
    binary, axe = sys.argv[1], pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")
    folder = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else ROOT / "target/web_screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    findings = Findings()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        archive = Archive(binary, place)
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            kinds = crawl(browser, archive.origin, findings)
            inspect(browser, archive.origin, {**kinds, **unlinked(archive)}, axe, folder, findings)
            print("without scripts:")
            journeys(browser, archive, lambda page: watch(page, archive.origin, findings))
            inspect(browser, archive.origin, {"unsubscribe": archive.unsubscribe_link()[len(archive.origin):]}, axe, folder, findings)
        finally:
            browser.close()
            archive.close()
    if findings:
        sys.exit(f"{len(findings)} findings; pictures are in {folder}")
    print(f"nothing found; pictures are in {folder}")


def chromium():
    for name in ("chromium", "chromium-browser"):
        if path := shutil.which(name):
            return path
    sys.exit("there is no chromium")


if __name__ == "__main__":
    main()
