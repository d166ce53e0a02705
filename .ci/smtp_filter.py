"""A filter for OpenSMTPD (smtpd-filters(7)) that is as strict as servers out there, by the name of the recipient.

`unknown…` there is none, `grey…` is asked to come back at the first try of each address, `strict…` wants no HTML.
"""

import sys

sys.stdin.reconfigure(encoding="latin-1", newline="\n")
sys.stdout.reconfigure(encoding="latin-1", newline="\n", line_buffering=True)

seen, recipients, with_html = set(), {}, set()


def judge(phase, session, what):
    if phase == "rcpt-to":
        recipients[session] = what
        if "unknown" in what:
            return "reject|550 5.1.1 no such user"
        if "grey" in what and what not in seen:
            seen.add(what)
            return "reject|451 4.7.1 greylisted, come back later"
    if phase == "commit":
        is_html = session in with_html
        with_html.discard(session)
        if is_html and "strict" in recipients.get(session, ""):
            return "reject|554 5.7.1 looks like spam"
    return "proceed"


for line in sys.stdin:
    line = line.removesuffix("\n")
    if line == "config|ready":
        for phase in ["rcpt-to", "data-line", "commit"]:
            print(f"register|filter|smtp-in|{phase}")
        print("register|ready")
    elif line.startswith("filter|"):
        _, _, _, _, phase, session, token, what = (line.split("|", 7) + [""])[:8]
        if phase == "data-line":
            if what.lower().startswith("content-type: text/html"):
                with_html.add(session)
            print(f"filter-dataline|{session}|{token}|{what}")
        else:
            print(f"filter-result|{session}|{token}|{judge(phase, session, what)}")
