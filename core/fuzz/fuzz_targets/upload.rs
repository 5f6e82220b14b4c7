#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| slack_rtm_fuzz::run("upload", data));
