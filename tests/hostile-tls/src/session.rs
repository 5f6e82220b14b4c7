//! The key schedule and the records of one session (RFC 8446 sections 5 and 7).
//!
//! Records of the client are opened with the keys and the sequence numbers that they must have: one that was sealed under
//! the nonce of another does not open.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use sha2::{Digest, Sha256};

/// A session from the ServerHello on, with TLS_AES_128_GCM_SHA256 over P-256. Everything that is said is appended to one
/// stream of records.
#[derive(Clone, Debug)]
pub struct Session {
    stream: Vec<u8>,
    transcript: Vec<u8>,
    handshake: Hkdf<Sha256>,
    /// The server's keys in force.
    server: Keys,
    /// The client's keys in force.
    client: Keys,
    /// The part of a record that has arrived from the client.
    arrived: Vec<u8>,
    /// The keys after the client's Finished, and its MAC.
    next: Option<(Keys, Vec<u8>)>,
}

/// A traffic secret, its keys, and the number of records that were protected with them.
#[derive(Clone)]
struct Keys {
    secret: Vec<u8>,
    cipher: Aes128Gcm,
    iv: Vec<u8>,
    sequence: u64,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

impl Keys {
    fn new(secret: Vec<u8>) -> Self {
        let cipher =
            Aes128Gcm::new_from_slice(&expand(&secret, "key", &[], 16)).expect("a key of 16 bytes");
        Self {
            cipher,
            iv: expand(&secret, "iv", &[], 12),
            secret,
            sequence: 0,
        }
    }

    /// The cipher and the nonce of the next record (RFC 8446 section 5.3).
    fn next(&mut self) -> (&Aes128Gcm, Vec<u8>) {
        let mut nonce = self.iv.clone();
        for (byte, count) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= count;
        }
        self.sequence += 1;
        (&self.cipher, nonce)
    }

    /// The MAC of a Finished (RFC 8446 section 4.4.4).
    fn finished(&self, transcript_hash: &[u8]) -> Vec<u8> {
        let key = expand(&self.secret, "finished", &[], 32);
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).expect("a key of any length");
        mac.update(transcript_hash);
        mac.finalize().into_bytes().to_vec()
    }
}

