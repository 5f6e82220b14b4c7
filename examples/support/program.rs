//! Runs an example: parses the command line, opens the session, returns the exit code.

use crate::demo::{Demo, Play, Replier, ScriptError};
use crate::options::{self, DialectChoice, Method, Options, Request, TokenIn};
use crate::terminal::{Direction, Terminal};
use slack_rtm::web_api::{self, CallerConfig, RtmConnect, RtmStart, StartLists};
use slack_rtm::{CloseReason, Config, Dialect, SocketMode};
use slack_rtm_std::{App, AppBuffers, AppTokens, Buffers, Dialer, Sender, Session, Trust};
use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::{env, fmt, fs};

/// Wrong usage (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;
/// Slack refused the call for a reason that needs human action, such as an invalid token.
const REFUSED: u8 = 2;

/// The function of an example that runs a session of RTM until it closes.
pub type Run = fn(&mut Session<'_>, &Setting<'_>) -> Result<(), Box<dyn Error>>;

/// The function of an example that runs a session of Socket Mode until it closes.
pub type RunSession = fn(&mut Session<'_, SocketMode>, &Setting<'_>) -> Result<(), Box<dyn Error>>;

/// The function of an example that runs an app, which posts with the token of the bot, until its
/// session closes.
pub type RunApp = fn(&mut App<'_>, &Setting<'_>) -> Result<(), Box<dyn Error>>;

/// The parts of an example that run in Socket Mode.
#[derive(Clone, Copy, Debug)]
pub enum RunSocketMode {
    /// There is none.
    Unsupported,
    /// Runs a session.
    Session(RunSession),
    /// Runs an app.
    App(RunApp),
}

/// An example that runs a session.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Its purpose, in one sentence.
    pub about: &'static str,
    /// Who replies to the messages of the demo server.
    pub replier: Replier,
    /// The lists of `rtm.start` to receive.
    pub lists: StartLists,
    /// Runs a session of RTM until it closes.
    pub run: Run,
    /// The same in Socket Mode.
    pub run_socket_mode: RunSocketMode,
}

impl Program {
    /// Runs the program with the options of the command line: against Slack, or without a token
    /// against the demo server.
    pub fn main(&self) -> ExitCode {
        let (name, help) = (self.name, options::help(self.name, self.about));
        let (slack_token, slack_app_token) = (
            env::var("SLACK_TOKEN").ok(),
            env::var("SLACK_APP_TOKEN").ok(),
        );
        let arguments = env::args_os().skip(1);
        let result = match options::parse(arguments, slack_token, slack_app_token) {
            Ok(Request::Help) => {
                print!("{help}");
                return ExitCode::SUCCESS;
            }
            Ok(Request::Run(options)) => self.connect(&options),
            Err(error) => Err(Failure::Usage(error)),
        };
        match result {
            Ok(code) => code,
            Err(Failure::Usage(error)) => {
                eprintln!("{name}: {error}\n\n{help}");
                ExitCode::from(USAGE)
            }
            Err(Failure::Other(error)) => {
                eprintln!("{name}: {error}");
                match error.is::<Refused>() {
                    true => ExitCode::from(REFUSED),
                    false => ExitCode::FAILURE,
                }
            }
        }
    }

    fn connect(&self, options: &Options) -> Result<ExitCode, Failure> {
        let terminal = Terminal::new();
        if options.token.is_none() && options.app_token.is_none() {
            let demo = Demo::start(options.method)?;
            let setting = Setting {
                api_base: Some(demo.api_base()),
                token: demo.token(),
                app_token: demo.app_token(),
                trust: Trust::only(demo.root_certificate().as_bytes())?,
                channels: &[demo.channel()],
                page: PAGE_OF_DEMO,
                ..Setting::new(options, &terminal)
            };
            return self.run_dialect(options, &setting, Some(&demo));
        }
        let mut trust = Trust::platform();
        if let Some(file) = &options.root_cert {
            let pem = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            trust = trust.and(&pem)?;
        }
        if self.replier == Replier::ExampleAfterGaps
            && options.channels.is_empty()
            && options.dialect == DialectChoice::Rtm
        {
            return Err(Failure::Usage(
                "pass the id of a channel by --channel".into(),
            ));
        }
        let setting = Setting {
            trust,
            ..Setting::new(options, &terminal)
        };
        self.run_dialect(options, &setting, None)
    }

