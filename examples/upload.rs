//! Uploads a file, or standard input, and shares it in a channel.
//!
//! Three calls over two hosts, as one: Slack announces a URL, the bytes go there, and the last call
//! makes the file visible. A file is read while it is sent. Slack needs the length before the bytes, so
//! standard input is read to its end first. Without a token it shows that with a server in the
//! same process.

use fake_slack::{FakeSlack, GENERAL};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use slack_rtm::Config;
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::{Upload, UploadStage};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{CallerConfig, errors};
use slack_rtm_examples::caller::{self, Interrupted, ProgressLine, ServerOptions};
use slack_rtm_examples::terminal::{Direction, Terminal};
use slack_rtm_std::{Buffers, CallFailure, UploadFailure, UploadSource};
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Uploads a file, and shares it in a channel.

Usage: cargo run --release --example upload -- [OPTIONS] [FILE]

Without FILE, or with -, it uploads standard input, of 32 MiB at most. Without a token it starts a
Slack-compatible server in the same process and uploads to it. With a token it uploads to Slack; the
app needs the scope files:write, and must be in the channel.

Options:
  --channel ID         channel to share the file in; without one it is private
  --name NAME          name of the file [that of FILE; for standard input stdin.txt]
  --title TEXT         title of the file [its name]
  --comment TEXT       text of the message with the file
  --allow-host HOST    host to upload to besides the domains of Slack; may be repeated
";

const HELP_END: &str = "
Ctrl-C ends it at once; the file is not visible in Slack then, unless all of it was sent. If that
is not known, the exit code is 1. Progress is shown if standard error is a terminal.

Exit codes: 0 success, 1 failure, 2 Slack refused a call, 64 wrong usage, 130 ended by Ctrl-C.
";

/// The most bytes that are kept in memory.
const MOST_IN_MEMORY: u64 = 32 << 20;

/// The time limit of each call, the one with the file included: 1 GB at 300 kB/s.
const TOTAL: Duration = Duration::from_secs(3600);

fn main() -> ExitCode {
    let help = [HELP, ServerOptions::HELP, HELP_END].concat();
    caller::main("upload", &help, parse(), |options| {
        let content = Content::open(options.file.as_deref())?;
        match options.server.token.is_some() {
            true => run(&options, content, &Terminal::new()),
            false => with_demo(options, content),
        }
    })
}

/// Uploads to a server in this process, and prints what it has.
fn with_demo(options: Options, content: Content) -> Result<(), Box<dyn Error>> {
    let server = FakeSlack::builder().start()?;
    let mut options = Options {
        channel: options.channel.or_else(|| Some(GENERAL.into())),
        server: ServerOptions::of_demo(&server),
        ..options
    };
    options.allow_hosts.push(server.upload_host().to_owned());
    let terminal = Terminal::new();
    run(&options, content, &terminal)?;
    for file in server.files() {
        let (name, title, length) = (file.name, file.title, file.bytes.len());
        let channels = file.channels.join(",");
        let detail =
            format_args!("name={name:?} title={title:?} length={length} channels={channels:?}");
        terminal.line(Direction::Local, "server", detail);
    }
    Ok(())
}

fn run(options: &Options, content: Content, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    let mut domains = Config::DOMAINS.to_vec();
    domains.extend(options.allow_hosts.iter().map(String::as_str));
    let mut buffers = Buffers::default();
    let config = CallerConfig::new().total(TOTAL);
    let mut web_api = options.server.web_api(config, &mut buffers)?;
    caller::stop_at_ctrl_c(web_api.stop_handle())?;

    let name = options.name.as_deref().unwrap_or(&content.name);
    let mut memory = [0; Upload::MEMORY];
    let file = GetUploadUrl::new(name, content.length);
    let mut upload = Upload::new(file, &mut memory).allowed_domains(&domains);
    if let Some(channel) = &options.channel {
        upload = upload.in_channel(channel);
    }
    if let Some(title) = &options.title {
        upload = upload.title(title);
    }
    if let Some(comment) = &options.comment {
        upload = upload.initial_comment(comment);
    }
    let detail = format_args!("name={name:?} length={}", content.length);
    terminal.line(Direction::Out, "upload", detail);
    let (mut source, mut progress) = (content.source, ProgressLine::new());
    let result = web_api.upload(&mut upload, &mut *source, |sent, length| {
        progress.show(Bar { sent, length });
    });
    progress.clear();
    match result {
        Ok(_) => {}
        Err(UploadFailure::Call(failure)) => {
            let table = match upload.stage() {
                UploadStage::GetUrl => Some(&errors::FILES_GET_UPLOAD_URL_EXTERNAL),
                UploadStage::Send => None,
                UploadStage::Complete => Some(&errors::FILES_COMPLETE_UPLOAD_EXTERNAL),
            };
            return Err(match failure {
                // Before the last call nothing is visible.
                CallFailure::Stopped { .. } if upload.stage() != UploadStage::Complete => {
                    Interrupted.into()
                }
                failure => caller::of_failure(failure, table),
            });
        }
        Err(failure) => return Err(failure.to_string().into()),
    }
    let id = upload.file_id().unwrap_or_default();
    terminal.line(Direction::In, "uploaded", format_args!("id={id:?}"));
    web_api.release()?;
    Ok(())
}

