//! The seeds of the corpus, each named after what it shows.

use std::fs;
use std::path::{Path, PathBuf};

use super::flights::op;
use super::honest::PARTIES;
use super::script::string;

/// A file of the corpus: target, name, content.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

/// Every seed.
pub(crate) fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut add = |target, name: &str, parts: &[&[u8]]| {
        seeds.push((target, format!("seed-{name}"), parts.concat()));
    };
    for (name, records) in RECORDS {
        add("records", name, &[&[2, 3, 100], records]);
    }
    for (name, script) in CERTIFICATES {
        add("certificates", name, &[script]);
    }
    for (name, settings, chain) in [
        ("bytes-of-a-server", 0, vec![&PARTIES.server]),
        (
            "bytes-of-a-chain",
            0,
            vec![&PARTIES.below, &PARTIES.between],
        ),
        (
            "bytes-of-an-rsa-chain",
            1,
            vec![&PARTIES.rsa, &PARTIES.between],
        ),
        ("bytes-of-an-authority-as-server", 0, vec![&PARTIES.between]),
    ] {
        let mut bytes = vec![settings, u8::from(settings == 1), chain.len() as u8];
        for certificate in chain {
            bytes.push(0);
            bytes.extend(string(certificate));
        }
        add("certificates", name, &[&bytes, &[1 + settings]]);
    }
    for (index, name) in ["pkcs1", "pss"].into_iter().enumerate() {
        let scheme = [3 * index as u8];
        add("rsa", &format!("{name}-honest"), &[&scheme]);
        add(
            "rsa",
            &format!("{name}-changed"),
            &[&scheme, &[0, 0, 0, 0, 0, 7, 1]],
        );
        let key = string(PARTIES.rsa_public());
        add("rsa", &format!("{name}-key-as-bytes"), &[&scheme, &key]);
        let signature = string(&[0x55; 256]);
        add(
            "rsa",
            &format!("{name}-signature-as-bytes"),
            &[&scheme, &key, &signature],
        );
    }
    let mut signature = vec![1];
    signature.extend(string(PARTIES.rsa_public()));
    signature.extend(string(&[0; 255]));
    add("rsa", "signature-too-short", &[&signature]);
    for (name, cut, script) in FLIGHTS {
        add("flights", name, &[&[*cut, 0], script]);
        add(
            "flights",
            &format!("{name}-in-small-reads"),
            &[&[*cut, 2, 3, 7], script],
        );
    }
    let other = string(&PARTIES.between);
    add(
        "flights",
        "certificate-of-an-authority",
        &[
            &[0, 0, op::EXTENSIONS, op::OTHER_CERTIFICATE],
            &other,
            &[op::PROOF, op::FINISHED],
        ],
    );
    seeds
}

/// The files of a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

const RECORDS: &[(&str, &[u8])] = &[
    (
        "handshake",
        &[
            22, 3, 0, 90, 0, 20, 3, 0, 1, 0, 23, 3, 0, 17, 0, 23, 3, 0x41, 0, 0,
        ],
    ),
    ("empty-protected", &[22, 3, 0, 90, 0, 23, 3, 0, 16, 0]),
    ("protected-first", &[23, 3, 0, 40, 0]),
    ("second-plaintext", &[22, 3, 0, 90, 0, 22, 3, 0, 90, 0]),
    (
        "plaintext-alert-behind-protected",
        &[22, 3, 0, 9, 0, 23, 3, 0, 40, 0, 21, 3, 0, 2, 0],
    ),
    ("alert-alone", &[21, 3, 0, 2, 0]),
    ("too-long", &[22, 3, 0, 90, 0, 23, 3, 0x41, 1, 0]),
    ("plaintext-too-long", &[22, 3, 0x40, 1, 0]),
    (
        "spec-change-twice",
        &[22, 3, 0, 9, 0, 20, 3, 0, 1, 0, 20, 3, 0, 1, 0],
    ),
    ("version-2", &[22, 2, 0, 9, 0]),
    (
        "no-tls",
        &[
            0, 0xff, 0, 12, b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', b'4', b'0', b'0',
        ],
    ),
    ("truncated-header", &[0, 0xff, 0, 3, 22, 3, 3]),
    ("truncated-payload", &[22, 3, 0, 90, 3]),
];

