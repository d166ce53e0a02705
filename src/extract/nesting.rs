//! Measures the shape of markup in one pass, so that no parser meets a page that would blow it up.
//!
//! A small model of the tree builder of the HTML standard: which tags nest, which close others, which formatting
//! elements are opened again after their paragraph ended (the "active formatting elements", with which a page of a few
//! kilobytes can ask for millions of elements). Where the model is not exact it counts too much, never too little.

use super::guard::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_DEPTH_SUM, MAX_ELEMENTS};
use super::markup::{self, Tag};

/// The bound that a page exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    Depth,
    DepthSum,
    Elements,
    Attributes,
}

/// Reads the tags of `html` and stops at the first bound that is exceeded.
pub fn measure(html: &str) -> Result<(), Excess> {
    let mut shape = Shape::default();
    let mut rest = html.as_bytes();
    while let Some(start) = rest.iter().position(|&byte| byte == b'<') {
        if start > 0 {
            shape.text()?;
        }
        rest = &rest[start..];
        rest = match rest {
            [b'<', b'!', b'-', b'-', ..] => markup::after_comment(rest),
            [b'<', b'!' | b'?', ..] => markup::after(rest, b'>'),
            [b'<', b'/', name, ..] if name.is_ascii_alphabetic() => {
                let (tag, behind) = read_tag(&rest[2..])?;
                shape.end(tag.name)?;
                behind
            }
            [b'<', b'/', ..] => markup::after(rest, b'>'),
            [b'<', name, ..] if name.is_ascii_alphabetic() => {
                let (tag, behind) = read_tag(&rest[1..])?;
                if shape.start(&tag)? { markup::at_end_tag(behind, tag.name) } else { behind }
            }
            // A stray `<` is an error to the parser, which keeps a list of those.
            _ => {
                shape.count()?;
                &rest[1..]
            }
        };
    }
    Ok(())
}

fn read_tag(bytes: &[u8]) -> Result<(Tag<'_>, &[u8]), Excess> {
    let (tag, behind) = Tag::read(bytes);
    if tag.attribute_count > MAX_ATTRIBUTES { Err(Excess::Attributes) } else { Ok((tag, behind)) }
}

/// How the tree builder treats an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Void,
    /// Never nests: a second one is merged, or it closes itself.
    Ignored,
    /// What it holds is text (`script`).
    Raw,
    Formatting,
    /// Ends an open paragraph.
    Block,
    Heading,
    Paragraph,
    Item,
    Definition,
    Cell,
    Row,
    RowGroup,
    Table,
    /// Ends the search for an element to close.
    Boundary,
    Foreign,
    /// Inside foreign content, a place for HTML again.
    Integration,
    /// Special to the standard, without more to it here.
    Special,
    Ordinary,
}

impl Kind {
    fn of(name: &[u8]) -> Self {
        let mut lower = [0; 16];
        let Some(lower) = lower.get_mut(..name.len()) else { return Self::Ordinary };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        match &*lower {
            b"area" | b"base" | b"basefont" | b"bgsound" | b"br" | b"col" | b"embed" | b"hr" | b"img" | b"image"
            | b"input" | b"keygen" | b"link" | b"meta" | b"param" | b"source" | b"track" | b"wbr" | b"frame" => {
                Self::Void
            }
            b"html" | b"head" | b"body" | b"frameset" | b"option" | b"optgroup" | b"colgroup" => Self::Ignored,
            b"script" | b"style" | b"textarea" | b"title" | b"xmp" | b"iframe" | b"noembed" | b"noframes" => Self::Raw,
            b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small" | b"strike"
            | b"strong" | b"tt" | b"u" => Self::Formatting,
            b"address" | b"article" | b"aside" | b"blockquote" | b"center" | b"details" | b"dialog" | b"dir"
            | b"div" | b"dl" | b"fieldset" | b"figcaption" | b"figure" | b"footer" | b"form" | b"header"
            | b"hgroup" | b"main" | b"menu" | b"nav" | b"ol" | b"pre" | b"listing" | b"search" | b"section"
            | b"summary" | b"ul" => Self::Block,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"p" => Self::Paragraph,
            b"li" => Self::Item,
            b"dd" | b"dt" => Self::Definition,
            b"td" | b"th" => Self::Cell,
            b"tr" => Self::Row,
            b"tbody" | b"thead" | b"tfoot" => Self::RowGroup,
            b"table" => Self::Table,
            b"applet" | b"caption" | b"marquee" | b"object" | b"template" | b"button" => Self::Boundary,
            b"svg" | b"math" => Self::Foreign,
            b"foreignobject" | b"desc" | b"annotation-xml" | b"mi" | b"mo" | b"mn" | b"ms" | b"mtext" => {
                Self::Integration
            }
            b"noscript" | b"select" => Self::Special,
            _ => Self::Ordinary,
        }
    }

