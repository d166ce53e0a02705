//! Every kind of mail, each beside the files it must equal.

use url::Url;
use wirewatch::email::{self, Email, Sender};
use wirewatch::health::{self, Part, Untold};
use wirewatch::model::{
    ArticleId, ArticleText, Change, DeliveredArticle, Delivery, DeliveryKind, Event, FiredRule, Kind, Mark, Match,
    MatchField, Mute, MuteId, Muted, Notice, NoticeKind, Severity, Subject,
};

use super::stories::{
    STORY, alone, article, at, change, changed, compared, compose, csto_rule, delivery, figure, gone, kazakhstan_after,
    kazakhstan_before, kazakhstan_thread, new, new_elsewhere, noted, revised, revised_often, rule, sender, text,
    thread, touched_up, version,
};

/// The mails by the names of their files.
pub fn all() -> Vec<(&'static str, Email)> {
    let mail = |name, delivery: Delivery| (name, compose(&delivery));
    let pages = Sender { public_url: Url::parse("https://watch.example.org/desk/").ok(), ..sender() };
    let in_thread = |article| Delivery { thread: kazakhstan_thread(), ..alone(article) };
    vec![
        mail("new", alone(new())),
        mail("reused", alone(reused())),
        mail("many-rules", alone(many_rules())),
        mail("revised", in_thread(revised())),
        ("revised-with-pages", email::compose(&in_thread(revised()), &pages, at("13:07"))),
        mail("revised-often", Delivery { thread: thread("[storms] Storm Ida nears coast"), ..alone(revised_often()) }),
        mail("headline", alone(headline())),
        mail("correction", alone(correction())),
        mail("quote-removed", alone(quote_removed())),
        mail("rewritten", alone(rewritten())),
        mail("gone", in_thread(taken_down())),
        mail(
            "gone-and-back",
            in_thread(DeliveredArticle { noticed_at: at("11:20"), back_at: Some(at("12:50")), ..taken_down() }),
        ),
        mail("lost", in_thread(lost())),
        mail("back", in_thread(back())),
        mail("back-unchanged", in_thread(back_unchanged())),
        mail("digest", delivery(DeliveryKind::Digest, several())),
        mail("overflow", delivery(DeliveryKind::Overflow, several())),
        mail("backlog", delivery(DeliveryKind::Backlog, several())),
        mail("muted", muted()),
        mail("initial", delivery(DeliveryKind::Initial, vec![new(), new_elsewhere()])),
        mail("health", health(Part::Beginning)),
        mail("recovery", health(Part::End)),
        mail("suspended", suspended()),
        ("bare", email::compose_bare(&in_thread(revised()), &sender(), at("13:07"))),
        ("bare-digest", email::compose_bare(&delivery(DeliveryKind::Digest, several()), &sender(), at("13:07"))),
        mail("arabic", alone(arabic())),
        mail("chinese", alone(chinese())),
        mail("emoji", alone(emoji())),
        mail("scripts", alone(scripts())),
        mail("long-headline", alone(long_headline())),
        mail("hostile", hostile()),
    ]
}

fn reused() -> DeliveredArticle {
    let after = text("Live: budget debate in parliament", &["The finance minister opens the debate at ten o’clock."]);
    let fired = rule("budget", "budget", &after, &["budget"]);
    let told = article("https://news.example/live", Event::New, version(9, "12:20", &after), vec![fired]);
    DeliveredArticle { marks: vec![Mark::Reused], ..told }
}

/// What the rule found was taken out again before the mail was made.
fn lost() -> DeliveredArticle {
    let mut told = revised();
    for rule in &mut told.rules {
        rule.matches.clear();
        rule.is_lost = true;
    }
    told
}

fn many_rules() -> DeliveredArticle {
    let mut told = new();
    told.rules.push(rule("world: unrest & co", "clash* OR gunfire", &told.after.text, &["clashes", "gunfire"]));
    told.rules.push(FiredRule {
        name: "everything".to_owned(),
        query: "event:new".to_owned(),
        newly: false,
        is_lost: false,
        matches: Vec::new(),
    });
    for number in 1..=8 {
        let name = format!("desk {number}");
        told.rules.push(rule(&name, "tokayev OR tenge", &told.after.text, &["Tokayev", "tenge"]));
    }
    told
}

