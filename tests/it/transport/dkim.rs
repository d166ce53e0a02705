//! DKIM: what is signed, so that an independent verifier agrees (dkimpy did for the files in the fixtures' folder) and
//! nobody can change what a reader sees.

use std::fs;
use std::path::PathBuf;

use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use wirewatch::config::DkimConfig;
use wirewatch::email::Email;
use wirewatch::transport::{self, DkimError, Signer};

use crate::support::{Installation, Sink};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transport")).join(name)
}

fn signer(key: &str) -> Result<Signer, DkimError> {
    let key = SecretString::from(fs::read_to_string(fixture(key)).unwrap());
    Signer::new(&DkimConfig { domain: "example.org".to_owned(), selector: "wirewatch".to_owned(), key })
}

/// A mail with everything that folds, encodes and trails.
fn email() -> Email {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Email {
        from: "Wirewatch 通讯 <wirewatch@example.org>".to_owned(),
        to: "desk@example.org".to_owned(),
        subject: format!("[unrest] {}", "哈萨克斯坦抗议 Dozens killed in the capital ".repeat(4)),
        message_id: "7.abc@example.org".to_owned(),
        in_reply_to: Some("6.abc@example.org".to_owned()),
        references: (1..=6).map(|number| format!("{number}.abc@example.org")).collect(),
        date: "2026-11-22T12:00:00Z".parse().unwrap(),
        headers: vec![
            header("Auto-Submitted", "auto-generated"),
            header("List-Id", "<unrest.example.org>"),
            header("X-Wirewatch-Rule", "unrest"),
        ],
        text: "Revised  by\tnews.example \n\n  = 26 killed…  \n.\n-- \nwhy\n\n\n".to_owned(),
        html: "<p>Revised   by news.example</p>\n\n".to_owned(),
        problems: Vec::new(),
    }
}

fn signed(key: &str) -> Vec<u8> {
    transport::render_signed(&email(), Some(&signer(key).unwrap())).unwrap()
}

/// A verifier that follows RFC 6376 from what stands in the message, in its own way. `check` is given the signature's
/// input and the signature.
fn verifies(message: &[u8], check: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    let message = String::from_utf8(message.to_vec()).unwrap();
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", "\t");
    let squeezed = |text: &str| text.split([' ', '\t']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let mut fields: Vec<(String, String)> = unfolded
        .split("\r\n")
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_lowercase(), squeezed(value)))
        .collect();
    let (name, value) = fields.remove(0);
    assert_eq!(name, "dkim-signature");
    let tag = |wanted: &str| {
        let tags = value.split(';').filter_map(|tag| tag.trim().split_once('='));
        tags.filter(|(name, _)| *name == wanted).map(|(_, value)| value.replace(' ', "")).next().unwrap()
    };
    // One space for a run, none at a line's end, no empty line at the end.
    let lines = body.split("\r\n").map(|line| {
        let led = if line.starts_with([' ', '\t']) { " " } else { "" };
        format!("{led}{}", squeezed(line)).trim_end().to_owned()
    });
    let canonical = lines.collect::<Vec<_>>().join("\r\n").trim_end_matches("\r\n").to_owned() + "\r\n";
    if STANDARD.encode(Sha256::digest(canonical.as_bytes())) != tag("bh") {
        return false;
    }
    let mut input = String::new();
    for name in tag("h").split(':').map(str::to_lowercase) {
        // From the bottom up; a name without a field stands for nothing.
        if let Some(at) = fields.iter().rposition(|field| field.0 == name) {
            let (name, value) = fields.remove(at);
            input += &format!("{name}:{value}\r\n");
        }
    }
    let bare = value.rsplit_once(" b=").unwrap().0;
    input += &format!("dkim-signature:{bare} b=");
    check(input.as_bytes(), &STANDARD.decode(tag("b")).unwrap())
}

fn der(key: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_file(fixture(key)).unwrap()
}

fn by_rsa(message: &[u8]) -> bool {
    let pair = RsaKeyPair::from_pkcs8(der("dkim-rsa.pem").secret_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref().to_vec());
    verifies(message, |input, signature| public.verify(input, signature).is_ok())
}

