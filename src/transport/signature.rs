//! The signature under what a hub sends (WebSub, section 7.1).

use aws_lc_rs::{constant_time, hmac};

/// A signature that is checked while the body comes in.
pub struct Signature {
    context: hmac::Context,
    told: Vec<u8>,
}

impl Signature {
    /// Of a header `X-Hub-Signature: sha256=…`, in hexadecimal digits, by a secret that both sides know. `None` where it is no
    /// signature: SHA-1, which most hubs send, and SHA-2 of 256, 384 and 512 bits are.
    pub fn told(header: &str, secret: &str) -> Option<Self> {
        let (method, digits) = header.split_once('=')?;
        let algorithm = match method.trim().to_ascii_lowercase().as_str() {
            "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => hmac::HMAC_SHA256,
            "sha384" => hmac::HMAC_SHA384,
            "sha512" => hmac::HMAC_SHA512,
            _ => return None,
        };
        let context = hmac::Context::with_key(&hmac::Key::new(algorithm, secret.as_bytes()));
        Some(Self { context, told: from_hexadecimal(digits.trim())? })
    }

    pub fn take(&mut self, body: &[u8]) {
        self.context.update(body);
    }

    /// Whether all that was taken is signed so.
    pub fn holds(self) -> bool {
        constant_time::verify_slices_are_equal(&self.told, self.context.sign().as_ref()).is_ok()
    }
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(header: &str, body: &[u8]) -> bool {
        Signature::told(header, "key").is_some_and(|mut signature| {
            body.chunks(7).for_each(|part| signature.take(part));
            signature.holds()
        })
    }

    #[test]
    fn a_signature_is_that_of_the_whole_body() {
        // `printf … | openssl dgst -sha1 -hmac key` (the example of RFC 2104's Wikipedia article).
        let fox = b"The quick brown fox jumps over the lazy dog";
        let sha1 = "sha1=de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9";
        let sha256 = "SHA256=F7BC83F430538424B13298E6AA6FB143EF4D59A14946175997479DBC2D1A3CD8";
        assert!(holds(sha1, fox) && holds(sha256, fox));
        assert!(!holds(sha1, &fox[1..]));
        for broken in ["", "sha1", "sha1=", "sha1=zz", "sha1=de7", "md5=00", "sha1=ü"] {
            assert!(!holds(broken, fox), "{broken}");
        }
    }
}
