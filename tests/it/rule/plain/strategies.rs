//! Queries and articles at random.

use super::*;

/// A text and queries: of few words, or of many, with more fuzzy terms than are compared one by one.
pub(super) fn draft_and_asks() -> impl Strategy<Value = (Draft, Vec<Ask>)> {
    let few = (draft(COMMON), prop::collection::vec(ask(COMMON), 1..8));
    let many = (draft(TOKENS.len()), prop::collection::vec(ask(TOKENS.len()), 1..4), fuzzy_asks());
    prop_oneof![
        4 => few,
        1 => many.prop_map(|(draft, asks, fuzzy)| (draft, [asks, fuzzy].concat())),
    ]
}

/// Fuzzy terms, each by itself and one query for any of them.
fn fuzzy_asks() -> impl Strategy<Value = Vec<Ask>> {
    let words: Vec<usize> = (COMMON..TOKENS.len()).collect();
    let terms = prop::sample::subsequence(words, 18..=TOKENS.len() - COMMON);
    terms.prop_map(|terms| {
        let mut asks: Vec<Ask> = terms.into_iter().map(|term| Ask::Term(vec![term], Form::Fuzzy)).collect();
        asks.push(Ask::Any(asks.clone()));
        asks
    })
}

fn tokens(most: usize, vocabulary: usize) -> impl Strategy<Value = Tokens> {
    prop::collection::vec(0..vocabulary, 0..=most)
}

fn term(vocabulary: usize) -> impl Strategy<Value = Ask> {
    let is_spaced = |token: &usize| !TOKENS[*token].glued && TOKENS[*token].written != "京";
    prop_oneof![
        6 => (0..vocabulary).prop_map(|token| Ask::Term(vec![token], Form::Whole)),
        2 => prop::collection::vec(0..vocabulary, 2..4).prop_map(|tokens| Ask::Term(tokens, Form::Whole)),
        1 => prop::collection::vec(0..vocabulary, 1..3).prop_map(|tokens| Ask::Term(tokens, Form::Prefix)),
        1 => prop::collection::vec(0..vocabulary, 1..3).prop_map(|tokens| Ask::Term(tokens, Form::Exact)),
        1 => (0..vocabulary).prop_filter("words of scripts with spaces", is_spaced)
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

fn near(vocabulary: usize) -> impl Strategy<Value = Ask> {
    let scoped = (scope(), term(vocabulary)).prop_map(|(scope, term)| Ask::In(scope, Box::new(term)));
    let operand = prop_oneof![4 => term(vocabulary), 1 => scoped, 2 => prop::collection::vec(term(vocabulary), 2..3).prop_map(Ask::Any)];
    let link = (1..4usize, any::<bool>());
    let flat = (prop::collection::vec(operand.clone(), 2..4), prop::collection::vec(link.clone(), 2))
        .prop_map(|(operands, links)| Ask::Near(operands.clone(), links[..operands.len() - 1].to_vec()));
    (flat, operand, link, any::<bool>()).prop_map(|(flat, operand, link, is_nested)| {
        if is_nested { Ask::Near(vec![operand, flat], vec![link]) } else { flat }
    })
}

fn ask(vocabulary: usize) -> impl Strategy<Value = Ask> {
    let leaf = prop_oneof![
        6 => term(vocabulary),
        2 => near(vocabulary),
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

fn draft(vocabulary: usize) -> impl Strategy<Value = Draft> {
    let before = prop_oneof![(0..4usize).prop_map(Before::Same), tokens(6, vocabulary).prop_map(Before::Other)];
    let before = prop::option::of((tokens(4, vocabulary), tokens(3, vocabulary), prop::collection::vec(before, 0..5)));
    let event = prop::sample::select(vec![None, Some(Event::New), Some(Event::Gone), Some(Event::Back)]);
    let paragraphs = prop::collection::vec(tokens(7, vocabulary), 0..5);
    (
        0..2usize,
        tokens(4, vocabulary),
        tokens(3, vocabulary),
        tokens(2, vocabulary),
        prop::collection::vec(tokens(2, vocabulary), 0..3),
        paragraphs,
        event,
        before,
    )
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
