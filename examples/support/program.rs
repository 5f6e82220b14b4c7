//! From the command line to a running session, and from its end to an exit code.

use crate::demo::{Answers, Demo};
use crate::options::{self, Method, Options, Request, TokenIn};
use crate::terminal::{Terminal, Way};
use slack_rtm::web_api::{self, ConnectArguments, StartArguments, StartLists};
use slack_rtm::{CloseReason, Config, UsageError};
use slack_rtm_std::{Buffers, Dialer, Sender, Session, Trust};
use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs};

/// Wrong usage (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;
/// Slack refused the token, or something else that a person has to mend.
const REFUSED: u8 = 2;

/// An example that runs a session.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub what: &'static str,
    /// Who answers the messages where it runs against a server of its own.
    pub answers: Answers,
    /// Which lists of `rtm.start` it wants.
    pub lists: StartLists,
    /// What it does with its session until that ends.
    pub run: fn(&mut Session<'_>, &Terminal) -> Result<(), UsageError>,
}

impl Program {
    /// Runs it by the command line's options against Slack, or without a token against a server
    /// of its own.
    pub fn main(&self) -> ExitCode {
        let (name, help) = (self.name, options::help(self.name, self.what));
        let slack_token = env::var("SLACK_TOKEN").ok();
        let outcome = match options::parse(env::args_os().skip(1), slack_token) {
            Ok(Request::Help) => {
                print!("{help}");
                return ExitCode::SUCCESS;
            }
            Ok(Request::Run(options)) => self.open(&options),
            Err(why) => Err(Failure::Usage(why)),
        };
        match outcome {
            Ok(code) => code,
            Err(Failure::Usage(why)) => {
                eprintln!("{name}: {why}\n\n{help}");
                ExitCode::from(USAGE)
            }
            Err(Failure::Other(why)) => {
                eprintln!("{name}: {why}");
                ExitCode::FAILURE
            }
        }
    }

    fn open(&self, options: &Options) -> Result<ExitCode, Failure> {
        let terminal = Terminal::new();
        let Some(token) = &options.token else {
            let demo = Demo::start(options.method)?;
            let place = Place {
                api_base: Some(demo.api_base()),
                token: demo.token(),
                trust: Trust::only(demo.root_certificate().as_bytes())?,
            };
            return self.talk(options, &place, &terminal, Some(&demo));
        };
        let mut trust = Trust::platform();
        if let Some(file) = &options.root_cert {
            let pem = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            trust = trust.and(&pem)?;
        }
        let place = Place {
            api_base: options.api_base.as_deref(),
            token,
            trust,
        };
        self.talk(options, &place, &terminal, None)
    }

    fn talk(
        &self,
        options: &Options,
        place: &Place<'_>,
        terminal: &Terminal,
        demo: Option<&Demo>,
    ) -> Result<ExitCode, Failure> {
        let mut domains = Config::DOMAINS.to_vec();
        domains.extend(options.allow_hosts.iter().map(String::as_str));
        domains.extend(demo.map(Demo::host));
        let mut waiting = [0; 8 * 1024];
        let mut config = Config::new(place.token)
            .allowed_domains(&domains)
            .outbox(&mut waiting)
            .user_agent("slack-rtm-example/0.1")
            .lists(self.lists)
            .method(match options.method {
                Method::Connect => web_api::Method::RtmConnect(ConnectArguments::default()),
                Method::Start => web_api::Method::RtmStart(StartArguments::default()),
            })
            .token_in(match options.token_in {
                TokenIn::Header => web_api::TokenIn::Header,
                TokenIn::Form => web_api::TokenIn::Form,
            });
        if let Some(base) = place.api_base {
            config = config.api_base(base);
        }
        if options.allow_insecure {
            config = config.allow_insecure();
        }
        let mut buffers = Buffers::default();
        let dialer = Dialer::new(place.trust.clone())?;
        let mut session = Session::new(config, dialer, &mut buffers)?;

        let asked = place.api_base.unwrap_or("https://slack.com/api/");
        terminal.line(Way::Out, "connect", asked);
        let script = demo.map(|demo| demo.play(self.answers, session.sender(), terminal.clone()));
        if script.is_none() {
            close_at_ctrl_c(session.sender())?;
        }
        (self.run)(&mut session, terminal).map_err(|why| Failure::Usage(why.to_string()))?;
        if let Some(script) = script {
            script.join().map_err(|_| "the script panicked")??;
        }
        match session.end() {
            Some(end @ CloseReason::Refused(_)) => {
                terminal.line(Way::Wrong, "end", end);
                Ok(ExitCode::from(REFUSED))
            }
            Some(end) => {
                terminal.line(Way::Here, "end", end);
                Ok(ExitCode::SUCCESS)
            }
            None => Err("the session stopped before its end".into()),
        }
    }
}

/// Where to, as whom, and whom to believe.
struct Place<'p> {
    api_base: Option<&'p str>,
    token: &'p str,
    trust: Trust,
}

fn close_at_ctrl_c(sender: Sender) -> Result<(), ctrlc::Error> {
    let stopping = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        // The second time somebody does not want to wait for the close handshake.
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
