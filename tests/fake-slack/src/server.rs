//! The running server: it accepts connections and takes each to the Web API or to a socket.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::Acceptor;

use crate::builder::{Settings, TlsVersions};
use crate::certificates::{Authority, Identity, KeyType, Period, Subject};
use crate::http::{self, Answer, ReadError};
use crate::link::Link;
use crate::log::{Ended, Log, Request, What};
use crate::script::{Fault, Script, Step};
use crate::socket_mode::SocketMode;
use crate::workspace::Workspace;
use crate::{files, hooks, socket, web_api};

/// What all threads share.
pub(crate) struct Server {
    pub(crate) settings: Settings,
    pub(crate) port: u16,
    /// The port of the host that takes uploads.
    pub(crate) upload_port: u16,
    pub(crate) log: Arc<Log>,
    /// Absent on a plain server.
    tls: Option<Tls>,
    pub(crate) socket_mode: Arc<SocketMode>,
    workspace: Mutex<Workspace>,
    script: Mutex<Script>,
    links: Mutex<Vec<Weak<Link>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Whether the thread that keeps the time of Socket Mode runs.
    keeps_time: AtomicBool,
    connections: AtomicU64,
    stopping: AtomicBool,
    panicked: AtomicBool,
    random: RandomState,
    random_calls: AtomicU64,
}

/// The service of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// The Web API, the sockets and the hooks.
    Api,
    /// The host that takes uploads.
    Uploads,
}

/// Certificates: the good one, and who signs the others.
pub(crate) struct Tls {
    pub(crate) authority: Authority,
    config: Arc<ServerConfig>,
}

impl Tls {
    pub(crate) fn new(authority: Authority, settings: &Settings) -> Self {
        let identity = authority.issue(&settings.subject);
        let config = tls_config(&identity, settings);
        Self { authority, config }
    }

    /// The configuration for one connection; a fault may ask for a bad certificate.
    fn config(&self, fault: Option<&Fault>, settings: &Settings) -> Arc<ServerConfig> {
        let subject = settings.subject.clone();
        let identity = match fault {
            Some(Fault::UntrustedCert) => {
                Authority::new("fake-slack untrusted root", KeyType::P256).issue(&subject)
            }
            Some(Fault::ExpiredCert) => self.authority.issue(&Subject {
                period: Period::Expired,
                ..subject
            }),
            Some(Fault::WrongHost) => self.authority.issue(&Subject {
                names: vec!["wrong.host.invalid".into()],
                ..subject
            }),
            Some(Fault::Certificate(identity)) => identity.clone(),
            _ => return self.config.clone(),
        };
        tls_config(&identity, settings)
    }
}

