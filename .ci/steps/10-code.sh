# The code as text and as types: formatting, lints, documentation, the bare targets.
step "toolchain" bash -c '
  rustup component add rustfmt clippy
  # The last three are for the firmware, which `cargo test` builds too.
  rustup target add "$@" thumbv7em-none-eabi thumbv7m-none-eabi thumbv8m.main-none-eabihf
' _ "${BARE_TARGETS[@]}"
step "format" cargo fmt --all --check
step "clippy" cargo clippy --workspace --all-targets --all-features -- -D warnings
step "clippy core without features" cargo clippy -p slack-rtm --no-default-features -- -D warnings
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
for target in "${BARE_TARGETS[@]}"; do
  step "core on $target" bash -c '
    cargo build -p slack-rtm --target "$1" --no-default-features &&
    cargo build -p slack-rtm --target "$1" --all-features
  ' _ "$target"
done
step "wasm imports nothing" .ci/wasm-imports