fn headline() -> DeliveredArticle {
    let paragraphs = ["The transport minister faces questions over her expenses."];
    let before = text("Minister resigns over expenses?", &paragraphs);
    let after = text("Minister resigns over expenses", &paragraphs);
    let fired = rule("ministers", "minister* AND resign*", &after, &["Minister", "minister", "resigns"]);
    let told = article("https://news.example/politics/9", Event::Revised, version(4, "13:05", &after), vec![fired]);
    changed(version(3, "12:20", &before), change(&[Kind::Headline], Severity::Major), told)
}

fn correction() -> DeliveredArticle {
    let paragraphs = ["The company lost 15 million euros last year.", "Its chairman declined to comment."];
    let before = text("Shipping line reports loss", &["The company lost 1.5 million euros last year.", paragraphs[1]]);
    let after = ArticleText {
        correction: Some("Correction: an earlier version of this article said that the company had lost 1.5 million euros. It lost 15 million.".to_owned()),
        ..text("Shipping line reports loss", &paragraphs)
    };
    let figures = vec![figure("1.5 million euros", "15 million euros", paragraphs[0])];
    let change = Change { figures, ..change(&[Kind::Figures, Kind::Correction], Severity::Major) };
    let fired = rule("shipping", "shipping", &after, &["Shipping"]);
    let told = article("https://news.example/shipping", Event::Revised, version(2, "13:05", &after), vec![fired]);
    changed(version(1, "12:20", &before), change, told)
}

fn quote_removed() -> DeliveredArticle {
    let before = text(
        "Court hears appeal in land case",
        &[
            "The court heard the appeal on Friday.",
            "“The documents were forged,” said Ana Perez, a lawyer for the villagers. A ruling is expected in May.",
        ],
    );
    let after = text(
        "Court hears appeal in land case",
        &["The court heard the appeal on Friday.", "A ruling is expected in May."],
    );
    let removed =
        Match { field: MatchField::Removed, term: "forged".into(), text: "forged".into(), start: 58, end: 64 };
    let fired = FiredRule {
        name: "courts: what goes".to_owned(),
        query: "removed:forged".to_owned(),
        newly: false,
        is_lost: false,
        matches: vec![removed],
    };
    let change = Change { silent: true, ..change(&[Kind::Quote, Kind::Removal], Severity::Major) };
    let url = "https://news.example/courts/land?id=4";
    let told = article(url, Event::Revised, version(2, "13:05", &after), vec![fired]);
    changed(version(1, "12:20", &before), change, told)
}

fn rewritten() -> DeliveredArticle {
    let before = text(
        "Storm nears coast",
        &["Forecasters warned on Saturday of a storm that could reach the coast within two days."],
    );
    let after = text(
        "Storm makes landfall",
        &["Thousands were without power on Sunday after Storm Ida tore roofs off houses along the coast."],
    );
    let fired = rule("storms", "storm", &after, &["Storm"]);
    let told = article("https://news.example/storm", Event::Revised, version(2, "13:05", &after), vec![fired]);
    changed(version(1, "12:20", &before), change(&[Kind::Headline, Kind::Rewrite], Severity::Major), told)
}

fn taken_down() -> DeliveredArticle {
    let after = kazakhstan_after();
    let told = article(STORY, Event::Gone, version(2, "12:20", &after), vec![csto_rule(&after)]);
    changed(version(2, "12:20", &after), change(&[Kind::Gone], Severity::Major), told)
}

fn back() -> DeliveredArticle {
    let (before, after) = (kazakhstan_before(), kazakhstan_after());
    let told = article(STORY, Event::Back, version(3, "13:05", &after), vec![csto_rule(&after)]);
    let change = change(&[Kind::Headline, Kind::Addition, Kind::Back], Severity::Major);
    changed(version(2, "12:20", &before), change, told)
}

fn back_unchanged() -> DeliveredArticle {
    let after = kazakhstan_after();
    let told = article(STORY, Event::Back, version(2, "12:20", &after), vec![csto_rule(&after)]);
    changed(version(2, "12:20", &after), change(&[Kind::Back], Severity::Notable), told)
}

