//! `fake-slack` as a program: it prints what a client needs and everything that happens, and a person plays the server.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use fake_slack::{
    Builder, CLIENT_ID, CLIENT_SECRET, DisconnectReason, Entry, FakeSlack, Fault, GENERAL,
    REFRESH_TOKEN, Rate, Step, USER, USER_TOKEN, What,
};

const HELP: &str = "\
A Slack-compatible server of RTM and Socket Mode on loopback.

Usage: fake-slack [OPTIONS]

  --port N         the port (default: a free one)
  --plain          http and ws instead of https and wss
  --host NAME      the host in the URLs it gives (default: localhost)
  --token TOKEN    the bot's token (default: xoxb-fake-slack-bot-token)
  --app-token TOKEN the app-level token, for Socket Mode (default: xapp-1-A0FAKE001-fake-slack-app-token)
  --ack-within S   the time for the acknowledgement of an envelope (default: 3)
  --ghosts S       a socket of the app whose TCP ends without a close frame stays registered so long (default: 0)
  --rate METHOD=N/S the calls of a method: N at once, and then one each S seconds (default: no limit)
  --users N        so many users more in the lists (default: 0)
  --channels N     so many channels more in the lists, which the bot is not in (default: 0)
  --page N         the most elements of a page of a list (default: what the method allows)
  --empty-pages N  each Nth page of a list is empty, with a cursor for the next one (default: none)
  --cursor-pages N after N pages of a list the cursor has expired (default: none expires)
  --repeat-cursor N  after N pages of a list each page has the cursor that it was asked for with (default: none)
  --upload-port N  the port of the host that files are uploaded to (default: a free one)
  --upload-host NAME that host (default: 127.0.0.1, or localhost if --host is not localhost)
  --root-cert FILE where to write the root certificate, PEM (default: in the temporary folder)
  --quiet          print no line per request and frame
  --help           this text

Each line typed is pushed to every open socket, as it is. Lines that begin with / are commands; /help lists them.
Ctrl-C or the end of the input ends the server.";

const COMMANDS: &str = "  {\"type\":...}       pushed to every socket, as any other line
  /say TEXT          a message of alice in #general; if it has a URL, a preview follows
  /reply TEXT        a reply of alice in the thread of her last message: the first message of the thread follows
  /mention TEXT      a message of alice that mentions the bot; the app has an app_mention too
  /home              alice opens the app's Home tab
  /slash COMMAND [TEXT]       alice types a slash command, as in /slash /door open 5
  /press ACTION_ID [VALUE]    alice presses a button of the newest message that has it; /press-in-view: of a modal
  /submit CALLBACK_ID [BLOCK_ID.ACTION_ID=VALUE...]  alice submits a modal; /close-view CALLBACK_ID: she closes it
  /shortcut CALLBACK_ID       alice chooses a global shortcut; /message-action: one of her last message
  /suggest ACTION_ID TEXT     alice types in a menu whose options come from the app
  /rate-limited, /unknown, /large, /not-json  frames that an app seldom sees
  /disconnect REASON a disconnect frame to every socket of the app: warning, refresh_requested, link_disabled or
                     too_many_websockets; the sockets are closed some time later
  /ghosts N [SECONDS] N sockets that nobody reads from are registered for so long (default: 60)
  /goodbye [SECONDS] the goodbye event; sockets that are still open after so many seconds (default: 5) are closed
  /expire-token      the bot's token expires; oauth.v2.access with the refresh token gives another
  /expire-cursors    the cursors of all lists expire
  /expire-urls       the URLs of sockets and uploads that were given and not used expire
  /cut-upload N      the next upload is reset after N bytes; /refuse-upload N: it is answered with status N
  /files             the files that were uploaded, complete or not
  /migrate           team_migration_started, and a close frame to every socket; the next rtm.connect is refused
  /reconnect-url     a reconnect_url for every socket
  /presence STATE    alice becomes active or away; sockets that subscribed to her presence are sent presence_change
  /ping              a WebSocket ping to every socket
  /close [CODE]      a close frame to every socket (default: 1000)
  /disconnect        end every socket's TCP connection without a close frame
  /reset             reset every socket's TCP connection
  /quit              close every socket and end the server";

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("fake-slack: {why}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fake-slack: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    builder: Builder,
    root_cert: Option<PathBuf>,
}

