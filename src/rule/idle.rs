//! What of a query can never hold: by what it asks for at once, and by the events that its rule tells.

use std::collections::BTreeMap;

use super::check::asked;
use super::node::{Asked, EventName, Leaf, Node, NodeKind, Scope};
use super::note::Note;
use super::query::Query;
use crate::model::Event;

const EVENTS: [Event; 4] = [Event::New, Event::Revised, Event::Gone, Event::Back];

impl Query {
    /// The parts that never hold for a rule that tells of these events alone.
    pub fn idle_on(&self, on: &[Event]) -> Vec<Note> {
        let mut idle = Vec::new();
        find_idle(self.root(), on, &EVENTS, &mut idle);
        idle.into_iter().map(|part| part.told(self.text(), on)).collect()
    }
}

/// What a part of a query can do, whatever the version, when an event is told.
#[derive(Debug, Clone, Copy)]
struct Outlook {
    can_hold: bool,
    can_fail: bool,
}

impl Outlook {
    const OPEN: Self = Self { can_hold: true, can_fail: true };

    fn of(node: &Node, event: Event) -> Self {
        // Each child is asked once: asked twice at every level, nested parts would take for ever.
        let children: Vec<Self> = node.children().iter().map(|child| Self::of(child, event)).collect();
        match &node.kind {
            NodeKind::Leaf(leaf) => Self::of_leaf(leaf, event),
            // A set without terms has been told.
            NodeKind::Any(terms) if terms.is_empty() => Self::OPEN,
            NodeKind::All(_) => Self {
                can_hold: children.iter().all(|child| child.can_hold),
                can_fail: children.iter().any(|child| child.can_fail),
            },
            NodeKind::Any(_) => Self {
                can_hold: children.iter().any(|child| child.can_hold),
                can_fail: children.iter().all(|child| child.can_fail),
            },
            NodeKind::AtLeast(count, _) => Self {
                can_hold: children.iter().filter(|child| child.can_hold).count() >= *count,
                can_fail: children.iter().filter(|child| child.can_fail).count()
                    > children.len().saturating_sub(*count),
            },
            NodeKind::Not(_) => Self {
                can_hold: children.iter().all(|child| child.can_fail),
                can_fail: children.iter().all(|child| child.can_hold),
            },
            NodeKind::Near(_) => Self { can_hold: children.iter().all(|child| child.can_hold), can_fail: true },
        }
    }

    fn of_leaf(leaf: &Leaf, event: Event) -> Self {
        let only_if = |can_hold: bool| Self { can_hold, can_fail: true };
        match &leaf.asked {
            Asked::Words(scope, _) | Asked::Regex(scope, _) => match scope {
                // What returns may return with another text.
                Scope::Added => only_if(event != Event::Gone),
                Scope::Removed => only_if(matches!(event, Event::Revised | Event::Back)),
                _ => Self::OPEN,
            },
            Asked::Event(EventName::Corrected) => only_if(event == Event::Revised),
            Asked::Event(name) => {
                let is_so = EventName::of(event) == *name;
                Self { can_hold: is_so, can_fail: !is_so }
            }
            Asked::Site(_) | Asked::Feed(_) | Asked::Language(_) => Self::OPEN,
        }
    }
}

/// A part that holds for none of the events that its rule tells.
struct Idle<'n> {
    node: &'n Node,
    /// The others for which it would, and all that must hold with it.
    with: Vec<Event>,
}

/// Adds the smallest parts that hold for none of the events `on`. Those, and the `possible` ones of all events, are the ones
/// for which all that stands above can hold.
fn find_idle<'n>(node: &'n Node, on: &[Event], possible: &[Event], idle: &mut Vec<Idle<'n>>) {
    let of = |node: &Node, events: &[Event]| -> Vec<Event> {
        events.iter().copied().filter(|event| Outlook::of(node, *event).can_hold).collect()
    };
    let (holding, with) = (of(node, on), of(node, possible));
    let children = node.children();
    match &node.kind {
        NodeKind::All(_) | NodeKind::Any(_) | NodeKind::AtLeast(..) if !holding.is_empty() => {
            children.iter().for_each(|child| find_idle(child, &holding, &with, idle));
        }
        _ if !holding.is_empty() => {}
        NodeKind::All(_) => {
            // Where no event helps, a part is to blame only if none helps that part.
            let (asked, within) = if with.is_empty() { (possible, possible) } else { (on, with.as_slice()) };
            let is_idle = |child: &&Node| of(child, asked).is_empty();
            match children.iter().find(is_idle) {
                Some(child) if !children.iter().all(|child| is_idle(&child)) => find_idle(child, on, within, idle),
                _ => idle.push(Idle { node, with }),
            }
        }
        _ => idle.push(Idle { node, with }),
    }
}

