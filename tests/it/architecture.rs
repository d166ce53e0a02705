//! The layers: a module uses only modules above it in `lib.rs`, a crate is used only by the module that owns it, and a
//! pure module names no clock, socket, file or async runtime.

use std::fs;
use std::path::{Path, PathBuf};

/// Crates with one owner; every other crate may be used anywhere.
const OWNERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store/sqlite"]),
    ("reqwest", &["fetch"]),
    ("robotxt", &["fetch"]),
    ("lettre", &["transport"]),
    ("minijinja", &["email"]),
    ("aws_lc_rs", &["transport", "store/sqlite"]),
    ("base64", &["transport", "web", "store/sqlite"]),
    ("feed_rs", &["feed"]),
    ("cron", &["schedule"]),
    ("trafilatura", &["extract"]),
    ("similar", &["diff"]),
    ("regex", &["rule", "extract", "feed"]),
    ("toml", &["config"]),
    ("axum", &["web", "cli/demo"]),
    ("hyper", &["web"]),
    ("hyper_util", &["web"]),
    ("maud", &["web"]),
    ("subtle", &["web"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("anstream", &["cli"]),
    ("sd_notify", &["daemon"]),
    ("tracing_subscriber", &["cli"]),
    ("anyhow", &["cli"]),
];

/// Modules that only compute.
const PURE: &[&str] = &[
    "model", "identity", "schedule", "feed", "extract", "diff", "rule", "detect", "alert", "email", "hook", "health",
    "config",
];

/// What a pure module may not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "tokio",
    "async fn",
    "println!",
];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules in the order of `lib.rs`.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string(sources().join("lib.rs")).expect("lib.rs");
    let names = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

/// Every source file below a module, with its path relative to `src` and its code (comments and tests taken out).
fn files(module: &str) -> Vec<(String, String)> {
    let single = sources().join(format!("{module}.rs"));
    let mut found = Vec::new();
    if single.exists() {
        found.push(single);
    }
    collect(&sources().join(module), &mut found);
    assert!(!found.is_empty(), "module `{module}` has no file");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(sources()).expect("below src").display().to_string();
        let text = fs::read_to_string(&path).expect("a readable source");
        (name, code(&text))
    };
    found.into_iter().map(read).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_module_uses_only_modules_above_it() {
    let modules = modules();
    assert!(modules.len() > 10, "lib.rs lists the modules");
    for (position, module) in modules.iter().enumerate() {
        for (file, code) in files(module) {
            for below in &modules[position + 1..] {
                let path = format!("crate::{below}");
                let used = code.match_indices(&path).any(|(at, _)| {
                    let next = code[at + path.len()..].chars().next();
                    !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
                });
                assert!(!used, "{file} uses `{below}`, which stands below `{module}` in lib.rs");
            }
            assert!(
                !code.contains("use crate::{"),
                "{file}: import `crate::module` by its own line, so that layers show"
            );
        }
    }
}

#[test]
fn a_crate_is_used_only_by_the_module_that_owns_it() {
    for module in modules() {
        for (file, code) in files(&module) {
            for (name, owners) in OWNERS {
                if owners.iter().any(|owner| file.starts_with(owner)) {
                    continue;
                }
                let used = code.contains(&format!("{name}::")) && names_crate(&code, name);
                assert!(!used, "{file} uses the crate `{name}`, which belongs to {owners:?}");
            }
        }
    }
}

/// Whether `name::` stands at the beginning of a path.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            && (code[..at].ends_with("use ") || !code.contains(&format!("use crate::{name}")))
    })
}

#[test]
fn a_pure_module_names_no_clock_socket_file_or_runtime() {
    for module in PURE {
        for (file, code) in files(module) {
            for name in IMPURE {
                assert!(!code.contains(name), "{file} is in a pure module and names `{name}`");
            }
        }
    }
}

#[test]
fn every_module_is_pure_or_known_as_impure() {
    let impure = ["store", "fetch", "transport", "archive", "documents", "words", "daemon", "web", "cli"];
    for module in modules() {
        assert!(PURE.contains(&module.as_str()) || impure.contains(&module.as_str()), "`{module}` is in no layer");
    }
}
