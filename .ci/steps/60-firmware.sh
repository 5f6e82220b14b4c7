# The firmware on the four QEMU machines, against fake-slack and a hostile server.
step "firmware" cargo run --release -p run-firmware
# The images for boards that people own: built, not run.
for board in rp2350-w5500:thumbv8m.main-none-eabihf nucleo-f767zi:thumbv7em-none-eabihf; do
  step "board ${board%:*}" bash -c '
    rustup target add "$2" &&
    cd "examples/boards/$1" &&
    cargo build --release --locked
  ' _ "${board%:*}" "${board#*:}"
done
