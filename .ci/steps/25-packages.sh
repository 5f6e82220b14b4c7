# What a user depends on: packages as they are published, licences, the oldest Rust and the oldest packages.
step "packages" .ci/package
step "semver" .ci/semver
step "deny" .ci/deny
step "oldest versions" .ci/versions
