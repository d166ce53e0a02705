//! Times that a page shows beside its text: how long ago a post was published, or at what o'clock.

use super::wording;

/// Longest stamp, in bytes.
const MAX_STAMP_BYTES: usize = 60;

/// Whether a text says when something was, and nothing else: `5 minutes ago`, `09:31`, `Updated 12 Jan 2026 at 9.31am GMT`.
pub fn is_stamp(text: &str) -> bool {
    if text.len() > MAX_STAMP_BYTES || !text.chars().any(char::is_numeric) {
        return false;
    }
    let words = wording::words(text);
    let is_name = |word: &String| word.chars().all(char::is_alphabetic);
    is_relative(text) || words.iter().filter(|word| is_name(word)).all(|word| is_calendar_word(word))
}

/// Words beside a date or time of day: months and days by how they begin, halves of the day, zones, labels.
fn is_calendar_word(word: &str) -> bool {
    const WORDS: [&str; 28] = [
        "am",
        "pm",
        "gmt",
        "utc",
        "est",
        "edt",
        "et",
        "pst",
        "pdt",
        "bst",
        "cet",
        "cest",
        "msk",
        "ist",
        "jst",
        "uhr",
        "h",
        "at",
        "on",
        "um",
        "à",
        "le",
        "el",
        "updated",
        "published",
        "posted",
        "a",
        "p",
    ];
    const STARTS: [&str; 19] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue", "wed", "thu",
        "fri", "sat", "sun",
    ];
    WORDS.contains(&word) || STARTS.iter().any(|start| word.starts_with(start) && word.len() <= 9)
}

/// Whether a text says only how long ago something was: one number, a unit, and the word for "ago".
pub fn is_relative(text: &str) -> bool {
    if text.len() > 60 || !text.chars().any(|character| character.is_numeric()) {
        return false;
    }
    let mut words = wording::words(text);
    // Scripts without spaces join the number, the unit and the word: 5分前.
    if words.len() == 1 {
        let word = words[0].trim_start_matches(|character: char| character.is_numeric());
        return word.len() < words[0].len()
            && ["分钟前", "小时前", "天前", "分前", "時間前", "日前", "分鐘前", "小時前"].contains(&word);
    }
    words.retain(|word| !word.chars().all(char::is_numeric));
    let ago = |word: &String| AGO.contains(&word.as_str());
    words.len() <= 4 && words.iter().any(ago) && words.iter().all(|word| ago(word) || is_unit(word))
}

/// How languages say "ago", with the little words beside it.
const AGO: [&str; 16] = [
    "ago",
    "vor",
    "il",
    "y",
    "a",
    "hace",
    "há",
    "atrás",
    "fa",
    "geleden",
    "назад",
    "منذ",
    "قبل",
    "önce",
    "about",
    "updated",
];

/// Units of time, by how their words begin.
fn is_unit(word: &str) -> bool {
    const UNITS: [&str; 34] = [
        "min", "hour", "hr", "day", "sec", "week", "month", "stunde", "tag", "woche", "sekunde", "monat", "heure",
        "jour", "semaine", "seconde", "mois", "hora", "día", "segundo", "semana", "dia", "ora", "ore", "giorn", "uur",
        "uren", "dag", "мин", "час", "دقيق", "ساع", "saat", "dakika",
    ];
    UNITS.iter().any(|unit| word.starts_with(unit) && word.chars().count() <= unit.chars().count() + 5)
        || matches!(word, "h" | "m" | "d" | "s" | "дней" | "дня" | "день" | "gün")
}
