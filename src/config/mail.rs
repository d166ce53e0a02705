//! `[mail]`, and to whom: `[[recipient]]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{Files, resolve};
use super::reader::{Section, Text, Value};
use super::report::{Complaint, Report};
use super::settings::{HookConfig, MailConfig, MailTransport};
use super::source::Place;
use super::{dkim, hooks, secret, smtp, templates, values};
use crate::alert::{Deliver, Recipient};
use crate::schedule::{Quiet, Schedule};

const DEFAULT_FROM: &str = "Wirewatch <wirewatch@localhost>";
const DEFAULT_MAX_PER_HOUR: u32 = 60;
const DEFAULT_SETTLE: Duration = Duration::from_secs(90);
const DEFAULT_UPDATE_INTERVAL: Duration = Duration::from_secs(15 * 60);
const DAY: Duration = Duration::from_secs(86_400);
const MOST_ADDRESSES: usize = 1_000;

/// Reads `[mail]`. The default Maildir lies in `database_folder`.
pub(super) fn mail(
    section: &Section<'_>,
    database_folder: &Path,
    files: &dyn Files,
    report: &mut Report,
) -> MailConfig {
    let from = section.parsed("from", report, values::mailbox).unwrap_or_else(|| DEFAULT_FROM.to_owned());
    if let Some(server) = section.get("smtp")
        && from.trim_end_matches('>').ends_with("@localhost")
    {
        let place = section.get("from").map_or(server.key_place, |from| from.key_place);
        report
            .warning(place, "mails come from an address at `localhost`, which most mail servers refuse")
            .hint("write `from = \"Wirewatch <wirewatch@…>\"` with a domain that the server may send for");
    }
    let max_per_hour =
        section.number("max_per_hour", 0..=100_000, report).and_then(|number| u32::try_from(number).ok());
    MailConfig {
        transport: transport(section, database_folder, files, report),
        max_per_hour: max_per_hour.unwrap_or(DEFAULT_MAX_PER_HOUR),
        operator: section.parsed("operator", report, values::address),
        dkim: dkim::dkim(section, &from, files, report),
        templates: templates::templates(section, &from, files, report),
        from,
    }
}

fn transport(section: &Section<'_>, database_folder: &Path, files: &dyn Files, report: &mut Report) -> MailTransport {
    let password = secret::password(section, files, report);
    let (server, folder) = (section.get("smtp"), section.get("maildir"));
    if let (Some(server), Some(folder)) = (server, folder) {
        report
            .error(folder.key_place, "`smtp` and `maildir` are both set")
            .related(server.key_place, "the other is here")
            .hint("alerts go to one of them");
    }
    if let Some(server) = server {
        return smtp_transport(server, section, password, report).unwrap_or_else(|| maildir(database_folder));
    }
    let unused = section.get("password").or(section.get("password_file")).or(section.get("oauth_token_file"));
    if let Some(unused) = unused {
        report.warning(unused.key_place, format!("`{}` has no effect without `smtp`", unused.key));
    }
    let typed = section.text("maildir", report);
    let path =
        typed.and_then(|typed| typed.parse(report, |text| values::path(text).map(str::to_owned)).zip(Some(typed)));
    match path {
        Some((path, typed)) => MailTransport::Maildir(resolve(report.source(typed.place.source).folder(), &path)),
        None => maildir(database_folder),
    }
}

fn maildir(database_folder: &Path) -> MailTransport {
    MailTransport::Maildir(database_folder.join("alerts"))
}

fn smtp_transport(
    server: Value<'_>,
    section: &Section<'_>,
    password: Option<secrecy::SecretString>,
    report: &mut Report,
) -> Option<MailTransport> {
    let text = server.text(report)?;
    let mut config = text.parse(report, smtp::parse)?;
    if let Some(doubt) = smtp::doubt(&config) {
        report.warning(text.place, "the port and the scheme do not fit each other").hint(doubt);
    }
    config.oauth_token_file = oauth_token_file(section, report);
    let password_key = section.get("password").or(section.get("password_file"));
    if let (Some(password), Some(token)) = (&password_key, section.get("oauth_token_file")) {
        report
            .error(token.key_place, "a password and an OAuth token are both set")
            .related(password.key_place, "the other is here")
            .hint("the server is logged in to with one of them");
    }
    let names_password = password_key.or(section.get("oauth_token_file"));
    match (&config.user, names_password) {
        (Some(_), None) => {
            report
                .warning(text.place, "a user is named, and no password is set")
                .hint("write `password_file = \"…\"`, or leave `user@` out");
        }
        (None, Some(unused)) => {
            report
                .warning(unused.key_place, "a password is set, and `smtp` names no user")
                .hint("write `smtps://user@…`");
        }
        _ => {}
    }
    config.password = password;
    Some(MailTransport::Smtp(config))
}

