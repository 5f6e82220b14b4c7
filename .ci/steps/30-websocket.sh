# The WebSocket layer against Autobahn's 301 cases, at four sizes of reads.
step "autobahn" tests/autobahn/run.sh