/// One of each weight, in the order in which a digest must not tell them; two were mailed before.
fn several() -> Vec<DeliveredArticle> {
    let mut quoted = quote_removed();
    quoted.id = ArticleId(18);
    quoted.mailed_at = Some(at("13:06"));
    let mut seen = new();
    seen.id = ArticleId(19);
    seen.mailed_at = Some("2026-11-21T17:40:00Z".parse().unwrap());
    vec![seen, touched_up(), new_elsewhere(), quoted, revised(), revised_often(), gone()]
}

fn muted() -> Delivery {
    let mute = Mute {
        id: MuteId(3),
        muted: Muted::Rule { name: "csto-kazakhstan".to_owned() },
        why: Some("press conference, we are in the room".to_owned()),
        who: Some("anna".to_owned()),
        begun_at: at("09:00"),
        until: at("13:00"),
        lifted_at: None,
    };
    let article = Muted::Article { article: ArticleId(12), headline: Some("Bcc: \r\nx".to_owned()) };
    let lifted =
        Mute { id: MuteId(4), muted: article, why: None, who: None, lifted_at: Some(at("13:05")), ..mute.clone() };
    Delivery { mutes: vec![mute, lifted], ..delivery(DeliveryKind::Muted, vec![new(), new_elsewhere()]) }
}

/// What the operator hears of a feed and of the disk.
fn health(part: Part) -> Delivery {
    let notice = |kind, subject, text: &str, end: &str| Untold {
        id: 1,
        part,
        notice: Notice {
            kind,
            subject,
            text: text.to_owned(),
            first_at: "2026-11-21T12:05:00Z".parse().unwrap(),
            last_at: at("13:05"),
            count: 31,
            closed_at: (part == Part::End).then(|| at("13:05")),
            end: (part == Part::End).then(|| end.to_owned()),
        },
        known_at: at("13:05"),
    };
    let feed = Subject::Feed("aljazeera".to_owned());
    let failing = "31 polls in a row failed, the last with 503 Service Unavailable";
    let disk = Subject::System("disk".to_owned());
    let untold = [
        notice(NoticeKind::FeedFailing, feed, failing, "12 entries came with the first answer"),
        notice(NoticeKind::DiskFull, disk, "310 MB of 40 GB are free where the database lies", "6 GB are free"),
    ];
    let note = health::letter(&untold, "wirewatch status", sender().zone, at("13:07"));
    Delivery { note: Some(note), ..delivery(DeliveryKind::Notice, Vec::new()) }
}

fn suspended() -> Delivery {
    noted(
        "no mail gets through to night@example.org",
        &[
            "The mail server refused night@example.org (recipient night) twice in a row, so no more mail is sent there.",
            "The last answer: 550 5.1.1 <night@example.org>: Recipient address rejected: User unknown",
            "Its alerts are kept and shown as failed. Once the address is mended, `wirewatch alerts retry` sends them, as one digest.",
        ],
    )
}

fn arabic() -> DeliveredArticle {
    let before = text(
        "كازاخستان: مقتل العشرات مع وصول القوات",
        &[
            "قُتل العشرات في مدينة ألماتي بعد ليلة من الاشتباكات، بحسب وزارة الداخلية الكازاخستانية يوم الأحد.",
            "طلب الرئيس قاسم جومارت توكاييف مساعدة منظمة معاهدة الأمن الجماعي (CSTO) مساء السبت.",
        ],
    );
    let mut after = before.clone();
    after.headline = Some("كازاخستان: مقتل 26 شخصا مع وصول القوات".to_owned());
    after.language = Some("ar".to_owned());
    after.paragraphs[0].text =
        "قُتل 26 شخصا في مدينة ألماتي بعد ليلة من الاشتباكات، بحسب وزارة الداخلية الكازاخستانية يوم الأحد.".to_owned();
    let fired = rule("قاعدة آسيا", "كازاخستان OR csto", &after, &["كازاخستان", "CSTO"]);
    let told = article("https://www.aljazeera.net/news/26", Event::Revised, version(2, "13:05", &after), vec![fired]);
    changed(version(1, "12:20", &before), compared(&before, &after), told)
}

