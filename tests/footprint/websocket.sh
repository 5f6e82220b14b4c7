#!/usr/bin/env bash
# What a WebSocket client costs on a device: flash beyond an empty firmware, peak stack, state.
#
#   tests/footprint/websocket.sh
#
# Each row is a firmware that opens a connection, receives, answers and closes, against the same
# scripted peer, built with opt-level z and fat LTO. The first row's link fails if a panic path
# survives. Fails if a figure is over its limit. The stack is measured by running on QEMU; without
# qemu-system-arm that column is skipped, loudly, which is a failure where CI=true.
set -euo pipefail

cd "$(dirname "$0")/websocket"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../../target}/footprint-websocket
failed=0
rustup target add thumbv7em-none-eabi thumbv6m-none-eabi >/dev/null 2>&1 || true

qemu=$(command -v qemu-system-arm || true)
if [ -z "$qemu" ]; then
    echo "footprint: SKIPPED the stack: there is no qemu-system-arm" >&2
    [ "${CI:-}" != true ] || failed=1
fi

# flash ELF: bytes of code and constants.
flash() {
    readelf -SW "$1" | tr -d '[]' | awk '
        function hex(text, value, i) {
            for (i = 1; i <= length(text); i++)
                value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
            return value
        }
        $2 == ".text" || $2 == ".rodata" || $2 == ".data" { sum += hex($6) }
        END { print sum + 0 }'
}

# row NAME BIN FEATURES LIMIT_V7 LIMIT_V6 LIMIT_STACK LIMIT_STATE; a limit of 0 is none.
row() {
    local name=$1 bin=$2 features=$3 target bytes line stack=- state=- verdict=
    local limits=("$4" "$5") index=0
    printf '%-44s' "$name"
    for target in thumbv7em-none-eabi thumbv6m-none-eabi; do
        cargo build --quiet --release --target "$target" --features "$features" --bin "$bin"
        bytes=$(($(flash "$CARGO_TARGET_DIR/$target/release/$bin") - ${empty[$index]:-0}))
        printf ' %10d' "$bytes"
        [ "$bin" != empty ] || empty[index]=$bytes
        [ "${limits[$index]}" = 0 ] || [ "$bytes" -lt "${limits[$index]}" ] || verdict+=" flash!"
        index=$((index + 1))
        if [ -n "$qemu" ]; then
            line=$(timeout 20 "$qemu" -M mps2-an386 -kernel "$CARGO_TARGET_DIR/$target/release/$bin" \
                -display none -monitor none -serial none \
                -semihosting-config enable=on,target=native 2>&1 || true)
            read -r outcome stack state <<<"$line"
            stack=$((10#${stack:-0})) state=$((10#${state:-0}))
            [ "$outcome" = ok ] || verdict+=" did-not-run!"
            [ "$6" = 0 ] || [ "$stack" -le "$6" ] || verdict+=" stack!"
            [ "$7" = 0 ] || [ "$state" -le "$7" ] || verdict+=" state!"
        fi
        printf ' %6s' "$stack"
    done
    printf ' %6s %s\n' "$state" "$verdict"
    [ -z "$verdict" ] || failed=1
}

empty=()
printf '%-44s %10s %6s %10s %6s %6s\n' 'bytes' thumbv7em stack thumbv6m stack state
row 'empty firmware (not subtracted)' empty '' 0 0 0 0
row 'slack-rtm, no panic path' slack-rtm ours,proof 9000 9500 600 64
row 'slack-rtm, default features' slack-rtm ours,defaults 0 0 0 64
row 'websocket-sans-io, httparse, sha1_smol, base64' glue glue 0 0 0 0
exit "$failed"