fn tls_config(identity: &Identity, settings: &Settings) -> Arc<ServerConfig> {
    let versions = match settings.tls_versions {
        TlsVersions::Both => rustls::ALL_VERSIONS,
        TlsVersions::Only12 => &[&rustls::version::TLS12],
        TlsVersions::Only13 => &[&rustls::version::TLS13],
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("the provider has these versions")
        .with_no_client_auth()
        .with_single_cert(identity.chain_der(), identity.key_der())
        .expect("the key fits the certificate");
    config.max_fragment_size = settings.max_record;
    Arc::new(config)
}

impl Server {
    pub(crate) fn new(
        settings: Settings,
        port: u16,
        upload_port: u16,
        tls: Option<Tls>,
        log: Log,
    ) -> Self {
        let mut script = Script::default();
        for (step, fault, times) in &settings.faults {
            script.plan(*step, fault.clone(), *times);
        }
        let log = Arc::new(log);
        let socket_mode = Arc::new(SocketMode::new(settings.socket_mode.clone(), log.clone()));
        Self {
            workspace: Mutex::new(Workspace::new(&settings, socket_mode.clone())),
            socket_mode,
            settings,
            port,
            upload_port,
            log,
            tls,
            script: Mutex::new(script),
            links: Mutex::default(),
            threads: Mutex::default(),
            keeps_time: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            random: RandomState::new(),
            random_calls: AtomicU64::new(0),
        }
    }

    /// Accepts on this listener until the server stops.
    pub(crate) fn listen(self: &Arc<Self>, listener: TcpListener, site: Site) -> JoinHandle<()> {
        let server = self.clone();
        std::thread::spawn(move || {
            loop {
                let accepted = listener.accept();
                if server.stopping.load(Ordering::SeqCst) {
                    break;
                }
                match accepted {
                    Ok((tcp, _)) => server.accept(tcp, site),
                    // Too many open files, perhaps: others will be closed.
                    Err(_) => std::thread::sleep(Duration::from_millis(10)),
                }
            }
        })
    }

    /// No connection is accepted from here on; the listeners end with the next one.
    pub(crate) fn begin_stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Ends every connection and waits for their threads. The listeners must have ended.
    ///
    /// # Panics
    /// When one of them has panicked: a client must not be able to do that.
    pub(crate) fn stop(&self) {
        self.socket_mode.stop();
        for link in self.links() {
            link.stop();
        }
        let threads = std::mem::take(&mut *lock(&self.threads));
        self.join(threads);
        let panicked = self.panicked.load(Ordering::SeqCst);
        assert!(
            !panicked || std::thread::panicking(),
            "a thread of fake-slack panicked"
        );
    }

    fn join(&self, threads: impl IntoIterator<Item = JoinHandle<()>>) {
        for thread in threads {
            if thread.join().is_err() {
                self.panicked.store(true, Ordering::SeqCst);
            }
        }
    }

    /// Starts the thread that keeps the time of Socket Mode, unless it runs.
    pub(crate) fn keep_time(&self) {
        if !self.keeps_time.swap(true, Ordering::SeqCst) {
            let socket_mode = self.socket_mode.clone();
            let thread = std::thread::spawn(move || socket_mode.keep_time());
            lock(&self.threads).push(thread);
        }
    }

    /// The connections there are.
    pub(crate) fn links(&self) -> Vec<Arc<Link>> {
        lock(&self.links).iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn workspace(&self) -> MutexGuard<'_, Workspace> {
        lock(&self.workspace)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }

    /// A socket is not open any more.
    pub(crate) fn forget_socket(&self, number: u64) {
        self.workspace().close(number);
        self.socket_mode.end(number);
        self.log.look_again();
    }

    /// The fault of this occurrence of a step.
    pub(crate) fn take(&self, link: &Link, step: Step) -> Option<Fault> {
        let fault = self.script().take(step)?;
        link.log(What::Fault(step, fault.clone()));
        Some(fault)
    }

    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.tls.as_ref().map(|tls| &tls.authority)
    }

    /// Where it is, without a path: `http` becomes `https`, and `ws` `wss`, unless it is plain.
    pub(crate) fn base_url(&self, scheme: &str) -> String {
        let secure = if self.tls.is_some() { "s" } else { "" };
        format!("{scheme}{secure}://{}:{}", self.settings.host, self.port)
    }

    /// The host that takes uploads.
    pub(crate) fn upload_host(&self) -> &str {
        self.settings.upload_host()
    }

    /// Host and port that take uploads.
    pub(crate) fn upload_authority(&self) -> String {
        format!("{}:{}", self.upload_host(), self.upload_port)
    }

    /// Where the host that takes uploads is, without a path.
    pub(crate) fn upload_url(&self) -> String {
        let secure = if self.tls.is_some() { "s" } else { "" };
        format!("http{secure}://{}", self.upload_authority())
    }

    /// Text of so many letters and digits that nobody can guess.
    pub(crate) fn random_text(&self, length: usize) -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letter = |_| {
            let call = self.random_calls.fetch_add(1, Ordering::Relaxed);
            char::from(LETTERS[(self.random.hash_one(call) % 64) as usize])
        };
        (0..length).map(letter).collect()
    }

    fn accept(self: &Arc<Self>, tcp: TcpStream, site: Site) {
        let number = self.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let Ok(link) = Link::new(number, tcp, self.log.clone()) else {
            return;
        };
        let link = Arc::new(link);
        link.log(What::Accepted);
        {
            let mut links = lock(&self.links);
            links.retain(|link| link.strong_count() > 0);
            links.push(Arc::downgrade(&link));
        }
        let server = self.clone();
        let thread = std::thread::spawn(move || server.serve(&link, site));
        let mut threads = lock(&self.threads);
        self.join(threads.extract_if(.., |thread| thread.is_finished()));
        threads.push(thread);
    }

    /// A connection from its first byte to its last.
    fn serve(self: &Arc<Self>, link: &Arc<Link>, site: Site) {
        let read = self.converse(link, site);
        link.end(socket::end_of(&read));
        link.drain();
    }

    fn converse(self: &Arc<Self>, link: &Arc<Link>, site: Site) -> io::Result<()> {
        if let Some(fault) = self.take(link, Step::TcpAccept) {
            link.deliver_raw(Some(&fault), &[])?;
        }
        self.secure(link)?;
        if site == Site::Uploads {
            return files::converse(self, link);
        }
        let mut buffer = Vec::new();
        let mut left = self.settings.requests_per_connection;
        loop {
            let mut request = match http::read_request(link, &mut buffer) {
                Ok(None) => return Ok(()),
                Ok(Some(request)) => request,
                Err(ReadError::Link(error)) => return Err(error),
                Err(ReadError::Bad(status, why)) => {
                    link.log(What::Violation(why.into()));
                    let request = closing_request();
                    http::answer(self, link, &request, &Answer::text(status, why))?;
                    link.end(Ended::Closed);
                    return Ok(());
                }
                Err(ReadError::BodyCut(request)) => {
                    link.log(What::Request(request));
                    let answer = Answer::json(r#"{"ok":false,"error":"request_timeout"}"#);
                    http::answer(self, link, &closing_request(), &answer)?;
                    return Ok(());
                }
            };
            link.log(What::Request(request.clone()));
            if request.header("upgrade").is_some()
                && (request.path.starts_with("/websocket/") || request.path == socket::APP_PATH)
            {
                return socket::run(self, link, &request, buffer);
            }
            left = left.saturating_sub(1);
            if left == 0 {
                request.end_connection();
            }
            if !self.answer(link, &request)? {
                link.end(Ended::Closed);
                return Ok(());
            }
            if let Some(fault) = self.take(link, Step::Idle) {
                link.deliver(Some(&fault), &[])?;
            }
        }
    }

    /// The TLS handshake, unless the server is plain.
    fn secure(&self, link: &Link) -> io::Result<()> {
        let Some(tls) = &self.tls else { return Ok(()) };
        let done = self.handshake(tls, link);
        match &done {
            Ok(()) => {
                if let Some(facts) = link.tls_facts() {
                    link.log(facts);
                }
            }
            Err(error) if link.ended().is_none() => link.log(What::TlsFailed(error.to_string())),
            Err(_) => {}
        }
        done
    }

    fn handshake(&self, tls: &Tls, link: &Link) -> io::Result<()> {
        let mut acceptor = Acceptor::default();
        let mut unread = Vec::new();
        let accepted = loop {
            let mut buffer = [0; 4096];
            let length = link.read_raw(&mut buffer)?;
            link.alive()?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            unread.extend_from_slice(&buffer[..length]);
            let taken = acceptor.read_tls(&mut unread.as_slice())?;
            unread.drain(..taken);
            match acceptor.accept() {
                Ok(Some(accepted)) => break accepted,
                Ok(None) => {}
                Err((error, mut alert)) => {
                    let mut bytes = Vec::new();
                    alert.write_all(&mut bytes)?;
                    link.write_raw(&bytes)?;
                    return Err(io::Error::other(error));
                }
            }
        };
        let fault = self.take(link, Step::Tls);
        let config = tls.config(fault.as_ref(), &self.settings);
        match accepted.into_connection(config) {
            Ok(connection) => {
                link.secure(connection, unread);
                link.handshake(fault)
            }
            Err((error, mut alert)) => {
                let mut bytes = Vec::new();
                alert.write_all(&mut bytes)?;
                link.write_raw(&bytes)?;
                Err(io::Error::other(error))
            }
        }
    }

    fn call(&self, request: &Request) -> Answer {
        hooks::call(self, request).unwrap_or_else(|| web_api::call(self, request))
    }

    /// Answers a request that opens no socket; true when another may follow.
    fn answer(&self, link: &Link, request: &Request) -> io::Result<bool> {
        let fault = self.take(link, Step::Request);
        let answer = match &fault {
            Some(Fault::Error(code)) => web_api::error(code),
            Some(fault) => match scripted_answer(fault) {
                Some(answer) => answer,
                None => {
                    link.deliver(Some(fault), &[])?;
                    if matches!(fault, Fault::RawBytes(_)) {
                        return Ok(false);
                    }
                    self.call(request)
                }
            },
            None => self.call(request),
        };
        http::answer(self, link, request, &answer)
    }
}

/// The answer of the faults that are HTTP answers.
pub(crate) fn scripted_answer(fault: &Fault) -> Option<Answer> {
    match fault {
        Fault::Status { code, retry_after } => {
            let body = if *code == 429 {
                web_api::error("ratelimited").body
            } else {
                "scripted".into()
            };
            let mut answer = Answer::text(*code, &body);
            answer
                .fields
                .extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
            Some(answer)
        }
        Fault::Redirect(url) => {
            let mut answer = Answer::text(302, "");
            answer.fields.push(("location", url.clone()));
            Some(answer)
        }
        _ => None,
    }
}

/// Stands for a request that could not be read: nothing may follow it.
pub(crate) fn closing_request() -> Request {
    Request {
        headers: vec![("connection".into(), "close".into())],
        ..Request::default()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
