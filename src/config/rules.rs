//! `[[rule]]` and the `[sets]` that rules share.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::feeds::Feeds;
use super::keys::nearest;
use super::reader::{Section, Text, Value, lists_of};
use super::report::{Complaint, Report};
use super::source::Place;
use super::values;
use crate::model::{Event, Severity};
use crate::rule::{FeedNames, FeedSelector, Note, Query, Rule, Sets};

/// The sets, and where each stands.
pub(super) struct NamedSets {
    pub sets: Sets,
    /// Those with a term that was refused: what else could be said of them would be of words that nobody wrote.
    refused: BTreeSet<String>,
    places: BTreeMap<String, Place>,
}

impl NamedSets {
    /// Whether a query uses a set of which a term was refused.
    fn is_refused(&self, query: &Query) -> bool {
        query.sets().iter().any(|set| self.refused.contains(set))
    }
}

/// Reads `[sets]` of all files.
pub(super) fn sets(roots: &[Section<'_>], report: &mut Report) -> NamedSets {
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mut sets = BTreeMap::new();
    let mut refused = BTreeSet::new();
    let tables = || roots.iter().filter_map(|root| root.get("sets"));
    let names: BTreeSet<&str> =
        tables().filter_map(|value| value.as_table()).flatten().map(|entry| entry.key.as_str()).collect();
    for value in tables() {
        let Some(entries) = value.table(report) else { continue };
        for (entry, texts) in lists_of(entries, report) {
            let (name, place) = (entry.key.as_str(), entry.key_place);
            if !is_set_name(name) {
                let message = format!("`{name}` is no name for a set");
                report.error(place, message).hint("use letters, digits, `_` and `-`: a rule writes it as `$name`");
                continue;
            }
            if let Some(first) = places.get(name) {
                report.error(place, format!("two sets are named `{name}`")).related(*first, "the first is here");
                continue;
            }
            places.insert(name.to_owned(), place);
            if texts.is_empty() {
                report.warning(place, "this set is empty: it finds nothing");
            }
            let checked = texts.iter().map(|text| (text, is_term(name, *text, &names, report)));
            let checked: Vec<(&Text<'_>, bool)> = checked.collect();
            if checked.iter().any(|(_, is_term)| !is_term) {
                refused.insert(name.to_owned());
            }
            sets.insert(name.to_owned(), checked.into_iter().map(|(text, is_term)| kept(*text, is_term)).collect());
        }
    }
    NamedSets { sets: Sets::new(sets), refused, places }
}

fn is_set_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Whether a term of a set can be looked for.
fn is_term(set: &str, text: Text<'_>, names: &BTreeSet<&str>, report: &mut Report) -> bool {
    if !text.text.chars().any(char::is_alphanumeric) {
        report.error(text.place, "a term of a set needs a letter or digit");
        return false;
    }
    match Sets::check_term(set, text.text, names.iter().copied()) {
        Ok(()) => true,
        Err(Note { span, message, hint }) => {
            let place = text.part(span, report);
            report.error(place, message).maybe_hint(hint);
            false
        }
    }
}

/// The term; of a refused one a word, so that the rules still see how many there are.
fn kept(text: Text<'_>, is_term: bool) -> String {
    if is_term { text.text.to_owned() } else { "refused".to_owned() }
}

/// What the rules may refer to.
pub(super) struct Known<'k> {
    pub feeds: &'k Feeds,
    pub recipients: &'k BTreeSet<String>,
    pub sets: &'k NamedSets,
    /// Nothing was wrong up to the feeds, so that one which is not among them is not there.
    pub is_whole: bool,
}

/// What a rule tells of that does not say.
const DEFAULT_ON: [Event; 2] = [Event::New, Event::Revised];

/// Reads `[[rule]]`, and warns of sets that no rule uses.
pub(super) fn rules(sections: &[Section<'_>], known: &Known<'_>, report: &mut Report) -> Vec<Rule> {
    let mut rules = Vec::with_capacity(sections.len());
    let mut names: HashMap<String, Place> = HashMap::new();
    let mut used_sets: BTreeSet<String> = BTreeSet::new();
    let Feeds { names: feed_names, tags, .. } = known.feeds;
    let feed_names =
        LazyCell::new(|| FeedNames::new(feed_names.iter().map(String::as_str), tags.iter().map(String::as_str)));
    for section in sections {
        let name = section.require("name", report).and_then(|value| value.text(report));
        let name = name.and_then(|text| unique_name(text, &mut names, report));
        let typed = section.require("match", report).and_then(|value| value.text(report));
        let query = typed.and_then(|text| parse_query(text, known.sets, report));
        used_sets.extend(query.iter().flat_map(|query| query.sets().iter().cloned()));
        let feeds = section.get("feeds").and_then(|value| feed_selectors(value, known.feeds, report));
        let to = section.get("to").and_then(|value| recipients(value, known.recipients, report));
        let on = section.get("on").and_then(|value| events(value, report));
        let min_severity = section.parsed("min_severity", report, severity);
        let urgent = section.boolean("urgent", report);
        let told = if section.get("on").is_some() { on.clone() } else { Some(DEFAULT_ON.to_vec()) };
        if let (Some(text), Some(query)) = (typed, &query)
            && !known.sets.is_refused(query)
        {
            let idle = told.map(|on| query.idle_on(&on)).unwrap_or_default();
            let misnamed = if known.is_whole { query.misnamed(|| &feed_names) } else { Vec::new() };
            warn(text, idle.into_iter().chain(misnamed), report);
        }
        let Some((name, query)) = name.zip(query) else { continue };
        rules.push(Rule {
            name,
            query,
            feeds: feeds.unwrap_or_default(),
            on: on.unwrap_or_else(|| DEFAULT_ON.to_vec()),
            min_severity: min_severity.unwrap_or(Severity::Notable),
            to: to.unwrap_or_else(|| known.recipients.iter().cloned().collect()),
            urgent: urgent.unwrap_or(false),
        });
    }
    // A rule that cannot be read may use any of them.
    let all_are_read = rules.len() == sections.len();
    for (name, place) in &known.sets.places {
        if all_are_read && !used_sets.contains(name) {
            report.warning(*place, format!("no rule uses the set `{name}`")).hint(format!("a rule writes `${name}`"));
        }
    }
    rules
}

fn unique_name(text: Text<'_>, names: &mut HashMap<String, Place>, report: &mut Report) -> Option<String> {
    let name = text.parse(report, values::name)?;
    if let Some(first) = names.get(&name) {
        report.error(text.place, format!("two rules are named `{name}`")).related(*first, "the first is here");
        return None;
    }
    names.insert(name.clone(), text.place);
    Some(name)
}

fn parse_query(text: Text<'_>, sets: &NamedSets, report: &mut Report) -> Option<Query> {
    match Query::parse(text.text, &sets.sets) {
        Ok(parsed) => {
            if !sets.is_refused(&parsed.query) {
                warn(text, parsed.warnings, report);
            }
            Some(parsed.query)
        }
        Err(notes) => {
            for Note { span, message, hint } in notes {
                let place = text.part(span, report);
                report.error(place, message).maybe_hint(hint);
            }
            None
        }
    }
}

fn warn(text: Text<'_>, warnings: impl IntoIterator<Item = Note>, report: &mut Report) {
    for Note { span, message, hint } in warnings {
        let place = text.part(span, report);
        report.warning(place, message).maybe_hint(hint);
    }
}

/// The items of a list that must not be empty, because leaving the key out means "all".
fn items<'t>(value: Value<'t>, report: &mut Report) -> Option<Vec<Text<'t>>> {
    let texts = value.texts(report)?;
    if texts.is_empty() {
        report.error(value.place, format!("`{}` is empty", value.key)).hint("leave it out for the default");
        return None;
    }
    Some(texts)
}