    fn run_dialect(
        &self,
        options: &Options,
        setting: &Setting<'_>,
        demo: Option<&Demo>,
    ) -> Result<ExitCode, Failure> {
        let mut domains = Config::DOMAINS.to_vec();
        domains.extend(options.allow_hosts.iter().map(String::as_str));
        domains.extend(demo.map(Demo::host));
        match options.dialect {
            DialectChoice::Rtm => self.run_rtm(options, setting, demo, &domains),
            DialectChoice::SocketMode => self.run_socket_mode(options, setting, demo, &domains),
        }
    }

    fn run_rtm(
        &self,
        options: &Options,
        setting: &Setting<'_>,
        demo: Option<&Demo>,
        domains: &[&str],
    ) -> Result<ExitCode, Failure> {
        let config = common(Config::new(), setting, domains);
        let mut config = config.token_in(setting.token_in);
        config = match options.method {
            Method::Connect => {
                config.method(web_api::OpeningMethod::RtmConnect(RtmConnect::default()))
            }
            Method::Start => config
                .method(web_api::OpeningMethod::RtmStart(RtmStart::default()))
                .lists(self.lists),
        };
        let mut buffers = Buffers::default();
        let dialer = Dialer::new(setting.trust.clone())?;
        let mut session =
            Session::new(config, setting.token, dialer, &mut buffers).map_err(usage)?;
        let script = self.begin(setting, demo, session.sender())?;
        (self.run)(&mut session, setting)?;
        end(script, session.close_reason(), setting)
    }

    fn run_socket_mode(
        &self,
        options: &Options,
        setting: &Setting<'_>,
        demo: Option<&Demo>,
        domains: &[&str],
    ) -> Result<ExitCode, Failure> {
        let config = common(Config::socket_mode(), setting, domains);
        let dialer = Dialer::new(setting.trust.clone())?;
        match self.run_socket_mode {
            RunSocketMode::Unsupported => Err(usage(
                "this example runs RTM only: pass the token of a classic app by --token, and no app-level token",
            )),
            RunSocketMode::Session(run) => {
                let mut buffers = Buffers::default();
                let mut session =
                    Session::new(config, setting.app_token, dialer, &mut buffers).map_err(usage)?;
                let script = self.begin(setting, demo, session.sender())?;
                run(&mut session, setting)?;
                end(script, session.close_reason(), setting)
            }
            RunSocketMode::App(_) if setting.token.is_empty() => Err(usage(
                "this example posts by the Web API: pass the token of the bot (xoxb-) by --token too",
            )),
            RunSocketMode::App(run) => {
                let mut caller = CallerConfig::new().user_agent(USER_AGENT);
                if let Some(base) = setting.api_base {
                    caller = caller.api_base(base);
                }
                if options.allow_insecure {
                    caller = caller.allow_insecure();
                }
                let tokens = AppTokens {
                    app_level: setting.app_token,
                    bot: setting.token,
                };
                let mut buffers = AppBuffers::default();
                let mut app =
                    App::new(config, caller, tokens, dialer, &mut buffers).map_err(usage)?;
                let script = self.begin(setting, demo, app.sender())?;
                run(&mut app, setting)?;
                end(script, app.close_reason(), setting)
            }
        }
    }

    /// Begins the script of the demo, or has Ctrl-C close the session.
    fn begin<D: Play>(
        &self,
        setting: &Setting<'_>,
        demo: Option<&Demo>,
        sender: Sender<D>,
    ) -> Result<Option<ScriptHandle>, Failure> {
        let api_base = setting.api_base.unwrap_or("https://slack.com/api/");
        setting.terminal.line(Direction::Out, "connect", api_base);
        let Some(demo) = demo else {
            close_at_ctrl_c(sender)?;
            return Ok(None);
        };
        Ok(Some(demo.play(
            self.replier,
            sender,
            setting.terminal.clone(),
        )))
    }
}

