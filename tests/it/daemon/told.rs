//! A mail tells what stands there when it is made, however long it waited.

use std::time::Duration;

use super::{STORY, configuration, publish};
use crate::support::{Answer, Hours, Sink, Site, unrest};

const HOUR: Duration = Duration::from_secs(60 * 60);
const HEADLINE: &str = "Dozens killed in the capital";

struct Desk {
    site: Site,
    sink: Sink,
    hours: Hours,
}

impl Desk {
    /// At two in the afternoon; it is quiet from one to six. The story stands there and was never told.
    async fn open(rule: &str) -> Self {
        let (site, sink) = (Site::start(), Sink::start());
        publish(&site, &[(HEADLINE, STORY)]);
        site.set(STORY, story(""));
        let configuration = configuration(&site, &sink)
            .replace("match = 'troops AND protest*'", rule)
            .replace("settle = \"0s\"", "settle = \"0s\"\nquiet = \"13:00-18:00\"");
        let hours = Hours::new(&format!("timezone = 'UTC'\n{configuration}")).await;
        hours.rounds(2, HOUR).await;
        Self { site, sink, hours }
    }

    async fn revise(&self, addition: &str) {
        self.site.set(STORY, story(addition));
        self.hours.after(HOUR).await;
    }

    /// The text of the one mail that came since it was asked for last, without the ends of its lines.
    fn mail(&self) -> String {
        let mails = self.sink.waiting();
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails[0].text().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn story(addition: &str) -> Answer {
    Answer::html(format!(
        "<!doctype html><html lang=\"en\"><head><title>{HEADLINE}</title></head><body><main><article>\
         <h1>{HEADLINE}</h1>{}{addition}</article></main></body></html>",
        unrest("a dozen")
    ))
}

const WRONG: &str = "<p>Bravo company says that 400 people were killed at the port.</p>";
const CORRECTED: &str = "<p>Bravo company says that 4 people were hurt at the port.</p>";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_corrected_while_a_mail_waited_is_told_as_it_was_corrected() {
    let desk = Desk::open("match = 'added:bravo'").await;
    desk.revise(WRONG).await;
    desk.revise(CORRECTED).await;
    assert!(desk.sink.waiting().is_empty(), "it is quiet");

    desk.hours.rounds(3, HOUR).await;

    let text = desk.mail();
    assert!(text.contains("4 people were hurt") && !text.contains("400 people"), "{text}");

    // The next one begins where that one ended, though no rule alerted on the correction.
    desk.revise(&format!("{CORRECTED}<p>Later Bravo spoke of nine boats.</p>")).await;
    let text = desk.mail();
    assert!(text.contains("{+Later *Bravo* spoke of nine boats") && !text.contains("+*Bravo* company"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_rule_that_was_about_the_same_edit_changes_nothing_of_that() {
    let both = "match = 'added:bravo'\n[[rule]]\nname = 'other'\nmatch = 'added:killed'";
    let desk = Desk::open(both).await;
    desk.hours.mute_rule("other", 30 * HOUR).await;
    desk.revise(WRONG).await;
    desk.revise(CORRECTED).await;

    desk.hours.rounds(3, HOUR).await;

    let text = desk.mail();
    assert!(text.contains("4 people were hurt") && !text.contains("400 people"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_while_a_mail_waited_is_not_mailed() {
    let desk = Desk::open("match = 'added:bravo'").await;
    desk.revise(WRONG).await;
    desk.revise("").await;

    desk.hours.rounds(5, HOUR).await;

    assert!(desk.sink.waiting().is_empty());
    let history = desk.hours.json(&["history", "1"]);
    assert_eq!(history["versions"].as_array().map(Vec::len), Some(3), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_whose_words_are_gone_again_says_so() {
    let desk = Desk::open("match = 'added:bravo'").await;
    desk.revise(WRONG).await;
    desk.revise("<p>Charlie company says that the port is closed.</p>").await;

    desk.hours.rounds(3, HOUR).await;

    let text = desk.mail();
    assert!(text.contains("unrest: what it found stands there no more"), "{text}");
    assert!(text.contains("Charlie company") && !text.contains("400 people"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_down_and_is_back_is_told_with_both_times() {
    let desk = Desk::open("match = 'troops'\non = ['gone']").await;
    desk.site.set(STORY, Answer::status(410));
    desk.hours.rounds(2, HOUR).await;
    desk.revise("").await;
    desk.hours.rounds(3, HOUR).await;

    let text = desk.mail();
    assert!(text.contains("back since") && text.contains("stands at its address again"), "{text}");
    assert!(!text.contains("no longer stands"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_and_was_corrected_is_told_as_it_stands() {
    let desk = Desk::open("match = 'added:bravo OR event:gone OR event:back'\non = ['revised', 'gone', 'back']").await;
    desk.revise(WRONG).await;
    desk.site.set(STORY, Answer::status(410));
    desk.hours.after(HOUR).await;
    desk.revise(WRONG).await;
    desk.revise(CORRECTED).await;
    desk.hours.rounds(2, HOUR).await;

    let text = desk.mail();
    assert!(text.contains("4 people were hurt") && !text.contains("400 people"), "{text}");
}
