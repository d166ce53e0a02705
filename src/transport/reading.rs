//! A message of ours read back for people: its headers decoded, and its text part. Not a parser for strangers' mail.

/// What a reader of a message sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMessage {
    /// In their order, unfolded and decoded, without those that say how the body is encoded.
    pub headers: Vec<(String, String)>,
    /// The text part; lines end with `\n`.
    pub text: String,
}

/// Reads a message that [`render`](super::render) wrote. What is not a mail (a document for a webhook) is its own text.
pub fn read(message: &[u8]) -> ReadMessage {
    let whole = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (head, body) = whole.split_once("\n\n").unwrap_or((&whole, ""));
    let headers = headers(head);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("message-id")) {
        return ReadMessage { headers: Vec::new(), text: whole };
    }
    let text = match field(&headers, "content-type").and_then(boundary) {
        Some(boundary) => text_part(body, &boundary),
        None => decoded(&headers, body),
    };
    let is_technical = |name: &str| name.to_ascii_lowercase().starts_with("content-") || name == "MIME-Version";
    let headers = headers.into_iter().filter(|(name, _)| !is_technical(name));
    ReadMessage { headers: headers.map(|(name, value)| (name, words(&value))).collect(), text }
}

/// The first part of a multipart body.
fn text_part(body: &str, boundary: &str) -> String {
    let mark = format!("--{boundary}");
    let Some(part) = body.split(mark.as_str()).nth(1) else { return body.to_owned() };
    let (head, text) = part.trim_start_matches('\n').split_once("\n\n").unwrap_or(("", part));
    decoded(&headers(head), text.trim_end_matches('\n')) + "\n"
}

fn headers(head: &str) -> Vec<(String, String)> {
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let split = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    unfolded.lines().filter_map(split).collect()
}

fn field<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn boundary(content_type: &str) -> Option<String> {
    let (_, rest) = content_type.split_once("boundary=")?;
    Some(rest.split(';').next()?.trim().trim_matches('"').to_owned())
}

fn decoded(headers: &[(String, String)], text: &str) -> String {
    match field(headers, "content-transfer-encoding") {
        Some(encoding) if encoding.eq_ignore_ascii_case("quoted-printable") => {
            let joined = text.lines().map(|line| match line.trim_end().strip_suffix('=') {
                Some(soft) => soft.to_owned(),
                None => format!("{}\n", line.trim_end()),
            });
            hexadecimal(&joined.collect::<String>())
        }
        Some(encoding) if encoding.eq_ignore_ascii_case("base64") => {
            String::from_utf8_lossy(&base64(text)).replace("\r\n", "\n")
        }
        _ => text.to_owned(),
    }
}

/// `=C3=A9` undone.
fn hexadecimal(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = (*first == b'=').then(|| others.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0_u32);
    for value in text.bytes().filter_map(|byte| ALPHABET.iter().position(|letter| *letter == byte)) {
        bits = (bits << 6 | u32::try_from(value).unwrap_or(0)) & 0x00FF_FFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap_or(0));
        }
    }
    bytes
}

/// Encoded words (RFC 2047) undone; the blanks between two of them are none.
fn words(value: &str) -> String {
    let mut told = String::new();
    let mut bytes: Vec<u8> = Vec::new();
    for (place, word) in value.split(' ').enumerate() {
        let encoded = word.strip_prefix("=?").and_then(|word| word.strip_suffix("?=")).and_then(|word| {
            let mut parts = word.splitn(3, '?').skip(1);
            Some((parts.next()?, parts.next()?))
        });
        match encoded {
            Some((kind, text)) => {
                if place > 0 && bytes.is_empty() {
                    told.push(' ');
                }
                // Gathered, since a character may be spread over two words.
                match kind {
                    "b" | "B" => bytes.extend(base64(text)),
                    _ => bytes.extend(hexadecimal(&text.replace('_', " ")).into_bytes()),
                }
            }
            None => {
                told.push_str(&String::from_utf8_lossy(&std::mem::take(&mut bytes)));
                if place > 0 {
                    told.push(' ');
                }
                told.push_str(word);
            }
        }
    }
    told + &String::from_utf8_lossy(&bytes)
}
