//! A guard around the cipher: checks messages of an authenticated server after the handshake, before
//! embedded-tls parses them.
//!
//! embedded-tls panics on a handshake message after the handshake that is no ticket, and parses
//! tickets, which are of no use here: there is no resumption. So handshake records of tickets alone
//! become empty application data, and others are refused. A cipher is made anew for each record and
//! knows nothing of the session; the record filter signals that the handshake is over,
//! with a mark in the header's version, where TLS 1.3 has a constant (RFC 8446 section 5.2).

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{
    AeadCore, AeadInPlace, Buffer, Error, Key, KeyInit, KeySizeUser, Nonce, Result, Tag,
};
use embedded_tls::{Aes128GcmSha256, TlsCipherSuite};

/// Low byte of the version in a protected record's header.
pub(crate) const VERSION: u8 = 3;
/// The byte that replaces it when the handshake is over.
pub(crate) const MARK: u8 = 0xff;

/// Content types (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
/// The handshake message NewSessionTicket (RFC 8446 section 4).
const NEW_SESSION_TICKET: u8 = 4;

/// TLS_AES_128_GCM_SHA256, guarded.
pub(crate) struct Suite;

impl TlsCipherSuite for Suite {
    const CODE_POINT: u16 = Aes128GcmSha256::CODE_POINT;
    type Cipher = Guarded;
    type KeyLen = <Aes128GcmSha256 as TlsCipherSuite>::KeyLen;
    type IvLen = <Aes128GcmSha256 as TlsCipherSuite>::IvLen;
    type Hash = <Aes128GcmSha256 as TlsCipherSuite>::Hash;
    type LabelBufferSize = <Aes128GcmSha256 as TlsCipherSuite>::LabelBufferSize;
}

/// AES-128-GCM, and the check of the plaintext that it decrypts.
pub(crate) struct Guarded(Aes128Gcm);

impl KeySizeUser for Guarded {
    type KeySize = <Aes128Gcm as KeySizeUser>::KeySize;
}

impl KeyInit for Guarded {
    fn new(key: &Key<Self>) -> Self {
        Self(Aes128Gcm::new(key))
    }
}

impl AeadCore for Guarded {
    type NonceSize = <Aes128Gcm as AeadCore>::NonceSize;
    type TagSize = <Aes128Gcm as AeadCore>::TagSize;
    type CiphertextOverhead = <Aes128Gcm as AeadCore>::CiphertextOverhead;
}

impl AeadInPlace for Guarded {
    fn encrypt_in_place_detached(
        &self,
        nonce: &Nonce<Self>,
        header: &[u8],
        buffer: &mut [u8],
    ) -> Result<Tag<Self>> {
        self.0.encrypt_in_place_detached(nonce, header, buffer)
    }

    fn decrypt_in_place_detached(
        &self,
        nonce: &Nonce<Self>,
        header: &[u8],
        buffer: &mut [u8],
        tag: &Tag<Self>,
    ) -> Result<()> {
        self.0.decrypt_in_place_detached(nonce, header, buffer, tag)
    }

    fn decrypt_in_place(
        &self,
        nonce: &Nonce<Self>,
        header: &[u8],
        buffer: &mut dyn Buffer,
    ) -> Result<()> {
        let [kind, major, MARK, high, low] = *header else {
            return self.0.decrypt_in_place(nonce, header, buffer);
        };
        let header = [kind, major, VERSION, high, low];
        self.0.decrypt_in_place(nonce, &header, buffer)?;
        let plaintext = buffer.as_mut();
        let end = plaintext.iter().rposition(|byte| *byte != 0);
        let (content, kind) = end
            .and_then(|end| plaintext.get_mut(..=end))
            .and_then(<[u8]>::split_last_mut)
            .map(|(kind, content)| (content, *kind))
            .ok_or(Error)?;
        if kind != HANDSHAKE {
            return Ok(());
        }
        if !is_tickets(content) {
            return Err(Error);
        }
        buffer.truncate(1);
        buffer.as_mut().fill(APPLICATION_DATA);
        Ok(())
    }
}

/// Whether these are whole NewSessionTicket messages, one or more.
fn is_tickets(mut messages: &[u8]) -> bool {
    while let [NEW_SESSION_TICKET, high, middle, low, rest @ ..] = messages {
        let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        match rest.get(length..) {
            Some([]) => return true,
            Some(more) => messages = more,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::{AeadInPlace, Guarded, KeyInit, is_tickets};

    #[test]
    fn only_whole_tickets_are_tickets() {
        for (messages, expected) in [
            (&[4, 0, 0, 0][..], true),
            (&[4, 0, 0, 2, 9, 9], true),
            (&[4, 0, 0, 1, 9, 4, 0, 0, 0], true),
            (&[4, 0, 0, 1, 9, 8, 0, 0, 0], false),
            (&[4, 0, 0, 2, 9], false),
            (&[4, 0xff, 0xff, 0xff], false),
            (&[4, 0, 0], false),
            (&[24, 0, 0, 1, 0], false),
            (&[], false),
        ] {
            assert_eq!(is_tickets(messages), expected, "{messages:?}");
        }
    }

    #[test]
    fn marked_records_are_judged_and_others_are_not() {
        let cipher = Guarded::new(&[7; 16].into());
        let ticket = [4, 0, 0, 2, 9, 9, 22, 0];
        let extensions = [8, 0, 0, 2, 0, 0, 22];
        let data = [b'h', b'i', 23, 0, 0];
        let run = |inner: &[u8], version: u8| {
            let mut sealed = inner.to_vec();
            let header = [23, 3, 3, 0, inner.len() as u8 + 16];
            cipher
                .encrypt_in_place(&[1; 12].into(), &header, &mut sealed)
                .unwrap();
            let header = [23, 3, version, 0, inner.len() as u8 + 16];
            cipher
                .decrypt_in_place(&[1; 12].into(), &header, &mut sealed)
                .ok()
                .map(|()| sealed)
        };
        let same = |inner: &[u8]| Some(Vec::from(inner));
        for inner in [&ticket[..], &extensions, &data, &[0, 0]] {
            assert_eq!(run(inner, 3), same(inner));
            assert_eq!(run(inner, 4), None, "another header was sealed");
        }
        assert_eq!(run(&data, 0xff), same(&data));
        assert_eq!(run(&ticket, 0xff), same(&[23]));
        assert_eq!(run(&extensions, 0xff), None);
        assert_eq!(run(&[0, 0], 0xff), None);
    }
}
