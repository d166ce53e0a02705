//! Walks an element and lists its blocks of visible text.

use trafilatura::dom::{Document, NodeId};

use crate::model::{Role, Timestamp};

use super::post;
use super::stamp;
use super::wording;

/// A run of visible text between two block boundaries of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Folded, without line breaks; cells of a table row are separated by ` | `.
    pub text: String,
    pub role: Role,
    /// The innermost block element around the text (`p`, `div`).
    pub element: &'static str,
    /// Letters and digits, and how many of them stand in links or in `time` elements.
    pub letters: usize,
    pub linked_letters: usize,
    pub timed_letters: usize,
    pub marks: Marks,
    /// The same for blocks that stand side by side: which element around them holds them. Counted per page.
    pub group: usize,
    /// The same for blocks whose elements around them have the same names and first classes: those that a template makes
    /// alike, each in a box of its own or all in one.
    pub kin: u64,
    /// Which post of a live blog this stands in, counted per page, and when that was published.
    pub post: Option<usize>,
    pub at: Option<Timestamp>,
}

/// What the class names around a text say of it. Each mark reaches a few elements inwards, so that a class on the
/// page's body marks nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    correction: u8,
    advertisement: u8,
}

impl Marks {
    pub fn is_correction(self) -> bool {
        self.correction > 0
    }

    pub fn is_advertisement(self) -> bool {
        self.advertisement > 0
    }

    /// The marks inside an element with these class names.
    fn inside(self, names: &str) -> Self {
        let mut marks =
            Self { correction: self.correction.saturating_sub(1), advertisement: self.advertisement.saturating_sub(1) };
        if names.is_empty() {
            return marks;
        }
        const CORRECTIONS: [&str; 9] = [
            "correction",
            "clarification",
            "editors-note",
            "editor-note",
            "editorsnote",
            "editornote",
            "editors_note",
            "editorial-note",
            "article-update-note",
        ];
        if CORRECTIONS.iter().any(|name| names.contains(name)) {
            marks.correction = 4;
        }
        for word in names.split(|c: char| !c.is_ascii_alphanumeric()) {
            match word {
                "ad" | "ads" | "advert" | "adverts" | "advertisement" | "advertising" | "sponsored" => {
                    marks.advertisement = 2
                }
                _ => {}
            }
        }
        marks
    }
}

const BLOCKS: [&str; 47] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "html",
];

const INVISIBLE: [&str; 24] = [
    "audio", "button", "canvas", "datalist", "embed", "head", "iframe", "input", "math", "meter", "noembed",
    "noframes", "noscript", "object", "option", "progress", "rp", "rt", "script", "select", "style", "svg", "template",
    "textarea",
];

/// Longest table row, in letters, that is read as one line; a longer one lays out the page.
const MAX_ROW_LETTERS: usize = 600;

/// The blocks of `start` in document order, those without a letter or digit left out.
pub fn blocks(document: &Document, start: NodeId) -> Vec<Block> {
    let mut walker = Walker::new(document);
    walker.walk(start);
    walker.into_blocks()
}

/// The visible text of `start` as one line.
pub fn text(document: &Document, start: NodeId) -> String {
    let parts: Vec<String> = blocks(document, start).into_iter().map(|block| block.text).collect();
    parts.join(" ")
}

/// What holds for the text at one place of the tree.
#[derive(Debug, Clone, Copy)]
struct Place {
    role: Role,
    /// The role of plain paragraphs here.
    plain: Role,
    element: &'static str,
    is_block: bool,
    is_linked: bool,
    is_timed: bool,
    marks: Marks,
    group: usize,
    kin: u64,
    /// Which post of a live blog this is in, counted per page.
    post: Option<usize>,
}

enum Step {
    Enter(NodeId),
    Leave,
}

#[derive(Default)]
struct Line {
    text: String,
    space: bool,
    letters: usize,
    linked_letters: usize,
    timed_letters: usize,
    breaks: usize,
}

struct Walker<'d> {
    document: &'d Document,
    places: Vec<Place>,
    line: Line,
    blocks: Vec<Block>,
    groups: usize,
    /// The first time in each post.
    posts: Vec<Option<Timestamp>>,
}

