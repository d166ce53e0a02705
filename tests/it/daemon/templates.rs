//! Mails in the user's own words, in the whole program.

use std::fs;

use super::{STORY, break_news, page, watching};
use crate::support::Installation;

/// Adds templates to the configuration: a subject, and a text with these words.
fn with_templates(installation: &Installation, text: &str) {
    fs::create_dir_all(installation.path("words")).unwrap();
    fs::write(installation.path("words/alert.txt"), text).unwrap();
    let file = installation.path("wirewatch.toml");
    let configuration = fs::read_to_string(&file).unwrap();
    let templates = "\n[mail.templates]\nsubject = \"{{ rules|join('+') }} says: {{ story.headline }}\"\n\
                     text_file = \"words/alert.txt\"\n";
    fs::write(file, configuration + templates).unwrap();
}

#[test]
fn a_mail_is_in_the_users_words_and_its_thread_keeps_the_first_subject() {
    let (site, sink, installation) = watching();
    with_templates(&installation, "Night desk, look:\n\n{{ body }}");
    break_news(&site);
    installation.all();
    let first = sink.next();
    assert_eq!(first.header("Subject").as_deref(), Some("unrest says: Dozens killed in the capital"));
    assert!(first.text().contains("Night desk, look:") && first.text().contains("New from "), "{}", first.text());
    site.set(STORY, page("26 killed in the capital", "26", "ad"));
    installation.all();
    let second = sink.next();
    assert_eq!(second.header("Subject").as_deref(), Some("Re: unrest says: Dozens killed in the capital"));
    assert!(second.text().contains("Night desk, look:") && second.text().contains("Revised by "), "{}", second.text());
    let status = installation.json(&["status"]);
    assert!(!status["notices"].to_string().contains("template"), "{status}");
}

#[test]
fn a_template_that_fails_at_last_loses_no_alert_and_is_noticed() {
    let (site, sink, installation) = watching();
    // No sample is of this site.
    with_templates(&installation, "Mine. {% if story.publisher != 'news.example' %}{{ story.nothing }}{% endif %}");
    assert!(installation.run(&["check"]).status.success());
    break_news(&site);
    let output = installation.run(&["run", "--once", "--all"]);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("`story.nothing` is undefined"), "{log}");
    let mail = sink.next();
    assert_eq!(mail.header("Subject").as_deref(), Some("unrest says: Dozens killed in the capital"));
    assert!(mail.text().contains("New from ") && !mail.text().contains("Mine."), "{}", mail.text());
    let status = installation.json(&["status"]);
    let notice = &status["notices"][0];
    assert_eq!(notice["kind"], "template_failing", "{status}");
    assert!(notice["text"].as_str().unwrap().contains("in line 1"), "{status}");
    assert!(installation.stdout(&["status"]).contains("mail.templates.text"), "{}", installation.stdout(&["status"]));
}

#[test]
fn a_wrong_template_is_refused_before_anything_runs() {
    let (_site, _sink, installation) = watching();
    with_templates(&installation, "one\n{{ story.headlin }}\n");
    for command in [&["check"][..], &["run", "--once"]] {
        let refused = installation.run(command);
        assert_eq!(refused.status.code(), Some(2), "{command:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("words/alert.txt:2") && said.contains("`story.headlin` is undefined"), "{said}");
    }
}
