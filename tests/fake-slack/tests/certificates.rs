//! The certificates, as rustls and webpki judge them.

mod support;

use std::io;

use fake_slack::certificates::{Authority, Chain, KeyType, Period, Subject, Usage};
use fake_slack::{FakeSlack, Fault, Step, TlsVersions, What};
use rustls::CertificateError::{
    Expired, ExpiredContext, InvalidPurposeContext, NotValidForNameContext, NotValidYetContext,
    UnknownIssuer,
};
use rustls::{CertificateError, Error};
use support::{PATIENCE, get};

/// Why the client refuses the server's certificate.
fn refusal(server: &FakeSlack) -> Error {
    let error: io::Error = get(server, "api.test")
        .map(|answer| answer.head)
        .unwrap_err();
    error
        .into_inner()
        .and_then(|inner| inner.downcast::<Error>().ok())
        .map(|error| *error)
        .unwrap()
}

fn certificate_error(server: &FakeSlack) -> CertificateError {
    match refusal(server) {
        Error::InvalidCertificate(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_key_in_both_tls_versions() {
    for key in [
        KeyType::P256,
        KeyType::P384,
        KeyType::Ed25519,
        KeyType::Rsa2048,
        KeyType::Rsa4096,
    ] {
        for (versions, name) in [
            (TlsVersions::Only12, "TLSv1_2"),
            (TlsVersions::Only13, "TLSv1_3"),
        ] {
            let server = FakeSlack::builder()
                .root_key(key)
                .certificate(Subject {
                    key,
                    ..Subject::default()
                })
                .tls_versions(versions)
                .start()
                .unwrap();
            assert_eq!(
                get(&server, "api.test").unwrap().status,
                200,
                "{key:?} {versions:?}"
            );
            let spoken = |what: &What| {
                matches!(what, What::Tls { version, server_name, .. }
                if version == name && server_name.as_deref() == Some("localhost"))
            };
            server.log().wait_nth(PATIENCE, 1, spoken).unwrap();
        }
    }
}

#[test]
fn an_address_as_host() {
    let server = FakeSlack::builder().host("127.0.0.1").start().unwrap();
    assert!(server.api_base().starts_with("https://127.0.0.1:"));
    assert_eq!(get(&server, "api.test").unwrap().status, 200);
}

#[test]
fn short_records() {
    let server = FakeSlack::builder().max_record(64).start().unwrap();
    assert_eq!(get(&server, "users.list").unwrap().status, 200);
}

#[test]
fn chains_that_a_client_takes() {
    for chain in [Chain::Direct, Chain::Intermediate] {
        for usage in [Usage::ServerAuth, Usage::Unstated] {
            let subject = Subject {
                chain,
                usage,
                ..Subject::default()
            };
            let server = FakeSlack::builder().certificate(subject).start().unwrap();
            assert_eq!(
                get(&server, "api.test").unwrap().status,
                200,
                "{chain:?} {usage:?}"
            );
        }
    }
}

#[test]
fn certificates_that_a_client_refuses() {
    let good = Subject::default;
    let wrong = |subject: Subject| {
        certificate_error(&FakeSlack::builder().certificate(subject).start().unwrap())
    };
    let error = wrong(Subject {
        period: Period::Expired,
        ..good()
    });
    assert!(
        matches!(error, Expired | ExpiredContext { .. }),
        "{error:?}"
    );
    let error = wrong(Subject {
        period: Period::NotYetValid,
        ..good()
    });
    assert!(matches!(error, NotValidYetContext { .. }), "{error:?}");
    let error = wrong(Subject {
        names: vec!["wrong.host.invalid".into()],
        ..good()
    });
    assert!(matches!(error, NotValidForNameContext { .. }), "{error:?}");
    let error = wrong(Subject {
        usage: Usage::ClientAuth,
        ..good()
    });
    assert!(matches!(error, InvalidPurposeContext { .. }), "{error:?}");
    for chain in [Chain::MissingIntermediate, Chain::SelfSigned] {
        let error = wrong(Subject { chain, ..good() });
        assert_eq!(error, UnknownIssuer, "{chain:?}");
    }
    let error = wrong(Subject {
        chain: Chain::NonCaIntermediate,
        ..good()
    });
    assert!(
        format!("{error:?}").contains("EndEntityUsedAsCa"),
        "{error:?}"
    );
}

#[test]
fn certificates_of_faults() {
    let server = FakeSlack::builder().start().unwrap();
    server.fault(Step::Tls, Fault::UntrustedCert);
    let error = certificate_error(&server);
    assert!(
        matches!(error, UnknownIssuer | CertificateError::BadSignature),
        "{error:?}"
    );
    server.fault(Step::Tls, Fault::ExpiredCert);
    assert!(matches!(
        certificate_error(&server),
        Expired | ExpiredContext { .. }
    ));
    server.fault(Step::Tls, Fault::WrongHost);
    assert!(matches!(
        certificate_error(&server),
        NotValidForNameContext { .. }
    ));
    let other = Authority::new("another root", KeyType::P384).issue(&Subject::default());
    server.fault(Step::Tls, Fault::Certificate(other));
    assert_eq!(certificate_error(&server), UnknownIssuer);
    let alert = |what: &What| matches!(what, What::TlsFailed(why) if why.contains("UnknownCA"));
    server.log().wait_nth(PATIENCE, 1, alert).unwrap();
    assert_eq!(get(&server, "api.test").unwrap().status, 200);
}
