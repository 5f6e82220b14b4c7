//! How a server is set up before it starts.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::certificates::{Authority, KeyType, LOOPBACK_NAMES, Subject};
use crate::http::{Framing, Headers};
use crate::log::{Entry, Log, Observer};
use crate::oauth::Client;
use crate::paging::Paging;
use crate::script::{Fault, Step};
use crate::server::{Server, Site, Tls};
use crate::socket_mode::Rules;
use crate::{BOT_TOKEN, FakeSlack};

/// Something that may happen at once `burst` times, and then once each `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How often at once.
    pub burst: u32,
    /// Time for one more.
    pub every: Duration,
}

/// Which TLS versions the server speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 only.
    Only12,
    /// 1.3 only.
    Only13,
}

/// What `rtm.start` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RtmStart {
    /// The lists of users, channels and so on, with the URL behind them.
    #[default]
    Full,
    /// What `rtm.connect` answers, as servers do since 2022.
    LikeConnect,
    /// `rtm_connect_required`.
    Refused,
}

/// Whether a token may stand in the query of a Web API URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryTokens {
    /// As for apps made before 2021-02-24.
    #[default]
    Accepted,
    /// As for newer ones: such a token is not seen, and the call is `not_authed`.
    Refused,
}

/// Everything that can be set.
pub(crate) struct Settings {
    pub(crate) plain: bool,
    pub(crate) host: String,
    pub(crate) token: String,
    pub(crate) refused_tokens: Vec<(String, String)>,
    pub(crate) client: Option<Client>,
    pub(crate) subject: Subject,
    pub(crate) root_key: KeyType,
    pub(crate) tls_versions: TlsVersions,
    pub(crate) max_record: Option<usize>,
    pub(crate) framing: Framing,
    pub(crate) headers: Headers,
    pub(crate) query_tokens: QueryTokens,
    pub(crate) rtm_start: RtmStart,
    pub(crate) users: usize,
    pub(crate) channels: usize,
    pub(crate) paging: Paging,
    pub(crate) upload_host: Option<String>,
    pub(crate) longest_logged: usize,
    pub(crate) url_life: Duration,
    pub(crate) connect_rate: Option<Rate>,
    pub(crate) history_rate: Option<Rate>,
    pub(crate) rates: HashMap<String, Rate>,
    pub(crate) requests_per_connection: usize,
    pub(crate) message_rate: Option<Rate>,
    pub(crate) close_after_goodbye: Duration,
    pub(crate) hello: String,
    pub(crate) ping_every: Option<Duration>,
    pub(crate) reconnect_url_every: Option<Duration>,
    pub(crate) socket_mode: Rules,
    pub(crate) faults: Vec<(Step, Fault, usize)>,
}

impl Settings {
    /// The host that takes uploads.
    pub(crate) fn upload_host(&self) -> &str {
        match &self.upload_host {
            Some(host) => host,
            None if self.host == "localhost" => "127.0.0.1",
            None => "localhost",
        }
    }
}

