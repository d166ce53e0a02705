"""What people do on the web page, done in a browser that runs no scripts. A step that fails ends the check with its reason."""

import re
import time
import urllib.parse

from playwright.sync_api import expect

from web_archive import PASSWORD

USER = "nora"
PATIENCE = 30


def journeys(browser, archive, watch):
    """Each in a context of its own; `watch` hears what the pages say to the console."""
    for journey in (read, cite, search, keyboard, refused, send_again, release, unsubscribe, mute):
        context = browser.new_context(java_script_enabled=False)
        knowing = browser.new_context(java_script_enabled=False, http_credentials={"username": USER, "password": PASSWORD})
        try:
            page, insider = context.new_page(), knowing.new_page()
            watch(page)
            watch(insider)
            journey(page, insider, archive)
        finally:
            context.close()
            knowing.close()
        print(f"  {journey.__name__.replace('_', ' ')}")


def heading(page, words):
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def read(page, _, archive):
    """From the overview to an article, to its versions 1 and 3, inline and side by side."""
    page.goto(archive.origin)
    page.get_by_role("region", name="Newest activity").get_by_role("link", name="21 dead after clashes").last.click()
    heading(page, "21 dead after clashes")
    page.get_by_label("Compare").select_option("1")
    page.get_by_label("with").select_option("3")
    page.get_by_role("button", name="Show the difference").click()
    assert "from=1&to=3" in page.url, page.url
    went, came = page.locator("main .text del"), page.locator("main .text ins")
    expect(went.filter(has_text="Dozens")).to_be_visible()
    expect(came.filter(has_text="Correction: an earlier version")).to_be_visible()
    switch = page.get_by_role("navigation", name="How the words stand")
    expect(switch.get_by_role("link", name="Inline")).to_have_attribute("aria-current", "true")
    switch.get_by_role("link", name="Side by side").click()
    expect(switch.get_by_role("link", name="Side by side")).to_have_attribute("aria-current", "true")
    sides = page.locator(".sides").filter(has=page.locator("del")).first.locator(".side")
    before, after = sides.nth(0).bounding_box(), sides.nth(1).bounding_box()
    assert before["y"] == after["y"] and before["x"] + before["width"] <= after["x"], (before, after)
    page.go_back()
    unchanged = page.locator("details").first
    unchanged.locator("summary").click()
    expect(unchanged.locator("p").first).to_be_visible()


def cite(page, _, archive):
    """The permanent link tells that what is stored is what was cited, and an altered one that it is not."""
    page.goto(archive.origin + archive.article("/world/unrest") + "/diff?from=1&to=3")
    link = page.get_by_role("region", name="To cite this").get_by_role("link", name=re.compile("hash="))
    address = link.inner_text()
    assert address.startswith(archive.origin), f"the permanent link is no address: {address}"
    link.click()
    assert page.url == address, (page.url, address)
    expect(page.get_by_text("The hash in the address is that of what is stored.")).to_be_visible()
    page.goto(re.sub("hash=.{4}", "hash=0000", address))
    expect(page.get_by_text("The hash in the address is not that of these versions")).to_be_visible()


def search(page, _, archive):
    """In the language of the rules, in several scripts; and what is wrong with a query is said beside it."""
    page.goto(archive.origin)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Articles").click()
    field, show = page.get_by_label("Search"), page.get_by_role("button", name="Show")
    for query, headline, found in [
        ("troops AND protest* NOT bridge", "21 dead after clashes", "troops"),
        ("港口", "港口周五恢复作业", "港口"),
        ("الميناء", "الميناء يعود إلى العمل صباح الجمعة", "الميناء"),
    ]:
        field.fill(query)
        field.press("Enter")
        expect(page.locator(".articles .headline")).to_have_text([headline])
        expect(page.locator(".articles mark").first).to_have_text(found)
        expect(field).to_have_value(query)
    field.fill("troops AND (protest*")
    show.click()
    expect(field).to_have_value("troops AND (protest*")
    expect(page.locator("section.warning")).to_be_visible()
    field.fill("")
    page.get_by_label("Only revised ones").check()
    show.click()
    expect(page.locator(".articles .headline")).to_have_count(3)


def keyboard(page, _, archive):
    """The first key leads past the navigation, and every link after it shows where it is."""
    page.goto(archive.origin)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["x"] >= 0, "who goes by keyboard does not see the way past the navigation"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.locator("main :focus")
    expect(focused).to_have_count(1)
    assert focused.evaluate("(element) => getComputedStyle(element).outlineStyle") != "none"


