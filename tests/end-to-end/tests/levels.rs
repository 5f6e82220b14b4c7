//! The lower levels of the std adapter: the pump with a client and with a single call, and links in
//! the loop of the core's documentation.

use end_to_end::{dialer, with_short_timeouts};
use fake_slack::{FakeSlack, Fault, GENERAL, Step, USER};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::rtm::command::Post;
use slack_rtm::time::Duration;
use slack_rtm::web_api::{Api, Call, CallError, CallEvent, Named, paths};
use slack_rtm::{Client, CloseReason, Config, DisconnectReason, Event, Output, Token};
use slack_rtm_std::{Link, OsEntropy, Pump};

/// Replies to one message in each of two sessions, then closes the client.
struct Conversation<'s> {
    server: &'s FakeSlack,
    hellos: usize,
    acked: usize,
}

impl<'s> Conversation<'s> {
    fn new(server: &'s FakeSlack) -> Self {
        Self {
            server,
            hellos: 0,
            acked: 0,
        }
    }

    fn event(
        &mut self,
        event: Event<'_>,
        client: &mut Client<'_, OsEntropy, Token<128>>,
        tx: &mut SendBuf<'_>,
    ) {
        match event {
            Event::Hello(_) => {
                self.hellos += 1;
                self.server.push_message(GENERAL, USER, "ping");
            }
            Event::Message(message) if message.text().is_some_and(|text| text == "ping") => {
                let pong = Post::new(message.channel().unwrap(), "pong");
                client.send(&pong, tx).unwrap();
            }
            Event::Acknowledged(_) => {
                self.acked += 1;
                match self.acked {
                    1 => self.server.reset_all(),
                    _ => client.close(),
                }
            }
            _ => {}
        }
    }

    fn check(&self, reason: CloseReason) {
        assert_eq!(
            (reason, self.hellos, self.acked),
            (CloseReason::Requested, 2, 2)
        );
        let sent = self.server.log().received("message");
        assert_eq!(sent.len(), 2);
        assert!(sent.iter().all(|message| message["text"] == "pong"));
    }
}

fn client<'c>(server: &FakeSlack, api_base: &'c str) -> Client<'c, OsEntropy, Token<128>> {
    let config = with_short_timeouts(Config::new().api_base(api_base));
    let config = config.allowed_domains(&["localhost"]);
    Client::new(config, server.token(), Token::new(), OsEntropy).unwrap()
}

#[test]
fn by_the_pump() {
    let server = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let mut client = client(&server, &api_base);
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let mut pump = Pump::new(dialer(&server));
    let mut conversation = Conversation::new(&server);
    let reason = loop {
        match client.poll(&mut rx, &mut tx, pump.now()).unwrap() {
            Output::Connect { peer, until, .. } => pump.connect(peer, until),
            Output::Wait { until, .. } => match pump.exchange(&mut rx, &mut tx, until) {
                Ok(progress) if progress.connected => client.connected(),
                Ok(_) => {}
                Err(error) => client.disconnected(error.reason()),
            },
            Output::Disconnect => {
                pump.disconnect(&mut tx);
                client.disconnected(DisconnectReason::Closed);
            }
            Output::Event(event) => conversation.event(event, &mut client, &mut tx),
            Output::Closed(reason) => break reason,
            other => panic!("{other:?}"),
        }
    };
    conversation.check(reason);
}

