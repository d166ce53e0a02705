//! The pairs of texts that are told apart.

use wirewatch::model::{ArticleText, Paragraph, Role};

type Pair = (ArticleText, ArticleText);
type Make = fn() -> Pair;

/// As much text as an article has at most.
const LARGEST: usize = 1_000_000;

/// Every pair by its name; most are as large as a text may be.
pub const PAIRS: [(&str, Make); 27] = [
    ("an article, one figure", one_figure),
    ("an article, rewritten", rewritten),
    ("a live blog of 400 posts, one more", one_more_post),
    ("a live blog of 400 posts, reordered", reordered_posts),
    ("a live blog of 400 posts, all edited", edited_posts),
    ("1 MB, one figure", large_with_one_figure),
    ("1 MB, every tenth word", large_with_many_edits),
    ("1 MB, every second sentence", large_with_other_sentences),
    ("1 MB, reordered paragraphs", large_reordered),
    ("1 MB, other words", large_rewritten),
    ("1 MB of one word, and one less", one_word),
    ("1 MB of one word against another", two_words),
    ("1 MB of two words, A B against B A", alternating),
    ("1 MB of two words at random", two_random_words),
    ("1 MB of four words at random", four_random_words),
    ("1 MB of forty words at random", forty_random_words),
    ("1 MB without a space", without_spaces),
    ("1 MB of Chinese in one paragraph", chinese),
    ("1 MB of Chinese at random", random_chinese),
    ("1 MB of numbers, each one more", numbers),
    ("1 MB of count words", count_words),
    ("1 MB of quotation marks", quotation_marks),
    ("1 MB of sentences of one word", short_sentences),
    ("20,000 equal paragraphs, and one less", equal_paragraphs),
    ("20,000 paragraphs, reordered", short_reordered),
    ("20,000 paragraphs, all edited", short_edited),
    ("300 paragraphs of rare words in common", alike_paragraphs),
];

fn text(paragraphs: impl IntoIterator<Item = String>) -> ArticleText {
    let paragraphs = paragraphs.into_iter().map(|text| Paragraph::new(Role::Paragraph, text)).collect();
    ArticleText { headline: Some("The dam above the valley".to_owned()), paragraphs, ..ArticleText::default() }
}

/// Random numbers that are the same in each run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

fn word(number: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "xu", "za"];
    let mut rest = number;
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[rest % 16]);
        rest /= 16;
        if rest == 0 {
            return word;
        }
    }
}

/// A sentence of twelve words of a vocabulary of some thousands.
fn sentence(random: &mut Random) -> String {
    let words: Vec<String> = (0..12)
        .map(|at| match random.below(20) {
            0 if at > 0 => format!("{}", 2 + random.below(5_000)),
            _ => word(random.below(6_000)),
        })
        .collect();
    format!("The {}.", words.join(" "))
}

fn paragraphs(seed: u64, bytes: usize) -> Vec<String> {
    let mut random = Random(seed * 2 + 1);
    let mut size = 0;
    let mut paragraphs = Vec::new();
    while size < bytes {
        let sentences: Vec<String> = (0..4).map(|_| sentence(&mut random)).collect();
        let paragraph = sentences.join(" ");
        size += paragraph.len();
        paragraphs.push(paragraph);
    }
    paragraphs
}

fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let mut random = Random(seed * 2 + 1);
    for at in (1..items.len()).rev() {
        items.swap(at, random.below(at + 1));
    }
    items
}

fn with_one_figure(mut paragraphs: Vec<String>) -> Pair {
    let at = paragraphs.len() / 2;
    paragraphs[at] = format!("At least 12 people were in it. {}", paragraphs[at]);
    let old = text(paragraphs.clone());
    paragraphs[at] = paragraphs[at].replacen("12", "21", 1);
    (old, text(paragraphs))
}

fn one_figure() -> Pair {
    with_one_figure(paragraphs(1, 5_000))
}

fn rewritten() -> Pair {
    (text(paragraphs(1, 5_000)), text(paragraphs(2, 5_000)))
}

fn posts() -> Vec<String> {
    paragraphs(3, 400 * 280).into_iter().take(400).collect()
}

fn one_more_post() -> Pair {
    let mut new = posts();
    new.insert(0, "Two more bridges have been closed, the road authority says.".to_owned());
    new[200] = new[200].replacen("The ", "The 12 ", 1);
    (text(posts()), text(new))
}

fn reordered_posts() -> Pair {
    (text(posts()), text(shuffled(posts(), 4)))
}

fn edited_posts() -> Pair {
    let edited = posts().into_iter().map(|post| format!("{} It is so.", post.replacen(" ba", " co", 3)));
    (text(posts()), text(shuffled(edited.collect(), 5)))
}

fn large_with_one_figure() -> Pair {
    with_one_figure(paragraphs(6, LARGEST))
}