def refused(page, _, archive):
    """Nothing changes without the password, whichever form is sent, and it is said why."""
    for address, name in [
        (f"/alerts/{archive.pending()['id']}", "Send it now"),
        ("/rules/" + urllib.parse.quote("港口"), "Mute"),
        ("/mutes", "Unmute"),
    ]:
        # Headless, the browser shows no page to whoever does not answer its question.
        tab = page.context.new_page()
        tab.goto(archive.origin + address)
        with tab.expect_response(lambda answer: answer.request.method == "POST") as answer:
            tab.get_by_role("button", name=name).first.click(no_wait_after=True)
        assert answer.value.status == 401, f"{address}: {answer.value.status}"
    words = page.request.post(archive.origin + "/alerts/retry", headers={"Origin": archive.origin}).text()
    assert "This needs the password." in words, words
    assert len(archive.mutes()) == 1, archive.mutes()
    assert archive.pending()["state"] == "pending" and not archive.mails(), "it was sent"


def send_again(_, page, archive):
    """What waits for a mail server that was away is sent when somebody who has the password says so."""
    alert = archive.pending()
    page.goto(archive.origin + "/alerts")
    page.get_by_role("navigation", name="State").get_by_role("link", name="Pending").click()
    page.locator(f".alerts .headline a[href='/alerts/{alert['id']}']").click()
    expect(page.locator(".trouble")).to_contain_text("Connection refused")
    archive.open_mail_server()
    page.get_by_role("button", name="Send it now").click()
    await_sent(page)
    expect(page.locator("pre.message")).to_contain_text("READ ON")
    assert any(alert["message_id"] in mail for mail in archive.mails()), "the server has no such mail"


def release(_, page, archive):
    """What a mute holds can be sent all the same, by itself."""
    page.goto(archive.origin + "/alerts?state=held")
    held = page.locator(".alerts .headline a")
    expect(held).to_have_count(2)
    held.first.click()
    expect(page.locator(".trouble")).to_contain_text("because: the night desk has it")
    page.get_by_role("button", name="Send it now").click()
    await_sent(page)
    page.goto(archive.origin + "/alerts?state=held")
    expect(held).to_have_count(1)


def await_sent(page):
    state = page.locator("dl.facts dd").first
    until = time.monotonic() + PATIENCE
    while "sent" not in state.inner_text() and time.monotonic() < until:
        time.sleep(0.2)
        page.reload()
    expect(state).to_contain_text("sent")
    expect(page.get_by_role("button", name="Send it now")).to_have_count(0)


def unsubscribe(page, _, archive):
    """The link at the end of the mail leads to a page that stops it, and takes that back."""
    page.goto(archive.unsubscribe_link())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button").first.click()
    expect(page.get_by_role("button", name=re.compile("again|back", re.IGNORECASE))).to_be_visible()
    page.get_by_role("button", name=re.compile("again|back", re.IGNORECASE)).click()


def mute(_, page, archive):
    """A rule of an awkward name, with a reason: the mute stands on its page and in the list, by whom, and ends there."""
    name = "ministers: resigned? v1.0"
    page.goto(archive.origin + "/rules")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_label("Hold the messages of this rule for").select_option("a day")
    page.get_by_role("textbox", name="Why", exact=True).fill("the reshuffle <b>is ours</b>")
    page.get_by_role("button", name="Mute").click()
    heading(page, "Mutes")
    row = page.locator(".rows li").filter(has_text=name)
    expect(row).to_contain_text("the reshuffle <b>is ours</b>")
    expect(row).to_contain_text(f"by {USER}")
    row.get_by_role("link", name=name).click()
    expect(page.locator(".note").filter(has_text="is muted until")).to_contain_text("the reshuffle")
    page.get_by_role("link", name="All mutes").click()
    row.get_by_role("button", name="Unmute").click()
    heading(page, "Mutes")
    expect(row).to_have_count(0)
    page.get_by_role("link", name="Also what is over").click()
    expect(row).to_contain_text("lifted")
    # What cannot be done is said above the form, which keeps what was typed.
    page.goto(archive.origin + "/mutes")
    page.get_by_label("Name, or the article's number or address").fill("unrset")
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.status != 401) as answer:
        page.get_by_role("button", name="Mute", exact=True).click()
    assert answer.value.status == 422, answer.value.status
    expect(page.get_by_role("alert")).to_contain_text("did you mean `unrest`?")
    expect(page.get_by_label("Name, or the article's number or address")).to_have_value("unrset")
