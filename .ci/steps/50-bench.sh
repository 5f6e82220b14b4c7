# Instruction counts against the baseline: more than 3 % above it fails.
step "bench" cargo run --release -p bench -- --check
