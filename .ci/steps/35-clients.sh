# Slack's own clients for node and python against fake-slack.
step "official clients" tests/official-clients/run.sh
