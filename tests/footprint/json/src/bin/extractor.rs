//! Wanted members through a receive buffer, elements of lists and a raw copy included.

#![no_std]
#![no_main]

use core::hint::black_box;
use footprint_json::Unknown;
use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{DocumentState, Extractor, Raw, Source};

slack_rtm::paths! {
    const START {
        const OK = Whole "ok";
        const URL = Awaited "url";
        const SELF_ID = Whole "self.id";
        const TEAM_NAME = Brief "team.name";
        const WARNINGS = Brief "response_metadata.warnings[]";
        const USER = Element "users[]";
        const USER_ID = Whole "users[].id";
        const FILE_ID = Cut "files[].id";
    }
}

static MEMORY: Unknown<512> = Unknown::new();

#[unsafe(no_mangle)]
extern "C" fn run() -> usize {
    let mut rx = RecvBuf::new(MEMORY.take());
    rx.split();
    let mut fields = Extractor::with_source(&START, Raw::On, Source::Stream);
    let mut elements = 0;
    loop {
        let filled = black_box(rx.space()).len();
        rx.filled(black_box(filled));
        let Ok(ran) = fields.feed(&mut rx, usize::MAX) else {
            return 0;
        };
        match ran.state {
            DocumentState::Element(USER) => {
                elements += usize::from(rx.records().text(USER_ID).is_some())
            }
            DocumentState::Complete => break,
            _ => {}
        }
    }
    if fields.finish(&mut rx).is_err() {
        return 0;
    }
    for path in [OK, URL, SELF_ID, TEAM_NAME, WARNINGS, FILE_ID] {
        black_box(rx.records().find(path));
    }
    black_box(rx.raw());
    elements
}
