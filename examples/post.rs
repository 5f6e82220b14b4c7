//! Posts one message with blocks, and edits it when its time is over.
//!
//! Two calls of the Web API over one link: `chat.postMessage` and `chat.update`. No session is
//! open. Without a token it shows that with a server in the same process.

use fake_slack::{FakeSlack, GENERAL, What};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use slack_rtm::blocks::{
    Actions, Block, BlockElement, Blocks, Button, HeaderBlock, Section, TextObject,
};
use slack_rtm::event::Literal;
use slack_rtm::methods::chat::{self, PostMessage, Posted, UpdateMessage};
use slack_rtm::web_api::CallerConfig;
use slack_rtm_examples::caller::{self, ServerOptions};
use slack_rtm_examples::terminal::{Direction, Terminal};
use slack_rtm_std::{Buffers, CallFailure, StopHandle};
use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

const HELP: &str = "\
Posts one message with a header, a text and a button, and edits it when its time is over.

Usage: cargo run --release --example post -- [OPTIONS]

Without a token it starts a Slack-compatible server in the same process and posts to it. With a
token it posts to Slack; the app needs the scope chat:write, and must be in the channel.

Presses of the button are not received: Slack sends them as interactive payloads, which this library
does not read yet.

Options:
  --channel ID         channel to post to; needed with a token
  --header TEXT        header of the message [Front door]
  --text TEXT          text of the message [Somebody rang the bell.]
  --button TEXT        text of the button [Open]
  --seconds NUMBER     time until the message is edited [10; without a token 1]
";

const HELP_END: &str = "
Ctrl-C edits the message at once.

Exit codes: 0 success, 1 failure, 2 Slack refused a call, 64 wrong usage.
";

fn main() -> ExitCode {
    let help = [HELP, ServerOptions::HELP, HELP_END].concat();
    caller::main("post", &help, parse(), |options| {
        match options.server.token.is_some() {
            true => run(&options, &Terminal::new()),
            false => with_demo(options),
        }
    })
}

/// Posts to a server in this process, and prints what it has seen.
fn with_demo(options: Options) -> Result<(), Box<dyn Error>> {
    let server = FakeSlack::builder().start()?;
    let options = Options {
        channel: Some(GENERAL.into()),
        seconds: options.seconds.or(Some(1)),
        server: ServerOptions::of_demo(&server),
        ..options
    };
    let terminal = Terminal::new();
    run(&options, &terminal)?;
    let log = server.log();
    let (connections, handshakes) = (log.connections(), log.handshakes());
    let detail = format_args!("connections={connections} handshakes={handshakes}");
    terminal.line(Direction::Local, "server", detail);
    for entry in log.entries() {
        if let What::Answer { body, .. } = entry.what {
            terminal.line(Direction::Local, "server", body);
        }
    }
    Ok(())
}

fn run(options: &Options, terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    let mut buffers = Buffers::default();
    let mut web_api = options.server.web_api(CallerConfig::new(), &mut buffers)?;
    let interrupted = at_ctrl_c(web_api.stop_handle())?;

    // Texts of the command line mention nobody.
    let (header, text) = (
        HeaderBlock::new(&options.header),
        Section::new(TextObject::literal(&options.text)),
    );
    let button = Button::new("open", &options.button).primary();
    let elements: [&dyn BlockElement; 1] = [&button];
    let actions = Actions::new(&elements);
    let blocks: [&dyn Block; 3] = [&header, &text, &actions];
    let channel = options.channel.as_deref().unwrap_or_default();
    let post = PostMessage::new(channel, Literal(&options.text)).blocks(Blocks::list(&blocks));
    let detail = format_args!("channel={channel:?} text={:?}", options.text);
    terminal.line(Direction::Out, "post", detail);
    let posted = Posted::new(web_api.call(&post, &chat::POSTED).map_err(of_failure)?);
    let (Some(channel), Some(ts)) = (posted.channel(), posted.ts()) else {
        return Err("the response names no message".into());
    };
    let (channel, ts) = (channel.to_owned(), ts.to_owned());
    terminal.line(
        Direction::In,
        "posted",
        format_args!("channel={channel:?} ts={ts:?}"),
    );

    let seconds = options.seconds.unwrap_or(10);
    terminal.line(Direction::Local, "wait", format_args!("{seconds} s"));
    // Either Ctrl-C or the end of the time.
    let _ = interrupted.recv_timeout(Duration::from_secs(seconds));

    let over = Section::new(TextObject::plain("The time to answer is over."));
    let blocks: [&dyn Block; 3] = [&header, &text, &over];
    let update =
        UpdateMessage::new(&channel, &ts, Literal(&options.text)).blocks(Blocks::list(&blocks));
    terminal.line(Direction::Out, "update", format_args!("ts={ts:?}"));
    web_api.call(&update, &chat::POSTED).map_err(of_failure)?;
    terminal.line(Direction::In, "updated", format_args!("ts={ts:?}"));
    web_api.release()?;
    Ok(())
}

fn of_failure(failure: CallFailure<'_>) -> Box<dyn Error> {
    caller::of_failure(failure, None)
}

/// Returns a receiver that gets the first Ctrl-C. The second one stops the calls.
fn at_ctrl_c(stop: StopHandle) -> Result<Receiver<()>, ctrlc::Error> {
    let (interrupt, interrupted) = mpsc::channel();
    let count = AtomicUsize::new(0);
    ctrlc::set_handler(move || match count.fetch_add(1, Ordering::SeqCst) {
        0 => drop(interrupt.send(())),
        1 => stop.stop(),
        _ => std::process::exit(130),
    })?;
    Ok(interrupted)
}

/// The parsed options.
struct Options {
    channel: Option<String>,
    header: String,
    text: String,
    button: String,
    /// The time until the message is edited.
    seconds: Option<u64>,
    server: ServerOptions,
}

/// Parses the arguments. Returns `None` for `--help`.
fn parse() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        channel: None,
        header: "Front door".into(),
        text: "Somebody rang the bell.".into(),
        button: "Open".into(),
        seconds: None,
        server: ServerOptions::from_env(),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("channel") => options.channel = Some(parser.value()?.string()?),
            Long("header") => options.header = parser.value()?.string()?,
            Long("text") => options.text = parser.value()?.string()?,
            Long("button") => options.button = parser.value()?.string()?,
            Long("seconds") => options.seconds = Some(parser.value()?.parse()?),
            Long("help") | Short('h') => return Ok(None),
            Long(name) => {
                let name = name.to_owned();
                options.server.read(&name, &mut parser)?;
            }
            // The text does not contain the value, which may be a token.
            Value(_) => return Err("unexpected argument; pass a text by --text".into()),
            other => return Err(other.unexpected()),
        }
    }
    options.server.check()?;
    if options.server.token.is_some() && options.channel.is_none() {
        return Err("pass the id of a channel by --channel".into());
    }
    Ok(Some(options))
}
