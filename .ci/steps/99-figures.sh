# The summary's figures, from the logs of the steps.

# lines LOG PATTERN: those of a step's log that match.
lines() {
  grep -hE "$2" "$logs/$1.log" 2>/dev/null
}

figure "Autobahn" < <(lines autobahn 'OK')
figure "Slack's own clients" < <(lines official-clients ': OK$|SKIPPED')
figure "interpreted by miri" < <(lines miri '^miri: ')
figure "words" < <(lines word-sizes '^(16|32) bits')
figure "packages" < <(
  lines packages '^packages: '
  lines semver '^semver: |SKIPPED'
  lines every-set-of-features ' sets of features$'
  lines oldest-versions 'builds with Rust|^minimal versions|SKIPPED'
  lines deny 'bans '
)
# The table of the program, with its own marks on what is over a limit.
figure "flash, stack and state; the link proves that there is no panic path" < <(cat "$logs/footprint.log" 2>/dev/null)
figure "panics that default features bring" < <(lines panic-paths ' calls$|FAILED')
# Its first columns: ours, the goal, the change; not the peers.
figure "instructions against goals" < <(lines bench '^(part|json|websocket|scale|!) ' | cut -c1-93)
figure "firmware in QEMU" < <(
  lines firmware '^(ok|FAILED) ' | grep -v 'refuses' | cut -c1-150
  printf 'refusals: %s as they must be, %s not\n' \
    "$(lines firmware '^ok .*refuses' | wc -l)" "$(lines firmware '^FAILED .*refuses' | wc -l)"
)
figure "fuzzing" < <(lines fuzz ' executions')
