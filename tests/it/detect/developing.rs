//! Stories that are still being written, in twelve languages.

use url::Url;
use wirewatch::detect::is_developing;
use wirewatch::model::{ArticleText, Role};

use super::text;

const PLAIN: &str = "https://news.example/world/dam";

fn says(text: &ArticleText, url: &str) -> bool {
    is_developing(text, &Url::parse(url).expect("an address"))
}

#[test]
fn headlines_and_paragraphs_that_say_so_are_believed() {
    for headline in [
        "Live: dam breaks in the north",
        "Dam breaks in the north – live updates",
        "BREAKING: Dam breaks",
        "Eilmeldung: Damm gebrochen",
        "EN DIRECT - Le barrage a cédé",
        "ÚLTIMA HORA | Se rompe la presa",
        "Ao vivo: barragem rompe",
        "Diretta: crolla la diga",
        "Liveblog | Dam doorgebroken",
        "Son dakika: Baraj yıkıldı",
        "Срочно: прорвало плотину",
        "عاجل: انهيار السد",
        "快讯：大坝决堤",
        "【速報】ダムが決壊",
    ] {
        assert!(says(&text(headline, &["The dam broke on Monday."]), PLAIN), "{headline}");
    }
    for last in [
        "This is a breaking news story and will be updated.",
        "More to follow.",
        "Weitere Informationen in Kürze.",
        "Plus d’informations à venir.",
        "Notizia in aggiornamento",
        "Материал дополняется.",
        "详情稍后",
    ] {
        assert!(says(&text("Dam breaks", &["The dam broke on Monday.", last]), PLAIN), "{last}");
    }
    let post = |role| {
        let mut blog = text("Dam breaks", &["09:40 The army has arrived."]);
        blog.paragraphs[0].role = role;
        blog
    };
    assert!(says(&post(Role::Post), PLAIN));
    assert!(!says(&post(Role::Paragraph), PLAIN));
    assert!(says(&text("Dam breaks", &[]), "https://news.example/news/live/dam-breaks"));
    let tagged = ArticleText { tags: vec!["Liveticker".to_owned()], ..text("Damm gebrochen", &[]) };
    assert!(says(&tagged, PLAIN));
}

#[test]
fn the_same_words_in_other_places_say_nothing() {
    for headline in [
        "How to live with a dam",
        "Live music returns to the town",
        "Breaking the ice: diplomats meet",
        "Dam breaks, and with it the calm",
        "Why developing countries build dams",
        "Online-Handel wächst",
    ] {
        assert!(!says(&text(headline, &["The dam broke on Monday."]), PLAIN), "{headline}");
    }
    let middle = ["One.", "Two.", "Three.", "More to follow.", "Five.", "Six.", "Seven."];
    assert!(!says(&text("Dam breaks", &middle), PLAIN));
    assert!(!says(&text("Dam breaks", &[]), "https://news.example/alive/dam"));
}
