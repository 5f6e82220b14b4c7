//! What the programs that only call the Web API share: their server options, Ctrl-C and exit codes.

use crate::program::Refused;
use fake_slack::FakeSlack;
use lexopt::prelude::ValueExt;
use slack_rtm::web_api::{CallerConfig, ErrorTable};
use slack_rtm_std::{Buffers, CallFailure, Dialer, StopHandle, Trust, WebApi, WebApiError};
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fmt, fs};

/// Wrong usage (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;
/// Slack refused a call.
const REFUSED: u8 = 2;
/// The end by Ctrl-C, as a shell reports it.
const INTERRUPTED: u8 = 130;

/// The server to call, and how.
#[derive(Clone)]
pub struct ServerOptions {
    /// Without a token the program starts a demo server.
    pub token: Option<String>,
    /// The base URL of the Web API; by default that of Slack.
    api_base: Option<String>,
    /// A file with root certificates to trust besides those of the system.
    root_cert: Option<PathBuf>,
    /// The same as text, in place of those of the system.
    only_root: Option<String>,
    /// Whether `http` is allowed.
    allow_insecure: bool,
}

impl ServerOptions {
    /// The lines of these options in a help text.
    pub const HELP: &str = "  --token TOKEN        Slack token; the environment variable SLACK_TOKEN has the same effect and
                       does not appear in the list of processes
  --api-base URL       base URL of the Web API [https://slack.com/api/]
  --root-cert FILE     PEM file with root certificates to trust besides those of the system
  --allow-insecure     allow http: the token is sent unencrypted
  -h, --help           print this text
";

    /// The options of the environment.
    pub fn from_env() -> Self {
        let token = env::var("SLACK_TOKEN").ok();
        Self {
            token: token.filter(|token| !token.is_empty()),
            api_base: None,
            root_cert: None,
            only_root: None,
            allow_insecure: false,
        }
    }

    /// The options for calls of a server in this process.
    pub fn of_demo(server: &FakeSlack) -> Self {
        Self {
            token: Some(server.token().to_owned()),
            api_base: Some(server.api_base()),
            root_cert: None,
            only_root: server.root_certificate_pem(),
            allow_insecure: false,
        }
    }

    /// Reads the value of the option with this name.
    ///
    /// # Errors
    /// There is no such option, or its value cannot be used.
    pub fn read(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<(), lexopt::Error> {
        match name {
            "token" => {
                let token = parser.value()?.into_string();
                self.token = Some(token.map_err(|_| "the token is not UTF-8")?);
            }
            "api-base" => self.api_base = Some(parser.value()?.string()?),
            "root-cert" => self.root_cert = Some(parser.value()?.into()),
            "allow-insecure" => self.allow_insecure = true,
            name => return Err(format!("invalid option '--{name}'").into()),
        }
        Ok(())
    }

    /// Checks that options which need another one have it.
    ///
    /// # Errors
    /// A text that says what is missing.
    pub fn check(&self) -> Result<(), lexopt::Error> {
        if self.token.is_none() && self.api_base.is_some() {
            return Err("--api-base needs a token: pass --token or set SLACK_TOKEN".into());
        }
        Ok(())
    }

    /// Creates the machine for calls.
    ///
    /// # Errors
    /// A file cannot be read, or an option cannot be used.
    pub fn web_api<'m>(
        &'m self,
        mut config: CallerConfig<'m>,
        buffers: &'m mut Buffers,
    ) -> Result<WebApi<'m>, Box<dyn Error>> {
        let mut trust = match &self.only_root {
            Some(pem) => Trust::only(pem.as_bytes())?,
            None => Trust::platform(),
        };
        if let Some(file) = &self.root_cert {
            let pem = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            trust = trust.and(&pem)?;
        }
        config = config.user_agent("slack-rtm-example/0.1");
        if let Some(base) = &self.api_base {
            config = config.api_base(base);
        }
        if self.allow_insecure {
            config = config.allow_insecure();
        }
        let token = self.token.as_deref().unwrap_or_default();
        Ok(WebApi::new(config, token, Dialer::new(trust)?, buffers)?)
    }
}