    fn closes_paragraph(self) -> bool {
        matches!(self, Self::Block | Self::Heading | Self::Paragraph | Self::Item | Self::Definition | Self::Table)
    }

    fn is_special(self) -> bool {
        !matches!(self, Self::Formatting | Self::Ordinary | Self::Integration | Self::Foreign)
    }

    fn is_boundary(self) -> bool {
        matches!(self, Self::Boundary | Self::Cell | Self::Table | Self::Integration)
    }
}

/// Elements that end foreign content (HTML standard, "the rules for parsing tokens in foreign content").
fn breaks_out(kind: Kind, name: &[u8]) -> bool {
    const MORE: [&[u8]; 11] =
        [b"br", b"embed", b"hr", b"img", b"meta", b"ruby", b"span", b"sub", b"sup", b"var", b"font"];
    match kind {
        Kind::Formatting => !name.eq_ignore_ascii_case(b"a"),
        Kind::Block | Kind::Heading | Kind::Paragraph | Kind::Item | Kind::Definition | Kind::Table => true,
        _ => MORE.iter().any(|more| name.eq_ignore_ascii_case(more)) || name.eq_ignore_ascii_case(b"body"),
    }
}

#[derive(Debug, Clone, Copy)]
struct Open<'a> {
    name: &'a [u8],
    kind: Kind,
}

/// A formatting element that was not closed by its own end tag.
#[derive(Debug, Clone, Copy)]
struct Active<'a> {
    name: &'a [u8],
    attributes: &'a [u8],
    is_open: bool,
}

/// The elements that are open, and how many there were.
#[derive(Debug, Default)]
struct Shape<'a> {
    open: Vec<Open<'a>>,
    active: Vec<Active<'a>>,
    elements: usize,
    depth_sum: usize,
}

impl<'a> Shape<'a> {
    fn text(&mut self) -> Result<(), Excess> {
        if self.active.iter().any(|active| !active.is_open) {
            self.reopen()?;
        }
        Ok(())
    }

