//! The tokenizer alone: every token is looked at, members are skipped, errors are distinguished.

#![no_std]
#![no_main]

use core::hint::black_box;
use footprint_json::Unknown;
use slack_rtm::json::{JsonToken, Tokenizer};

static INPUT: Unknown<512> = Unknown::new();

#[unsafe(no_mangle)]
extern "C" fn run() -> usize {
    let mut input: &[u8] = INPUT.take();
    let mut tokenizer = Tokenizer::new();
    while !input.is_empty() {
        let Ok(step) = black_box(tokenizer.next(input)) else {
            return 0;
        };
        if let Some(JsonToken::Name(name)) = step.token
            && name.is_last()
        {
            tokenizer.skip_value();
        }
        input = input.get(step.consumed..).unwrap_or_default();
    }
    usize::from(black_box(tokenizer.finish()).is_ok())
}
