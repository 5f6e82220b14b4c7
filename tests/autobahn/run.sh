#!/usr/bin/env bash
# Runs the Autobahn test suite, cases 1 to 10, against the WebSocket layer, on loopback.
#
#   tests/autobahn/run.sh [READ_LIMIT...]
#
# A limit is the most bytes that one read of the socket gives; 0 means no limit. Without
# arguments: 0, 1460, 7 and 1. Section 9 (large messages) is left out where it is below 1460.
# The suite needs a CPython 2.7 ($PYTHON27, on the PATH, or one of pyenv's); it is installed into
# the target directory once. Without a Python 2.7 this is skipped, but fails where CI=true.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/autobahn
read_limits=("$@")
[ ${#read_limits[@]} -gt 0 ] || read_limits=(0 1460 7 1)

find_python27() {
    local candidate
    for candidate in "${PYTHON27:-}" python2.7 python2 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7*/bin/python2.7; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; assert sys.version_info[:2] == (2, 7)' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# Runs a command up to five times: package downloads fail now and then.
persist() {
    local try
    for try in 1 2 3 4 5; do
        "$@" && return
        echo "autobahn: try $try of '$*' failed" >&2
        sleep $((try * 2))
    done
    return 1
}

install_suite() {
    local python=$1 quiet=(-q --disable-pip-version-check --no-python-version-warning)
    rm -rf "$work/suite" "$work/tools"
    mkdir -p "$work"
    "$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip --user >/dev/null
    persist "$python" -W ignore -m pip install -q --disable-pip-version-check \
        --target "$work/tools" virtualenv==20.15.1
    PYTHONPATH=$work/tools "$python" -W ignore -m virtualenv -q "$work/suite"
    local pip=("$work/suite/bin/python" -W ignore -m pip install "${quiet[@]}")
    # One at a time and in this order: each is pinned, and none may pull in another's newest.
    local requirement
    while read -r requirement; do
        persist "${pip[@]}" "$requirement"
    done < <(grep -v '^#' "$here/requirements.txt")
    persist "${pip[@]}" --no-deps autobahntestsuite==25.10.1
    # The suite listens on every interface; tests of ours stay on loopback.
    "$work/suite/bin/python" - <<'PATCH'
import re, autobahntestsuite.fuzzing as module
path = module.__file__.replace(".pyc", ".py")
text = open(path).read()
text, count = re.subn(r"listenWS\((\w+), (\w+)\)", r"listenWS(\1, \2, interface='127.0.0.1')", text)
if count == 0:
    text, count = re.subn(r"(?m)^(\s+)(listenWS\(factory[^)]*)\)", r"\1\2, interface='127.0.0.1')", text)
assert count > 0, "no listenWS found in " + path
open(path, "w").write(text)
PATCH
    touch "$work/suite/complete"
}

if ! python=$(find_python27); then
    echo "autobahn: SKIPPED, nothing was tested: the suite needs CPython 2.7; set PYTHON27 or" >&2
    echo "autobahn: install one, for example by 'pyenv install 2.7.18'" >&2
    [ "${CI:-}" != true ]
    exit
fi
[ -e "$work/suite/complete" ] || install_suite "$python"
cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p autobahn
client=${CARGO_TARGET_DIR:-$root/target}/release/autobahn

server=
stop_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    server=
}
trap stop_server EXIT

failed=0
for limit in "${read_limits[@]}"; do
    port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    run=$work/read-limit-$limit
    rm -rf "$run"
    mkdir -p "$run"
    cat >"$run/fuzzingserver.json" <<SPEC
{"url": "ws://127.0.0.1:$port", "outdir": "$run/reports", "cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {}}
SPEC
    (cd "$run" && exec "$work/suite/bin/wstest" -m fuzzingserver -s fuzzingserver.json -u 0) \
        >"$run/server.log" 2>&1 &
    server=$!
    if ! "$client" "$port" "$limit" "$run/reports/index.json"; then
        failed=1
        echo "autobahn: see $run" >&2
    fi
    stop_server
done
exit "$failed"