impl Options {
    /// `None` when only help is asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut builder = FakeSlack::builder()
            .client(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)
            .message_rate(Some(Rate {
                burst: 5,
                every: Duration::from_secs(1),
            }))
            .ping_every(Duration::from_secs(20))
            .reconnect_url_every(Duration::from_secs(180));
        let (mut root_cert, mut quiet) = (None, false);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--port" => {
                    let port = value()?
                        .parse()
                        .map_err(|_| "--port needs a number up to 65535")?;
                    builder = builder.port(port);
                }
                "--plain" => builder = builder.plain(),
                "--host" => builder = builder.host(&value()?),
                "--token" => builder = builder.token(&value()?),
                "--app-token" => builder = builder.app_token(&value()?),
                "--ack-within" => {
                    builder = builder.acknowledge_within(seconds("--ack-within", &value()?)?);
                }
                "--ghosts" => builder = builder.ghost_life(seconds("--ghosts", &value()?)?),
                "--rate" => {
                    let value = value()?;
                    let (method, rate) = parse_rate(&value)
                        .ok_or_else(|| format!("--rate needs METHOD=N/S, not {value}"))?;
                    builder = builder.rate(method, rate);
                }
                "--users" => builder = builder.more_users(number("--users", &value()?)?),
                "--channels" => builder = builder.more_channels(number("--channels", &value()?)?),
                "--page" => builder = builder.longest_page(number("--page", &value()?)?),
                "--empty-pages" => {
                    let every = number("--empty-pages", &value()?)?;
                    if every < 2 {
                        return Err("--empty-pages needs 2 or more".into());
                    }
                    builder = builder.empty_pages(every);
                }
                "--cursor-pages" => {
                    builder = builder.cursor_pages(number("--cursor-pages", &value()?)?);
                }
                "--repeat-cursor" => {
                    builder = builder.repeat_cursor_after(number("--repeat-cursor", &value()?)?);
                }
                "--upload-port" => {
                    let port = value()?.parse();
                    builder = builder
                        .upload_port(port.map_err(|_| "--upload-port needs a number up to 65535")?);
                }
                "--upload-host" => builder = builder.upload_host(&value()?),
                "--root-cert" => root_cert = Some(value()?.into()),
                "--quiet" => quiet = true,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("unknown option {argument}")),
            }
        }
        builder = match quiet {
            true => builder.longest_logged(0),
            false => builder.on_entry(print),
        };
        Ok(Some(Self { builder, root_cert }))
    }
}

/// Seconds, which may have a fraction.
fn seconds(option: &str, text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("{option} needs a number of seconds, not {text}"))
}

fn number(option: &str, text: &str) -> Result<usize, String> {
    let number = text.parse();
    number.map_err(|_| format!("{option} needs a number, not {text}"))
}

/// A method, and the limit on its calls, as in `chat.postMessage=3/1`.
fn parse_rate(text: &str) -> Option<(&str, Rate)> {
    let (method, rate) = text.split_once('=')?;
    let (burst, seconds) = rate.split_once('/')?;
    let rate = Rate {
        burst: burst.parse().ok()?,
        every: Duration::from_secs(seconds.parse().ok()?),
    };
    Some((method, rate))
}

