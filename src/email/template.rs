//! The user's own subject and bodies: templates in the language of Jinja, held to the same bounds as ours.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter};
use thiserror::Error;

use super::values::Values;
use super::{Sender, header, sample};
use crate::model::Timestamp;

/// What one rendering may take: about so many steps, and 64 bytes for each.
const FUEL: u64 = 500_000;
/// Loops within loops.
const MAX_DEPTH: usize = 50;
/// One `{{ … }}` or `{% … %}`, in bytes: the parser may go a level deeper with each of them.
const MAX_EXPRESSION: usize = 1_000;
/// The source of a template, in bytes.
pub const MAX_TEMPLATE: usize = 64 * 1024;

/// The part of a mail that a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Subject,
    Text,
    Html,
}

impl Part {
    pub const ALL: [Part; 3] = [Part::Subject, Part::Text, Part::Html];

    pub fn name(self) -> &'static str {
        match self {
            Part::Subject => "subject",
            Part::Text => "text",
            Part::Html => "html",
        }
    }
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the template for the {} fails{}: {message}", part.name(), Line(*line))]
pub struct TemplateError {
    pub part: Part,
    /// Counted from 1.
    pub line: Option<usize>,
    /// In lower case, without a full stop.
    pub message: String,
}

struct Line(Option<usize>);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, " in line {line}"))
    }
}

/// The templates of a configuration, compiled. None of them must be there; what has none is as it always was.
#[derive(Clone, Default)]
pub struct Templates {
    environment: Option<Arc<Environment<'static>>>,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Part::ALL.iter().filter(|part| self.has(**part))).finish()
    }
}

impl Templates {
    /// Compiles the templates and renders a sample of each kind of mail. With any error there are none, and all errors
    /// come back, each once.
    pub fn new(sources: Vec<(Part, String)>, sender: &Sender, now: Timestamp) -> Result<Self, Vec<TemplateError>> {
        let mut environment = environment();
        let mut errors = Vec::new();
        for (part, source) in sources {
            if source.len() > MAX_TEMPLATE {
                errors.push(part.fails(format!("it is longer than {} KiB", MAX_TEMPLATE / 1024)));
                continue;
            }
            if longest_expression(&source) > MAX_EXPRESSION {
                errors.push(part.fails(format!("an expression in it is longer than {MAX_EXPRESSION} bytes")));
                continue;
            }
            let added = catch_unwind(AssertUnwindSafe(|| environment.add_template_owned(part.name(), source)));
            match added {
                Ok(Ok(())) => {}
                Ok(Err(error)) => errors.push(part.failed(&error)),
                Err(_) => errors.push(part.fails("it cannot be read".to_owned())),
            }
        }
        let templates = Self { environment: Some(Arc::new(environment)) };
        errors.extend(templates.tried(sender, now));
        if errors.is_empty() { Ok(templates) } else { Err(errors) }
    }

    /// What goes wrong with the samples.
    fn tried(&self, sender: &Sender, now: Timestamp) -> Vec<TemplateError> {
        let sender = Sender { templates: self.clone(), ..sender.clone() };
        let mut errors: Vec<TemplateError> = Vec::new();
        for delivery in sample::deliveries("desk@example.org", "example.org", now) {
            for problem in super::compose(&delivery, &sender, now).problems {
                if !errors.contains(&problem) {
                    errors.push(problem);
                }
            }
        }
        errors
    }

    pub fn has(&self, part: Part) -> bool {
        self.environment.as_ref().is_some_and(|environment| environment.get_template(part.name()).is_ok())
    }

    /// What the template of a part makes of the values, `body` being the one of ours that it replaces; `None` without
    /// a template.
    pub(super) fn render(&self, part: Part, values: &Values, body: Value) -> Option<Result<String, TemplateError>> {
        let environment = self.environment.as_ref()?;
        let template = environment.get_template(part.name()).ok()?;
        let context = minijinja::context! { body => body, ..Value::from(Serde(values)) };
        let rendered = catch_unwind(AssertUnwindSafe(|| template.render(context)));
        Some(match rendered {
            Ok(Ok(text)) if text.trim().is_empty() => Err(part.fails("it makes an empty text".to_owned())),
            Ok(Ok(text)) => Ok(text),
            Ok(Err(error)) => Err(part.failed(&error)),
            Err(_) => Err(part.fails("it cannot be rendered".to_owned())),
        })
    }
}

impl Part {
    pub(super) fn fails(self, message: String) -> TemplateError {
        TemplateError { part: self, line: None, message }
    }

    fn failed(self, error: &Error) -> TemplateError {
        let message = match (error.kind(), error.detail()) {
            (ErrorKind::OutOfFuel, _) => "it takes too long or makes too much".to_owned(),
            (kind, Some(detail)) => format!("{kind}: {detail}"),
            (kind, None) => kind.to_string(),
        };
        TemplateError { part: self, line: error.line(), message: header::one_line(&message, 300) }
    }
}

/// The bytes of the longest `{{ … }}` or `{% … %}`, as which what follows the last one without an end counts too.
fn longest_expression(source: &str) -> usize {
    let (mut longest, mut rest) = (0, source);
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        rest = &rest[start + 2..];
        let length = expression(rest);
        longest = longest.max(length);
        rest = &rest[length..];
    }
    longest
}

/// Where the expression at the beginning of a text ends; what stands in quotes does not end it.
fn expression(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (0, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'}' | b'%') if bytes.get(at + 1) == Some(&b'}') => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(MAX_DEPTH);
    environment.set_auto_escape_callback(|name| match name == Part::Html.name() {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    // What an article does not have is left out, not called "none".
    environment.set_formatter(|out, state, value| match value.kind() {
        ValueKind::None => Ok(()),
        // Written out it would stand there as in a program; and lists of lists can be longer than any memory.
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
            Err(Error::new(ErrorKind::InvalidOperation, "a list is written by a loop or by `|join`"))
        }
        _ => escape_formatter(out, state, value),
    });
    // What is carried from one turn of a loop to the next can double with each of them.
    environment.add_function("namespace", |_: Kwargs| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::UnknownFunction, "`namespace` is not offered here"))
    });
    // A line that holds a block alone leaves no blank line in a plain text.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment
}