/// Builds a [`FakeSlack`]. Without further words it speaks TLS on a free port and behaves as Slack's documentation says.
#[must_use]
pub struct Builder {
    pub(crate) settings: Settings,
    port: u16,
    pub(crate) upload_port: u16,
    observer: Option<Observer>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            plain: false,
            host: "localhost".into(),
            token: BOT_TOKEN.into(),
            refused_tokens: vec![],
            client: None,
            subject: Subject::default(),
            root_key: KeyType::P256,
            tls_versions: TlsVersions::Both,
            max_record: None,
            framing: Framing::default(),
            headers: Headers::default(),
            query_tokens: QueryTokens::default(),
            rtm_start: RtmStart::default(),
            users: 0,
            channels: 0,
            paging: Paging::new(),
            upload_host: None,
            longest_logged: usize::MAX,
            url_life: Duration::from_secs(30),
            connect_rate: None,
            history_rate: None,
            rates: HashMap::new(),
            requests_per_connection: usize::MAX,
            message_rate: Some(Rate {
                burst: 5,
                every: Duration::from_secs(1),
            }),
            close_after_goodbye: Duration::from_secs(5),
            hello: r#"{"type":"hello"}"#.into(),
            ping_every: None,
            reconnect_url_every: None,
            socket_mode: Rules::new(),
            faults: vec![],
        };
        Self {
            settings,
            port: 0,
            upload_port: 0,
            observer: None,
        }
    }

    /// `http` and `ws` instead of `https` and `wss`.
    pub fn plain(mut self) -> Self {
        self.settings.plain = true;
        self
    }

    /// The port; 0, the default, takes a free one. Files are uploaded to [`Builder::upload_port`].
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The host in the URLs that the server gives: `localhost`, the default, or `127.0.0.1`, or any other name
    /// that leads a client to it. The certificate is valid for it too, unless [`Builder::certificate`] names others.
    pub fn host(mut self, host: &str) -> Self {
        self.settings.host = host.into();
        self
    }

    /// The bot's token; [`BOT_TOKEN`] when not told.
    pub fn token(mut self, token: &str) -> Self {
        self.settings.token = token.into();
        self
    }

    /// A token that every call answers with this error, such as `token_revoked`.
    pub fn refused_token(mut self, token: &str, error: &str) -> Self {
        self.settings
            .refused_tokens
            .push((token.into(), error.into()));
        self
    }

    /// The id and the secret of the app's client, and its first refresh token, for `oauth.v2.access`. By default there
    /// is no client.
    pub fn client(mut self, id: &str, secret: &str, refresh_token: &str) -> Self {
        self.settings.client = Some(Client {
            id: id.into(),
            secret: secret.into(),
            refresh_token: refresh_token.into(),
        });
        self
    }

    /// What the server's certificate says.
    pub fn certificate(mut self, subject: Subject) -> Self {
        self.settings.subject = subject;
        self
    }

    /// The kind of the root's key; P-256 when not told.
    pub fn root_key(mut self, key: KeyType) -> Self {
        self.settings.root_key = key;
        self
    }

    /// Which TLS versions it speaks.
    pub fn tls_versions(mut self, versions: TlsVersions) -> Self {
        self.settings.tls_versions = versions;
        self
    }

    /// The longest TLS record it sends, in bytes with its header, from 32 to 16,389.
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.settings.max_record = Some(bytes);
        self
    }

    /// How the end of an answer is told.
    pub fn framing(mut self, framing: Framing) -> Self {
        self.settings.framing = framing;
        self
    }

    /// How many field lines an answer has.
    pub fn headers(mut self, headers: Headers) -> Self {
        self.settings.headers = headers;
        self
    }

    /// Whether a token may stand in a query.
    pub fn query_tokens(mut self, query_tokens: QueryTokens) -> Self {
        self.settings.query_tokens = query_tokens;
        self
    }

    /// What `rtm.start` answers.
    pub fn rtm_start(mut self, rtm_start: RtmStart) -> Self {
        self.settings.rtm_start = rtm_start;
        self
    }

    /// So many users more in the lists, about 400 bytes each in `rtm.start`, where 60,000 of them are 24 MB, and about
    /// 1,300 bytes in `users.list`. They are made when they are asked for. More than 10,000 users are listed only to
    /// calls with a `limit`.
    pub fn more_users(mut self, users: usize) -> Self {
        self.settings.users = users;
        self
    }

    /// So many channels more in the lists, which the bot is not in. All further users are divided among them; alice is
    /// in each. Of each ten the ninth is private, with the bot in it, and the tenth is archived.
    pub fn more_channels(mut self, channels: usize) -> Self {
        self.settings.channels = channels;
        self
    }

    /// The most bytes of the body of an answer that the log keeps; by default all. Long lists take much memory there.
    pub fn longest_logged(mut self, bytes: usize) -> Self {
        self.settings.longest_logged = bytes;
        self
    }

    /// How long a WebSocket URL is valid; 30 s when not told.
    pub fn url_life(mut self, life: Duration) -> Self {
        self.settings.url_life = life;
        self
    }

    /// How often `rtm.connect` and `rtm.start` may be called, each, before they answer 429; never, when not told.
    pub fn connect_rate(mut self, rate: Option<Rate>) -> Self {
        self.settings.connect_rate = rate;
        self
    }

    /// The limit on calls of `conversations.history`, above which it responds with 429; by default there is none.
    pub fn history_rate(mut self, rate: Option<Rate>) -> Self {
        self.settings.history_rate = rate;
        self
    }

    /// The limit on calls of a method, above which it responds with 429: for each user, and of `chat.postMessage` for
    /// each channel too. By default there is none.
    pub fn rate(mut self, method: &str, rate: Rate) -> Self {
        self.settings.rates.insert(method.into(), rate);
        self
    }

    /// The most requests that a connection serves: the response to the last one has `Connection: close`. By default
    /// there is no limit.
    pub fn requests_per_connection(mut self, requests: usize) -> Self {
        self.settings.requests_per_connection = requests;
        self
    }

    /// The time from `goodbye` to the close of a socket; by default 5 s.
    pub fn close_after_goodbye(mut self, after: Duration) -> Self {
        self.settings.close_after_goodbye = after;
        self
    }

    /// How often a socket may send a message; one each second with a burst of five, when not told.
    pub fn message_rate(mut self, rate: Option<Rate>) -> Self {
        self.settings.message_rate = rate;
        self
    }

    /// The text of the first frame of a socket.
    pub fn hello(mut self, json: &str) -> Self {
        self.settings.hello = json.into();
        self
    }

    /// WebSocket pings to each socket; none when not told.
    pub fn ping_every(mut self, every: Duration) -> Self {
        self.settings.ping_every = Some(every);
        self
    }

    /// `reconnect_url` to each socket soon after `hello`, and again each so often; none when not told.
    pub fn reconnect_url_every(mut self, every: Duration) -> Self {
        self.settings.reconnect_url_every = Some(every);
        self
    }

    /// A fault that is there from the start. See [`FakeSlack::fault_times`].
    pub fn fault(mut self, step: Step, fault: Fault, times: usize) -> Self {
        self.settings.faults.push((step, fault, times));
        self
    }

    /// Called with each entry of the log as it is written. It must not call the server.
    pub fn on_entry(mut self, observer: impl Fn(&Entry) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(mut self) -> io::Result<FakeSlack> {
        if self.settings.subject.names == LOOPBACK_NAMES {
            self.settings.subject.names.push(self.settings.host.clone());
            let upload_host = self.settings.upload_host().to_owned();
            if !self.settings.subject.names.contains(&upload_host) {
                self.settings.subject.names.push(upload_host);
            }
        }
        let (port, api) = bind(self.port)?;
        let (upload_port, uploads) = bind(self.upload_port)?;
        let tls = (!self.settings.plain).then(|| {
            let root = Authority::new("fake-slack root", self.settings.root_key);
            Tls::new(root, &self.settings)
        });
        let server = Arc::new(Server::new(
            self.settings,
            port,
            upload_port,
            tls,
            Log::new(self.observer),
        ));
        let api = api.into_iter().map(|listener| (listener, Site::Api));
        let uploads = uploads.into_iter();
        let uploads = uploads.map(|listener| (listener, Site::Uploads));
        let (mut listeners, mut wakers) = (vec![], vec![]);
        for (listener, site) in api.chain(uploads) {
            wakers.extend(listener.local_addr());
            listeners.push(server.listen(listener, site));
        }
        Ok(FakeSlack {
            server,
            listeners,
            wakers,
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

/// Listens on both loopback addresses, since `localhost` may mean either; on IPv4 alone where there is no IPv6.
fn bind(port: u16) -> io::Result<(u16, Vec<TcpListener>)> {
    const TRIES: usize = 20;
    let mut tries = TRIES;
    loop {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let bound = v4.local_addr()?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, bound)) {
            Ok(v6) => return Ok((bound, vec![v4, v6])),
            // Somebody else has this port on IPv6: their server must not answer for this one.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port == 0 && tries > 0 => {
                tries -= 1;
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            Err(_) => return Ok((bound, vec![v4])),
        }
    }
}

/// Makes `accept` return.
pub(crate) fn wake(address: std::net::SocketAddr) {
    let _ = TcpStream::connect_timeout(&address, Duration::from_secs(1));
}
