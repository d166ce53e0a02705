//! Who is at the shell, for the records of what people did.

use std::fs::File;
use std::io::Read as _;

/// Longer than any file of accounts that a person keeps.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
const LONGEST_NAME: usize = 60;

/// The account that the process runs as, by name or else as `uid 1000`: the environment may say anything. Where it is root's by
/// way of `sudo`, whose word it is comes first: `alice (root)`.
pub fn user() -> String {
    let uid = rustix::process::getuid();
    let name = account(&accounts(), uid.as_raw()).unwrap_or_else(|| format!("uid {}", uid.as_raw()));
    let caller = std::env::var("SUDO_USER").ok().filter(|_| uid.is_root()).map(|caller| named(&caller));
    match caller.filter(|caller| !caller.is_empty() && *caller != name) {
        Some(caller) => format!("{caller} ({name})"),
        None => name,
    }
}

fn accounts() -> String {
    let mut accounts = Vec::new();
    // Whoever cannot be looked up is known by number.
    let _ = File::open("/etc/passwd").and_then(|file| file.take(MOST_BYTES).read_to_end(&mut accounts));
    String::from_utf8_lossy(&accounts).into_owned()
}

/// By passwd(5): the name, the password, and the number stand first.
fn account(accounts: &str, uid: u32) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(uid)).then(|| named(name)).filter(|name| !name.is_empty())
    })
}

fn named(name: &str) -> String {
    name.trim().chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_number() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\n# comment\nbroken\nalice:x:1000:1000::/home/alice:/bin/sh\n:x:7:7:::\n";
        for (uid, name) in [(0, Some("root")), (1000, Some("alice")), (7, None), (5, None)] {
            assert_eq!(account(accounts, uid).as_deref(), name, "{uid}");
        }
    }
}
