# Every fuzz target for a while; the corpus is replayed by `cargo test`.
step "fuzz" .ci/fuzz 20
