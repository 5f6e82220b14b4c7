//! TLS against rustls servers, honest and hostile: which ones are trusted or refused and why, and how
//! links end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use embassy_futures::block_on;
use embedded_io_async::{ErrorType, Read, Write};
use hostile_tls::Flight;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, NameConstraints, SanType, date_time_ymd,
};
use rustls::pki_types::{CertificateDer as Der, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use verified_tls::{
    ALL, Algorithms, BufferError, CertificateDer, Connection, Connector, FULL_READ, MIN_READ,
    MIN_WRITE, P256_ONLY, RSA_AND_P256, RecordError, Seed, TlsError, Trust, TrustError,
    anchor_from_trusted_cert,
};

/// A blocking socket: every future is ready when it is polled.
struct Socket(TcpStream);

impl ErrorType for Socket {
    type Error = std::io::Error;
}

impl Read for Socket {
    async fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Socket {
    async fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.write(buf)
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// A key and the certificates that go with it.
struct Party {
    key: KeyPair,
    params: CertificateParams,
    certificate: Der<'static>,
}

#[derive(Clone, Copy)]
enum Kind {
    P256,
    P384,
    Rsa(&'static str),
}

const RSA_2048: Kind = Kind::Rsa(include_str!("keys/rsa2048.pem"));
const RSA_3072: Kind = Kind::Rsa(include_str!("keys/rsa3072.pem"));
const RSA_4096: Kind = Kind::Rsa(include_str!("keys/rsa4096.pem"));

fn key(kind: Kind) -> KeyPair {
    match kind {
        Kind::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap(),
        Kind::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap(),
        Kind::Rsa(pem) => KeyPair::from_pem(pem).unwrap(),
    }
}

fn authority(name: &str, kind: Kind, issuer: Option<&Party>) -> Party {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    party(params, kind, issuer)
}

fn server(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "a server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn party(params: CertificateParams, kind: Kind, issuer: Option<&Party>) -> Party {
    let key = key(kind);
    let certificate = match issuer {
        None => params.self_signed(&key).unwrap(),
        Some(issuer) => params
            .signed_by(&key, &Issuer::from_params(&issuer.params, &issuer.key))
            .unwrap(),
    };
    Party {
        key,
        certificate: certificate.der().clone(),
        params,
    }
}

/// How the server ends the link after its echo.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    InOrder,
    Cut,
}

/// Serves one connection: echoes one message, then ends.
fn serve(
    chain: Vec<Der<'static>>,
    key: &KeyPair,
    version: &'static rustls::SupportedProtocolVersion,
    ending: Ending,
) -> (u16, JoinHandle<()>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        let mut message = [0; 4000];
        // A client that refuses the server leaves here.
        let Ok(count @ 1..) = stream.read(&mut message) else {
            return;
        };
        stream.write_all(&message[..count]).unwrap();
        stream.flush().unwrap();
        if ending == Ending::InOrder {
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        }
    });
    (port, thread)
}

/// Returns how the connection ended: `Closed` after a whole echo, or why there was none.
fn visit(
    port: u16,
    host: &str,
    root: &Party,
    algorithms: Algorithms,
    unix_time: fn() -> u64,
) -> TlsError {
    let root = CertificateDer::from(root.certificate.as_ref());
    let anchors = [anchor_from_trusted_cert(&root).unwrap()];
    let trust = Trust::new(&anchors, algorithms, &unix_time);
    let (mut read, mut write) = (vec![0; FULL_READ], vec![0; MIN_WRITE]);
    let mut connector = Connector::new(&trust, &mut read, &mut write).unwrap();
    let socket = Socket(TcpStream::connect(("127.0.0.1", port)).unwrap());
    let seed = Seed::draw(getrandom::fill).unwrap();
    block_on(async {
        match connector.connect(socket, host, seed).await {
            Ok(connection) => echo(connection).await,
            Err(error) => error,
        }
    })
}

async fn echo(mut connection: Connection<'_, Socket>) -> TlsError {
    let message: Vec<u8> = (0..300_u32).map(|index| index as u8).collect();
    connection.write_all(&message).await.unwrap();
    connection.flush().await.unwrap();
    let (mut back, mut space) = (Vec::new(), [0; 100]);
    loop {
        match connection.read(&mut space).await {
            Ok(count) => back.extend_from_slice(&space[..count]),
            Err(end) => {
                assert_eq!(back, message, "the echo must come back whole");
                return end;
            }
        }
    }
}

fn now() -> u64 {
    1_800_000_000 // January 2027
}

fn case(
    leaf: &Party,
    between: &[&Party],
    root: &Party,
    host: &str,
    algorithms: Algorithms,
) -> TlsError {
    let chain = [leaf]
        .into_iter()
        .chain(between.iter().copied())
        .map(|party| party.certificate.clone())
        .collect();
    let (port, thread) = serve(chain, &leaf.key, &rustls::version::TLS13, Ending::InOrder);
    let seen = visit(port, host, root, algorithms, now);
    thread.join().unwrap();
    seen
}

const BELIEVED: TlsError = TlsError::Closed;

fn refused(error: TrustError) -> TlsError {
    TlsError::Trust(error)
}

#[test]
fn honest_servers_are_believed_whatever_their_keys() {
    let kinds = [Kind::P256, Kind::P384, RSA_2048, RSA_3072, RSA_4096];
    for (index, (root, leaf)) in kinds.iter().zip(kinds.iter().cycle().skip(2)).enumerate() {
        let root = authority("Root", *root, None);
        let middle = authority("Middle", Kind::P256, Some(&root));
        let direct = party(server(&["slack.test"]), *leaf, Some(&root));
        assert_eq!(
            case(&direct, &[], &root, "slack.test", ALL),
            BELIEVED,
            "kind {index}"
        );
        let below = party(server(&["slack.test"]), *leaf, Some(&middle));
        assert_eq!(
            case(&below, &[&middle], &root, "slack.test", ALL),
            BELIEVED,
            "kind {index} with an intermediate"
        );
    }
}

#[test]
fn servers_may_choose_whatever_the_device_offers_for_their_keys() {
    let root = authority("Root", RSA_2048, None);
    for (kind, algorithms) in [
        (RSA_2048, ALL),
        (RSA_2048, RSA_AND_P256),
        (Kind::P256, RSA_AND_P256),
    ] {
        let leaf = party(server(&["slack.test"]), kind, Some(&root));
        assert_eq!(
            case(&leaf, &[], &root, "slack.test", algorithms),
            BELIEVED,
            "{algorithms:?}"
        );
    }
}

#[test]
fn what_a_server_sends_beyond_its_chain_does_no_harm() {
    let root = authority("Root", Kind::P256, None);
    let first = authority("First", Kind::P256, Some(&root));
    let second = authority("Second", Kind::P256, Some(&first));
    let third = authority("Third", Kind::P256, Some(&second));
    let leaf = party(server(&["slack.test"]), Kind::P256, Some(&third));
    let mut chain = vec![&third, &second, &first];
    chain.resize(15, &root);
    assert_eq!(
        case(&leaf, &chain, &root, "slack.test", P256_ONLY),
        BELIEVED
    );
}

#[test]
fn names_are_matched_as_the_certificate_lists_them() {
    let root = authority("Root", Kind::P256, None);
    let mut params = server(&["a.test", "b.test", "c.test", "slack.test", "*.wild.test"]);
    params
        .subject_alt_names
        .push(SanType::IpAddress("10.0.2.100".parse().unwrap()));
    let leaf = party(params, Kind::P256, Some(&root));
    for host in [
        "a.test",
        "slack.test",
        "SLACK.test",
        "slack.test.",
        "x.wild.test",
        "10.0.2.100",
    ] {
        assert_eq!(case(&leaf, &[], &root, host, P256_ONLY), BELIEVED, "{host}");
    }
    for host in [
        "d.test",
        "slack.test.evil.test",
        "wild.test",
        "a.b.wild.test",
        "10.0.2.101",
    ] {
        assert_eq!(
            case(&leaf, &[], &root, host, P256_ONLY),
            refused(TrustError::WrongHost),
            "{host}"
        );
    }
    for host in ["", "a b", "under score!.test"] {
        let (port, thread) = answer(Vec::new());
        assert_eq!(
            visit(port, host, &root, P256_ONLY, now),
            refused(TrustError::BadHost),
            "{host:?}"
        );
        thread.join().unwrap();
    }
}

#[test]
fn hostile_certificates_are_refused_with_their_reason() {
    let root = authority("Root", Kind::P256, None);
    let other = authority("Root", Kind::P256, None);
    let stranger = authority("Stranger", Kind::P256, None);
    let honest = party(server(&["slack.test"]), Kind::P256, Some(&root));
    let with = |change: fn(&mut CertificateParams)| {
        let mut params = server(&["slack.test"]);
        change(&mut params);
        party(params, Kind::P256, Some(&root))
    };
    let not_an_authority = {
        let params = server(&["middle.test"]);
        party(params, Kind::P256, Some(&root))
    };
    let under_it = party(server(&["slack.test"]), Kind::P256, Some(&not_an_authority));
    let flat = {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.distinguished_name.push(DnType::CommonName, "Flat");
        party(params, Kind::P256, Some(&root))
    };
    let too_deep = authority("Deep", Kind::P256, Some(&flat));
    let under_flat = party(server(&["slack.test"]), Kind::P256, Some(&too_deep));
    let elsewhere = {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Elsewhere");
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("other.test".into())],
            excluded_subtrees: vec![],
        });
        party(params, Kind::P256, Some(&root))
    };
    let under_elsewhere = party(server(&["slack.test"]), Kind::P256, Some(&elsewhere));
    let rsa = party(server(&["slack.test"]), RSA_2048, Some(&root));
    let p384 = party(server(&["slack.test"]), Kind::P384, Some(&root));
    let by_p384 = authority("Big", Kind::P384, None);
    let under_p384 = party(server(&["slack.test"]), Kind::P256, Some(&by_p384));
    let self_signed = party(server(&["slack.test"]), Kind::P256, None);
    let cn_only = {
        let mut params = server(&[]);
        params
            .distinguished_name
            .push(DnType::CommonName, "slack.test");
        party(params, Kind::P256, Some(&root))
    };
    let is_ca = authority("slack.test", Kind::P256, Some(&root));

    assert_eq!(case(&honest, &[], &root, "slack.test", P256_ONLY), BELIEVED);
    /// What it is; the server, its intermediates, the root, the device's algorithms; the refusal.
    type Case<'a> = (
        &'static str,
        &'a Party,
        &'a [&'a Party],
        &'a Party,
        Algorithms,
        TrustError,
    );
    let table: &[Case<'_>] = &[
        (
            "another root",
            &honest,
            &[],
            &stranger,
            ALL,
            TrustError::UnknownIssuer,
        ),
        (
            "a root of the same name",
            &honest,
            &[],
            &other,
            ALL,
            TrustError::BadSignature,
        ),
        (
            "self-signed",
            &self_signed,
            &[],
            &root,
            ALL,
            TrustError::UnknownIssuer,
        ),
        (
            "no authority in the chain",
            &under_it,
            &[&not_an_authority],
            &root,
            ALL,
            TrustError::NotAnAuthority,
        ),
        (
            "a path too long",
            &under_flat,
            &[&too_deep, &flat],
            &root,
            ALL,
            TrustError::NotAnAuthority,
        ),
        (
            "an authority for other names",
            &under_elsewhere,
            &[&elsewhere],
            &root,
            ALL,
            TrustError::BadCertificate,
        ),
        (
            "an authority as server",
            &is_ca,
            &[],
            &root,
            ALL,
            TrustError::AuthorityAsServer,
        ),
        (
            "a missing intermediate",
            &under_flat,
            &[],
            &root,
            ALL,
            TrustError::UnknownIssuer,
        ),
        (
            "for clients only",
            &with(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            &[],
            &root,
            ALL,
            TrustError::WrongUsage,
        ),
        (
            "expired",
            &with(|params| params.not_after = date_time_ymd(2026, 12, 1)),
            &[],
            &root,
            ALL,
            TrustError::Expired,
        ),
        (
            "not yet valid",
            &with(|params| params.not_before = date_time_ymd(2027, 12, 1)),
            &[],
            &root,
            ALL,
            TrustError::NotYetValid,
        ),
        (
            "a common name only",
            &cn_only,
            &[],
            &root,
            ALL,
            TrustError::WrongHost,
        ),
        (
            "chain above P-256",
            &under_p384,
            &[],
            &by_p384,
            P256_ONLY,
            TrustError::UnsupportedAlgorithm,
        ),
        (
            "chain above RSA",
            &under_p384,
            &[],
            &by_p384,
            RSA_AND_P256,
            TrustError::UnsupportedAlgorithm,
        ),
    ];
    for (what, leaf, between, root, algorithms, error) in table {
        assert_eq!(
            case(leaf, between, root, "slack.test", *algorithms),
            refused(*error),
            "{what}"
        );
    }
    // What the device does not offer, an honest server does not sign with: it gives up by itself.
    let gave_up = case(&rsa, &[], &root, "slack.test", P256_ONLY);
    assert!(
        matches!(gave_up, TlsError::Alert(_) | TlsError::Protocol),
        "{gave_up:?}"
    );
    // embedded-tls always offers P-384; the table decides.
    assert_eq!(
        case(&p384, &[], &root, "slack.test", P256_ONLY),
        refused(TrustError::UnsupportedAlgorithm)
    );
}

