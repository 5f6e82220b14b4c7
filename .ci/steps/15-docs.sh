# What is written: as docs.rs will build it, the doctests, and every link.
step "documentation as on docs.rs" bash -c '
  if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "SKIPPED: docs.rs builds with a nightly compiler: rustup toolchain install nightly" >&2
    [ "${CI:-}" != true ]
    exit
  fi
  RUSTDOCFLAGS="--cfg docsrs -D warnings -D rustdoc::broken_intra_doc_links" cargo +nightly doc \
    -p slack-rtm -p slack-rtm-std -p verified-tls -p slack-rtm-embassy --all-features --no-deps
'
step "doctests and the guide" cargo test --doc -p slack-rtm -p slack-rtm-std -p verified-tls -p slack-rtm-embassy --all-features
step "phases of the client" cargo test -p slack-rtm --features log --test phases --test reconnect
step "README, links, names of tests" cargo test -p documentation
