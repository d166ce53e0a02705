//! Why single documents are read otherwise than feedparser reads them, as somebody who looked has found.

/// Lines that start with `#` are remarks, with `=` a reason; the files below a reason follow, one a line.
const LIST: &str = include_str!("reasons.txt");

/// Files with the reason why they differ.
pub struct Reasons(Vec<(&'static str, &'static str)>);

impl Reasons {
    pub fn load() -> Self {
        let mut reason = "";
        let mut files = Vec::new();
        for line in LIST.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('=') {
                Some(next) => reason = next.trim(),
                None => files.push((line, reason)),
            }
        }
        Self(files)
    }

    /// Every reason once, in the order of the list.
    pub fn all(&self) -> impl Iterator<Item = Option<&'static str>> {
        let is_first = |at: usize| at == 0 || self.0[at - 1].1 != self.0[at].1;
        (0..self.0.len()).filter(move |at| is_first(*at)).map(|at| Some(self.0[at].1))
    }

    pub fn of(&self, file: &str) -> Option<&'static str> {
        self.0.iter().find(|(other, _)| *other == file).map(|(_, reason)| *reason)
    }

    pub fn files(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(file, _)| *file)
    }
}