#[test]
fn versions_before_1_3_are_refused() {
    let root = authority("Root", Kind::P256, None);
    let leaf = party(server(&["slack.test"]), Kind::P256, Some(&root));
    let (port, thread) = serve(
        vec![leaf.certificate.clone()],
        &leaf.key,
        &rustls::version::TLS12,
        Ending::InOrder,
    );
    let seen = visit(port, "slack.test", &root, ALL, now);
    thread.join().unwrap();
    assert_eq!(seen, TlsError::Alert(70));
}

#[test]
fn a_cut_stream_is_not_an_end() {
    let root = authority("Root", Kind::P256, None);
    let leaf = party(server(&["slack.test"]), Kind::P256, Some(&root));
    for (ending, expected) in [
        (Ending::InOrder, TlsError::Closed),
        (Ending::Cut, TlsError::Truncated),
    ] {
        let (port, thread) = serve(
            vec![leaf.certificate.clone()],
            &leaf.key,
            &rustls::version::TLS13,
            ending,
        );
        let seen = visit(port, "slack.test", &root, ALL, now);
        thread.join().unwrap();
        assert_eq!(seen, expected);
    }
}

/// Answers whatever comes with these bytes, then hangs up.
fn answer(bytes: Vec<u8>) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut hello = [0; 1000];
        let _ = socket.read(&mut hello);
        let _ = socket.write_all(&bytes);
    });
    (port, thread)
}

