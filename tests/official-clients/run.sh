#!/usr/bin/env bash
# Runs Slack's own clients for node and python against fake-slack, on loopback.
#
#   tests/official-clients/run.sh
#
# Each script in this folder starts a server of its own. The clients are pinned, and are installed
# into the target directory once. Without node 20 and npm, or without python 3 and its venv, that
# part is skipped, but fails where CI=true.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$target/official-clients
mkdir -p "$work"

# Runs a command up to five times: package downloads fail now and then.
persist() {
    local try
    for try in 1 2 3 4 5; do
        "$@" && return
        echo "official clients: try $try of '$*' failed" >&2
        sleep $((try * 2))
    done
    return 1
}

# skip WHAT: what was not tested, and why.
skip() {
    echo "official clients: SKIPPED, $1" >&2
    [ "${CI:-}" != true ] || failed=1
}

# is_new FILE: whether the packages that FILE names are not installed yet.
is_new() {
    ! cmp -s "$here/$1" "$work/installed-$1"
}

failed=0
cargo build --quiet --manifest-path "$root/Cargo.toml" -p fake-slack
export FAKE_SLACK=$target/debug/fake-slack

if node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null 2>&1; then
    cp "$here"/*.mjs "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work"
    if is_new package-lock.json; then
        (cd "$work" && persist npm ci --silent --ignore-scripts --cache "$work/npm-cache")
        cp "$here/package-lock.json" "$work/installed-package-lock.json"
    fi
    for script in "$work"/*_*.mjs; do
        node "$script" || failed=1
    done
else
    skip "the clients for node: they need node 20 or later, and npm"
fi

if python3 -c 'import ensurepip, venv' 2>/dev/null; then
    if is_new requirements.txt; then
        rm -rf "$work/python"
        python3 -m venv "$work/python"
        persist "$work/python/bin/python" -m pip install --quiet --disable-pip-version-check \
            --no-cache-dir --require-hashes --requirement "$here/requirements.txt"
        cp "$here/requirements.txt" "$work/installed-requirements.txt"
    fi
    for script in "$here"/*_*.py; do
        PYTHONDONTWRITEBYTECODE=1 "$work/python/bin/python" "$script" || failed=1
    done
else
    skip "the clients for python: they need python 3 with venv, such as the package python3-venv"
fi
exit "$failed"