fn large_with_many_edits() -> Pair {
    let edit = |paragraph: &String| {
        let words = paragraph.split(' ').enumerate();
        words.map(|(at, word)| if at % 10 == 7 { "instead" } else { word }).collect::<Vec<_>>().join(" ")
    };
    let old = paragraphs(7, LARGEST);
    let new: Vec<String> = old.iter().map(edit).collect();
    (text(old), text(new))
}

fn large_with_other_sentences() -> Pair {
    let mut random = Random(99);
    let mut edit = |paragraph: &String| {
        let sentences = paragraph.split_inclusive('.').enumerate();
        sentences.map(|(at, old)| if at % 2 == 0 { old.to_owned() } else { sentence(&mut random) }).collect::<String>()
    };
    let old = paragraphs(8, LARGEST);
    let new: Vec<String> = old.iter().map(&mut edit).collect();
    (text(old), text(new))
}

fn large_reordered() -> Pair {
    (text(paragraphs(9, LARGEST)), text(shuffled(paragraphs(9, LARGEST), 10)))
}

fn large_rewritten() -> Pair {
    (text(paragraphs(11, LARGEST)), text(paragraphs(12, LARGEST)))
}

fn repeated(words: &str) -> String {
    words.repeat(LARGEST / words.len()).trim_end().to_owned()
}

fn one_word() -> Pair {
    let old = repeated("a ");
    let new = old[2..].to_owned();
    (text([old]), text([new]))
}

fn two_words() -> Pair {
    (text([repeated("a ")]), text([repeated("b ")]))
}

fn alternating() -> Pair {
    (text([repeated("a b ")]), text([repeated("b a ")]))
}

fn at_random(seed: u64, words: usize) -> String {
    let mut random = Random(seed * 2 + 1);
    let mut text = String::with_capacity(LARGEST);
    while text.len() < LARGEST - 8 {
        text.push_str(&word(random.below(words)));
        text.push(' ');
    }
    text.trim_end().to_owned()
}

fn two_random_words() -> Pair {
    (text([at_random(13, 2)]), text([at_random(14, 2)]))
}

fn four_random_words() -> Pair {
    (text([at_random(23, 4)]), text([at_random(24, 4)]))
}

fn forty_random_words() -> Pair {
    (text([at_random(15, 40)]), text([at_random(16, 40)]))
}

fn without_spaces() -> Pair {
    (text(["x".repeat(LARGEST)]), text([format!("{}y", "x".repeat(LARGEST - 1))]))
}

fn chinese() -> Pair {
    let old = "事故造成多人死亡，救援正在进行。".repeat(LARGEST / 48);
    let new = old.replacen("多人", "十二人", 2_000);
    (text([old]), text([new]))
}

fn random_chinese() -> Pair {
    let at_random = |seed: u64| -> String {
        let mut random = Random(seed);
        (0..LARGEST / 3).filter_map(|_| char::from_u32(0x4e00 + random.below(300) as u32)).collect()
    };
    (text([at_random(17)]), text([at_random(18)]))
}

fn numbers() -> Pair {
    let run = |first: usize| (first..first + LARGEST / 7).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    (text([run(100_000)]), text([run(100_001)]))
}

fn count_words() -> Pair {
    (text([repeated("twenty-five million dozen ")]), text([repeated("twenty-six billion dozen ")]))
}

fn quotation_marks() -> Pair {
    (text([repeated("\" ' \" ")]), text([repeated("' \" ' ")]))
}

fn short_sentences() -> Pair {
    (text([repeated("Yes. No. ")]), text([repeated("No. Yes. No. ")]))
}

fn equal_paragraphs() -> Pair {
    let paragraph = || "The dam held for twelve hours.".to_owned();
    (text((0..20_000).map(|_| paragraph())), text((0..19_999).map(|_| paragraph())))
}

fn short_paragraphs() -> Vec<String> {
    (0..20_000).map(|at| format!("The {} dam held for {} hours.", word(at), at % 89)).collect()
}

fn short_reordered() -> Pair {
    (text(short_paragraphs()), text(shuffled(short_paragraphs(), 19)))
}

fn short_edited() -> Pair {
    let edited = short_paragraphs().into_iter().map(|paragraph| paragraph.replace("held for", "broke after"));
    (text(short_paragraphs()), text(edited))
}

/// Each paragraph shares many words with many others, so that every pair comes into question.
fn alike_paragraphs() -> Pair {
    let make = |seed: u64| {
        let mut random = Random(seed);
        let paragraph = |random: &mut Random| {
            let words: Vec<String> = (0..500).map(|_| word(random.below(2_000))).collect();
            format!("{}.", words.join(" "))
        };
        (0..300).map(|_| paragraph(&mut random)).collect::<Vec<_>>()
    };
    (text(make(21)), text(make(22)))
}