#[test]
fn servers_that_do_not_speak_tls_are_refused() {
    let root = authority("Root", Kind::P256, None);
    let table: &[(&[u8], TlsError)] = &[
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            TlsError::Record(RecordError::UnknownType(b'H')),
        ),
        (
            &[23, 3, 3, 0, 16],
            TlsError::Record(RecordError::EmptyProtected),
        ),
        (&[21, 3, 3, 0, 2, 2, 40], TlsError::Alert(40)),
        (&[22, 3, 3, 0, 4, 2, 0], TlsError::Truncated),
        (b"", TlsError::Truncated),
    ];
    for (bytes, end) in table {
        let (port, thread) = answer(bytes.to_vec());
        assert_eq!(
            visit(port, "slack.test", &root, ALL, now),
            *end,
            "{bytes:?}"
        );
        thread.join().unwrap();
    }
}

#[test]
fn buffers_that_are_too_small_for_tls_are_an_error() {
    let trust = Trust::new(&[], P256_ONLY, &now);
    for (read, write, code) in [
        (MIN_READ, MIN_WRITE, None),
        (MIN_READ - 1, MIN_WRITE, Some(700)),
        (FULL_READ, MIN_WRITE - 1, Some(701)),
    ] {
        let (mut read, mut write) = (vec![0; read], vec![0; write]);
        let connector = Connector::new(&trust, &mut read, &mut write);
        assert_eq!(connector.err().map(BufferError::code), code);
    }
}

