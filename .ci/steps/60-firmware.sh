# The firmware on the four QEMU machines, against fake-slack.
step "firmware" cargo run --release -p run-firmware