/// Settings, algorithm, count, certificates and signature by number.
const CERTIFICATES: &[(&str, &[u8])] = &[
    ("honest", &[0, 0, 1, 1, 1]),
    ("honest-chain", &[0, 0, 2, 2, 4, 1]),
    ("honest-rsa-chain", &[0, 1, 2, 3, 4, 2]),
    ("honest-p256-only", &[2, 0, 1, 1, 1]),
    ("rsa-root-unsupported", &[2, 0, 2, 2, 4, 1]),
    ("no-certificate", &[0, 0, 0, 1]),
    ("intermediate-missing", &[0, 0, 1, 2, 1]),
    ("too-early", &[4, 0, 1, 1, 1]),
    ("other-host", &[8, 0, 1, 1, 1]),
    ("signature-changed", &[0, 0, 1, 1, 0x81, 0, 9, 1]),
    ("certificate-changed", &[0, 0, 1, 0x81, 0, 60, 1, 1]),
    ("signature-of-another-kind", &[0, 1, 1, 1, 1]),
    ("rsa-signature-for-p256", &[0, 1, 1, 1, 2]),
];

const FLIGHTS: &[(&str, u8, &[u8])] = &[
    (
        "honest",
        0,
        &[op::EXTENSIONS, op::CERTIFICATE, op::PROOF, op::FINISHED],
    ),
    (
        "honest-with-data",
        0,
        &[
            op::EXTENSIONS,
            op::CERTIFICATE,
            op::PROOF,
            op::FINISHED,
            op::DATA,
            0,
            2,
            b'h',
            b'i',
            op::CLOSE,
        ],
    ),
    (
        "honest-truncated",
        200,
        &[op::EXTENSIONS, op::CERTIFICATE, op::PROOF, op::FINISHED],
    ),
    ("no-certificate", 0, &[op::EXTENSIONS, op::FINISHED]),
    (
        "no-proof",
        0,
        &[op::EXTENSIONS, op::CERTIFICATE, op::FINISHED],
    ),
    ("proof-alone", 0, &[op::EXTENSIONS, op::PROOF, op::FINISHED]),
    (
        "certificate-twice",
        0,
        &[
            op::EXTENSIONS,
            op::CERTIFICATE,
            op::CERTIFICATE,
            op::PROOF,
            op::FINISHED,
        ],
    ),
    ("empty-inner-plaintext", 0, &[op::SEALED, 0, 0]),
    ("padding-alone", 0, &[op::SEALED, 0, 3, 0, 0, 0]),
    (
        "plaintext-extensions",
        0,
        &[op::RECORD, 22, 0, 6, 8, 0, 0, 2, 0, 0],
    ),
    (
        "certificate-request",
        0,
        &[
            op::EXTENSIONS,
            op::MESSAGE,
            13,
            0,
            11,
            0,
            0,
            8,
            0,
            13,
            0,
            4,
            0,
            2,
            4,
            3,
        ],
    ),
    (
        "key-update-and-ticket",
        0,
        &[
            op::EXTENSIONS,
            op::CERTIFICATE,
            op::PROOF,
            op::FINISHED,
            op::MESSAGE,
            4,
            0,
            15,
            0,
            0,
            0,
            9,
            0,
            0,
            0,
            9,
            1,
            1,
            0,
            1,
            7,
            0,
            0,
            op::MESSAGE,
            24,
            0,
            1,
            0,
            op::DATA,
            0,
            1,
            b'x',
        ],
    ),
    (
        "empty-data-and-alert",
        0,
        &[
            op::EXTENSIONS,
            op::CERTIFICATE,
            op::PROOF,
            op::FINISHED,
            op::DATA,
            0,
            0,
            op::SEALED,
            0,
            3,
            2,
            40,
            21,
        ],
    ),
    (
        "extensions-behind-the-handshake",
        0,
        &[
            op::EXTENSIONS,
            op::CERTIFICATE,
            op::PROOF,
            op::FINISHED,
            op::EXTENSIONS,
        ],
    ),
    (
        "tickets-and-data",
        0,
        &[
            op::EXTENSIONS,
            op::CERTIFICATE,
            op::PROOF,
            op::FINISHED,
            op::MESSAGE,
            4,
            0,
            1,
            9,
            op::SEALED,
            0,
            10,
            4,
            0,
            0,
            1,
            9,
            4,
            0,
            0,
            0,
            22,
            op::DATA,
            0,
            1,
            b'x',
        ],
    ),
    ("bytes", 0, &[op::BYTES, 0, 5, 21, 3, 3, 0, 2]),
];
