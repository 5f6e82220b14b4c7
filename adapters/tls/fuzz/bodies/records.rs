//! The record filter: the verdict of a simple reader over the whole stream, whatever the reads, and
//! the same boundaries.

use verified_tls::{RecordError, fuzzing};

use super::script::Script;

pub(crate) fn records(data: &[u8]) {
    let mut script = Script(data);
    let sizes = script.sizes();
    let stream = expand(script);
    let expected = judge(&stream);
    read(&stream, std::iter::repeat(usize::MAX), &expected);
    read(&stream, std::iter::repeat(1), &expected);
    read(&stream, sizes, &expected);
}

/// Records may be long, and inputs are short: a type, a version, a length, a count of zeros in the
/// payload's place; 0xff in the version's place makes a string of bytes as they are.
fn expand(mut script: Script<'_>) -> Vec<u8> {
    let mut stream = Vec::new();
    while !script.is_over() && stream.len() < 40_000 {
        let (kind, version) = (script.byte(), script.byte());
        if version == 0xff {
            stream.extend_from_slice(script.string());
            continue;
        }
        let length = [script.byte(), script.byte()];
        stream.extend_from_slice(&[kind, version, 3, length[0], length[1]]);
        // Mostly whole.
        let missing = usize::from(script.byte() & 3).saturating_sub(2);
        let payload = usize::from(u16::from_be_bytes(length)).saturating_sub(missing);
        stream.resize(stream.len() + payload, 0);
    }
    stream
}

/// Where records end, and the first violation with the place of its header.
struct Verdict {
    ends: Vec<usize>,
    violation: Option<(usize, RecordError)>,
}

fn judge(stream: &[u8]) -> Verdict {
    let (mut at, mut ends) = (0, vec![0]);
    let (mut hello, mut spec_change, mut protected) = (false, false, 0);
    while let Some([kind, major, _, high, low]) = stream.get(at..at + 5) {
        let length = usize::from(*high) * 256 + usize::from(*low);
        let violation = match kind {
            0..20 | 24.. => Some(RecordError::UnknownType(*kind)),
            _ if *major != 3 => Some(RecordError::BadVersion),
            20 if length != 1 => Some(RecordError::BadPlaintext),
            20 if spec_change => Some(RecordError::UnexpectedPlaintext),
            21 | 22 if protected > 0 => Some(RecordError::UnexpectedPlaintext),
            21 if length != 2 => Some(RecordError::BadPlaintext),
            22 if length < 4 => Some(RecordError::BadPlaintext),
            22 if length > 1 << 14 => Some(RecordError::TooLong),
            22 if hello => Some(RecordError::UnexpectedPlaintext),
            23 if length < 17 => Some(RecordError::EmptyProtected),
            23 if length > (1 << 14) + 256 => Some(RecordError::TooLong),
            23 if !hello => Some(RecordError::UnexpectedPlaintext),
            23 if protected == 32 => Some(RecordError::EndlessHandshake),
            _ => None,
        };
        if let Some(error) = violation {
            return Verdict {
                ends,
                violation: Some((at, error)),
            };
        }
        match kind {
            20 => spec_change = true,
            22 => hello = true,
            23 => protected += 1,
            _ => {}
        }
        at += 5 + length;
        ends.push(at);
    }
    Verdict {
        ends,
        violation: None,
    }
}

fn read(stream: &[u8], sizes: impl Iterator<Item = usize>, expected: &Verdict) {
    let mut at = 0;
    let error = fuzzing::filter(stream, sizes, |bytes, is_boundary| {
        assert_eq!(stream.get(at..at + bytes.len()), Some(bytes));
        at += bytes.len();
        assert_eq!(
            is_boundary,
            expected.ends.binary_search(&at).is_ok(),
            "at {at}"
        );
    });
    match expected.violation {
        None => assert_eq!((error, at), (None, stream.len())),
        Some((header, violation)) => {
            assert_eq!(error, Some(violation));
            assert!((header..header + 5).contains(&at), "{at} bytes passed");
        }
    }
}
