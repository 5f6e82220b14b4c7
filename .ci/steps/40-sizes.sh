# Flash, stack, state, and the proof by the link that no panic path is left.
step "footprint" tests/footprint/run
