//! The user's own subject and bodies.

use wirewatch::email::{Email, Part, Sender, TemplateError, Templates, compose, sample};
use wirewatch::model::{Delivery, DeliveryKind};
use wirewatch::transport;

use super::MAX_MAIL;
use super::stories::{alone, at, delivery, kazakhstan_thread, new, noted, revised, sender, touched_up};

/// A sender with these templates, which must be in order.
fn with(templates: &[(Part, &str)]) -> Sender {
    let sources = templates.iter().map(|(part, source)| (*part, (*source).to_owned())).collect();
    let templates = Templates::new(sources, &sender(), at("13:07")).unwrap_or_else(|errors| panic!("{errors:?}"));
    Sender { templates, ..sender() }
}

fn errors(part: Part, source: &str) -> Vec<TemplateError> {
    Templates::new(vec![(part, source.to_owned())], &sender(), at("13:07")).expect_err(source)
}

fn mail(delivery: &Delivery, sender: &Sender) -> Email {
    let email = compose(delivery, sender, at("13:07"));
    let rendered = transport::render(&email).unwrap();
    assert!(rendered.len() < MAX_MAIL, "{}", rendered.len());
    email
}

#[test]
fn a_template_can_say_all_that_ours_says() {
    let text = "\
{{ happened }}
{% for story in stories %}
{{ story.event }} {{ story.headline }}
{% if story.headline_before %}
was: {{ story.headline_before }}
{% endif %}
{{ story.url }} {{ story.history }} {{ story.diff }} v{{ story.version_before }}-{{ story.version }}
{% for rule in story.rules %}{{ rule.name }}: {{ rule.terms|join(\", \") }}{% endfor %}

{% for figure in story.figures %}
{{ figure.before }} > {{ figure.after }}
{% endfor %}
{% for change in story.changes %}
{{ change.text }}
{% endfor %}
{{ story.severity }} {{ story.silent }} {{ story.kinds|join(\",\") }} {{ story.observed_at }} {{ story.byline }}
{% endfor %}
{{ why }} {{ recipient }} {{ now }} {{ now_utc }} {{ kind }} {{ more }}";
    let email = mail(&alone(revised()), &with(&[(Part::Text, text)]));
    assert_eq!(email.problems, []);
    let expected = "\
Revised by aljazeera.com, 14:05 CET: headline, 2 figures, a quotation, 12 words added and more; no correction note
revised Kazakhstan: 26 killed as CSTO troops arrive
was: Kazakhstan: dozens killed as troops arrive
https://www.aljazeera.com/news/2026/11/22/kazakhstan-protests wirewatch history 12 wirewatch diff 12@1..2 v1-2
csto-kazakhstan: CSTO, Kazakhstan, Collective Security Treaty Organization
Dozens > 26
second > third
[-Dozens of-]{+At least 26+} people have been killed in *Kazakhstan*’s largest city, Almaty, after a night…
";
    assert!(email.text.starts_with(expected), "{}", email.text);
    assert!(
        email.text.contains("major True headline,figures,quote,addition,wording 14:05 CET, 22 Nov 2026"),
        "{}",
        email.text
    );
    let end = "alerts the recipient desk (desk@example.org). Announced by aljazeera. desk 14:07 CET, 22 Nov 2026 \
               2026-11-22T13:07:00Z article 0\n";
    assert!(email.text.ends_with(end), "{}", email.text);
    assert_eq!(email.html, mail(&alone(revised()), &sender()).html, "what has no template stays");
}

#[test]
fn ours_can_be_wrapped() {
    let ours = mail(&alone(revised()), &sender());
    let templates =
        [(Part::Text, "Call the night desk.\n\n{{ body }}"), (Part::Html, "<p>Call &amp; wait.</p>{{ body }}")];
    let email = mail(&alone(revised()), &with(&templates));
    assert_eq!(email.text, format!("Call the night desk.\n\n{}", ours.text));
    assert_eq!(email.html, format!("<p>Call &amp; wait.</p>{}", ours.html));
}

#[test]
fn strangers_words_are_escaped_in_markup_and_cannot_leave_the_subject() {
    let templates = [
        (Part::Subject, "{{ story.headline }}\r\nBcc: x@example.net\n\u{202E}{{ rules|join('+') }}"),
        (Part::Html, "<h1 title=\"{{ story.headline }}\">{{ story.headline }}</h1>{{ story.byline }}"),
        (Part::Text, "{{ story.headline }}\r\n{{ story.byline }}\u{7}"),
    ];
    let mut told = super::mails::hostile();
    told.thread = None;
    let email = mail(&told, &with(&templates));
    assert_eq!(email.problems, []);
    assert!(!email.subject.contains(['\r', '\n', '\u{202E}']) && email.subject.contains("Bcc: x@example.net"));
    assert!(!email.html.contains("<script") && !email.html.contains("<b>") && !email.html.contains('\u{202E}'));
    assert!(!email.text.contains(['\r', '\u{7}', '\u{202E}', '\u{1b}']), "{:?}", email.text);
    let message = String::from_utf8(transport::render(&email).unwrap()).unwrap();
    let head = message.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc") || line.starts_with("X-Evil")), "{head}");
}

#[test]
fn a_subject_is_made_for_the_first_mail_of_a_thread_and_kept_for_the_others() {
    let with = with(&[(Part::Subject, "{{ kind }} {{ story.headline }}")]);
    assert_eq!(mail(&alone(new()), &with).subject, "article Kazakhstan: dozens killed as troops arrive");
    let later = Delivery { thread: kazakhstan_thread(), ..alone(revised()) };
    let subject = "Re: [csto-kazakhstan] Kazakhstan: dozens killed as troops arrive";
    assert_eq!(mail(&later, &with).subject, subject);
    let digest = delivery(DeliveryKind::Digest, vec![new(), touched_up()]);
    assert_eq!(mail(&digest, &with).subject, "digest Kazakhstan: dozens killed as troops arrive");
    assert_eq!(
        mail(&noted("the disk is nearly full", &["Free some."]), &with).subject,
        "[wirewatch] the disk is nearly full"
    );
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (source, line, message) in [
        ("one\n{{ story.headlin }}", Some(2), "undefined"),
        ("{% for story in stories %}\n{{ story.headline }}", Some(2), "syntax error"),
        ("{{ body | shout }}", Some(1), "unknown filter"),
        ("\n\n{{ 1 / 0 }}", Some(3), ""),
        ("{% if more > 1000 %}x{% endif %}", None, "it makes an empty text"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}x", Some(1), "takes too long"),
        ("{{ 'x' * 1000000000 }}", Some(1), ""),
        ("{{ 'x' * 200000 }}", None, "it makes 208 KB"),
        ("{% include 'other' %}", Some(1), ""),
    ] {
        let errors = errors(Part::Text, source);
        assert!(errors.len() <= 3, "{errors:?}");
        assert_eq!(errors[0].line, line, "{source}: {errors:?}");
        assert!(errors[0].message.contains(message), "{source}: {errors:?}");
    }
    assert!(errors(Part::Subject, &"x".repeat(70_000))[0].message.contains("64 KiB"));
    // What an article can lack is seen by a sample that lacks it.
    let lacking = errors(Part::Subject, "{{ story.rules[0].terms[0] }}");
    assert!(lacking[0].message.contains("undefined"), "{lacking:?}");
}

#[test]
fn a_template_that_fails_at_last_leaves_its_part_to_ours() {
    let ours = mail(&alone(revised()), &sender());
    // No sample has this name.
    let trap = "{% if story.publisher == 'aljazeera.com' %}{{ story.nothing }}{% endif %}Mine";
    let email = mail(&alone(revised()), &with(&[(Part::Text, trap), (Part::Html, "<b>{{ story.headline }}</b>")]));
    assert_eq!(email.text, ours.text);
    assert_eq!(email.html, "<b>Kazakhstan: 26 killed as CSTO troops arrive</b>");
    assert_eq!(email.problems.len(), 1);
    assert_eq!((email.problems[0].part, email.problems[0].line), (Part::Text, Some(1)));
    let email = mail(&alone(revised()), &with(&[(Part::Subject, trap)]));
    assert_eq!((email.subject, email.problems.len()), (ours.subject, 1));
}

#[test]
fn a_great_digest_gives_a_template_what_fits() {
    let told = delivery(DeliveryKind::Digest, (0..500).map(|_| revised()).collect());
    let text = "{% for story in stories %}{{ story.headline }} {% for change in story.changes %}{{ change.text }}\n{{ 'x' * 2000 }}\n{% endfor %}{% endfor %}and {{ more }} more";
    let email = mail(&told, &with(&[(Part::Text, text)]));
    assert_eq!(email.problems, []);
    assert!(email.text.contains("Kazakhstan: 26 killed") && email.text.contains("more\n"), "{}", email.text.len());
}

#[test]
fn every_kind_of_mail_has_a_sample() {
    let samples = sample::deliveries("desk@example.org", "example.org", at("13:07"));
    for kind in [
        DeliveryKind::Article,
        DeliveryKind::Digest,
        DeliveryKind::Initial,
        DeliveryKind::Overflow,
        DeliveryKind::Muted,
        DeliveryKind::Backlog,
    ] {
        assert!(samples.iter().any(|sample| sample.kind == kind), "{kind:?}");
    }
}

#[test]
fn a_source_of_any_depth_is_read_or_refused() {
    for (open, middle, close) in [
        ("-", "1", ""),
        ("- ", "1", ""),
        ("not ", "1", ""),
        ("- not\t", "1", ""),
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{1:", "1", "}"),
        ("x[", "1", "]"),
        ("f(", "1", ")"),
        ("1 if ", "1", ""),
        ("1 if 1 else ", "1", ""),
        ("1 ~ ", "1", ""),
        ("1 ** ", "1", ""),
        ("1 and ", "1", ""),
        ("1|f|", "f", ""),
        ("x.", "x", ""),
        ("-(", "1", ")"),
    ] {
        for (bytes, is_refused) in [(900, false), (60_000, true)] {
            let times = bytes / (open.len() + close.len());
            let source = format!("{{{{ '}}}}' ~ {}{middle}{} }}}}", open.repeat(times), close.repeat(times));
            // Whether a short one can be read is the language's affair; that it ends is ours.
            let read = Templates::new(vec![(Part::Text, source)], &sender(), at("13:07"));
            let too_long = |errors: &Vec<TemplateError>| errors[0].message.contains("is longer than 1000 bytes");
            assert_eq!(read.as_ref().is_err_and(too_long), is_refused, "{open}: {read:?}");
        }
    }
}

#[test]
fn what_can_grow_without_end_is_refused() {
    for (source, said) in [
        ("{{ stories }}", "a list is written by a loop or by `|join`"),
        ("{{ story.figures }}", "a list is written by a loop or by `|join`"),
        ("{{ [[1, 2], [3]] }}", "a list is written by a loop or by `|join`"),
        (
            "{% set n = namespace(x=[1]) %}{% for i in range(40) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x|length }}",
            "`namespace` is not offered here",
        ),
    ] {
        for part in [Part::Text, Part::Html] {
            let errors = errors(part, source);
            assert!(errors[0].message.contains(said), "{source}: {errors:?}");
        }
    }
}