/// The thread of a script.
type ScriptHandle = JoinHandle<Result<(), ScriptError>>;

const USER_AGENT: &str = "slack-rtm-example/0.1";

/// Sets what is the same in each dialect.
fn common<'c, D: Dialect>(
    config: Config<'c, D>,
    setting: &Setting<'c>,
    domains: &'c [&'c str],
) -> Config<'c, D> {
    let mut config = config.allowed_domains(domains).user_agent(USER_AGENT);
    if let Some(base) = setting.api_base {
        config = config.api_base(base);
    }
    if setting.allow_insecure {
        config = config.allow_insecure();
    }
    config
}

fn usage(error: impl fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}

/// Waits for the script, and returns the exit code of a session that has closed.
fn end(
    script: Option<ScriptHandle>,
    close_reason: Option<CloseReason>,
    setting: &Setting<'_>,
) -> Result<ExitCode, Failure> {
    let terminal = setting.terminal;
    if let Some(script) = script {
        script.join().map_err(|_| "the script panicked")??;
    }
    match close_reason {
        Some(reason @ CloseReason::Refused(_)) => {
            terminal.line(Direction::Error, "end", reason);
            Ok(ExitCode::from(REFUSED))
        }
        Some(reason) => {
            terminal.line(Direction::Local, "end", reason);
            Ok(ExitCode::SUCCESS)
        }
        None => Err("the example returned before the session closed".into()),
    }
}

/// The number of messages in a page of a history: the most that Slack advises.
const PAGE: &str = "200";
/// The same in the demo, so that there are several pages.
const PAGE_OF_DEMO: &str = "2";

/// The setting of an example: the server to connect to, the token, and the options.
#[derive(Clone)]
pub struct Setting<'p> {
    /// The base URL of the Web API; by default that of Slack.
    pub api_base: Option<&'p str>,
    /// The token of a bot or a user; empty if there is none.
    pub token: &'p str,
    /// The app-level token; empty if there is none.
    pub app_token: &'p str,
    /// The place of the token in a request.
    pub token_in: web_api::TokenIn,
    /// The trusted roots.
    pub trust: Trust,
    /// Whether `http` and `ws` are allowed.
    pub allow_insecure: bool,
    /// The channels whose history is fetched.
    pub channels: &'p [String],
    /// The number of messages in a page of a history.
    pub page: &'static str,
    /// Standard output.
    pub terminal: &'p Terminal,
}

impl<'p> Setting<'p> {
    fn new(options: &'p Options, terminal: &'p Terminal) -> Self {
        Self {
            api_base: options.api_base.as_deref(),
            token: options.token.as_deref().unwrap_or_default(),
            app_token: options.app_token.as_deref().unwrap_or_default(),
            token_in: match options.token_in {
                TokenIn::Header => web_api::TokenIn::Header,
                TokenIn::Form => web_api::TokenIn::Form,
            },
            trust: Trust::platform(),
            allow_insecure: options.allow_insecure,
            channels: &options.channels,
            page: PAGE,
            terminal,
        }
    }
}

/// Omits the token.
impl fmt::Debug for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting")
            .field("api_base", &self.api_base)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

/// Slack refused a call for a reason that no retry removes.
#[derive(Clone, Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Refused {}

fn close_at_ctrl_c<D: Dialect>(sender: Sender<D>) -> Result<(), ctrlc::Error> {
    let stopping = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        // The second Ctrl-C does not wait for the close handshake.
        if stopping.swap(true, Ordering::SeqCst) || sender.close().is_err() {
            std::process::exit(130);
        }
    })
}

enum Failure {
    Usage(String),
    Other(Box<dyn Error>),
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}
