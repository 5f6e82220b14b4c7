//! A bot's life: call, session, a message answered and acknowledged, `goodbye`, and all of it again.
#![no_std]
#![no_main]

use core::{cell::UnsafeCell, hint::black_box, mem::MaybeUninit};
use footprint_board as board;
use slack_rtm::{
    Client, Config, Event, LinkEnd, Output,
    buffer::{RecvBuf, SendBuf},
    entropy::{Entropy, EntropyError},
    rtm::command::Message,
    time::Instant,
};

/// Two lives that differ in how they end: by `goodbye`, and by what this program closes.
macro_rules! life {
    ($last:literal) => {
        concat!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n",
            "Content-Length: 194\r\n\r\n",
            r#"{"ok":true,"url":"wss:\/\/wss-primary.slack.com\/websocket\/AbCdEfGh","#,
            r#""team":{"id":"T024BE7LD","name":"Example","domain":"example"},"#,
            r#""self":{"id":"U0SELF001","name":"doorbell"},"users":[{"id":"U1"}]}"#,
            "~",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
            "Sec-WebSocket-Accept: 1nwQI3IBoftOh+fG2YorpTWcrHs=\r\n\r\n",
            "\x01\x10",
            r#"{"type":"hello"}"#,
            "~",
            $last
        )
    };
}