impl Session {
    /// Answers a ClientHello (the handshake message, without its record's header) with a ServerHello.
    ///
    /// # Panics
    /// When the ClientHello is malformed, or has no key share on P-256.
    pub fn new(client_hello: &[u8]) -> Self {
        let secret = SecretKey::from_slice(&[7; 32]).expect("a key");
        let (session_id, share) = parse(client_hello);
        let public = secret.public_key().to_encoded_point(false);
        let extensions = [
            &[0, 43, 0, 2, 3, 4, 0, 51, 0, 69, 0, 23, 0, 65],
            public.as_bytes(),
        ]
        .concat();
        let body = [
            &[3, 3],
            [9; 32].as_slice(),
            &[session_id.len() as u8],
            session_id,
            &[0x13, 0x01, 0],
            &(extensions.len() as u16).to_be_bytes(),
            &extensions,
        ]
        .concat();
        let server_hello = message(2, &body);

        let client = p256::PublicKey::from_sec1_bytes(share).expect("a point on P-256");
        let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), client.as_affine());
        let transcript = [client_hello, &server_hello].concat();
        let (early, _) = Hkdf::<Sha256>::extract(Some(&[0; 32]), &[0; 32]);
        let derived = expand(&early, "derived", &Sha256::digest([]), 32);
        let (_, handshake) = Hkdf::<Sha256>::extract(Some(&derived), shared.raw_secret_bytes());
        let secret = |label| expand_with(&handshake, label, &Sha256::digest(&transcript), 32);
        let [server, client] =
            ["s hs traffic", "c hs traffic"].map(|label| Keys::new(secret(label)));
        Self {
            stream: record(22, &server_hello),
            transcript,
            handshake,
            server,
            client,
            arrived: Vec::new(),
            next: None,
        }
    }

    /// These bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.stream.extend_from_slice(bytes);
    }

    /// A protected record (RFC 8446 section 5.2) with this inner plaintext: content, its type, padding.
    ///
    /// # Panics
    /// When it is longer than a record's length can tell.
    pub fn seal(&mut self, inner: &[u8]) {
        let (cipher, nonce) = self.server.next();
        let length = u16::try_from(inner.len() + 16).expect("a record's length");
        let header = [&[23, 3, 3], length.to_be_bytes().as_slice()].concat();
        let payload = Payload {
            msg: inner,
            aad: &header,
        };
        let sealed = cipher
            .encrypt(Nonce::from_slice(&nonce), payload)
            .expect("a short plaintext");
        self.stream.extend_from_slice(&header);
        self.stream.extend_from_slice(&sealed);
    }

    /// Handshake messages in one protected record; they count for Finished.
    pub fn say(&mut self, messages: &[u8]) {
        self.transcript.extend_from_slice(messages);
        self.seal(&[messages, &[22]].concat());
    }

    /// The hash of all handshake messages so far, which CertificateVerify signs.
    pub fn transcript_hash(&self) -> [u8; 32] {
        Sha256::digest(&self.transcript).into()
    }

    /// The Finished that goes with what was said (RFC 8446 section 4.4.4); then the keys for application data.
    pub fn finish(&mut self) {
        let finished = message(20, &self.server.finished(&self.transcript_hash()));
        self.say(&finished);
        let derived = expand_with(&self.handshake, "derived", &Sha256::digest([]), 32);
        let (_, master) = Hkdf::<Sha256>::extract(Some(&derived), &[0; 32]);
        let hash = self.transcript_hash();
        let keys = |label| Keys::new(expand_with(&master, label, &hash, 32));
        self.server = keys("s ap traffic");
        self.next = Some((keys("c ap traffic"), self.client.finished(&hash)));
    }

    /// Opens records of the client as they arrive, in pieces of any size, and returns the content and the type of each
    /// that is whole. Its Finished is checked and not returned, nor is change_cipher_spec.
    ///
    /// # Panics
    /// When a record is not what an honest client sends after its ClientHello, was not sealed with the keys or the
    /// sequence number that it must have, or comes before [`finish`](Self::finish).
    pub fn open(&mut self, bytes: &[u8]) -> Vec<(Vec<u8>, u8)> {
        self.arrived.extend_from_slice(bytes);
        let mut opened = Vec::new();
        loop {
            let [kind, major, minor, high, low, rest @ ..] = self.arrived.as_slice() else {
                return opened;
            };
            assert_eq!((*major, *minor), (3, 3), "the version of a record");
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let Some(sealed) = rest.get(..length) else {
                return opened;
            };
            match kind {
                20 => assert_eq!(sealed, [1], "change_cipher_spec"),
                23 => {
                    let (cipher, nonce) = self.client.next();
                    let payload = Payload {
                        msg: sealed,
                        aad: &[23, 3, 3, *high, *low],
                    };
                    let mut inner = cipher
                        .decrypt(Nonce::from_slice(&nonce), payload)
                        .expect("a record with the next nonce");
                    let end = inner.iter().rposition(|byte| *byte != 0).expect("a type");
                    inner.truncate(end + 1);
                    let kind = inner.pop().expect("a type");
                    match self.next.take() {
                        None => opened.push((inner, kind)),
                        Some((keys, finished)) => {
                            assert_eq!((kind, inner), (22, message(20, &finished)), "Finished");
                            self.client = keys;
                        }
                    }
                }
                _ => panic!("a record of type {kind}"),
            }
            self.arrived.drain(..5 + length);
        }
    }

    /// Whether no record of the client has arrived in part.
    pub fn is_between_records(&self) -> bool {
        self.arrived.is_empty()
    }

    /// The records that were said since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.stream)
    }
}

/// The session id and the P-256 key share of a ClientHello.
fn parse(hello: &[u8]) -> (&[u8], &[u8]) {
    let id_end = 39 + usize::from(hello[38]);
    let length = |at: usize| usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    let suites_end = id_end + 2 + length(id_end);
    let mut at = suites_end + 1 + usize::from(hello[suites_end]) + 2;
    while length(at) != 51 {
        at += 4 + length(at + 2);
    }
    assert_eq!(
        (length(at + 6), length(at + 8)),
        (23, 65),
        "one share, of P-256"
    );
    (&hello[39..id_end], &hello[at + 10..at + 75])
}

/// A handshake message (RFC 8446 section 4).
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [_, high, middle, low] = (body.len() as u32).to_be_bytes();
    [&[kind, high, middle, low], body].concat()
}

/// A plaintext record (RFC 8446 section 5.1).
pub fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16).to_be_bytes();
    [&[kind, 3, 3, high, low], payload].concat()
}

/// HKDF-Expand-Label (RFC 8446 section 7.1).
fn expand(secret: &[u8], label: &str, context: &[u8], length: u16) -> Vec<u8> {
    let secret = Hkdf::<Sha256>::from_prk(secret).expect("a secret of 32 bytes");
    expand_with(&secret, label, context, length)
}

fn expand_with(secret: &Hkdf<Sha256>, label: &str, context: &[u8], length: u16) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let info = [
        &length.to_be_bytes(),
        [label.len() as u8].as_slice(),
        label.as_bytes(),
        &[context.len() as u8],
        context,
    ]
    .concat();
    let mut out = vec![0; usize::from(length)];
    secret.expand(&info, &mut out).expect("a short expansion");
    out
}
