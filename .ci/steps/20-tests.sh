# The two commands of the README.
step "cargo test --workspace" cargo test --workspace
step "core tests without features" cargo test -p slack-rtm --no-default-features
step "example echo" bash -c '
  cargo build --release --example echo &&
  timeout 20 cargo run --release --example echo
'
