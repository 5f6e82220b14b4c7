# The WebSocket layer against Autobahn's 301 cases, at four sizes of reads.
step "autobahn" tests/autobahn/run.sh
note "$(grep -h 'OK' "$logs/autobahn.log" 2>/dev/null | tail -n 4 | paste -sd ';')"