/// Where the token lies. It is read at each login, since it is good for an hour or so.
fn oauth_token_file(section: &Section<'_>, report: &mut Report) -> Option<PathBuf> {
    let typed = section.text("oauth_token_file", report)?;
    let path = typed.parse(report, |text| values::path(text).map(str::to_owned))?;
    Some(resolve(report.source(typed.place.source).folder(), &path))
}

/// The recipients, and where the name of each was given, also of those that could not be read.
pub(super) struct Recipients {
    pub all: Vec<Recipient>,
    pub hooks: Vec<HookConfig>,
    pub names: BTreeMap<String, Place>,
}

pub(super) fn recipients(sections: &[Section<'_>], files: &dyn Files, report: &mut Report) -> Recipients {
    let mut recipients = Recipients { all: Vec::new(), hooks: Vec::new(), names: BTreeMap::new() };
    for section in sections {
        let name = section.require("name", report).and_then(|value| value.text(report));
        let checked = name.and_then(|name| name.parse(report, values::name).zip(Some(name)));
        let email = email(section, report);
        let hooks = hooks::hooks(section, files, report);
        let deliver = section.parsed("deliver", report, deliver).unwrap_or(Deliver::Now);
        let settle = section.duration("settle", Duration::ZERO..=DAY, report);
        let update_interval = section.duration("update_interval", Duration::ZERO..=7 * DAY, report);
        let quiet = section.parsed("quiet", report, |text| text.parse::<Quiet>().map_err(Complaint::from));
        let Some((name, typed)) = checked else { continue };
        if let Some(first) = recipients.names.get(&name) {
            report
                .error(typed.place, format!("two recipients are named `{name}`"))
                .related(*first, "the first is here");
            continue;
        }
        recipients.names.insert(name.clone(), typed.place);
        let Some(email) = email else { continue };
        let settle = settle.unwrap_or(DEFAULT_SETTLE);
        let update_interval = update_interval.unwrap_or(DEFAULT_UPDATE_INTERVAL);
        let ways = hooks.iter().map(|hook| hook.way()).collect();
        recipients.hooks.extend(hooks.into_iter().map(|hook| HookConfig { recipient: name.clone(), ..hook }));
        recipients.all.push(Recipient { name, email, hooks: ways, deliver, settle, update_interval, quiet });
    }
    recipients
}

/// The mail addresses, which must be there where nothing else is.
fn email(section: &Section<'_>, report: &mut Report) -> Option<Vec<String>> {
    if section.get("email").is_none() && section.get("webhook").or(section.get("ntfy")).is_some() {
        return Some(Vec::new());
    }
    section.require("email", report).and_then(|value| addresses(value, report))
}

/// The recipient of a configuration that has rules, names nobody, and puts its mails into a Maildir.
pub(super) fn desk() -> Recipient {
    Recipient {
        name: "desk".to_owned(),
        email: vec!["desk@localhost".to_owned()],
        hooks: Vec::new(),
        deliver: Deliver::Now,
        settle: DEFAULT_SETTLE,
        update_interval: DEFAULT_UPDATE_INTERVAL,
        quiet: None,
    }
}

fn addresses(value: Value<'_>, report: &mut Report) -> Option<Vec<String>> {
    let texts = value.texts(report)?;
    if texts.is_empty() || texts.len() > MOST_ADDRESSES {
        report.error(value.place, format!("`email` must hold from 1 to {MOST_ADDRESSES} addresses"));
        return None;
    }
    let mut addresses: Vec<String> = Vec::with_capacity(texts.len());
    let mut is_complete = true;
    for text in texts {
        match text.parse(report, values::address) {
            Some(address) if addresses.contains(&address) => twice(text, report),
            Some(address) => addresses.push(address),
            None => is_complete = false,
        }
    }
    is_complete.then_some(addresses)
}

fn twice(text: Text<'_>, report: &mut Report) {
    report.warning(text.place, "this address stands here twice").hint("it gets each mail once");
}

fn deliver(text: &str) -> Result<Deliver, Complaint> {
    if text == "now" {
        return Ok(Deliver::Now);
    }
    let complaint = match text.parse::<Schedule>() {
        Ok(schedule) if schedule.is_adaptive() => Complaint::new("`adaptive` is a schedule for feeds")
            .hint("write `now`, or a cron schedule for a digest: `0 8 * * 1-5`"),
        Ok(schedule) => return Ok(Deliver::Digest(schedule)),
        Err(error) => Complaint::from(error),
    };
    // A single word is more likely a misspelt `now` than a schedule.
    match text.contains(char::is_whitespace) || text.starts_with('@') {
        true => Err(complaint),
        false => Err(Complaint::new("`deliver` is neither `now` nor a schedule")
            .hint("write `now`, or a cron schedule for a digest: `0 8 * * 1-5`")),
    }
}