    /// Opens the formatting elements again that were closed with the block they stood in.
    fn reopen(&mut self) -> Result<(), Excess> {
        for index in 0..self.active.len() {
            if !self.active[index].is_open {
                self.active[index].is_open = true;
                let name = self.active[index].name;
                self.push(name, Kind::Formatting)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, name: &'a [u8], kind: Kind) -> Result<(), Excess> {
        self.count()?;
        self.open.push(Open { name, kind });
        if self.open.len() > MAX_DEPTH { Err(Excess::Depth) } else { Ok(()) }
    }

    fn count(&mut self) -> Result<(), Excess> {
        self.elements += 1;
        self.depth_sum += self.open.len();
        match () {
            () if self.elements > MAX_ELEMENTS => Err(Excess::Elements),
            () if self.depth_sum > MAX_DEPTH_SUM => Err(Excess::DepthSum),
            () => Ok(()),
        }
    }

    /// Closes elements down to `length`; formatting elements among them wait to be opened again.
    fn close_to(&mut self, length: usize) {
        for closed in self.open.drain(length..).filter(|open| open.kind == Kind::Formatting) {
            if let Some(active) =
                self.active.iter_mut().rev().find(|active| active.is_open && same(active.name, closed.name))
            {
                active.is_open = false;
            }
        }
    }

    /// The innermost open element that is `wanted`, unless one that `stops` the search lies further in.
    fn find(&self, wanted: impl Fn(&Open<'a>) -> bool, stops: impl Fn(Kind) -> bool) -> Option<usize> {
        for (index, open) in self.open.iter().enumerate().rev() {
            if wanted(open) {
                return Some(index);
            }
            if stops(open.kind) {
                return None;
            }
        }
        None
    }

    fn is_foreign(&self) -> bool {
        let place = |open: &Open<'_>| matches!(open.kind, Kind::Foreign | Kind::Integration);
        self.open.iter().rev().find(|open| place(open)).is_some_and(|open| open.kind == Kind::Foreign)
    }

    /// Takes a start tag; `true` when what follows is raw text.
    fn start(&mut self, tag: &Tag<'a>) -> Result<bool, Excess> {
        let kind = Kind::of(tag.name);
        if self.is_foreign() {
            if !breaks_out(kind, tag.name) {
                if tag.is_self_closing {
                    self.count()?
                } else {
                    self.push(tag.name, foreign(kind))?
                }
                return Ok(false);
            }
            if let Some(index) = self.find(|open| open.kind == Kind::Foreign, |kind| kind == Kind::Integration) {
                self.close_to(index);
            }
        }
        self.close_implied(kind, tag.name);
        match kind {
            Kind::Ignored => {}
            Kind::Cell | Kind::Row | Kind::RowGroup if self.length_below(Kind::Table).is_none() => {}
            Kind::Void => {
                self.text()?;
                self.count()?;
            }
            Kind::Raw => {
                self.count()?;
                return Ok(true);
            }
            Kind::Formatting => {
                self.text()?;
                self.activate(tag);
                self.push(tag.name, kind)?;
            }
            Kind::Ordinary | Kind::Foreign | Kind::Special | Kind::Boundary | Kind::Integration => {
                self.text()?;
                self.push(tag.name, kind)?;
            }
            _ => self.push(tag.name, kind)?,
        }
        Ok(false)
    }

    /// Closes what a start tag closes without an end tag.
    fn close_implied(&mut self, kind: Kind, name: &[u8]) {
        if kind.closes_paragraph()
            && let Some(index) = self.find(|open| open.kind == Kind::Paragraph, Kind::is_boundary)
        {
            self.close_to(index);
        }
        let keep = match kind {
            Kind::Item | Kind::Definition => self.find(|open| open.kind == kind, Kind::is_special),
            Kind::Heading => self.open.last().filter(|open| open.kind == kind).map(|_| self.open.len() - 1),
            Kind::Cell => self.length_below(Kind::Row),
            Kind::Row => self.length_below(Kind::RowGroup),
            Kind::RowGroup => self.length_below(Kind::Table),
            Kind::Formatting if same(name, b"a") || same(name, b"nobr") => {
                self.end_formatting(name);
                None
            }
            _ => None,
        };
        if let Some(keep) = keep {
            self.close_to(keep);
        }
    }

    /// How many elements stay open when all inside the innermost `kind` of the innermost table close; `None` without a table.
    fn length_below(&self, kind: Kind) -> Option<usize> {
        let table = self.open.iter().rposition(|open| open.kind == Kind::Table)?;
        let inner = self.open[table..].iter().rposition(|open| open.kind == kind);
        Some(table + inner.unwrap_or(0) + 1)
    }

    /// Remembers a formatting element; of equal ones, three at most ("Noah's Ark clause").
    fn activate(&mut self, tag: &Tag<'a>) {
        let equal = |active: &Active<'_>| same(active.name, tag.name) && active.attributes == tag.attributes;
        if self.active.iter().filter(|active| equal(active)).count() >= 3
            && let Some(first) = self.active.iter().position(equal)
        {
            self.active.remove(first);
        }
        self.active.push(Active { name: tag.name, attributes: tag.attributes, is_open: true });
    }

    fn end(&mut self, name: &[u8]) -> Result<(), Excess> {
        let kind = Kind::of(name);
        let index = match kind {
            Kind::Formatting => {
                self.end_formatting(name);
                return Ok(());
            }
            Kind::Paragraph | Kind::Heading => self.find(|open| open.kind == kind, Kind::is_boundary),
            Kind::Table => self.find(|open| open.kind == kind, |_| false),
            Kind::Cell | Kind::Row | Kind::RowGroup => {
                self.find(|open| same(open.name, name), |kind| matches!(kind, Kind::Table))
            }
            Kind::Block | Kind::Item | Kind::Definition | Kind::Boundary | Kind::Special => {
                self.find(|open| same(open.name, name), |kind| kind.is_boundary() && !same_boundary(kind, name))
            }
            _ => self.find(|open| same(open.name, name), Kind::is_special),
        };
        match index {
            Some(index) => self.close_to(index),
            // A stray `</p>` or `</br>` makes an element.
            None => self.count()?,
        }
        Ok(())
    }

    /// Ends a formatting element as the standard's "adoption agency" does, roughly: blocks inside it stay open.
    fn end_formatting(&mut self, name: &[u8]) {
        if let Some(index) = self.find(|open| same(open.name, name), Kind::is_boundary) {
            if self.open[index + 1..].iter().any(|open| open.kind.is_special()) {
                self.open.remove(index);
            } else {
                self.close_to(index);
            }
        }
        if let Some(last) = self.active.iter().rposition(|active| same(active.name, name)) {
            self.active.remove(last);
        }
    }
}

/// What an element is inside foreign content, where most names mean nothing.
fn foreign(kind: Kind) -> Kind {
    if matches!(kind, Kind::Integration | Kind::Foreign) { kind } else { Kind::Ordinary }
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// A boundary does not hide itself from its own end tag.
fn same_boundary(kind: Kind, name: &[u8]) -> bool {
    kind == Kind::Boundary && Kind::of(name) == Kind::Boundary
}
