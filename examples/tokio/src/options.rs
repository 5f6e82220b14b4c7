//! The command line.

use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The text of `--help`.
pub const HELP: &str = "\
Echoes messages and posts at intervals: a Slack bot on tokio.

Usage: cargo run --release -- [OPTIONS]        (in the folder examples/tokio)

Without a token it starts a Slack-compatible server in the same process, connects to it over TLS
and exits after a short conversation. With a token in the environment variable SLACK_TOKEN it
connects to Slack and runs until Ctrl-C.

Options:
  --channel ID        channel to post to at intervals; nothing is posted without it
  --every SECONDS     the interval of these posts [60]
  --api-base URL      base URL of the Web API [https://slack.com/api/]
  --root-cert FILE    PEM file with root certificates to trust besides those of Mozilla
  --allow-host HOST   WebSocket host to allow besides the domains of Slack; may be repeated
  -h, --help          print this text

Exit codes: 0 success, 1 failure, 2 Slack refused the call, 64 wrong usage, 130 second Ctrl-C.
";

/// The parsed options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The channel to post to at intervals.
    pub channel: Option<String>,
    /// The interval of these posts.
    pub every: Duration,
    /// The base URL of the Web API; by default that of Slack.
    pub api_base: Option<String>,
    /// A file with root certificates to trust in addition to those of Mozilla.
    pub root_cert: Option<PathBuf>,
    /// WebSocket hosts to allow in addition to the domains of Slack.
    pub allow_hosts: Vec<String>,
}

/// Parses the arguments, without the name of the program. Returns `None` if they request the help
/// text.
///
/// # Errors
/// A description of the first mistake. It contains no argument that might be a token.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        channel: None,
        every: Duration::from_secs(60),
        api_base: None,
        root_cert: None,
        allow_hosts: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("channel") => options.channel = Some(parser.value()?.string()?),
            Long("every") => {
                options.every = match parser.value()?.string()?.parse::<u32>() {
                    Ok(seconds @ 1..) => Duration::from_secs(seconds.into()),
                    _ => return Err("--every takes a number of seconds, at least 1".into()),
                };
            }
            Long("api-base") => options.api_base = Some(parser.value()?.string()?),
            Long("root-cert") => options.root_cert = Some(parser.value()?.into()),
            Long("allow-host") => options.allow_hosts.push(parser.value()?.string()?),
            Long("help") | Short('h') => return Ok(None),
            Value(_) => return Err("unexpected argument; pass a token in SLACK_TOKEN".into()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}
