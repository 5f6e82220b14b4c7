//! The same conversation by the two lower levels of the std adapter: the pump, and the bare links
//! under the loop of the core's documentation.

use end_to_end::{dialer, hasty};
use fake_slack::{FakeSlack, GENERAL, USER};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::rtm::command::Message;
use slack_rtm::time::Duration;
use slack_rtm::{Client, CloseReason, Config, DisconnectReason, Event, Output};
use slack_rtm_std::{Link, OsEntropy, Pump, Pumped};

/// Answers one message on each of two sessions, then closes.
struct Talk<'s> {
    server: &'s FakeSlack,
    hellos: usize,
    acked: usize,
}

impl<'s> Talk<'s> {
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
        client: &mut Client<'_, OsEntropy>,
        tx: &mut SendBuf<'_>,
    ) {
        match event {
            Event::Hello(_) => {
                self.hellos += 1;
                self.server.push_message(GENERAL, USER, "ping");
            }
            Event::Message(message) if message.text() == "ping" => {
                let pong = Message::new(message.channel(), "pong");
                client.send(&pong, tx).unwrap();
            }
            Event::Acknowledged { .. } => {
                self.acked += 1;
                match self.acked {
                    1 => self.server.reset_all(),
                    _ => client.close(),
                }
            }
            _ => {}
        }
    }

    fn ended(&self, end: CloseReason) {
        assert_eq!(
            (end, self.hellos, self.acked),
            (CloseReason::Requested, 2, 2)
        );
        let said = self.server.log().received("message");
        assert_eq!(said.len(), 2);
        assert!(said.iter().all(|message| message["text"] == "pong"));
    }
}

#[test]
fn by_the_pump() {
    let server = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let config = hasty(Config::new(server.token()).api_base(&api_base));
    let mut client = Client::new(config.allowed_domains(&["localhost"]), OsEntropy);
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let mut pump = Pump::new(dialer(&server));
    let mut talk = Talk::new(&server);
    let end = loop {
        match client.poll(&mut rx, &mut tx, pump.now()).unwrap() {
            Output::Connect { peer, until } => pump.connect(peer, until),
            Output::Wait { until, .. } => match pump.exchange(&mut rx, &mut tx, until) {
                Ok(Pumped::Connected) => client.connected(),
                Ok(_) => {}
                Err(failure) => client.disconnected(failure.end()),
            },
            Output::Disconnect => {
                pump.disconnect(&mut tx);
                client.disconnected(DisconnectReason::Closed);
            }
            Output::Event(event) => talk.event(event, &mut client, &mut tx),
            Output::Closed(end) => break end,
            other => panic!("{other:?}"),
        }
    };
    talk.ended(end);
}

#[test]
fn by_bare_links() {
    let server = FakeSlack::builder().start().unwrap();
    let api_base = server.api_base();
    let config = hasty(Config::new(server.token()).api_base(&api_base));
    let mut client = Client::new(config.allowed_domains(&["localhost"]), OsEntropy);
    let (mut rx_memory, mut tx_memory) = ([0; 1024], [0; 512]);
    let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
    let dialer = dialer(&server);
    let clock = *dialer.clock();
    let mut link: Option<Link> = None;
    let mut talk = Talk::new(&server);
    let end = loop {
        match client.poll(&mut rx, &mut tx, clock.now()).unwrap() {
            Output::Connect { peer, until } => match dialer.dial(peer, until) {
                Ok(open) => {
                    link = Some(open);
                    client.connected();
                }
                Err(failure) => client.disconnected(failure.end()),
            },
            Output::Wait { until, .. } => {
                let outcome = match &mut link {
                    Some(link) => link.exchange(&mut rx, &mut tx, until),
                    None => dialer.pause(until),
                };
                if let Err(failure) = outcome {
                    link = None;
                    client.disconnected(failure.end());
                }
            }
            Output::Disconnect => {
                if let Some(link) = link.take() {
                    link.close(&mut tx, clock.now() + Duration::from_secs(1));
                }
                client.disconnected(DisconnectReason::Closed);
            }
            Output::Event(event) => talk.event(event, &mut client, &mut tx),
            Output::Closed(end) => break end,
            other => panic!("{other:?}"),
        }
    };
    talk.ended(end);
}
