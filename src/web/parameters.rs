//! What stands behind the `?` of an address.

use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::http::StatusCode;
use url::form_urlencoded;

use crate::config;
use crate::schedule::Since;

use super::refusal::Refusal;

/// More are nobody's.
const MOST: usize = 32;

/// The parameters of one request, each of which is known and stands there once.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads them. One without a value counts as absent, as forms send what nobody filled in.
    pub fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let mut read: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()).take(MOST) {
            if !known.contains(&name.as_ref()) {
                let refusal = bad(&format!("there is no parameter `{name}` here"));
                return Err(match config::nearest(&name, known.iter().copied()) {
                    Some(near) => refusal.hint(&format!("did you mean `{near}`?")),
                    None => refusal.hint(&format!("there are: {}", known.join(", "))),
                });
            }
            if read.iter().any(|(other, _)| *other == name) {
                return Err(bad(&format!("the parameter `{name}` is there twice")));
            }
            if !value.is_empty() {
                read.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(Self(read))
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A whole number within bounds.
    pub fn number<N: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        name: &str,
        bounds: RangeInclusive<N>,
    ) -> Result<Option<N>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse().ok().filter(|number| bounds.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (least, most) = (bounds.start(), bounds.end());
                Err(bad(&format!("`{name}` has to be a whole number from {least} to {most}")))
            }
        }
    }

    /// `true` or `1`, `false` or `0`.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1" | "on") => Ok(true),
            Some(_) => Err(bad(&format!("`{name}` has to be `true` or `false`"))),
        }
    }

    /// `7d`, `2026-11-22`, or a moment.
    pub fn since(&self, name: &str) -> Result<Option<Since>, Refusal> {
        let read = |text: &str| text.parse().map_err(|error| bad(&format!("`{name}` is {error}")));
        self.text(name).map(read).transpose()
    }
}

/// What was asked cannot be read.
pub(super) fn bad(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "bad_request", message)
}
