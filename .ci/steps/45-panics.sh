# What the default packages add to a core that has no panic path.
step "panic paths" tests/footprint/panic-paths
