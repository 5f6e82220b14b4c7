//! From the command line to a running session, and from its end to an exit code.

use crate::demo::{Answers, Demo};
use crate::options::{self, Method, Options, Request, TokenIn};
use crate::terminal::{Terminal, Way};
use slack_rtm::web_api::{self, ConnectArguments, StartArguments};
use slack_rtm::{Config, End, UsageError};
use slack_rtm_std::{Buffers, Dialer, Session, Trust};
use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs};

/// Wrong usage (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;
/// Slack refused the token, or something else that a person has to mend.
const REFUSED: u8 = 2;

/// What an example does with its session until it ends.
pub type Run = fn(&mut Session<'_>, &Terminal) -> Result<(), UsageError>;

/// Runs the example called `name`, which does `what`: by the command line's options against
/// Slack, or without a token against a server of its own; `answers` tells who answers there.
pub fn main(name: &str, what: &str, answers: Answers, run: Run) -> ExitCode {
    let help = options::help(name, what);
    let slack_token = env::var("SLACK_TOKEN").ok();
    let outcome = match options::parse(env::args_os().skip(1), slack_token) {
        Ok(Request::Help) => {
            print!("{help}");
            return ExitCode::SUCCESS;
        }
        Ok(Request::Run(options)) => open(&options, answers, run),
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

enum Failure {
    Usage(String),
    Other(Box<dyn Error>),
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

fn open(options: &Options, answers: Answers, run: Run) -> Result<ExitCode, Failure> {
    let terminal = Terminal::new();
    let Some(token) = &options.token else {
        let demo = Demo::start(options.method)?;
        let place = Place {
            api_base: Some(demo.api_base()),
            token: demo.token(),
            trust: Trust::only(demo.root_certificate().as_bytes())?,
        };
        return talk(options, &place, &terminal, run, Some((&demo, answers)));
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
    talk(options, &place, &terminal, run, None)
}

/// Where to, as whom, and whom to believe.
struct Place<'p> {
    api_base: Option<&'p str>,
    token: &'p str,
    trust: Trust,
}

fn talk(
    options: &Options,
    place: &Place<'_>,
    terminal: &Terminal,
    run: Run,
    demo: Option<(&Demo, Answers)>,
) -> Result<ExitCode, Failure> {
    let mut domains = Config::DOMAINS.to_vec();
    domains.extend(options.allow_hosts.iter().map(String::as_str));
    domains.extend(demo.map(|(demo, _)| demo.host()));
    let mut waiting = [0; 8 * 1024];
    let mut config = Config::new(place.token)
        .allowed_domains(&domains)
        .outbox(&mut waiting)
        .user_agent("slack-rtm-example/0.1")
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
    if options.allow_plain {
        config = config.allow_plain();
    }
    let mut buffers = Buffers::default();
    let dialer = Dialer::new(place.trust.clone())?;
    let mut session = Session::new(config, dialer, &mut buffers)?;

    let asked = place.api_base.unwrap_or("https://slack.com/api/");
    terminal.line(Way::Out, "connect", asked);
    let script = demo.map(|(demo, answers)| demo.play(answers, session.sender(), terminal.clone()));
    if demo.is_none() {
        let sender = session.sender();
        let stopping = AtomicBool::new(false);
        ctrlc::set_handler(move || {
            // The second time somebody does not want to wait for the close handshake.
            if stopping.swap(true, Ordering::SeqCst) || sender.close().is_err() {
                std::process::exit(130);
            }
        })?;
    }
    run(&mut session, terminal).map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some(script) = script {
        script.join().map_err(|_| "the script panicked")??;
    }
    match session.end() {
        Some(end @ End::Refused(_)) => {
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
