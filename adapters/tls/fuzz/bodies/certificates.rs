//! The verifier: honest chains with an honest proof are believed, and nothing else that the input
//! may show.

use std::sync::LazyLock;

use verified_tls::fuzzing::authenticate;
use verified_tls::{ALL, Algorithms, P256_ONLY, RSA_AND_P256, Trust};

use super::honest::{HOST, NOW, PARTIES, Parties};
use super::script::Script;

/// What stands for the handshake messages.
const TRANSCRIPT: &[u8] = b"a transcript";
/// Before any of the certificates.
const TOO_EARLY: u64 = 86_400;

/// Places in the tables of handshake algorithms.
const ECDSA: usize = 0;
const RSA: usize = 1;

static ECDSA_PROOF: LazyLock<Vec<u8>> = LazyLock::new(|| Parties::sign(&sha256(TRANSCRIPT)));

/// The device's algorithms, clock and host; the place of the signature's algorithm; up to seven
/// certificates and the signature, each honest or a string: see [`piece`].
pub(crate) fn certificates(data: &[u8]) {
    let mut script = Script(data);
    let (settings, algorithm) = (script.byte(), usize::from(script.byte()));
    let algorithms: Algorithms = [ALL, RSA_AND_P256, P256_ONLY][usize::from(settings & 3) % 3];
    let on_time = settings & 4 == 0;
    let unix_time = || if on_time { NOW } else { TOO_EARLY };
    let trust = Trust::new(&PARTIES.anchors, algorithms, &unix_time);
    let host = if settings & 8 == 0 {
        HOST
    } else {
        "other.test"
    };

    let honest = [
        &PARTIES.server,
        &PARTIES.below,
        &PARTIES.rsa,
        &PARTIES.between,
    ];
    let chain: Vec<Vec<u8>> = (0..script.byte() % 8)
        .map(|_| {
            piece(&mut script, |index| {
                honest.get(index).map(|der| der.to_vec())
            })
        })
        .collect();
    let hash = sha256(TRANSCRIPT);
    let by_ecdsa = ECDSA_PROOF.clone();
    let mut by_rsa = Vec::new();
    let signature = piece(&mut script, |index| match index {
        0 => Some(by_ecdsa.clone()),
        1 => {
            by_rsa = PARTIES.sign_rsa(&hash);
            Some(by_rsa.clone())
        }
        _ => None,
    });

    let result = authenticate(
        &trust,
        host,
        chain.iter().map(Vec::as_slice),
        TRANSCRIPT,
        algorithm,
        &signature,
    );
    let shows = |der: &Vec<u8>| chain.contains(der);
    let first = chain.first();
    let with_rsa = settings & 3 != 2;
    let proof_fits = if first == Some(&PARTIES.rsa) {
        algorithm == RSA && !by_rsa.is_empty() && signature == by_rsa
    } else {
        algorithm == ECDSA && signature == by_ecdsa
    };
    let path_fits = if first == Some(&PARTIES.server) {
        true
    } else {
        (first == Some(&PARTIES.below) || first == Some(&PARTIES.rsa))
            && shows(&PARTIES.between)
            && with_rsa
    };
    let deserved = on_time && host == HOST && path_fits && proof_fits;
    assert!(result.is_err() || deserved, "believed without proof");
    // What else stands in a chain may spoil it: it is parsed, and searching a path has a budget.
    if deserved && chain.len() <= 2 && chain.iter().all(|der| honest.contains(&der)) {
        assert_eq!(result, Ok(()), "an honest server was refused");
    }
}

/// An honest thing by number (1 and up), changed in one place if the number's top bit is set; 0: a
/// string of the input.
fn piece(script: &mut Script<'_>, mut honest: impl FnMut(usize) -> Option<Vec<u8>>) -> Vec<u8> {
    let choice = script.byte();
    let Some(mut bytes) = usize::from(choice & 0x7f)
        .checked_sub(1)
        .and_then(&mut honest)
    else {
        return script.string().to_vec();
    };
    if choice & 0x80 != 0 {
        let place = usize::from(u16::from_be_bytes([script.byte(), script.byte()])) % bytes.len();
        bytes[place] ^= script.byte();
    }
    bytes
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("32 bytes")
}
