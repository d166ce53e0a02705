//! How a mail says how to get no more of it.

use url::Url;
use wirewatch::email::{self, Email, Sender};
use wirewatch::model::{Delivery, DeliveryKind};

use super::stories::{alone, at, delivery, noted, revised, sender};

/// A sender whose web page is reached at the address, with articles on it.
fn served_at(address: &str) -> Sender {
    Sender { public_url: Url::parse(address).ok(), ..sender() }
}

fn header(email: &Email, name: &str) -> Option<String> {
    email.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

#[test]
fn a_mail_says_how_to_get_no_more_of_its_rules() {
    let told = Delivery { unsubscribe_token: Some("AbC-123_x".to_owned()), ..alone(revised()) };
    let email = email::compose(&told, &served_at("https://watch.example.org"), at("13:07"));

    let address = "https://watch.example.org/unsubscribe/AbC-123_x";
    assert_eq!(header(&email, "List-Unsubscribe"), Some(format!("<{address}>")));
    assert_eq!(header(&email, "List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    assert!(
        email.text.ends_with(&format!("Unsubscribe desk@example.org from this rule:\n{address}\n")),
        "{}",
        email.text
    );
    let link = format!("<a href=\"{address}\">Unsubscribe desk@example.org from this rule</a>");
    assert!(email.html.contains(&link), "{}", email.html);
    let bare = email::compose_bare(&told, &served_at("https://watch.example.org"), at("13:07"));
    assert_eq!(header(&bare, "List-Unsubscribe"), Some(format!("<{address}>")));
    assert!(bare.text.contains(address));
}

#[test]
fn a_digest_says_how_to_get_no_more_of_its_recipient() {
    let told =
        Delivery { unsubscribe_token: Some("AbC".to_owned()), ..delivery(DeliveryKind::Digest, vec![revised()]) };
    let email = email::compose(&told, &served_at("https://watch.example.org/desk/"), at("13:07"));
    let link =
        "Unsubscribe desk@example.org from everything for desk:\nhttps://watch.example.org/desk/unsubscribe/AbC\n";
    assert!(email.text.ends_with(link), "{}", email.text);
}

#[test]
fn a_mail_that_cannot_be_stopped_by_a_click_does_not_say_so() {
    let token = Some("AbC".to_owned());
    let told = Delivery { unsubscribe_token: token.clone(), ..alone(revised()) };
    let over_http = email::compose(&told, &served_at("http://10.0.0.7:7177"), at("13:07"));
    assert_eq!(header(&over_http, "List-Unsubscribe").as_deref(), Some("<http://10.0.0.7:7177/unsubscribe/AbC>"));
    assert_eq!(header(&over_http, "List-Unsubscribe-Post"), None, "RFC 8058 knows HTTPS alone");
    let without_page = email::compose(&told, &sender(), at("13:07"));
    let notice = noted("a feed is silent", &["It is."]);
    let notice = email::compose(&notice, &served_at("https://watch.example.org"), at("13:07"));
    for email in [without_page, notice] {
        assert_eq!(header(&email, "List-Unsubscribe"), None);
        assert!(!email.text.contains("nsubscribe"), "{}", email.text);
    }
}
