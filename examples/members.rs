//! Prints the names of the members of each channel.
//!
//! Three lists of the Web API, each of which comes in pages: the users, the channels, and the members
//! of each channel. The pages are one loop: the next one is called where the last one ends, a rate
//! limit is waited for, and a list whose cursor has expired begins again. Without a token it shows
//! that with a server in the same process.
//!
//! The names come from `users.list`, before the members: a call returns 200 of them, and Slack
//! accepts 20 calls a minute, which makes 4,000 names. `users.info` returns one name, and Slack
//! accepts 100 calls a minute. It is the faster one only where fewer than one of 40 users is a member
//! of a channel.

use fake_slack::FakeSlack;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use slack_rtm::methods::conversations::{
    CONVERSATIONS, Conversation, ConversationKind, ConversationMembers, ListConversations, MEMBERS,
};
use slack_rtm::methods::users::{ListUsers, USERS, UserProfile};
use slack_rtm::web_api::{CallError, CallerConfig, Element, ErrorCode, ErrorTable, Pages, errors};
use slack_rtm_examples::caller::{self, Interrupted, ProgressLine, ServerOptions};
use slack_rtm_examples::program::Refused;
use slack_rtm_examples::terminal::escape_controls;
use slack_rtm_std::{Buffers, CallFailure, WebApi};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

const HELP: &str = "\
Prints the names of the members of each channel.

Usage: cargo run --release --example members -- [OPTIONS]

Without a token it starts a Slack-compatible server in the same process and calls it. With a token
it calls Slack; the app needs the scopes users:read and channels:read. A large workspace takes
minutes, since Slack limits the rate of calls.

Options:
  --private            print private channels too, which the app is in; needs the scope groups:read
  --archived           print archived channels too
  --limit NUMBER       elements of a page, 1 to 999 [200; without a token 3]; small pages take
                       long, since Slack limits the rate of calls
";

const HELP_END: &str = "
Ctrl-C ends it at once. Progress is shown if standard error is a terminal.

Exit codes: 0 success, 1 failure, 2 Slack refused a call, 64 wrong usage, 130 ended by Ctrl-C.
";

/// The most times that a list is continued after a failure, or begun again.
const TRIES: u32 = 3;

fn main() -> ExitCode {
    let help = [HELP, ServerOptions::HELP, HELP_END].concat();
    caller::main("members", &help, parse(), |options| {
        if options.server.token.is_some() {
            return run(&options);
        }
        with_demo(options)
    })
}

/// Calls a server in this process, with pages that are empty or short.
fn with_demo(options: Options) -> Result<(), Box<dyn Error>> {
    let builder = FakeSlack::builder().more_users(7).more_channels(8);
    let server = builder.empty_pages(3).start()?;
    let options = Options {
        limit: options.limit.or(Some(3)),
        server: ServerOptions::of_demo(&server),
        ..options
    };
    run(&options)?;
    let (calls, links) = (server.log().requests(), server.log().connections());
    print(format_args!("{calls} calls over {links} connection\n"))?;
    Ok(())
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut buffers = Buffers::default();
    let mut web_api = options.server.web_api(CallerConfig::new(), &mut buffers)?;
    caller::stop_at_ctrl_c(web_api.stop_handle())?;
    let mut progress = ProgressLine::new();
    let mut memory = [0; Pages::CURSOR];
    let limit = options.limit.unwrap_or(200);

    let method = ListUsers::new().limit(limit);
    let mut pages = Pages::new(&method, &USERS, &mut memory);
    let list = ("users", &errors::USERS_LIST);
    let users = collect(&mut web_api, &mut pages, list, &mut progress, |element| {
        let user = UserProfile::of(element);
        let name = user.display_name().map_or("", |name| name.as_str());
        let note = match (user.is_deactivated(), user.is_bot()) {
            (Some(true), _) => " (deactivated)",
            (_, Some(true)) => " (bot)",
            _ => "",
        };
        Some((user.id()?.to_owned(), format!("{name}{note}")))
    })?;

    let mut kinds = vec![ConversationKind::PublicChannel];
    if options.private {
        kinds.push(ConversationKind::PrivateChannel);
    }
    let mut method = ListConversations::new().kinds(&kinds).limit(limit);
    if !options.archived {
        method = method.exclude_archived();
    }
    let mut pages = Pages::new(&method, &CONVERSATIONS, &mut memory);
    let list = ("channels", &errors::CONVERSATIONS_LIST);
    let channels = collect(&mut web_api, &mut pages, list, &mut progress, |element| {
        let channel = Conversation::of(element);
        let name = channel.name().map_or("", |name| name.as_str());
        Some((channel.id()?.to_owned(), name.to_owned()))
    })?;

    let mut channels: Vec<_> = channels.into_iter().collect();
    channels.sort_by(|a, b| a.1.cmp(&b.1));
    for (id, channel) in &channels {
        let method = ConversationMembers::new(id).limit(limit);
        let mut pages = Pages::new(&method, &MEMBERS, &mut memory);
        let title = format!("members of #{}", escape_controls(channel));
        let list = (title.as_str(), &errors::CONVERSATIONS_MEMBERS);
        let members = collect(&mut web_api, &mut pages, list, &mut progress, |element| {
            let id = element.text_or_number()?;
            // Members of other workspaces may be missing in the list of users.
            let name = users.get(id).map_or(id, String::as_str);
            Some((id.to_owned(), name.to_owned()))
        })?;
        progress.clear();
        let mut names: Vec<_> = members.into_values().collect();
        names.sort();
        let mut text = format!("#{} ({})\n", escape_controls(channel), names.len());
        for name in names {
            text.extend(["  ", &escape_controls(&name), "\n"]);
        }
        print(format_args!("{text}"))?;
    }
    web_api.release()?;
    Ok(())
}