fn by_ed25519(message: &[u8]) -> bool {
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der("dkim-ed25519.pem").secret_der()).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());
    verifies(message, |input, signature| public.verify(&Sha256::digest(input), signature).is_ok())
}

#[test]
fn a_signed_mail_is_what_an_independent_verifier_accepted() {
    for (key, file) in [("dkim-rsa.pem", "signed-rsa.eml"), ("dkim-ed25519.pem", "signed-ed25519.eml")] {
        let message = signed(key);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            fs::write(fixture(file), &message).unwrap();
        }
        assert!(fs::read(fixture(file)).unwrap() == message, "{file} differs: verify it with dkimpy anew");
        assert!(message.split(|byte| *byte == b'\n').all(|line| line.len() <= 998 && line.is_ascii()));
    }
    assert!(by_rsa(&signed("dkim-rsa.pem")));
    assert!(by_ed25519(&signed("dkim-ed25519.pem")));
}

#[test]
fn what_a_reader_sees_cannot_be_changed_and_what_servers_do_on_the_way_can() {
    let message = String::from_utf8(signed("dkim-ed25519.pem")).unwrap();
    let first = message.find("\r\nFrom:").unwrap() + 2;
    let with = |line: &str| format!("{}{line}{}", &message[..first], &message[first..]);
    for forged in [
        message.replace("news.example", "fake.example"),
        message.replace("7.abc@", "8.abc@"),
        message.replace("text/html", "text/plain"),
        message.replace("unrest.example.org", "sports.example.org"),
        with("From: Minister <minister@example.org>\r\n"),
        with("Subject: Send money\r\n"),
    ] {
        assert_ne!(forged, message);
        assert!(!by_ed25519(forged.as_bytes()), "{forged}");
    }
    for passed_on in [
        with("Received: from a by b\r\n"),
        message.replace("To: desk", "TO:   desk"),
        message.clone() + "\r\n\r\n",
        message.strip_suffix("\r\n").unwrap().to_owned(),
    ] {
        assert!(by_ed25519(passed_on.as_bytes()), "{passed_on}");
    }
}

#[test]
fn keys_of_every_usual_form_sign_and_others_are_refused_in_words() {
    for key in ["dkim-rsa.pem", "dkim-rsa-pkcs1.pem", "dkim-ed25519.pem"] {
        assert!(signer(key).is_ok(), "{key}");
    }
    for (key, error) in
        [("dkim-short.pem", DkimError::Kind), ("server.key", DkimError::Kind), ("ca.pem", DkimError::NoKey)]
    {
        assert_eq!(signer(key).unwrap_err(), error, "{key}");
    }
    assert!(!format!("{:?}", signer("dkim-rsa.pem").unwrap()).contains("PRIVATE"));
}

#[test]
fn the_program_signs_what_goes_out_by_smtp() {
    let sink = Sink::start();
    let configuration = |dkim: &str| {
        format!(
            "[store]\npath = \"w.db\"\n[[recipient]]\nname = \"desk\"\nemail = \"desk@example.org\"\n[mail]\n\
             from = \"wirewatch@example.org\"\nsmtp = \"{}\"\n{dkim}",
            sink.url()
        )
    };
    let dkim = "dkim = { domain = \"example.org\", selector = \"wirewatch\", key_file = \"dkim.pem\" }\n";
    let installation = Installation::new(&configuration(dkim));
    fs::copy(fixture("dkim-ed25519.pem"), installation.path("dkim.pem")).unwrap();
    installation.stdout(&["test-mail"]);
    let mail = sink.next();
    assert!(mail.message.starts_with("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org;"));
    assert!(by_ed25519(mail.message.as_bytes()), "{}", mail.message);

    // A key that cannot sign is told by `check`, not by the first alert.
    fs::copy(fixture("dkim-short.pem"), installation.path("dkim.pem")).unwrap();
    let output = installation.run(&["check"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("RSA from 2048 to 8192 bits and Ed25519"), "{said}");

    installation.configure(&configuration(""));
    installation.stdout(&["test-mail"]);
    assert_eq!(sink.next().header("DKIM-Signature"), None);
}
