# The two commands of the README, the core without and with all of its features, the adapter with all of its.
step "cargo test --workspace" cargo test --workspace
step "core tests without features" cargo test -p slack-rtm --no-default-features
step "core tests with all features" cargo test -p slack-rtm --all-features
# The default rate of embassy-time has no tick that ends between two milliseconds; this one has.
step "timers with long ticks" cargo test -p slack-rtm --lib \
  --features embassy-time,embassy-time/tick-hz-32_768 expire_early
step "embassy adapter" cargo test -p slack-rtm-embassy --all-features
step "verified-tls" cargo test -p verified-tls --all-features
step "example echo" bash -c '
  cargo build --release --example echo &&
  timeout 20 cargo run --release --example echo
'
# A workspace of its own, so that the commands above build no async runtime. Its tests run the program.
step "example tokio" bash -c '
  cd examples/tokio &&
  cargo fmt --check &&
  cargo clippy --locked --all-targets -- -D warnings &&
  cargo test --locked
'
step "word sizes" .ci/word-sizes
step "miri" .ci/miri
