//! The options that `echo` and `listen` share.

use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// What stands behind the program's name, understood.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// Where the Web API is, if not at Slack.
    pub api_base: Option<String>,
    /// Without one, the program plays against a server of its own.
    pub token: Option<String>,
    /// How the token travels.
    pub token_in: TokenIn,
    /// The method that gives the WebSocket's URL.
    pub method: Method,
    /// A file with root certificates to trust besides the computer's.
    pub root_cert: Option<PathBuf>,
    /// WebSocket hosts beyond Slack's domains.
    pub allow_hosts: Vec<String>,
    /// Whether `http` and `ws` will do.
    pub allow_insecure: bool,
}

/// Where the token is put in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenIn {
    /// `Authorization: Bearer`.
    Header,
    /// The form field `token`.
    Form,
}

/// The methods that open a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `rtm.connect`.
    Connect,
    /// `rtm.start`.
    Start,
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// The help text.
    Help,
    /// To run.
    Run(Options),
}

/// The help text of a program called `name` that does `what`.
pub fn help(name: &str, what: &str) -> String {
    format!(
        "\
{what}

Usage: cargo run --release --example {name} -- [OPTIONS]

Without a token it starts a Slack-compatible server in its own process, talks with it over TLS
and exits. With a token it runs until Ctrl-C.

Options:
  --token TOKEN            Slack token; SLACK_TOKEN in the environment does the same, and keeps
                           it out of the list of processes
  --api-base URL           where the Web API is [https://slack.com/api/]
  --token-in header|form   how the token travels [header]
  --method rtm.connect|rtm.start
                           the method that opens the session [rtm.connect]
  --root-cert FILE         PEM file with root certificates to trust besides this computer's
  --allow-host HOST        a WebSocket host to allow besides Slack's domains; may be repeated
  --allow-plain            allow http and ws: the token travels unprotected
  -h, --help               this text

Exit codes: 0 done, 1 failed, 2 Slack refused the token, 64 wrong usage.
"
    )
}

/// Reads the arguments, without the program's name, and the value of `SLACK_TOKEN`.
///
/// # Errors
/// What is wrong with them. It never repeats the token.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    slack_token: Option<String>,
) -> Result<Request, String> {
    read(arguments, slack_token).map_err(|error| match error {
        // Its own text repeats the value, which may be a token.
        lexopt::Error::UnexpectedValue { option, .. } => format!("{option} takes no value"),
        error => error.to_string(),
    })
}

fn read(
    arguments: impl IntoIterator<Item = OsString>,
    slack_token: Option<String>,
) -> Result<Request, lexopt::Error> {
    let mut options = Options {
        api_base: None,
        token: slack_token.filter(|token| !token.is_empty()),
        token_in: TokenIn::Header,
        method: Method::Connect,
        root_cert: None,
        allow_hosts: Vec::new(),
        allow_insecure: false,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("api-base") => options.api_base = Some(parser.value()?.string()?),
            Long("token") => {
                let token = parser.value()?.into_string();
                options.token = Some(token.map_err(|_| "the token is not UTF-8")?);
            }
            Long("token-in") => {
                options.token_in = match parser.value()?.string()?.as_str() {
                    "header" => TokenIn::Header,
                    "form" => TokenIn::Form,
                    _ => return Err("--token-in takes header or form".into()),
                };
            }
            Long("method") => {
                options.method = match parser.value()?.string()?.as_str() {
                    "rtm.connect" => Method::Connect,
                    "rtm.start" => Method::Start,
                    _ => return Err("--method takes rtm.connect or rtm.start".into()),
                };
            }
            Long("root-cert") => options.root_cert = Some(parser.value()?.into()),
            Long("allow-host") => options.allow_hosts.push(parser.value()?.string()?),
            Long("allow-plain") => options.allow_insecure = true,
            Long("help") | Short('h') => return Ok(Request::Help),
            // Not repeated: it may be a token.
            Value(_) => return Err("there are options only; a token stands behind --token".into()),
            other => return Err(other.unexpected()),
        }
    }
    if options.token.is_none() && options.api_base.is_some() {
        return Err("--api-base needs a token: --token, or SLACK_TOKEN in the environment".into());
    }
    Ok(Request::Run(options))
}

/// The token is left out.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("api_base", &self.api_base)
            .field("token", &self.token.as_ref().map(|_| "***"))
            .field("token_in", &self.token_in)
            .field("method", &self.method)
            .field("root_cert", &self.root_cert)
            .field("allow_hosts", &self.allow_hosts)
            .field("allow_insecure", &self.allow_insecure)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Method, Options, Request, TokenIn, parse};
    use std::ffi::OsString;
    use std::path::PathBuf;

    fn parsed(line: &str, slack_token: Option<&str>) -> Result<Request, String> {
        let arguments = line.split_whitespace().map(OsString::from);
        parse(arguments, slack_token.map(str::to_owned))
    }

    fn options(line: &str, slack_token: Option<&str>) -> Options {
        match parsed(line, slack_token).unwrap() {
            Request::Run(options) => options,
            Request::Help => panic!("help"),
        }
    }

    #[test]
    fn every_option_is_read() {
        let line = "--api-base https://localhost:1/api/ --token=xoxb-1 --token-in form \
            --method rtm.start --root-cert root.pem --allow-host a --allow-host b --allow-plain";
        let expected = Options {
            api_base: Some("https://localhost:1/api/".into()),
            token: Some("xoxb-1".into()),
            token_in: TokenIn::Form,
            method: Method::Start,
            root_cert: Some(PathBuf::from("root.pem")),
            allow_hosts: vec!["a".into(), "b".into()],
            allow_insecure: true,
        };
        assert!(options(line, None) == expected);
    }

    #[test]
    fn the_token_of_the_command_line_goes_before_the_environment() {
        let token = |line, environment| options(line, environment).token;
        assert_eq!(token("", None), None);
        assert_eq!(token("", Some("")), None);
        assert_eq!(token("", Some("env")).as_deref(), Some("env"));
        assert_eq!(token("--token arg", Some("env")).as_deref(), Some("arg"));
    }

    #[test]
    fn help_wins_over_what_follows() {
        for line in ["-h", "--help", "--allow-plain --help --nonsense"] {
            assert!(parsed(line, None) == Ok(Request::Help), "{line}");
        }
    }

    #[test]
    fn wrong_usage_is_told_without_the_token() {
        for line in [
            "--nonsense",
            "--token",
            "--token-in cookie",
            "--method auth.test",
            "--api-base https://localhost:1/api/",
            "xoxb-secret",
            "--tokne=xoxb-secret",
            "--allow-plain=xoxb-secret",
        ] {
            let error = parsed(line, None).err().unwrap();
            assert!(!error.contains("xoxb-secret"), "{line}: {error}");
        }
        assert!(!format!("{:?}", options("--token xoxb-secret", None)).contains("secret"));
    }
}