/// Returns what `of` makes of the elements of all pages, by id: the elements of a page that failed
/// come twice.
fn collect(
    web_api: &mut WebApi<'_>,
    pages: &mut Pages<'_>,
    (title, table): (&str, &'static ErrorTable),
    progress: &mut ProgressLine,
    of: impl Fn(Element<'_>) -> Option<(String, String)>,
) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let (mut all, mut tries) = (BTreeMap::new(), 0);
    loop {
        let mut list = web_api.list(pages);
        let next = loop {
            match list.next() {
                Ok(Some(element)) => {
                    all.extend(of(element));
                    progress.show(format_args!("{title}: {}", all.len()));
                }
                Ok(None) => return Ok(all),
                Err(failure) => break Next::after(failure, table)?,
            }
        };
        drop(list);
        if next != Next::Wait {
            tries += 1;
        }
        if tries > TRIES {
            return Err(format!("{}: failed {tries} times", table.method()).into());
        }
        if next == Next::Restart {
            pages.restart();
            all.clear();
        }
    }
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Continue with the page: the machine waits for the time that Slack asks for.
    Wait,
    /// Continue with the page.
    Continue,
    /// Begin with the first page.
    Restart,
}

impl Next {
    fn after(failure: CallFailure<'_>, table: &'static ErrorTable) -> Result<Self, Box<dyn Error>> {
        let method = table.method();
        match failure {
            CallFailure::Refused(error) if error.code() == ErrorCode::RateLimited => Ok(Self::Wait),
            CallFailure::Refused(error) if error.code().as_str() == "invalid_cursor" => {
                Ok(Self::Restart)
            }
            CallFailure::Refused(error) => {
                let details: String = error.messages().map(|text| format!("; {text}")).collect();
                Err(Refused(format!("{method}: {}{details}", error.explain(table))).into())
            }
            CallFailure::Stopped { .. } => Err(Interrupted.into()),
            CallFailure::Failed(CallError::Sequence(_)) | CallFailure::Request(_) => {
                Err(format!("{method}: {failure}").into())
            }
            _ => Ok(Self::Continue),
        }
    }
}

/// Prints to standard output. A closed pipe (`| head`) ends the program without an error.
fn print(text: std::fmt::Arguments<'_>) -> io::Result<()> {
    match io::stdout().lock().write_fmt(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result,
    }
}

/// Parses the number of elements of a page. The error does not contain the text, which may be a token.
fn limit(text: &str) -> Result<u16, &'static str> {
    let limit = text.parse().ok().filter(|limit| (1..=999).contains(limit));
    limit.ok_or("--limit must be a number from 1 to 999")
}

/// The parsed options.
struct Options {
    private: bool,
    archived: bool,
    limit: Option<u16>,
    server: ServerOptions,
}

/// Parses the arguments. Returns `None` for `--help`.
fn parse() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        private: false,
        archived: false,
        limit: None,
        server: ServerOptions::from_env(),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("private") => options.private = true,
            Long("archived") => options.archived = true,
            Long("limit") => options.limit = Some(limit(&parser.value()?.string()?)?),
            Long("help") | Short('h') => return Ok(None),
            Long(name) => {
                let name = name.to_owned();
                options.server.read(&name, &mut parser)?;
            }
            // The text does not contain the value, which may be a token.
            Value(_) => return Err("unexpected argument; see --help".into()),
            other => return Err(other.unexpected()),
        }
    }
    options.server.check()?;
    Ok(Some(options))
}
