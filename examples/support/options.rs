//! The command line options of `echo`, `listen` and `missed`.

use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The parsed options.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// The base URL of the Web API; by default that of Slack.
    pub api_base: Option<String>,
    /// The token of a bot or a user. Without a token the program starts a demo server.
    pub token: Option<String>,
    /// The app-level token, which selects Socket Mode.
    pub app_token: Option<String>,
    /// The protocol over the socket.
    pub dialect: DialectChoice,
    /// The place of the token in the request.
    pub token_in: TokenIn,
    /// The method that returns the URL of the WebSocket.
    pub method: Method,
    /// A file with root certificates to trust in addition to those of the system.
    pub root_cert: Option<PathBuf>,
    /// WebSocket hosts to allow in addition to the domains of Slack.
    pub allow_hosts: Vec<String>,
    /// Whether `http` and `ws` are allowed.
    pub allow_insecure: bool,
    /// The channels whose history is fetched.
    pub channels: Vec<String>,
}

/// The protocols over the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialectChoice {
    /// RTM, for classic apps.
    Rtm,
    /// Socket Mode, for apps that can be created today.
    SocketMode,
}

/// The place of the token in a request.
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

/// The request of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Print the help text.
    Help,
    /// Run the program.
    Run(Options),
}

/// Returns the help text of the program `name`, which begins with `about`.
pub fn help(name: &str, about: &str) -> String {
    format!(
        "\
{about}

Usage: cargo run --release --example {name} -- [OPTIONS]

Without a token it starts a Slack-compatible server in the same process, connects to it over TLS
and exits after a short conversation. With a token it connects to Slack and runs until Ctrl-C.

The token decides the protocol over the socket:
  xoxb- of a classic app   RTM: pass it by --token
  xapp- (app-level)        Socket Mode, for apps created since June 2024: pass it by --app-token,
                           and the bot's xoxb- by --token, by which `echo` posts. `missed` has RTM only

Options:
  --token TOKEN            token of a bot or a user; the environment variable SLACK_TOKEN has the
                           same effect and does not appear in the list of processes
  --app-token TOKEN        app-level token with the scope connections:write, for Socket Mode; the
                           environment variable SLACK_APP_TOKEN has the same effect
  --socket-mode            run the demo without a token in Socket Mode
  --api-base URL           base URL of the Web API [https://slack.com/api/]
  --token-in header|form   place of the token in the request [header]
  --method rtm.connect|rtm.start
                           method that opens the session [rtm.connect]
  --root-cert FILE         PEM file with root certificates to trust besides those of the system
  --allow-host HOST        WebSocket host to allow besides the domains of Slack; may be repeated
  --allow-insecure         allow http and ws: the token is sent unencrypted
  --channel ID             channel whose messages `missed` replies to; may be repeated
  -h, --help               print this text

Exit codes: 0 success, 1 failure, 2 Slack refused the call, 64 wrong usage.
"
    )
}

/// Parses the arguments, without the name of the program, and the values of `SLACK_TOKEN` and
/// `SLACK_APP_TOKEN`.
///
/// # Errors
/// A description of the first mistake. It never contains the token.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    slack_token: Option<String>,
    slack_app_token: Option<String>,
) -> Result<Request, String> {
    read(arguments, slack_token, slack_app_token).map_err(|error| match error {
        // The `Display` text contains the value, which may be a token.
        lexopt::Error::UnexpectedValue { option, .. } => format!("{option} takes no value"),
        error => error.to_string(),
    })
}

fn read(
    arguments: impl IntoIterator<Item = OsString>,
    slack_token: Option<String>,
    slack_app_token: Option<String>,
) -> Result<Request, lexopt::Error> {
    let mut options = Options {
        api_base: None,
        token: slack_token.filter(|token| !token.is_empty()),
        app_token: slack_app_token.filter(|token| !token.is_empty()),
        dialect: DialectChoice::Rtm,
        token_in: TokenIn::Header,
        method: Method::Connect,
        root_cert: None,
        allow_hosts: Vec::new(),
        allow_insecure: false,
        channels: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("api-base") => options.api_base = Some(parser.value()?.string()?),
            Long("token") => {
                let token = parser.value()?.into_string();
                options.token = Some(token.map_err(|_| "the token is not UTF-8")?);
            }
            Long("app-token") => {
                let token = parser.value()?.into_string();
                options.app_token = Some(token.map_err(|_| "the app token is not UTF-8")?);
            }
            Long("socket-mode") => options.dialect = DialectChoice::SocketMode,
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
            Long("channel") => options.channels.push(parser.value()?.string()?),
            Long("allow-insecure") => options.allow_insecure = true,
            Long("help") | Short('h') => return Ok(Request::Help),
            // The text does not contain the value, which may be a token.
            Value(_) => return Err("unexpected argument; pass a token by --token".into()),
            other => return Err(other.unexpected()),
        }
    }
    if options
        .token
        .as_ref()
        .is_some_and(|token| token.starts_with("xapp-"))
    {
        let error = "--token takes the token of a bot or a user (xox), this one is app-level \
            (xapp-); pass it by --app-token, for Socket Mode";
        return Err(error.into());
    }
    if options.app_token.is_some() {
        options.dialect = DialectChoice::SocketMode;
    } else if options.dialect == DialectChoice::SocketMode && options.token.is_some() {
        let error = "Socket Mode needs the app-level token (xapp-): pass --app-token or set \
            SLACK_APP_TOKEN";
        return Err(error.into());
    }
    let has_token = options.token.is_some() || options.app_token.is_some();
    if !has_token && options.api_base.is_some() {
        return Err("--api-base needs a token: pass --token or set SLACK_TOKEN".into());
    }
    Ok(Request::Run(options))
}

