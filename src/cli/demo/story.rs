//! The demo's story: unrest in the capital of a country that does not exist, told and retold by two invented outlets.

use std::fmt::Write;

/// One state of the main outlet's article.
#[derive(Debug, Clone, Copy)]
pub(super) struct Telling {
    pub(super) headline: &'static str,
    pub(super) standfirst: &'static str,
    pub(super) correction: Option<&'static str>,
    pub(super) paragraphs: &'static [&'static str],
    /// Whether the outlet admits the edit by moving its modified time.
    pub(super) admits: bool,
}

/// Something that the outlets do while the demo runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) what: &'static str,
    pub(super) act: Act,
}

/// How a step changes what the outlets serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// The main outlet serves this telling of its story, by index.
    Tell(usize),
    /// The second outlet runs the story too.
    SecondOutlet,
    /// Only advertisements, counters and related links change, as they do at every load.
    NoiseOnly,
}

/// What happens, in order.
pub(super) const STEPS: &[Step] = &[
    Step { what: "publishes “Dozens killed as troops open fire on protesters in Marisk”", act: Act::Tell(0) },
    Step { what: "changes nothing: only advertisements, counters and related links differ", act: Act::NoiseOnly },
    Step { what: "replaces “dozens” by a number, in the headline and the text", act: Act::Tell(1) },
    Step { what: "softens the headline: the troops are gone from it", act: Act::Tell(2) },
    Step { what: "drops a quotation of the minister without a word", act: Act::Tell(3) },
    Step { what: "runs the same story in other words", act: Act::SecondOutlet },
    Step { what: "raises the toll and adds a correction", act: Act::Tell(4) },
    Step { what: "restores the quotation", act: Act::Tell(5) },
];

const SQUARE: &str = "The shooting began shortly after noon, when several thousand people had gathered in Harbour Square \
                      to demand the release of the opposition leader Ilse Maren, three witnesses told the Harbour Post.";
const QUOTE: &str = "“We gave the order to fire because the square had to be cleared,” the interior minister, Tomas \
                     Reik, told state radio. “I would give it again.”";
const HOSPITAL: &str = "Doctors at the Saint Vitus hospital said that they had treated patients with gunshot wounds in \
                        the corridors because the emergency wards were full. Appeals for blood went out over \
                        loudspeakers from the city's churches.";
const BACKGROUND: &str = "Veldania has been ruled by decree since the parliament was dissolved in March. The price of \
                          bread has doubled in that time, and the dockworkers' union has called for a general strike \
                          on Thursday.";
const ABROAD: &str = "The European Union called for an independent inquiry and summoned the Veldanian ambassador. The \
                      government said that it would not accept interference in its internal affairs.";

/// The main outlet's article, state by state.
pub(super) const TELLINGS: &[Telling] = &[
    Telling {
        headline: "Dozens killed as troops open fire on protesters in Marisk",
        standfirst: "Soldiers shot into a crowd in the centre of the Veldanian capital on Tuesday.",
        correction: None,
        paragraphs: &[
            "Dozens of people were killed on Tuesday when troops opened fire on protesters in the centre of Marisk, the \
             capital of Veldania, according to hospital staff and witnesses.",
            SQUARE,
            QUOTE,
            HOSPITAL,
            BACKGROUND,
            ABROAD,
        ],
        admits: true,
    },
    Telling {
        headline: "26 killed as troops open fire on protesters in Marisk",
        standfirst: "Soldiers shot into a crowd in the centre of the Veldanian capital on Tuesday.",
        correction: None,
        paragraphs: &[
            "At least 26 people were killed on Tuesday when troops opened fire on protesters in the centre of Marisk, the \
             capital of Veldania, according to hospital staff and witnesses.",
            SQUARE,
            QUOTE,
            HOSPITAL,
            BACKGROUND,
            ABROAD,
        ],
        admits: true,
    },
    Telling {
        headline: "26 dead after clashes in Marisk",
        standfirst: "Soldiers shot into a crowd in the centre of the Veldanian capital on Tuesday.",
        correction: None,
        paragraphs: &[
            "At least 26 people were killed on Tuesday when troops opened fire on protesters in the centre of Marisk, the \
             capital of Veldania, according to hospital staff and witnesses.",
            SQUARE,
            QUOTE,
            HOSPITAL,
            BACKGROUND,
            ABROAD,
        ],
        admits: false,
    },
    Telling {
        headline: "26 dead after clashes in Marisk",
        standfirst: "Soldiers shot into a crowd in the centre of the Veldanian capital on Tuesday.",
        correction: None,
        paragraphs: &[
            "At least 26 people were killed on Tuesday when troops opened fire on protesters in the centre of Marisk, the \
             capital of Veldania, according to hospital staff and witnesses.",
            SQUARE,
            HOSPITAL,
            BACKGROUND,
            ABROAD,
        ],
        admits: false,
    },
    Telling {
        headline: "31 dead after clashes in Marisk",
        standfirst: "Soldiers shot into a crowd in the centre of the Veldanian capital on Tuesday.",
        correction: Some(
            "Correction: An earlier version of this article gave the toll as 26. The hospital now counts 31 dead.",
        ),
        paragraphs: &[
            "At least 31 people were killed on Tuesday when troops opened fire on protesters in the centre of Marisk, the \
             capital of Veldania, according to hospital staff and witnesses.",
            SQUARE,
            HOSPITAL,
            BACKGROUND,
            ABROAD,
        ],
        admits: true,
    },
    Telling {
        headline: "31 dead after clashes in Marisk",
        standfirst: "Soldiers shot into a crowd in the centre of the Veldanian capital on Tuesday.",
        correction: Some(
            "Correction: An earlier version of this article gave the toll as 26. The hospital now counts 31 dead.",
        ),
        paragraphs: &[
            "At least 31 people were killed on Tuesday when troops opened fire on protesters in the centre of Marisk, the \
             capital of Veldania, according to hospital staff and witnesses.",
            SQUARE,
            QUOTE,
            HOSPITAL,
            BACKGROUND,
            ABROAD,
        ],
        admits: true,
    },
];

