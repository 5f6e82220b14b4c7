//! Session and runner as two spawned tasks: their futures are `Send`, and `next` may be dropped at
//! any await point.

use fake_slack::{FakeSlack, Frame, GENERAL, USER, What};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::rtm::command::Post;
use slack_rtm::{Client, Config, DisconnectReason, Event, OwnedStorage, ReconnectReason};
use slack_rtm_embassy::runner::Runner;
use slack_rtm_embassy::session::Session;
use slack_rtm_embassy::wire::Wire;
use slack_rtm_tokio::bot::{self, Settings};
use slack_rtm_tokio::clock::TokioClock;
use slack_rtm_tokio::entropy::OsEntropy;
use slack_rtm_tokio::network::Network;
use std::future::pending;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn, yield_now};
use tokio_rustls::rustls::RootCertStore;

const TIMEOUT: Duration = Duration::from_secs(10);

type TwoTasks = Session<'static, TokioClock, OsEntropy, OwnedStorage<256, 4096>>;

/// Returns a connector that trusts the root of this server.
fn network(server: &FakeSlack) -> Network {
    let mut roots = RootCertStore::empty();
    roots
        .add(server.root_certificate_der().unwrap().into())
        .unwrap();
    Network::new(roots).unwrap()
}

/// Returns a session with this server, and the task of its runner. What they share lives as long as
/// the process.
fn two_tasks(server: &FakeSlack, network: Network) -> (TwoTasks, JoinHandle<()>) {
    let api_base: &'static str = server.api_base().leak();
    let config = Config::new()
        .api_base(api_base)
        .allowed_domains(&["localhost"]);
    let client = Client::new(config, server.token(), OwnedStorage::new(), OsEntropy).unwrap();
    let (rx, tx) = (
        Box::leak(Box::new([0; 4096])),
        Box::leak(Box::new([0; 1024])),
    );
    let wire: &'static mut Wire = Box::leak(Box::new(Wire::new()));
    let (session_end, runner_end) = wire.split();
    let clock = TokioClock::start();
    let (rx, tx) = (RecvBuf::new(rx), SendBuf::new(tx));
    let session = Session::new(client, rx, tx, session_end, clock);
    let mut runner = Runner::new(runner_end, network, clock);
    let runner = spawn(async move { runner.run().await });
    (session, runner)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_next_is_dropped_whenever_it_waits() {
    const MESSAGES: usize = 500;
    // Records of 100 bytes: a message needs several.
    let server = FakeSlack::builder().max_record(100).start().unwrap();
    let (mut session, runner) = two_tasks(&server, network(&server));
    let task = spawn(async move {
        let (mut texts, mut dropped, mut is_asked) = (Vec::new(), 0_u64, false);
        loop {
            tokio::select! {
                biased;
                next = session.next() => match next.unwrap() {
                    None => break (texts, dropped),
                    Some((Event::Hello(_), mut handle)) => {
                        handle.send(&Post::new(GENERAL, "go")).unwrap();
                    }
                    Some((Event::Message(message), _)) => {
                        texts.push(message.text().unwrap().as_str().to_owned());
                    }
                    Some(_) => {}
                },
                () = yield_now() => dropped += 1,
            }
            if texts.len() == MESSAGES && !is_asked {
                is_asked = true;
                session.close();
            }
        }
    });
    let script = tokio::task::spawn_blocking(move || {
        let go = |what: &What| match what {
            What::Received(frame @ Frame::Text(_)) => frame.json().unwrap()["text"] == "go",
            _ => false,
        };
        server.log().wait_nth(TIMEOUT, 1, go).unwrap();
        for number in 0..MESSAGES {
            server.push_message(GENERAL, USER, &format!("message {number}"));
        }
        let closed = |what: &What| {
            matches!(
                what,
                What::Received(Frame::Close {
                    code: Some(1000),
                    ..
                })
            )
        };
        server.log().wait_nth(TIMEOUT, 1, closed).unwrap();
    });
    let (texts, dropped) = task.await.unwrap();
    script.await.unwrap();
    runner.abort();
    let expected: Vec<_> = (0..MESSAGES)
        .map(|number| format!("message {number}"))
        .collect();
    assert_eq!(texts, expected);
    assert!(dropped > 100, "{dropped}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_an_unknown_root_gets_no_token() {
    let server = FakeSlack::builder().start().unwrap();
    let other = FakeSlack::builder().start().unwrap();
    let (mut session, runner) = two_tasks(&server, network(&other));
    let Some((Event::Reconnecting(end), handle)) = session.next().await.unwrap() else {
        panic!("no link was to be opened");
    };
    let reason = DisconnectReason::Untrusted;
    assert!(
        matches!(end.reason(), ReconnectReason::Disconnected(found) if found == reason),
        "{end:?}"
    );
    assert_eq!(handle.last_failure(), Some(reason));
    assert_eq!(server.log().calls("rtm.connect"), 0);
    runner.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_is_aborted_frees_its_link() {
    let server = FakeSlack::builder().start().unwrap();
    let settings = Settings {
        token: server.token().into(),
        api_base: Some(server.api_base()),
        allow_hosts: vec![server.host().into()],
        channel: None,
        every: Duration::from_secs(60),
        tick: Duration::from_millis(1),
    };
    let bot = bot::run(settings, network(&server), pending());
    let bytes = size_of_val(&bot);
    println!("the future of the bot has {bytes} bytes");
    assert!(bytes <= 8 * 1024, "{bytes}: state in README.md");
    let task = spawn(bot);
    tokio::task::spawn_blocking(move || {
        server.wait_sockets(1, TIMEOUT).unwrap();
        task.abort();
        server.wait_sockets(0, TIMEOUT).unwrap();
    })
    .await
    .unwrap();
}