/// Omits the token.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("api_base", &self.api_base)
            .field("token", &self.token.as_ref().map(|_| "***"))
            .field("app_token", &self.app_token.as_ref().map(|_| "***"))
            .field("dialect", &self.dialect)
            .field("token_in", &self.token_in)
            .field("method", &self.method)
            .field("root_cert", &self.root_cert)
            .field("allow_hosts", &self.allow_hosts)
            .field("allow_insecure", &self.allow_insecure)
            .field("channels", &self.channels)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{DialectChoice, Method, Options, Request, TokenIn, parse};
    use std::ffi::OsString;
    use std::path::PathBuf;

    fn parsed(line: &str, slack_token: Option<&str>) -> Result<Request, String> {
        let arguments = line.split_whitespace().map(OsString::from);
        parse(arguments, slack_token.map(str::to_owned), None)
    }

    fn options(line: &str, slack_token: Option<&str>) -> Options {
        match parsed(line, slack_token).unwrap() {
            Request::Run(options) => options,
            Request::Help => panic!("help"),
        }
    }

    #[test]
    fn every_option_is_parsed() {
        let line = "--api-base https://localhost:1/api/ --token=xoxb-1 --app-token xapp-1 --token-in form \
            --method rtm.start --root-cert root.pem --allow-host a --allow-host b --allow-insecure --channel C1 --channel C2";
        let expected = Options {
            api_base: Some("https://localhost:1/api/".into()),
            token: Some("xoxb-1".into()),
            app_token: Some("xapp-1".into()),
            dialect: DialectChoice::SocketMode,
            token_in: TokenIn::Form,
            method: Method::Start,
            root_cert: Some(PathBuf::from("root.pem")),
            allow_hosts: vec!["a".into(), "b".into()],
            allow_insecure: true,
            channels: vec!["C1".into(), "C2".into()],
        };
        assert!(options(line, None) == expected);
    }

    #[test]
    fn the_token_of_the_command_line_overrides_the_environment() {
        let token = |line, environment| options(line, environment).token;
        assert_eq!(token("", None), None);
        assert_eq!(token("", Some("")), None);
        assert_eq!(token("", Some("env")).as_deref(), Some("env"));
        assert_eq!(token("--token arg", Some("env")).as_deref(), Some("arg"));
    }

    #[test]
    fn the_token_decides_the_dialect() {
        use DialectChoice::{Rtm, SocketMode};
        for (line, dialect) in [
            ("", Rtm),
            ("--socket-mode", SocketMode),
            ("--token xoxb-1", Rtm),
            ("--app-token xapp-1", SocketMode),
            ("--app-token xapp-1 --token xoxb-1", SocketMode),
        ] {
            assert_eq!(options(line, None).dialect, dialect, "{line}");
        }
        let in_environment = parse([], Some("xoxb-1".into()), Some("xapp-1".into()));
        let Ok(Request::Run(options)) = in_environment else {
            panic!("{in_environment:?}");
        };
        assert_eq!(options.dialect, SocketMode);
        for (line, named) in [
            ("--token xapp-secret", "--app-token"),
            ("--socket-mode --token xoxb-secret", "app-level"),
        ] {
            let error = parsed(line, None).unwrap_err();
            assert!(
                error.contains(named) && !error.contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn help_overrides_the_following_arguments() {
        for line in ["-h", "--help", "--allow-insecure --help --nonsense"] {
            assert!(parsed(line, None) == Ok(Request::Help), "{line}");
        }
    }

    #[test]
    fn usage_errors_do_not_contain_the_token() {
        for line in [
            "--nonsense",
            "--token",
            "--token-in cookie",
            "--method auth.test",
            "--api-base https://localhost:1/api/",
            "xoxb-secret",
            "--tokne=xoxb-secret",
            "--allow-insecure=xoxb-secret",
        ] {
            let error = parsed(line, None).err().unwrap();
            assert!(!error.contains("xoxb-secret"), "{line}: {error}");
        }
        let line = "--token xoxb-secret --app-token xapp-secret";
        assert!(!format!("{:?}", options(line, None)).contains("secret"));
    }
}
