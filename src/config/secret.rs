//! Passwords: from a file, a systemd credential, the environment, or, with a warning, the configuration itself.

use std::path::PathBuf;

use secrecy::SecretString;

use super::files::{Files, reason, resolve};
use super::keys::SECRET;
use super::reader::{Section, Text, Value};
use super::report::Report;
use super::source::Place;
use super::values;

/// The password of a section, from `password` or `password_file`. What it is appears in no message.
pub(super) fn password(section: &Section<'_>, files: &dyn Files, report: &mut Report) -> Option<SecretString> {
    secret(section, ["password", "password_file"], files, report)
}

/// A secret that stands under the first key, or in the file under the second.
pub(super) fn secret(
    section: &Section<'_>,
    [key, file_key]: [&str; 2],
    files: &dyn Files,
    report: &mut Report,
) -> Option<SecretString> {
    let (inline, file) = (section.get(key), section.get(file_key));
    match (inline, file) {
        (Some(inline), Some(file)) => {
            report
                .error(file.key_place, format!("`{key}` and `{file_key}` are both set"))
                .related(inline.key_place, "the other is here");
            None
        }
        (Some(inline), None) => from_value(inline, files, report),
        (None, Some(_)) => self::file(section, file_key, &format!("{key} file"), files, report),
        (None, None) => None,
    }
}

/// What stands in the file that a key names.
pub(super) fn file(
    section: &Section<'_>,
    key: &str,
    what: &str,
    files: &dyn Files,
    report: &mut Report,
) -> Option<SecretString> {
    let typed = section.text(key, report)?;
    let path = typed.parse(report, |text| values::path(text).map(str::to_owned))?;
    let path = resolve(report.source(typed.place.source).folder(), &path);
    from_file(path, what, typed.place, files, report)
}

fn from_value(value: Value<'_>, files: &dyn Files, report: &mut Report) -> Option<SecretString> {
    if let Some(Text { text, place }) = value.as_text() {
        report.warning(value.key_place, format!("the {key} stands in the configuration itself", key = value.key)).hint(
            format!("`{}_file = \"…\"`, `{{ credential = \"…\" }}` and `{{ env = \"…\" }}` keep it apart", value.key),
        );
        return nonempty(text, value.key, place, report);
    }
    let Some(entries) = value.as_table() else {
        value.reject_type("a string, `{ credential = \"…\" }` or `{ env = \"…\" }`", report);
        return None;
    };
    let section = Section::read(&SECRET, entries, value.place, report);
    match (section.get("credential"), section.get("env")) {
        (Some(credential), None) => from_credential(credential.text(report)?, files, report),
        (None, Some(variable)) => from_environment(variable.text(report)?, files, report),
        _ => {
            report
                .error(value.key_place, format!("a {} comes from one place", value.key))
                .hint("write `{ credential = \"smtp-password\" }` or `{ env = \"NAME\" }`");
            None
        }
    }
}

fn from_credential(name: Text<'_>, files: &dyn Files, report: &mut Report) -> Option<SecretString> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.text.is_empty() || name.text.starts_with('.') || !name.text.chars().all(is_name) {
        report.error(name.place, "this is no name of a credential").hint("write it like `smtp-password`");
        return None;
    }
    let Some(folder) = files.env("CREDENTIALS_DIRECTORY") else {
        report
            .error(
                name.place,
                format!("the credential `{}` is not there: `$CREDENTIALS_DIRECTORY` is not set", name.text),
            )
            .hint(format!("systemd sets it for a unit with `LoadCredential={}:FILE`", name.text));
        return None;
    };
    from_file(PathBuf::from(folder).join(name.text), "credential", name.place, files, report)
}

fn from_environment(name: Text<'_>, files: &dyn Files, report: &mut Report) -> Option<SecretString> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.text.is_empty() || !name.text.chars().all(is_name) {
        report.error(name.place, "this is no name of an environment variable").hint("write it like `SMTP_PASSWORD`");
        return None;
    }
    match files.env(name.text) {
        Some(value) => nonempty(&value, "environment variable", name.place, report),
        None => {
            report.error(name.place, format!("the environment variable `{}` is not set", name.text));
            None
        }
    }
}

/// What stands in a file, but for the end of its last line.
pub(super) fn from_file(
    path: PathBuf,
    what: &str,
    place: Place,
    files: &dyn Files,
    report: &mut Report,
) -> Option<SecretString> {
    match files.read(&path) {
        Ok(text) => {
            let line = text.strip_suffix('\n').unwrap_or(&text);
            nonempty(line.strip_suffix('\r').unwrap_or(line), what, place, report)
        }
        Err(error) => {
            report.error(place, format!("the {what} `{}` cannot be read: {}", path.display(), reason(&error)));
            None
        }
    }
}

fn nonempty(text: &str, what: &str, place: Place, report: &mut Report) -> Option<SecretString> {
    if text.is_empty() {
        report.error(place, format!("the {what} is empty"));
        return None;
    }
    Some(SecretString::from(text))
}
