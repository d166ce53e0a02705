//! Reads any text as a configuration, as a list of feeds and as OPML.

#![no_main]
// The modules are compiled alone, without the rest of the program that uses them.
#![allow(dead_code, unused_imports)]

#[path = "../../src/alert/mod.rs"]
mod alert;
#[path = "../../src/config/mod.rs"]
mod config;
#[path = "../../src/diff/mod.rs"]
mod diff;
#[path = "../../src/email/mod.rs"]
mod email;
#[path = "../../src/extract/mod.rs"]
mod extract;
#[path = "../../src/model/mod.rs"]
mod model;
#[path = "../../src/rule/mod.rs"]
mod rule;
#[path = "../../src/schedule/mod.rs"]
mod schedule;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use config::{Files, Problems};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| read(text));

/// A machine where every file that a configuration names holds that configuration.
struct Mirror<'t> {
    text: &'t str,
}

impl Files for Mirror<'_> {
    fn read(&self, _: &Path) -> io::Result<String> {
        Ok(self.text.to_owned())
    }

    fn matching(&self, pattern: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(vec![pattern.to_owned()])
    }

    fn env(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }

    fn system_timezone(&self) -> Option<String> {
        None
    }
}

fn read(text: &str) {
    match config::load(Path::new("wirewatch.toml"), &Mirror { text }) {
        Ok(loaded) => check(&loaded.warnings, text),
        Err(problems) => {
            assert!(problems.errors() > 0);
            check(&problems, text);
        }
    }
    for feeds in [config::read_opml(text), config::read_list(text)].into_iter().flatten() {
        let written = config::feeds_toml(&feeds, &HashSet::new());
        assert!(toml::from_str::<toml::Table>(&written).is_ok(), "{written}");
    }
}

fn check(problems: &Problems, text: &str) {
    let lines = text.split('\n').count();
    for problem in problems {
        assert!(!problem.message.is_empty() && problem.line <= lines, "{problem:?}");
        assert!(problem.source_line.as_ref().is_none_or(|line| line.get(problem.span.clone()).is_some()), "{problem:?}");
    }
    assert!(!problems.to_string().contains('\x1b'), "{problems}");
}
