# The code as text and as types: formatting, lints, documentation, the bare targets, every set of features.
step "format" cargo fmt --all --check
step "clippy" cargo clippy --workspace --all-targets --all-features -- -D warnings
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
for target in "${BARE_TARGETS[@]}"; do
  step "core on $target" bash -c '
    cargo build -p slack-rtm --target "$1" --no-default-features &&
    cargo build -p slack-rtm --target "$1" --all-features
  ' _ "$target"
done
step "every set of features" .ci/features
step "wasm imports nothing" .ci/wasm-imports
