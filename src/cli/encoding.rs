//! Text out of files: what wirewatch writes is UTF-8, what feed readers once wrote may be anything.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The XML declaration is looked for in so many bytes.
const DECLARATION_BYTES: usize = 256;

/// The text of a file: by its byte order mark, for XML by its declaration, else UTF-8. Bytes that are no text in
/// that encoding come back as they are.
pub fn decoded(bytes: Vec<u8>) -> Result<String, Vec<u8>> {
    let encoding = encoding_of(&bytes);
    if encoding == UTF_8 {
        return String::from_utf8(bytes).map_err(|error| error.into_bytes());
    }
    let (text, is_broken) = encoding.decode_with_bom_removal(&bytes);
    match is_broken {
        false => Ok(text.into_owned()),
        true => Err(bytes),
    }
}

fn encoding_of(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    match bytes {
        [b'<', 0, ..] => UTF_16LE,
        [0, b'<', ..] => UTF_16BE,
        _ => declared(bytes).unwrap_or(UTF_8),
    }
}

/// `<?xml version="1.0" encoding="windows-1252"?>`
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(DECLARATION_BYTES)];
    let start = start.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = start.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&start[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let label = value.trim_start_matches(['"', '\'']).split(['"', '\'']).next()?;
    // A declaration that can be read byte by byte is not in UTF-16, whatever it says.
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}
