//! The stable numbers of errors: they are in logs of devices, so none may change.

use embedded_io::ErrorKind;
use verified_tls::{
    BufferError, Connector, FULL_READ, P256_ONLY, RecordError, TlsError, Trust, TrustError,
};

#[test]
fn the_numbers_of_errors_do_not_change() {
    let errors = [
        (TlsError::Alert(70), 810),
        (TlsError::RecordTooLong, 811),
        (TlsError::Protocol, 812),
        (TlsError::Entropy, 813),
        (TlsError::Closed, 814),
        (TlsError::Truncated, 815),
        (TlsError::Transport(ErrorKind::TimedOut), 816),
        (TlsError::Application(ErrorKind::Other), 817),
        (TlsError::Interrupted, 818),
        (TlsError::Record(RecordError::UnknownType(72)), 820),
        (TlsError::Record(RecordError::BadVersion), 821),
        (TlsError::Record(RecordError::EmptyProtected), 822),
        (TlsError::Record(RecordError::TooLong), 823),
        (TlsError::Record(RecordError::BadPlaintext), 824),
        (TlsError::Record(RecordError::UnexpectedPlaintext), 825),
        (TlsError::Record(RecordError::EndlessHandshake), 826),
        (TlsError::Trust(TrustError::UnknownIssuer), 830),
        (TlsError::Trust(TrustError::WrongHost), 831),
        (TlsError::Trust(TrustError::Expired), 832),
        (TlsError::Trust(TrustError::NotYetValid), 833),
        (TlsError::Trust(TrustError::NotAnAuthority), 834),
        (TlsError::Trust(TrustError::AuthorityAsServer), 835),
        (TlsError::Trust(TrustError::WrongUsage), 836),
        (TlsError::Trust(TrustError::BadSignature), 837),
        (TlsError::Trust(TrustError::UnsupportedAlgorithm), 838),
        (TlsError::Trust(TrustError::BadCertificate), 839),
        (TlsError::Trust(TrustError::NoProof), 840),
        (TlsError::Trust(TrustError::BadOrder), 841),
        (TlsError::Trust(TrustError::BadHost), 842),
    ];
    for (error, number) in errors {
        assert_eq!(error.code(), number, "{error:?}");
    }
    let trust = Trust::new(&[], P256_ONLY, &|| 0);
    let number = |read: usize, write: usize| {
        let (mut read, mut write) = (vec![0; read], vec![0; write]);
        let connector = Connector::new(&trust, &mut read, &mut write);
        connector.map(drop).map_err(BufferError::code)
    };
    assert_eq!(number(1, FULL_READ), Err(700));
    assert_eq!(number(FULL_READ, 1), Err(701));
}