/// Does not show the token.
impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("api_base", &self.api_base)
            .field("root_cert", &self.root_cert)
            .finish_non_exhaustive()
    }
}

/// Returns the text of wrong usage, which never contains a token.
pub fn usage_text(error: lexopt::Error) -> String {
    match error {
        // The `Display` text contains the value, which may be a token.
        lexopt::Error::UnexpectedValue { option, .. } => format!("{option} takes no value"),
        // Likewise.
        lexopt::Error::NonUnicodeValue(_) => "an argument is not UTF-8".into(),
        error => error.to_string(),
    }
}

/// Runs a program: prints `help` if there are no options, and errors to standard error.
pub fn main<O>(
    name: &str,
    help: &str,
    options: Result<Option<O>, lexopt::Error>,
    run: impl FnOnce(O) -> Result<(), Box<dyn Error>>,
) -> ExitCode {
    let options = match options {
        Ok(Some(options)) => options,
        Ok(None) => {
            // A closed pipe (`| head`) is not an error.
            let _ = io::stdout().write_all(help.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            // `eprintln` would panic where the pipe is closed.
            let _ = write!(io::stderr(), "{name}: {}\n\n{help}", usage_text(error));
            return ExitCode::from(USAGE);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{name}: {error}");
            match error {
                error if error.is::<Refused>() => ExitCode::from(REFUSED),
                error if error.is::<WebApiError>() || error.is::<Usage>() => ExitCode::from(USAGE),
                error if error.is::<Interrupted>() => ExitCode::from(INTERRUPTED),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// An option cannot be used.
#[derive(Clone, Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

/// Ctrl-C ended the program.
#[derive(Clone, Copy, Debug)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ended by Ctrl-C")
    }
}

impl Error for Interrupted {}

/// Separates refusals and Ctrl-C, which have exit codes of their own. `table` explains the codes of
/// the method.
pub fn of_failure(failure: CallFailure<'_>, table: Option<&'static ErrorTable>) -> Box<dyn Error> {
    match failure {
        CallFailure::Refused(error) => {
            let text = match table {
                Some(table) => error.explain(table).to_string(),
                None => error.to_string(),
            };
            let details: String = error.messages().map(|text| format!("; {text}")).collect();
            Refused(format!("{text}{details}")).into()
        }
        CallFailure::Stopped { has_left: false } => Interrupted.into(),
        failure => failure.to_string().into(),
    }
}

/// Stops the calls at the first Ctrl-C, and exits at the second one, which does not wait for the close
/// of the link.
///
/// # Errors
/// The handler cannot be set.
pub fn stop_at_ctrl_c(stop: StopHandle) -> Result<(), ctrlc::Error> {
    let stopping = AtomicBool::new(false);
    ctrlc::set_handler(move || match stopping.swap(true, Ordering::SeqCst) {
        false => stop.stop(),
        true => std::process::exit(i32::from(INTERRUPTED)),
    })
}

/// A line on standard error that is overwritten. There is none unless that is a terminal.
#[derive(Debug)]
pub struct ProgressLine {
    is_terminal: bool,
    /// When the text was shown, if there is one.
    shown: Option<Instant>,
}

/// The least time between two texts.
const BETWEEN_TEXTS: Duration = Duration::from_millis(50);

impl ProgressLine {
    /// Creates a line without a text.
    pub fn new() -> Self {
        Self {
            is_terminal: io::stderr().is_terminal(),
            shown: None,
        }
    }

    /// Shows this text in place of the last one, unless that is very recent.
    pub fn show(&mut self, text: impl fmt::Display) {
        let is_recent = |shown: Instant| shown.elapsed() < BETWEEN_TEXTS;
        if self.is_terminal && !self.shown.is_some_and(is_recent) {
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
            self.shown = Some(Instant::now());
        }
    }

    /// Removes the text.
    pub fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl Default for ProgressLine {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.clear();
    }
}