#[test]
fn by_bare_links() {
    let server = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let mut client = client(&server, &api_base);
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let dialer = dialer(&server);
    let clock = *dialer.clock();
    let mut link: Option<Link> = None;
    let mut conversation = Conversation::new(&server);
    let reason = loop {
        match client.poll(&mut rx, &mut tx, clock.now()).unwrap() {
            Output::Connect { peer, until, .. } => match dialer.dial(peer, until) {
                Ok(open) => {
                    link = Some(open);
                    client.connected();
                }
                Err(error) => client.disconnected(error.reason()),
            },
            Output::Wait { until, .. } => {
                let result = match &mut link {
                    Some(link) => link.exchange(&mut rx, &mut tx, until),
                    None => dialer.pause(until),
                };
                if let Err(error) = result {
                    link = None;
                    client.disconnected(error.reason());
                }
            }
            Output::Disconnect => {
                if let Some(link) = link.take() {
                    link.close(&mut tx, clock.now() + Duration::from_secs(1));
                }
                client.disconnected(DisconnectReason::Closed);
            }
            Output::Event(event) => conversation.event(event, &mut client, &mut tx),
            Output::Closed(reason) => break reason,
            other => panic!("{other:?}"),
        }
    };
    conversation.check(reason);
}

slack_rtm::paths! {
    const POSTED extends paths::CALL {
        const TS = Whole "ts";
    }
}

/// The result of a call, without borrows.
#[derive(Debug, PartialEq)]
enum Outcome {
    Posted { ts: String },
    Refused(String),
    Failed(CallError),
}

/// Posts `text` by `chat.postMessage`, with the same loop as for a client.
fn post(pump: &mut Pump, api: &Api<'_>, text: &str) -> Outcome {
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let arguments = [("channel", GENERAL), ("text", text)];
    let method = Named {
        name: "chat.postMessage",
        arguments: &arguments,
    };
    let mut call = Call::new(api, method, &POSTED).unwrap();
    let mut outcome = None;
    loop {
        let result = match call.poll(&mut rx, &mut tx, pump.now()) {
            Output::Connect { peer, until, .. } => {
                pump.connect(peer, until);
                continue;
            }
            Output::Wait { until, .. } => pump.exchange(&mut rx, &mut tx, until),
            Output::Disconnect => {
                pump.disconnect(&mut tx);
                call.disconnected(DisconnectReason::Closed);
                continue;
            }
            Output::Event(event) => {
                let earlier = outcome.replace(match event {
                    CallEvent::Accepted(response) => Outcome::Posted {
                        ts: response.members().text("ts").unwrap().to_string(),
                    },
                    CallEvent::Refused(error) => Outcome::Refused(error.code().as_str().to_owned()),
                    CallEvent::Failed(error) => Outcome::Failed(error),
                    other => panic!("{other:?}"),
                });
                assert_eq!(earlier, None);
                continue;
            }
            Output::Closed(()) => return outcome.unwrap(),
            other => panic!("{other:?}"),
        };
        match result {
            Ok(progress) if progress.connected => call.connected(),
            Ok(_) => {}
            Err(error) => call.disconnected(error.reason()),
        }
    }
}

#[test]
fn call_over_the_pump_posts_is_refused_and_fails() {
    let server = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let api = Api::new(server.token()).base(&api_base);
    // One pump for several calls: each has its own link.
    let mut pump = Pump::new(dialer(&server));
    let Outcome::Posted { ts } = post(&mut pump, &api, "The door is open") else {
        panic!("not posted");
    };
    assert!(ts.contains('.'), "{ts}");
    assert_eq!(
        post(&mut pump, &api, ""),
        Outcome::Refused("no_text".into())
    );
    let wrong_token = Api::new("xoxb-wrong").base(&api_base);
    assert_eq!(
        post(&mut pump, &wrong_token, "x"),
        Outcome::Refused("invalid_auth".into())
    );
    assert_eq!(server.log().calls("chat.postMessage"), 3);
    server.fault(Step::Request, Fault::Reset);
    assert_eq!(
        post(&mut pump, &api, "x"),
        Outcome::Failed(CallError::Disconnected(DisconnectReason::Reset))
    );
    drop(server);
    let api = Api::new("xoxb-1").base(&api_base);
    assert_eq!(
        post(&mut pump, &api, "x"),
        Outcome::Failed(CallError::NotConnected(DisconnectReason::Refused))
    );
}