/// What is uploaded.
struct Content {
    name: String,
    length: u64,
    source: Box<dyn UploadSource>,
}

impl Content {
    fn open(path: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let Some(path) = path else {
            return Self::read("standard input", "stdin.txt".into(), io::stdin().lock());
        };
        let shown = path.display();
        let at = |error: io::Error| format!("{shown}: {error}");
        let file = File::open(path).map_err(at)?;
        let metadata = file.metadata().map_err(at)?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        let name = name.to_string_lossy().into_owned();
        if metadata.is_dir() {
            return Err(format!("{shown} is a directory; pass the path of a file").into());
        }
        if !metadata.is_file() {
            // A pipe or a device, whose length is not known.
            return Self::read(&shown.to_string(), name, file);
        }
        if metadata.len() == 0 {
            return Err(format!("{shown} is empty: there is nothing to upload").into());
        }
        Ok(Self {
            name,
            length: metadata.len(),
            source: Box::new(file),
        })
    }

    /// Reads all bytes, since their number must be known before the first one is sent.
    fn read(what: &str, name: String, reader: impl Read) -> Result<Self, Box<dyn Error>> {
        let mut bytes = Vec::new();
        let mut reader = reader.take(MOST_IN_MEMORY + 1);
        let read = reader.read_to_end(&mut bytes);
        let length = read.map_err(|error| format!("{what}: {error}"))? as u64;
        match length {
            0 => Err(format!("{what} is empty: there is nothing to upload").into()),
            1..=MOST_IN_MEMORY => Ok(Self {
                name,
                length,
                source: Box::new(Memory(bytes)),
            }),
            _ => Err(format!(
                "{what} has more than {} MiB; store it in a file, and pass its path",
                MOST_IN_MEMORY >> 20
            )
            .into()),
        }
    }
}

/// Bytes in memory.
struct Memory(Vec<u8>);

impl UploadSource for Memory {
    fn read(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        UploadSource::read(&mut self.0.as_slice(), offset, buf)
    }
}

/// A bar of 30 columns, and the numbers.
struct Bar {
    sent: u64,
    length: u64,
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const COLUMNS: u64 = 30;
        let part =
            |of: u64| u128::from(self.sent) * u128::from(of) / u128::from(self.length.max(1));
        let filled = usize::try_from(part(COLUMNS)).unwrap_or_default();
        let (percent, kilobytes) = (part(100), self.length.div_ceil(1000));
        write!(
            f,
            "[{:<30}] {percent:>3} % of {kilobytes} kB",
            "#".repeat(filled)
        )
    }
}

/// The parsed options.
struct Options {
    /// The path; standard input without one.
    file: Option<PathBuf>,
    channel: Option<String>,
    name: Option<String>,
    title: Option<String>,
    comment: Option<String>,
    allow_hosts: Vec<String>,
    server: ServerOptions,
}

/// Parses the arguments. Returns `None` for `--help`.
fn parse() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        file: None,
        channel: None,
        name: None,
        title: None,
        comment: None,
        allow_hosts: Vec::new(),
        server: ServerOptions::from_env(),
    };
    let (mut parser, mut has_file) = (lexopt::Parser::from_env(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("channel") => options.channel = Some(parser.value()?.string()?),
            Long("name") => options.name = Some(parser.value()?.string()?),
            Long("title") => options.title = Some(parser.value()?.string()?),
            Long("comment") => options.comment = Some(parser.value()?.string()?),
            Long("allow-host") => options.allow_hosts.push(parser.value()?.string()?),
            Long("help") | Short('h') => return Ok(None),
            Long(name) => {
                let name = name.to_owned();
                options.server.read(&name, &mut parser)?;
            }
            Value(path) if !has_file => {
                has_file = true;
                options.file = Some(path.into()).filter(|path: &PathBuf| path != Path::new("-"));
            }
            // The text does not contain the value, which may be a token.
            Value(_) => return Err("more than one file; upload them one by one".into()),
            other => return Err(other.unexpected()),
        }
    }
    options.server.check()?;
    Ok(Some(options))
}
