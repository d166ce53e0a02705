//! What feeds call months, time zones and the halves of a day.

/// How the months begin in English, German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Hungarian, Polish,
/// Turkish, Greek and Russian; of two beginnings that are alike the longer one first.
#[rustfmt::skip]
const MONTHS: [(&str, u32); 101] = [
    ("jan", 1), ("ene", 1), ("gen", 1), ("feb", 2), ("fév", 2), ("fev", 2), ("mar", 3), ("mär", 3), ("mrt", 3),
    ("maa", 3), ("apr", 4), ("avr", 4), ("abr", 4), ("may", 5), ("mai", 5), ("mei", 5), ("maj", 5), ("mag", 5),
    ("jun", 6), ("juin", 6), ("giu", 6), ("jul", 7), ("juil", 7), ("lug", 7), ("aug", 8), ("aoû", 8), ("ago", 8),
    ("sep", 9), ("set", 9), ("oct", 10), ("okt", 10), ("ott", 10), ("out", 10), ("nov", 11), ("dec", 12),
    ("dez", 12), ("déc", 12), ("dic", 12),
    ("már", 3), ("ápr", 4), ("máj", 5), ("máu", 5), ("jún", 6), ("júl", 7), ("szep", 9),
    ("sty", 1), ("lut", 2), ("kwi", 4), ("cze", 6), ("lip", 7), ("sie", 8), ("wrz", 9), ("paź", 10), ("lis", 11),
    ("gru", 12),
    ("oca", 1), ("şub", 2), ("nis", 4), ("haz", 6), ("tem", 7), ("ağu", 8), ("eyl", 9), ("eki", 10), ("kas", 11),
    ("ara", 12),
    ("ιαν", 1), ("φεβ", 2), ("μαρ", 3), ("μάρ", 3), ("μάώ", 3), ("απρ", 4), ("μάι", 5), ("μαϊ", 5), ("μαΐ", 5),
    ("μαι", 5), ("ιούν", 6), ("ιουν", 6), ("ιον", 6), ("ιούλ", 7), ("ιουλ", 7), ("ιολ", 7), ("αύγ", 8), ("αυγ", 8),
    ("σεπ", 9), ("οκτ", 10), ("νοε", 11), ("νοέ", 11), ("δεκ", 12),
    ("янв", 1), ("фев", 2), ("мар", 3), ("апр", 4), ("мая", 5), ("май", 5), ("июн", 6), ("июл", 7), ("авг", 8),
    ("сен", 9), ("окт", 10), ("ноя", 11), ("дек", 12),
];

/// The number of the month that `word` names in one of the languages above, spelt out or cut short.
pub(super) fn month_named(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    if word.starts_with(|c: char| !c.is_alphabetic()) || word.chars().count() < 3 || word == "mardi" {
        return None;
    }
    MONTHS.iter().find(|(start, _)| word.starts_with(start)).map(|(_, month)| *month)
}

/// Whether `name`, in capitals, says that hours are counted from noon (`true`), or from midnight, in halves of the day.
pub(super) fn is_afternoon(name: &str) -> Option<bool> {
    match name {
        "AM" | "오전" | "上午" => Some(false),
        "PM" | "오후" | "下午" => Some(true),
        _ => None,
    }
}

/// Tenths of an hour east of Greenwich. Where a name has several meanings, the one that news feeds use.
pub(super) fn zone_named(name: &str) -> Option<i32> {
    Some(match name {
        "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
        "BST" | "CET" | "MEZ" | "WEST" | "WAT" => 10,
        "CEST" | "MESZ" | "EET" | "SAST" | "CAT" => 20,
        "EEST" | "MSK" | "EAT" | "TRT" => 30,
        "GST" => 40,
        "PKT" => 50,
        "IST" => 55,
        "ICT" | "WIB" => 70,
        "HKT" | "SGT" | "AWST" | "PHT" => 80,
        "JST" | "KST" => 90,
        "ACST" => 95,
        "AEST" => 100,
        "AEDT" => 110,
        "NZST" => 120,
        "NZDT" => 130,
        "BRT" | "ART" | "ADT" => -30,
        "AST" | "EDT" => -40,
        "EST" | "CDT" => -50,
        "CST" | "MDT" => -60,
        "MST" | "PDT" => -70,
        "PST" | "AKDT" => -80,
        "AKST" => -90,
        "HST" => -100,
        _ => return None,
    })
}