impl<'d> Walker<'d> {
    fn new(document: &'d Document) -> Self {
        let outermost = Place {
            role: Role::Paragraph,
            plain: Role::Paragraph,
            element: "",
            is_block: true,
            is_linked: false,
            is_timed: false,
            marks: Marks::default(),
            group: 0,
            kin: 0,
            post: None,
        };
        Self {
            document,
            places: vec![outermost],
            line: Line::default(),
            blocks: Vec::new(),
            groups: 0,
            posts: Vec::new(),
        }
    }

    /// The blocks; the time of a post may stand behind its heading.
    fn into_blocks(mut self) -> Vec<Block> {
        for block in &mut self.blocks {
            block.at = block.post.and_then(|post| self.posts[post]);
        }
        self.blocks
    }

    fn place(&self) -> Place {
        self.places[self.places.len() - 1]
    }

    fn walk(&mut self, start: NodeId) {
        let mut steps = vec![Step::Enter(start)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(node) if self.document.is_text(node) => {
                    self.line.push(&self.document.text_content(node), self.place())
                }
                Step::Enter(node) => {
                    if self.enter(node) {
                        steps.push(Step::Leave);
                        steps.extend(self.document.child_nodes(node).into_iter().rev().map(Step::Enter));
                    }
                }
                Step::Leave => self.leave(),
            }
        }
        self.flush();
    }

    /// Enters a node; `false` when there is nothing to read in it, or it was read whole.
    fn enter(&mut self, node: NodeId) -> bool {
        let tag = self.document.tag_name(node);
        if tag.is_empty() {
            // The document itself has children; comments have none.
            self.places.push(self.place());
            self.places.last_mut().into_iter().for_each(|place| place.is_block = false);
            return true;
        }
        if INVISIBLE.contains(&tag) {
            return false;
        }
        if tag == "br" {
            self.line.breaks += 1;
            self.line.space = true;
            if self.line.breaks > 1 {
                self.flush();
            }
            return false;
        }
        let outer = self.place();
        if self.is_time_of_post(node, tag, outer) {
            return false;
        }
        let block = BLOCKS.iter().find(|block| **block == tag);
        let Some(&element) = block else {
            let is_linked = outer.is_linked || tag == "a";
            let is_timed = outer.is_timed || tag == "time";
            self.places.push(Place { is_block: false, is_linked, is_timed, ..outer });
            return true;
        };
        self.flush();
        let place = self.inside(outer, element, node);
        if element == "tr" && self.read_row(node, place) {
            return false;
        }
        self.places.push(place);
        true
    }

    fn leave(&mut self) {
        if self.place().is_block {
            self.flush();
        }
        self.places.pop();
    }

    fn inside(&mut self, outer: Place, element: &'static str, node: NodeId) -> Place {
        let names = self.names(node);
        let property = self.document.get_attribute(node, "itemprop").unwrap_or_default();
        let is_post = post::is_in_live_blog(&names, &property);
        let plain = if is_post { Role::Post } else { outer.plain };
        let begins_post = plain == Role::Post && post::is_post(element, &names, &property);
        let mut post = outer.post;
        if begins_post {
            post = Some(self.posts.len());
            self.posts.push(post::own_time(self.document, node));
        }
        let role = match element {
            _ if begins_post => plain,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Role::Heading,
            "li" | "dd" | "dt" => Role::ListItem,
            "blockquote" => Role::Quotation,
            "figcaption" | "caption" => Role::Caption,
            "article" | "section" | "main" | "table" | "body" => plain,
            _ if is_post => plain,
            _ => outer.role,
        };
        let is_leaf =
            matches!(element, "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "dd" | "dt" | "pre" | "td" | "th");
        self.groups += usize::from(!is_leaf);
        let (group, kin) = match is_leaf {
            true => (outer.group, outer.kin),
            false => (self.groups, kin(outer.kin, element, &names)),
        };
        Place { role, plain, element, is_block: true, marks: outer.marks.inside(&names), group, kin, post, ..outer }
    }

    /// Whether an element tells when its post was published, which is no text of it.
    fn is_time_of_post(&mut self, node: NodeId, tag: &str, place: Place) -> bool {
        let Some(post) = place.post else { return false };
        let time = post::time(self.document, node, tag);
        self.posts[post] = self.posts[post].or(time);
        let is_block = BLOCKS.contains(&tag);
        let names_a_time = tag == "time" || time.is_some() || post::is_named_as_time(&self.names(node));
        if !self.line.text.is_empty() || is_block && !names_a_time {
            return false;
        }
        let text = wording::fold(&self.document.text_content(node));
        if names_a_time { stamp::is_stamp(&text) } else { stamp::is_relative(&text) }
    }

    /// The class names and the id of an element, in lower case.
    fn names(&self, node: NodeId) -> String {
        let class = self.document.get_attribute(node, "class").unwrap_or_default();
        let id = self.document.get_attribute(node, "id").unwrap_or_default();
        if class.is_empty() && id.is_empty() { String::new() } else { format!("{class} {id}").to_lowercase() }
    }

    /// Reads a table row as one line, when it is one: short, with two cells at least, and no blocks in its cells.
    fn read_row(&mut self, row: NodeId, place: Place) -> bool {
        let mut cells = Vec::new();
        let posts = self.posts.len();
        for cell in self.document.children(row) {
            let mut walker = Walker::new(self.document);
            walker.places[0] = Place { role: Role::TableRow, plain: Role::TableRow, element: "tr", ..place };
            walker.posts = std::mem::take(&mut self.posts);
            let is_short = walker.walk_cell(cell);
            self.posts = walker.posts;
            self.posts.truncate(posts);
            if !is_short {
                return false;
            }
            cells.extend(walker.blocks);
        }
        let letters: usize = cells.iter().map(|cell| cell.letters).sum();
        if cells.len() < 2 || letters > MAX_ROW_LETTERS {
            return false;
        }
        let texts: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
        self.blocks.push(Block {
            text: texts.join(" | "),
            role: Role::TableRow,
            element: "tr",
            letters,
            linked_letters: cells.iter().map(|cell| cell.linked_letters).sum(),
            timed_letters: cells.iter().map(|cell| cell.timed_letters).sum(),
            marks: place.marks,
            group: place.group,
            kin: place.kin,
            post: place.post,
            at: None,
        });
        true
    }

    /// Walks a cell with little in it; `false` when it has more than one block or a table of its own.
    fn walk_cell(&mut self, cell: NodeId) -> bool {
        const MAX_NODES: usize = 60;
        let mut nodes = vec![cell];
        let mut count = 0;
        while let Some(node) = nodes.pop() {
            count += 1;
            if count > MAX_NODES || self.document.tag_name(node) == "table" {
                return false;
            }
            nodes.extend(self.document.child_nodes(node));
        }
        self.walk(cell);
        self.blocks.len() <= 1
    }

    /// Ends the line and makes it a block, if it says anything.
    fn flush(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.letters == 0 {
            return;
        }
        let place = self.place();
        self.blocks.push(Block {
            text: line.text,
            role: place.role,
            element: place.element,
            letters: line.letters,
            linked_letters: line.linked_letters,
            timed_letters: line.timed_letters,
            marks: place.marks,
            group: place.group,
            kin: place.kin,
            post: place.post,
            at: None,
        });
    }
}

/// What blocks inside an element have in common, given what they have in common outside of it (FNV-1a).
fn kin(outer: u64, element: &str, names: &str) -> u64 {
    let class = names.split(' ').next().unwrap_or_default().trim_end_matches(|c: char| c.is_numeric());
    let bytes = element.bytes().chain([b'.']).chain(class.bytes());
    // A class tells what a box is; of a box without one, what it stands in does.
    let outer = if class.is_empty() { outer } else { 0 };
    bytes.fold(outer ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Line {
    fn push(&mut self, text: &str, place: Place) {
        self.space = wording::push_folded(&mut self.text, text, self.space);
        let letters = text.chars().filter(|character| character.is_alphanumeric()).count();
        if letters > 0 {
            self.breaks = 0;
        }
        self.letters += letters;
        self.linked_letters += if place.is_linked { letters } else { 0 };
        self.timed_letters += if place.is_timed { letters } else { 0 };
    }
}
