//! A type of the caller's own, read from raw JSON and written as a command: the feature `serde`.
//! Numbers, strings, options, lists, enums and a struct within a struct, so that most of its code is linked.

#![no_std]
#![no_main]

use core::hint::black_box;
use serde::{Deserialize, Serialize};
use slack_rtm::{json::from_raw, rtm::custom::Custom};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Custom,
    Unicode,
}

#[derive(Deserialize, Serialize)]
struct Reaction<'a> {
    r#type: &'a str,
    kind: Kind,
    count: u32,
    offset: i64,
    by: Option<User<'a>>,
    last: [u8; 3],
}

#[derive(Deserialize, Serialize)]
struct User<'a> {
    id: &'a str,
    bot: bool,
}

#[unsafe(no_mangle)]
extern "C" fn run() -> bool {
    let mut memory = [0; 256];
    let raw: &[u8] = black_box(b"");
    let Ok(reaction) = from_raw::<Reaction<'_>>(raw) else {
        return false;
    };
    black_box(Custom::serialize(black_box(&reaction), &mut memory)).is_ok()
}
