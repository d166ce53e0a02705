//! The links by which whoever gets a mail can stop such mails: each ends with a token that only this database makes.
//!
//! It says which delivery the mail was and which address it went to, by their numbers, and proves it by an HMAC-SHA256.
//! Tokens are not stored and do not run out: mails stay in mailboxes for years.

use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension, params};

use super::deliveries::Stored;
use super::{Store, StoreError, unsubscriptions};
use crate::model::{DeliveryId, DeliveryKind, MailLink};

/// The first byte of a token: what follows is a delivery, an address (eight bytes each) and the proof.
const VERSION: u8 = 1;
const SIGNED: usize = 17;
const LENGTH: usize = SIGNED + 32;
/// Characters of a token, in base64 without padding.
const CHARACTERS: usize = LENGTH.div_ceil(3) * 4 - (3 - LENGTH % 3) % 3;

impl Store {
    /// What a link's token stands for; `None` where this database never made it.
    ///
    /// Of a delivery that is no longer kept it still knows the address: such a link is a digest's.
    pub async fn mail_link(&self, token: &str) -> Result<Option<MailLink>, StoreError> {
        if token.len() != CHARACTERS {
            return Ok(None);
        }
        let token = token.to_owned();
        self.read(move |connection| find(connection, &token)).await
    }
}

/// Draws the key that tokens are proven with, where there is none yet.
pub(super) fn make_key(connection: &Connection) -> Result<(), StoreError> {
    if key(connection)?.is_some() {
        return Ok(());
    }
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| StoreError::Io {
        doing: "draw a random key".to_owned(),
        cause: "the system gives no random numbers".to_owned(),
    })?;
    connection
        .prepare_cached("INSERT INTO meta (name, value) VALUES ('unsubscribe_key', ?)")?
        .execute([URL_SAFE_NO_PAD.encode(bytes)])?;
    Ok(())
}

pub(super) fn key(connection: &Connection) -> Result<Option<Key>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = 'unsubscribe_key'")?;
    let text: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
    let Some(text) = text else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or_else(|| StoreError::Unreadable("the key of the links in mails".to_owned()))?;
    Ok(Some(Key::new(HMAC_SHA256, &bytes)))
}

/// The token of a mail's link. `None` for what is no mail, and for a word of wirewatch on itself.
pub(super) fn token(connection: &Connection, id: DeliveryId, stored: &Stored) -> Result<Option<String>, StoreError> {
    let is_mail = matches!(stored.channel.as_str(), "smtp" | "maildir");
    if !is_mail || stored.delivery.kind == DeliveryKind::Notice {
        return Ok(None);
    }
    Ok(key(connection)?.map(|key| make(&key, id, stored.address)))
}

fn make(key: &Key, delivery: DeliveryId, address: i64) -> String {
    let mut token = vec![VERSION];
    token.extend(delivery.0.to_be_bytes());
    token.extend(address.to_be_bytes());
    let proof = hmac::sign(key, &token);
    token.extend(proof.as_ref());
    URL_SAFE_NO_PAD.encode(token)
}

/// The delivery and the address of a token that the key proves; compared in constant time.
fn open(key: &Key, token: &str) -> Option<(i64, i64)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == LENGTH)?;
    let (signed, proof) = bytes.split_at(SIGNED);
    hmac::verify(key, signed, proof).ok()?;
    let (version, numbers) = signed.split_first()?;
    let (delivery, address) = numbers.split_at(8);
    let number = |bytes: &[u8]| bytes.try_into().ok().map(i64::from_be_bytes);
    (*version == VERSION).then_some(())?;
    Some((number(delivery)?, number(address)?))
}

fn find(connection: &Connection, token: &str) -> Result<Option<MailLink>, StoreError> {
    let Some(key) = key(connection)? else { return Ok(None) };
    let Some((delivery, address_id)) = open(&key, token) else { return Ok(None) };
    let mut statement = connection.prepare_cached("SELECT address, recipient FROM addresses WHERE id = ?")?;
    let found: Option<(String, String)> =
        statement.query_row([address_id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((address, recipient)) = found else { return Ok(None) };
    let rules: Vec<String> = connection
        .prepare_cached(
            "SELECT rule FROM deliveries JOIN delivery_alerts ON delivery_id = deliveries.id
                 JOIN alerts ON alerts.id = alert_id
             WHERE deliveries.id = ? AND deliveries.address_id = ? AND kind = 'article'
             GROUP BY rule ORDER BY min(alerts.id)",
        )?
        .query_map(params![delivery, address_id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let stopped = unsubscriptions::within(connection, &address, &recipient, &rules)?;
    Ok(Some(MailLink { address, recipient, rules, stopped }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_long_as_it_says_and_opens_with_its_key_alone() {
        let keys = [7, 8].map(|byte| Key::new(HMAC_SHA256, &[byte; 32]));
        let token = make(&keys[0], DeliveryId(12), 3);
        assert_eq!(token.len(), CHARACTERS);
        assert_eq!(open(&keys[0], &token), Some((12, 3)));
        assert_eq!(open(&keys[1], &token), None);
    }

    #[test]
    fn a_token_with_any_character_changed_opens_nothing() {
        let key = Key::new(HMAC_SHA256, &[7; 32]);
        let token = make(&key, DeliveryId(1), 1);
        for at in 0..token.len() {
            for other in ["A", "B", "-", "=", ".", "%"] {
                let forged = format!("{}{other}{}", &token[..at], &token[at + 1..]);
                assert!(forged == token || open(&key, &forged).is_none(), "{forged}");
            }
        }
    }
}