/// One line for each entry. A closed standard output is no reason to stop.
fn print(entry: &Entry) {
    // What a client sends may hold control characters; they must not reach the terminal.
    let line: String = entry
        .to_string()
        .chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect();
    let mark = match (&entry.what, colour()) {
        (What::Violation(_) | What::TlsFailed(_), true) => "\x1b[31m",
        (What::Received(_) | What::Request(_), true) => "\x1b[36m",
        _ => "",
    };
    let end = if mark.is_empty() { "" } else { "\x1b[0m" };
    let _ = writeln!(io::stdout(), "{mark}{line}{end}");
}

fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn run(options: Options) -> io::Result<()> {
    let server = options.builder.start()?;
    println!("API base          {}", server.api_base());
    println!("bot's token       {}", server.token());
    println!("alice's token     {USER_TOKEN}");
    println!("refresh token     {REFRESH_TOKEN}");
    println!("client            {CLIENT_ID} {CLIENT_SECRET}");
    println!("app token         {}", server.app_token());
    let uploads = (server.upload_host(), server.upload_port());
    println!("uploads           {}:{}", uploads.0, uploads.1);
    if let Some(pem) = server.root_certificate_pem() {
        let default = || std::env::temp_dir().join(format!("fake-slack-{}.pem", server.port()));
        let path = options.root_cert.unwrap_or_else(default);
        std::fs::write(&path, pem)?;
        println!("root certificate  {}", path.display());
    }
    println!(
        "Socket Mode: new SocketModeClient({{appToken, clientOptions: {{slackApiUrl: \"{0}\"}}}}) in node, \
         SocketModeClient(app_token=..., web_client=WebClient(base_url=\"{0}\")) in python",
        server.api_base()
    );
    println!("Type JSON to push it to every socket, /help for commands.");
    let (lines, typed) = std::sync::mpsc::channel();
    let interrupted = lines.clone();
    ctrlc::set_handler(move || drop(interrupted.send(None))).map_err(io::Error::other)?;
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if lines.send(Some(line)).is_err() {
                return;
            }
        }
        let _ = lines.send(None);
    });
    let mut thread = None;
    while let Ok(Some(line)) = typed.recv() {
        if !obey(&server, line.trim(), &mut thread) {
            break;
        }
    }
    server.close_all(1001, "the server ends");
    // A moment for the clients' close frames.
    let _ = server.wait_sockets(0, Duration::from_secs(1));
    Ok(())
}

/// Does what a line says; false when it ends the server. `thread` is the `ts` of alice's last message.
fn obey(server: &FakeSlack, line: &str, thread: &mut Option<String>) -> bool {
    let (command, argument) = line.split_once(' ').unwrap_or((line, ""));
    match command {
        "" => {}
        "/help" => println!("{COMMANDS}"),
        "/say" => *thread = Some(server.push_message(GENERAL, USER, argument)),
        "/reply" => match thread {
            Some(ts) => drop(server.push_reply(GENERAL, USER, argument, ts)),
            None => println!("there is no message to reply to; /say something first"),
        },
        "/goodbye" if argument.is_empty() => server.goodbye(),
        "/goodbye" => match argument.trim().parse::<u32>() {
            Ok(seconds) => server.goodbye_and_close(Duration::from_secs(seconds.into())),
            Err(_) => println!("/goodbye takes a number of seconds"),
        },
        "/presence" => match argument.trim() {
            state @ ("active" | "away") => server.set_presence(USER, state),
            _ => println!("/presence takes active or away"),
        },
        "/expire-token" => {
            server.expire_tokens();
            println!("the tokens of the bot have expired");
        }
        "/expire-cursors" => {
            server.expire_cursors();
            println!("the cursors have expired");
        }
        "/expire-urls" => server.expire_urls(),
        "/cut-upload" => match argument.trim().parse() {
            Ok(bytes) => {
                server.fault(Step::Upload, Fault::ResetAfter(bytes));
                println!("the next upload is reset after {bytes} bytes");
            }
            Err(_) => println!("/cut-upload takes a number of bytes"),
        },
        "/refuse-upload" => match argument.trim().parse() {
            Ok(code @ 200..=599) => {
                let retry_after = None;
                server.fault(Step::Upload, Fault::Status { code, retry_after });
                println!("the next upload is answered with status {code}");
            }
            _ => println!("/refuse-upload takes a status"),
        },
        "/files" => {
            for file in server.files() {
                let state = if file.is_complete {
                    "complete"
                } else {
                    "not complete"
                };
                let (id, name, length) = (&file.id, &file.name, file.bytes.len());
                println!(
                    "{id} {name:?}, {length} B, FNV {:08x}, {state}, in [{}], title {:?}",
                    fnv1a(&file.bytes),
                    file.channels.join(","),
                    file.title
                );
            }
        }
        "/migrate" => server.team_migration(1),
        "/reconnect-url" => server.reconnect_url(),
        "/ping" => server.ping(b"fake-slack"),
        "/close" => server.close_all(argument.trim().parse().unwrap_or(1000), ""),
        "/disconnect" if argument.is_empty() => server.disconnect_all(),
        "/disconnect" => match DisconnectReason::from_text(argument.trim()) {
            Some(reason) => server.disconnect(reason),
            None => println!("/disconnect takes nothing, or a reason"),
        },
        "/reset" => server.reset_all(),
        "/quit" => return false,
        _ if obey_for_app(server, command, argument.trim(), thread.as_deref()) => {}
        _ if line.starts_with('/') => println!("unknown command; /help lists them"),
        _ => {
            if server.sockets() == 0 {
                println!("no socket is open");
            }
            server.push(line);
        }
    }
    true
}