impl Idle<'_> {
    fn told(&self, text: &str, on: &[Event]) -> Note {
        let Self { node, with } = self;
        let written = named(node, text);
        let span = node.written.span().clone();
        if !with.is_empty() {
            let names: Vec<String> = on.iter().map(|event| format!("`{}`", EventName::of(*event).name())).collect();
            let others: Vec<String> =
                with.iter().map(|event| format!("`\"{}\"`", EventName::of(*event).name())).collect();
            let told = listed(&names, "and");
            return Note::new(span, format!("`{written}` never holds: the rule alerts on {told} only"))
                .with_hint(format!("add {} to `on`", listed(&others, "or")));
        }
        let is_alone = EVENTS.iter().any(|event| Outlook::of(node, *event).can_hold);
        let why = if is_alone {
            "what stands beside it asks for another event"
        } else {
            "its parts ask for different events"
        };
        Note::new(span, format!("`{written}` never holds: {why}"))
            .with_hint("join them with OR, or write a rule for each")
    }
}

/// The part as it is written, with its field where that stands further before.
fn named(node: &Node, text: &str) -> String {
    let written = node.written.text(text);
    let field = match &node.kind {
        NodeKind::Leaf(leaf) => match leaf.asked {
            Asked::Words(Scope::Added, _) | Asked::Regex(Scope::Added, _) => "added:",
            Asked::Words(Scope::Removed, _) | Asked::Regex(Scope::Removed, _) => "removed:",
            Asked::Event(_) => "event:",
            _ => "",
        },
        _ => "",
    };
    if written.to_lowercase().starts_with(field) { written.to_owned() } else { format!("{field}{written}") }
}

/// `a, b or c`
fn listed(words: &[String], last_with: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {last_with} {last}", first.join(", ")),
    }
}

/// The warnings for terms that are asked for and forbidden at once.
pub(super) fn contradictions(node: &Node, text: &str, warnings: &mut Vec<Note>) {
    if let NodeKind::All(_) = &node.kind {
        let mut conjunction = Conjunction::default();
        conjunction.add(node);
        if let Some(not) = conjunction.contradiction() {
            let message =
                format!("`{}` forbids what stands beside it: the two never hold together", not.written.text(text));
            warnings.push(Note::new(not.written.span().clone(), message).with_hint("take one of them away"));
            return;
        }
    }
    node.children().iter().for_each(|child| contradictions(child, text, warnings));
}

/// What must hold together.
#[derive(Default)]
struct Conjunction<'n> {
    required: Vec<&'n Node>,
    /// Terms by what they ask for, each with where they look and the NOT.
    forbidden: BTreeMap<String, Vec<(Option<Scope>, &'n Node)>>,
}

impl<'n> Conjunction<'n> {
    fn add(&mut self, node: &'n Node) {
        match &node.kind {
            NodeKind::All(children) => children.iter().for_each(|child| self.add(child)),
            NodeKind::Not(child) => self.forbid(child, node),
            _ => self.required.push(node),
        }
    }

    fn forbid(&mut self, node: &'n Node, not: &'n Node) {
        match &node.kind {
            NodeKind::Leaf(leaf) => {
                let (term, scope) = asked(leaf);
                self.forbidden.entry(term).or_default().push((scope, not));
            }
            NodeKind::Any(children) => children.iter().for_each(|child| self.forbid(child, not)),
            _ => {}
        }
    }

    fn contradiction(&self) -> Option<&'n Node> {
        if self.forbidden.is_empty() {
            return None;
        }
        self.required.iter().find_map(|node| self.forbids(node))
    }

    /// The NOT because of which the part cannot hold.
    fn forbids(&self, node: &Node) -> Option<&'n Node> {
        let children = node.children();
        // Each child is asked once: asked twice at every level, nested alternatives would take for ever.
        let so_many = |count: usize| {
            let forbidden: Vec<&Node> = children.iter().filter_map(|child| self.forbids(child)).collect();
            forbidden.first().copied().filter(|_| forbidden.len() >= count)
        };
        match &node.kind {
            NodeKind::Leaf(leaf) => {
                let (term, scope) = asked(leaf);
                let nots = self.forbidden.get(&term)?;
                nots.iter().find(|(forbidden, _)| covers(*forbidden, scope)).map(|(_, not)| *not)
            }
            NodeKind::All(_) | NodeKind::Near(_) => children.iter().find_map(|child| self.forbids(child)),
            NodeKind::Any(_) => so_many(children.len()),
            NodeKind::AtLeast(count, _) => so_many((children.len() + 1).saturating_sub(*count)),
            NodeKind::Not(_) => None,
        }
    }
}

/// Whether what stands in the one place stands in the other too.
fn covers(wide: Option<Scope>, narrow: Option<Scope>) -> bool {
    let is_prose = matches!(narrow, Some(Scope::Title | Scope::Summary | Scope::Text));
    wide == narrow || (wide == Some(Scope::Anywhere) && is_prose)
}
