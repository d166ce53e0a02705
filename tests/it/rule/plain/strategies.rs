//! Queries and articles at random.

use super::*;

fn tokens(most: usize) -> impl Strategy<Value = Tokens> {
    prop::collection::vec(0..TOKENS.len(), 0..=most)
}

fn term() -> impl Strategy<Value = Ask> {
    let is_spaced = |token: &usize| !TOKENS[*token].glued && TOKENS[*token].written != "京";
    prop_oneof![
        6 => (0..TOKENS.len()).prop_map(|token| Ask::Term(vec![token], Form::Whole)),
        2 => prop::collection::vec(0..TOKENS.len(), 2..4).prop_map(|tokens| Ask::Term(tokens, Form::Whole)),
        1 => prop::collection::vec(0..TOKENS.len(), 1..3).prop_map(|tokens| Ask::Term(tokens, Form::Prefix)),
        1 => prop::collection::vec(0..TOKENS.len(), 1..3).prop_map(|tokens| Ask::Term(tokens, Form::Exact)),
        1 => (0..TOKENS.len()).prop_filter("words of scripts with spaces", is_spaced)
            .prop_map(|token| Ask::Term(vec![token], Form::Fuzzy)),
        1 => (0..8usize).prop_map(Ask::Regex),
        1 => Just(Ask::Set),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    prop::sample::select(vec![
        Scope::Anywhere,
        Scope::Anywhere,
        Scope::Title,
        Scope::Summary,
        Scope::Text,
        Scope::Author,
        Scope::Tag,
        Scope::Added,
        Scope::Removed,
    ])
}

fn near() -> impl Strategy<Value = Ask> {
    let scoped = (scope(), term()).prop_map(|(scope, term)| Ask::In(scope, Box::new(term)));
    let operand = prop_oneof![4 => term(), 1 => scoped, 2 => prop::collection::vec(term(), 2..3).prop_map(Ask::Any)];
    let link = (1..4usize, any::<bool>());
    let flat = (prop::collection::vec(operand.clone(), 2..4), prop::collection::vec(link.clone(), 2))
        .prop_map(|(operands, links)| Ask::Near(operands.clone(), links[..operands.len() - 1].to_vec()));
    (flat, operand, link, any::<bool>()).prop_map(|(flat, operand, link, is_nested)| {
        if is_nested { Ask::Near(vec![operand, flat], vec![link]) } else { flat }
    })
}

pub(super) fn ask() -> impl Strategy<Value = Ask> {
    let leaf = prop_oneof![
        6 => term(),
        2 => near(),
        1 => (0..FACTS.len()).prop_map(Ask::Fact),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several().prop_map(Ask::All),
            several().prop_map(Ask::Any),
            inner.clone().prop_map(|ask| Ask::Not(Box::new(ask))),
            (scope(), inner.clone()).prop_map(|(scope, ask)| Ask::In(scope, Box::new(ask))),
            (1..3usize, several()).prop_map(|(count, items)| Ask::AtLeast(count, items)),
        ]
    })
}

pub(super) fn draft() -> impl Strategy<Value = Draft> {
    let before = prop_oneof![(0..4usize).prop_map(Before::Same), tokens(6).prop_map(Before::Other)];
    let before = prop::option::of((tokens(4), tokens(3), prop::collection::vec(before, 0..5)));
    let event = prop::sample::select(vec![None, Some(Event::New), Some(Event::Gone), Some(Event::Back)]);
    let paragraphs = prop::collection::vec(tokens(7), 0..5);
    (0..2usize, tokens(4), tokens(3), tokens(2), prop::collection::vec(tokens(2), 0..3), paragraphs, event, before)
        .prop_map(|(sort, headline, summary, author, tags, paragraphs, event, before)| Draft {
            sort,
            headline,
            summary,
            author,
            tags,
            paragraphs,
            event,
            before,
        })
}
