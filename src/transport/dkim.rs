//! DKIM (RFC 6376, RFC 8463): the signature by which a mail server knows that a mail is its domain's.
//!
//! Signed once, when the message is rendered: what is stored is what is sent, at every attempt. Not lettre's own, whose
//! RSA is in a crate with a known timing weakness; the keys are aws-lc's, as for TLS.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::config::{DkimConfig, MailConfig, MailTransport};
use crate::model::Timestamp;

/// What is signed where it stands in a mail, in this order.
const SIGNED: [&str; 14] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "Content-Transfer-Encoding",
];
/// Named once more than they stand there, so that nobody adds a second one that a mail program would show.
const SEALED: [&str; 4] = ["From", "To", "Subject", "Date"];
/// Characters of the signature on one line.
const LINE: usize = 72;

/// Why a key cannot sign mail.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DkimError {
    #[error("the DKIM key is no private key in PEM")]
    NoKey,
    #[error("the DKIM key cannot be used: RSA from 2048 to 8192 bits and Ed25519 can")]
    Kind,
    #[error("the DKIM key did not sign")]
    Signing,
}

/// A key with the name under which the domain publishes its other half.
pub struct Signer {
    key: Key,
    domain: String,
    selector: String,
}

enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// The signer of what goes out by SMTP, where the configuration names a key.
    pub fn open(config: &MailConfig) -> Result<Option<Self>, DkimError> {
        let by_smtp = matches!(config.transport, MailTransport::Smtp(_));
        config.dkim.as_ref().filter(|_| by_smtp).map(Self::new).transpose()
    }

    /// Reads the key: PKCS#8 or, for RSA, PKCS#1.
    pub fn new(config: &DkimConfig) -> Result<Self, DkimError> {
        let pem = config.key.expose_secret().as_bytes();
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| DkimError::NoKey)? {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Key::Rsa),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                let curve = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Key::Ed25519);
                curve.or_else(|_| RsaKeyPair::from_pkcs8(der).map(Key::Rsa))
            }
            _ => return Err(DkimError::Kind),
        };
        let key = key.map_err(|_| DkimError::Kind)?;
        Ok(Self { key, domain: config.domain.clone(), selector: config.selector.clone() })
    }

    /// The message with its signature before it. `message` is as `render` made it, with CRLF at every line's end.
    pub fn sign(&self, message: &[u8], date: Timestamp) -> Result<Vec<u8>, DkimError> {
        let (head, body) = parts(message);
        let fields = fields(head);
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let names: Vec<String> = signed_names(&fields).chunks(5).map(|names| names.join(":")).collect();
        let unsigned = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={}; s={};\r\n t={};\r\n h={};\r\n bh={};\r\n b=",
            self.domain,
            self.selector,
            date.as_millis().div_euclid(1000).max(0),
            names.join(":\r\n "),
            STANDARD.encode(Sha256::digest(relaxed_body(body))),
        );
        let mut input = Vec::new();
        for name in SIGNED {
            // A name that stands once more than its header adds nothing (RFC 6376 §5.4.2).
            let field = fields.iter().rev().find(|field| is_named(field, name));
            input.extend(field.into_iter().flat_map(|field| [relaxed_field(field).as_slice(), b"\r\n"].concat()));
        }
        input.extend(relaxed_field(unsigned.as_bytes()));
        let signature = STANDARD.encode(self.signature(&input)?);
        let lines: Vec<&str> =
            (0..signature.len()).step_by(LINE).map(|at| &signature[at..signature.len().min(at + LINE)]).collect();
        Ok([unsigned.as_bytes(), lines.join("\r\n ").as_bytes(), b"\r\n", message].concat())
    }

    fn signature(&self, input: &[u8]) -> Result<Vec<u8>, DkimError> {
        match &self.key {
            Key::Ed25519(key) => Ok(key.sign(&Sha256::digest(input)).as_ref().to_vec()),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature)
                    .map_err(|_| DkimError::Signing)?;
                Ok(signature)
            }
        }
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({:?}, {:?})", self.domain, self.selector)
    }
}

/// The names in `h=`, each as often as it stands there or, of those that must not be added to, once more.
fn signed_names(fields: &[&[u8]]) -> Vec<&'static str> {
    let there = SIGNED.into_iter().filter(|name| fields.iter().any(|field| is_named(field, name)));
    there.chain(SEALED).collect()
}

/// The header and the body, without the empty line between them.
fn parts(message: &[u8]) -> (&[u8], &[u8]) {
    match message.windows(4).position(|window| window == b"\r\n\r\n") {
        Some(at) => (&message[..at + 2], &message[at + 4..]),
        None => (message, b""),
    }
}

/// The header's fields, each with its folded lines.
fn fields(head: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, _) in head.windows(2).enumerate().filter(|(_, window)| *window == b"\r\n") {
        if !matches!(head.get(at + 2), Some(b' ' | b'\t')) {
            fields.push(&head[start..at]);
            start = at + 2;
        }
    }
    fields
}

fn is_named(field: &[u8], name: &str) -> bool {
    field.get(name.len()) == Some(&b':') && field[..name.len()].eq_ignore_ascii_case(name.as_bytes())
}

/// RFC 6376 §3.4.2: the name in lower case, the value unfolded with single spaces.
fn relaxed_field(field: &[u8]) -> Vec<u8> {
    let colon = field.iter().position(|byte| *byte == b':').unwrap_or(field.len());
    let (name, value) = field.split_at(colon);
    let mut relaxed = name.trim_ascii_end().to_ascii_lowercase();
    relaxed.push(b':');
    let unfolded: Vec<u8> = value.iter().skip(1).copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    relaxed.extend(single_spaced(unfolded.trim_ascii()));
    relaxed
}

/// RFC 6376 §3.4.4: single spaces, none at a line's end, no empty lines at the body's.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::with_capacity(body.len());
    let mut end = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        relaxed.extend(single_spaced(line).trim_ascii_end());
        let is_empty = relaxed.ends_with(b"\n") || relaxed.is_empty();
        relaxed.extend(b"\r\n");
        if !is_empty {
            end = relaxed.len();
        }
    }
    relaxed.truncate(end);
    relaxed
}

/// The line with every run of spaces and tabs as one space.
fn single_spaced(line: &[u8]) -> Vec<u8> {
    let mut spaced: Vec<u8> = Vec::with_capacity(line.len());
    for byte in line {
        match byte {
            b' ' | b'\t' if spaced.last() == Some(&b' ') => {}
            b' ' | b'\t' => spaced.push(b' '),
            other => spaced.push(*other),
        }
    }
    spaced
}
