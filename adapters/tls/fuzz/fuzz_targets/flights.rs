#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verified_tls_fuzz::run("flights", data));
