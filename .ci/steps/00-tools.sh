# What the checks need beside rustup. Skipped where everything is there, or where there is no apt-get.
install_tools() {
  local missing=()
  command -v valgrind >/dev/null || missing+=(valgrind)
  command -v cc >/dev/null || missing+=(gcc libc6-dev)
  command -v readelf >/dev/null || missing+=(binutils)
  command -v python3 >/dev/null || missing+=(python3)
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  if [ ${#missing[@]} -gt 0 ]; then
    apt-get update && apt-get install -y "${missing[@]}" || return 1
  fi
  command -v qemu-system-arm >/dev/null && return 0
  apt-get update || return 1
  apt-get install -y qemu-system-arm && return 0
  # Images with backported qemu-utils: one version for all of QEMU.
  local release
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  apt-get install -y --allow-downgrades qemu-system-arm "qemu-system-common/$release" "qemu-utils/$release"
}
step "tools" install_tools
# The last three targets are for the firmware, which `cargo test` builds too.
step "toolchain" bash -c '
  rustup component add rustfmt clippy && rustup target add "$@"
' _ "${BARE_TARGETS[@]}" thumbv7em-none-eabi thumbv7m-none-eabi thumbv8m.main-none-eabihf
# For miri, fuzzing, targets without a built core, and minimal versions.
step "nightly" bash -c '
  cargo +nightly --version || rustup toolchain install nightly --profile minimal || exit 1
  rustup component add --toolchain nightly miri rust-src
'