#[test]
fn a_server_that_knows_the_key_exchange_alone_is_refused() {
    let root = authority("Root", Kind::P256, None);
    let table = [
        (Flight::NoCertificate, refused(TrustError::NoProof)),
        (Flight::EmptyCertificate, refused(TrustError::NoProof)),
        (
            Flight::EmptyRecord,
            TlsError::Record(RecordError::EmptyProtected),
        ),
        (Flight::OnlyPadding, TlsError::Protocol),
        (
            Flight::Plaintext,
            TlsError::Record(RecordError::UnexpectedPlaintext),
        ),
        (Flight::Garbage, TlsError::Protocol),
        (Flight::Cut, TlsError::Truncated),
    ];
    for (flight, expected) in table {
        let (port, thread) = hostile_tls::serve(flight, 1);
        assert_eq!(
            visit(port, "slack.test", &root, ALL, now),
            expected,
            "{flight:?}"
        );
        thread.join().unwrap();
    }
}

#[test]
fn changed_handshake_messages_are_refused_and_never_panic() {
    let root = authority("Root", Kind::P256, None);
    for seed in 0..600 {
        let (port, thread) = hostile_tls::serve(Flight::Changed(seed), 1);
        let end = visit(port, "slack.test", &root, ALL, now);
        assert!(
            !matches!(end, TlsError::Entropy | TlsError::Interrupted),
            "seed {seed}: {end:?}"
        );
        thread.join().unwrap();
    }
}