fn chinese() -> DeliveredArticle {
    let before = text(
        "哈萨克斯坦骚乱造成数十人死亡",
        &[
            "哈萨克斯坦内政部周日表示，该国最大城市阿拉木图经过一夜冲突，已有数十人死亡。总统托卡耶夫周六晚向集体安全条约组织（集安组织）求助。",
            "机场附近居民称听到枪声。全国互联网连续第二天中断。液化石油气价格在1月1日翻了一番，达到每升120坚戈。",
        ],
    );
    let mut after = before.clone();
    after.headline = Some("哈萨克斯坦骚乱造成26人死亡".to_owned());
    after.language = Some("zh".to_owned());
    after.paragraphs[0].text = after.paragraphs[0].text.replace("已有数十人死亡", "已有26人死亡");
    let fired = rule("中亚", "集安组织 OR 哈萨克斯坦", &after, &["集安组织", "哈萨克斯坦"]);
    let told = article("https://news.example/zh/26", Event::Revised, version(2, "13:05", &after), vec![fired]);
    changed(version(1, "12:20", &before), compared(&before, &after), told)
}

fn emoji() -> DeliveredArticle {
    let after = text(
        "🔥 Wildfire 🚒 reaches the outskirts 👩‍🚒🇬🇷 of Athens",
        &["Firefighters 👨‍👩‍👧‍👦 asked families to leave their homes 🏠 on Sunday."],
    );
    let fired = rule("fires 🔥", "wildfire*", &after, &["Wildfire"]);
    article("https://news.example/fire", Event::New, version(1, "12:20", &after), vec![fired])
}

fn scripts() -> DeliveredArticle {
    let before = text(
        "كازاخستان: مقتل العشرات 🔥 京都議定書",
        &[
            "قُتل العشرات في مدينة ألماتي بعد ليلة من الاشتباكات، بحسب وزارة الداخلية.",
            "京都議定書は1997年12月に京都市で採択された。温室効果ガスの削減目標を定めている。先進国に対して、2008年から2012年までの間に温室効果ガスを1990年比で一定数値削減することを義務づけている。",
        ],
    );
    let mut after = before.clone();
    after.headline = Some("كازاخستان: مقتل 26 شخصا 🔥👩‍🚒 京都議定書".to_owned());
    after.paragraphs[0].text = "قُتل 26 شخصا في مدينة ألماتي بعد ليلة من الاشتباكات، بحسب وزارة الداخلية.".to_owned();
    let fired = rule("قاعدة", "كازاخستان OR 京都議定書", &after, &["كازاخستان", "京都議定書"]);
    let url = "https://أخبار.example/كازاخستان";
    let told = article(url, Event::Revised, version(2, "13:05", &after), vec![fired]);
    changed(version(1, "12:20", &before), change(&[Kind::Headline, Kind::Figures], Severity::Major), told)
}

fn long_headline() -> DeliveredArticle {
    let after = text(&"a very long headline that goes on ".repeat(120), &["Short."]);
    let fired = rule("long", "headline", &after, &["headline"]);
    article("https://news.example/long", Event::New, version(1, "13:05", &after), vec![fired])
}

/// Words that try to be headers, markup, commands of a terminal, and to turn what stands around them.
pub fn hostile() -> Delivery {
    let mut after = text(
        "Hi\r\nBcc: victim@example.net\r\n\r\n<script>alert(1)</script> \u{202E}evil\u{202C} =?utf-8?q?=0D=0AX-Evil:_1?=",
        &[
            "<img src=x onerror=alert(1)> & \"quotes\" 'n' \u{7}bell \u{1b}[31mred \u{202E}txet",
            "</div></body><style>*{display:none}</style>",
        ],
    );
    after.byline = Some("<b>Mallory</b>\r\n".to_owned());
    after.summary = Some("javascript:alert(1) <a href=\"javascript:alert(2)\">click</a>".to_owned());
    let mut fired = rule("a rule\r\nX-Evil: 2", "\"<script>\"", &after, &["alert"]);
    fired.matches.push(Match {
        field: MatchField::Body,
        term: "x".into(),
        text: "…".into(),
        start: 1,
        end: usize::MAX,
    });
    fired.matches.push(Match { field: MatchField::Added, term: "x".into(), text: "".into(), start: 0, end: 0 });
    let url = "https://news.example/?a=1&b=\"><script>&c='x'";
    let mut told = article(url, Event::New, version(1, "13:05", &after), vec![fired]);
    told.feeds[0].name = "feed\r\nX-Evil: 3".to_owned();
    Delivery { thread: thread("[x] kept\r\nX-Evil: 4\u{202E}"), ..alone(told) }
}