/// The second outlet's article.
pub(super) const SECOND_OUTLET: Telling = Telling {
    headline: "Veldanian capital reels after army fires into crowd",
    standfirst: "Hospitals in Marisk run out of blood as strike looms.",
    correction: None,
    paragraphs: &[
        "Soldiers in the Veldanian capital, Marisk, shot and killed more than two dozen demonstrators on Tuesday, medical \
         workers there said, in the worst bloodshed since the president dissolved parliament.",
        "The crowd had come to Harbour Square to call for the release of Ilse Maren, who has been held without charge for \
         eleven weeks. People ran into side streets and into the fish market when the shots began.",
        "By evening, the streets around the square were empty except for military vehicles. Dockworkers said that they \
         would not unload ships from Thursday on.",
    ],
    admits: true,
};

/// An older story that stands in the feed from the start and matches nothing.
pub(super) const FOOTBALL: Telling = Telling {
    headline: "Late header sends Harbour City through",
    standfirst: "Substitute settles a dull cup tie.",
    correction: None,
    paragraphs: &[
        "A header in the ninetieth minute by the substitute Arno Pell sent Harbour City into the last sixteen of the cup \
         on Sunday, after a match that had offered little else.",
        "The visitors had the better of the first half but failed to turn possession into chances, and their goalkeeper \
         was to blame for the corner from which the goal came.",
        "Harbour City will learn their next opponents on Friday.",
    ],
    admits: true,
};

const ADVERTISEMENTS: &[&str] = &[
    "Fly to the sun from 39 crowns",
    "New: the electric family van",
    "Learn a language in your sleep",
    "Sale ends soon",
];
const RELATED: &[&str] = &[
    "Bread prices double in a year",
    "Who is Ilse Maren?",
    "Five charts on the Veldanian economy",
    "Dockworkers call general strike",
    "Our correspondent's diary",
];

/// An article's page as news sites write them: metadata, text, and around it what changes with every `load`.
pub(super) fn page(
    outlet: &str,
    path: &str,
    telling: &Telling,
    published: &str,
    modified: &str,
    load: usize,
) -> String {
    let Telling { headline, standfirst, correction, paragraphs, .. } = telling;
    let mut text = String::new();
    for paragraph in *paragraphs {
        let _ = writeln!(text, "<p>{paragraph}</p>");
    }
    let note = correction.map(|note| format!("<p class=\"correction\">{note}</p>")).unwrap_or_default();
    let advertisement = ADVERTISEMENTS[load % ADVERTISEMENTS.len()];
    let related: String = (0..3)
        .map(|offset| RELATED[(load + offset) % RELATED.len()])
        .map(|title| format!("<li><a href=\"/related/{}\">{title}</a></li>", title.len()))
        .collect();
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{headline} | {outlet}</title>
<meta property="og:title" content="{headline}">
<meta property="og:site_name" content="{outlet}">
<meta name="description" content="{standfirst}">
<link rel="canonical" href="{path}">
<script type="application/ld+json">
{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{headline}","description":"{standfirst}",
"datePublished":"{published}","dateModified":"{modified}","author":[{{"@type":"Person","name":"Mara Lind"}}],
"publisher":{{"@type":"Organization","name":"{outlet}"}}}}
</script>
</head>
<body>
<header><a href="/">{outlet}</a><nav><a href="/world">World</a> <a href="/sport">Sport</a></nav></header>
<aside class="ad">{advertisement}</aside>
<main><article>
<h1>{headline}</h1>
<p class="standfirst">{standfirst}</p>
<p class="byline">By Mara Lind</p>
{text}
{note}
</article></main>
<section class="related"><h2>More from {outlet}</h2><ul>{related}</ul></section>
<aside class="counter">{readers} people are reading this</aside>
<footer>© {outlet}</footer>
</body>
</html>
"##,
        readers = 120 + load * 37 % 400,
    )
}