fn feed_selectors(value: Value<'_>, feeds: &Feeds, report: &mut Report) -> Option<Vec<FeedSelector>> {
    let texts = items(value, report)?;
    Some(texts.into_iter().map(|text| feed_selector(text, feeds, report)).collect())
}

/// Feeds come and go, above all those of OPML files: one that is not there is worth a warning only.
fn feed_selector(text: Text<'_>, feeds: &Feeds, report: &mut Report) -> FeedSelector {
    if let Some(tag) = text.text.strip_prefix("tag:") {
        if !feeds.tags.contains(tag) {
            let near = nearest(tag, feeds.tags.iter().map(String::as_str));
            report
                .warning(text.place, format!("no feed has the tag `{tag}`"))
                .maybe_hint(near.map(|near| format!("did you mean `tag:{near}`?")));
        }
        return FeedSelector::Tag(tag.to_owned());
    }
    let name = text.text;
    if !feeds.names.contains(name) {
        let hint = if feeds.tags.contains(name) {
            Some(format!("write `tag:{name}` for the feeds with that tag"))
        } else {
            nearest(name, feeds.names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
        };
        report.warning(text.place, format!("there is no feed `{name}`")).maybe_hint(hint);
    }
    FeedSelector::Name(name.to_owned())
}

fn recipients(value: Value<'_>, known: &BTreeSet<String>, report: &mut Report) -> Option<Vec<String>> {
    let texts = items(value, report)?;
    let mut names: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        let name = text.text;
        if !known.contains(name) {
            let hint = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if name.contains('@') => "write the name of a `[[recipient]]`, not an address".to_owned(),
                None => format!("write a `[[recipient]]` with `name = \"{name}\"`"),
            };
            report.error(text.place, format!("there is no recipient `{name}`")).hint(hint);
        } else if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Some(names)
}

fn events(value: Value<'_>, report: &mut Report) -> Option<Vec<Event>> {
    let texts = items(value, report)?;
    let parsed: Vec<Option<Event>> = texts.into_iter().map(|text| text.parse(report, event)).collect();
    let mut events = Vec::with_capacity(parsed.len());
    for event in parsed {
        let event = event?;
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Some(events)
}

fn event(text: &str) -> Result<Event, Complaint> {
    match text {
        "new" => Ok(Event::New),
        "revised" => Ok(Event::Revised),
        "gone" => Ok(Event::Gone),
        "back" => Ok(Event::Back),
        _ => Err(choice("event", text, &["new", "revised", "gone", "back"])),
    }
}

fn severity(text: &str) -> Result<Severity, Complaint> {
    match text {
        "minor" => Ok(Severity::Minor),
        "notable" => Ok(Severity::Notable),
        "major" => Ok(Severity::Major),
        _ => Err(choice("severity", text, &["minor", "notable", "major"])),
    }
}

fn choice(what: &str, typed: &str, choices: &[&str]) -> Complaint {
    let complaint = Complaint::new(format!("there is no such {what}"));
    let (last, rest) = choices.split_last().unwrap_or((&"", &[]));
    match nearest(typed, choices.iter().copied()) {
        Some(near) => complaint.hint(format!("did you mean `{near}`?")),
        None => complaint.hint(format!("write `{}` or `{last}`", rest.join("`, `"))),
    }
}