/// The FNV-1a hash of a file, 32 bits, so that a person can compare.
fn fnv1a(bytes: &[u8]) -> u32 {
    let add = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, add)
}

/// Does what a line says that is for the app; false if it is none of those. `thread` is the `ts` of alice's last message.
fn obey_for_app(server: &FakeSlack, command: &str, argument: &str, thread: Option<&str>) -> bool {
    let (first, rest) = argument.split_once(' ').unwrap_or((argument, ""));
    let value = Some(rest.trim()).filter(|value| !value.is_empty());
    match command {
        "/mention" => drop(server.mention(argument)),
        "/home" => drop(server.open_home()),
        "/rate-limited" => drop(server.app_rate_limited()),
        "/large" => drop(server.press_in_large_view("open")),
        "/unknown" => {
            let payload = serde_json::json!({"type": "of_the_future"});
            server.push_envelope("of_the_future", &payload, true);
        }
        "/not-json" => drop(server.push_cache_error()),
        "/ghosts" => {
            let count = first.parse().unwrap_or(1);
            let life = value.and_then(|value| value.parse().ok()).unwrap_or(60);
            server.add_ghosts(count, Duration::from_secs(life));
        }
        "/slash" | "/press" | "/press-in-view" | "/submit" | "/close-view" | "/shortcut"
        | "/message-action" | "/suggest"
            if first.is_empty() =>
        {
            println!("{command} needs a name; /help lists the commands");
        }
        "/slash" => drop(server.slash_command(first, rest)),
        "/press" => drop(server.press(first, value)),
        "/press-in-view" => drop(server.press_in_view(first, value)),
        "/submit" => {
            let values: Vec<_> = rest
                .split_whitespace()
                .filter_map(|input| {
                    let (path, value) = input.split_once('=')?;
                    let (block_id, action_id) = path.split_once('.')?;
                    Some((block_id, action_id, value))
                })
                .collect();
            server.submit_view(first, &values);
        }
        "/close-view" => drop(server.close_view(first)),
        "/shortcut" => drop(server.shortcut(first)),
        "/message-action" => match thread {
            Some(ts) => drop(server.message_action(first, GENERAL, ts)),
            None => println!("there is no message; /say something first"),
        },
        "/suggest" => drop(server.suggest(first, rest)),
        _ => return false,
    }
    true
}
