//! The doorbell in QEMU. Without QEMU or Rust's targets it is skipped, loudly; in CI that is a failure.

use std::path::Path;

use run_firmware::{
    ALL_MACHINES, Outcome, answer_commands, answer_posts, check_tools, post_beside, post_between,
    refusals, ring, ring_bare, ring_small, send_picture,
};

fn relay() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_run-firmware"))
}

/// Whether to go on. In CI a missing tool is a failure.
fn tools() -> bool {
    match check_tools(&ALL_MACHINES) {
        Ok(()) => true,
        Err(missing) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing}");
            eprintln!("SKIPPED, nothing was tested: {missing}");
            false
        }
    }
}

fn check(outcome: &Outcome) {
    assert_eq!(
        outcome.result,
        Ok(()),
        "{}\n{}",
        outcome.what,
        outcome.console
    );
}

#[test]
fn the_doorbell_posts_a_button_beside_its_session_and_between_two() {
    if !tools() {
        return;
    }
    check(&post_beside(ALL_MACHINES[0], relay()));
    check(&post_between(ALL_MACHINES[0], relay()));
}

#[test]
fn the_doorbell_uploads_a_picture_between_two_sessions() {
    if !tools() {
        return;
    }
    check(&send_picture(ALL_MACHINES[0], relay()));
}

#[test]
fn the_doorbell_answers_commands_and_messages_in_socket_mode() {
    if !tools() {
        return;
    }
    check(&answer_commands(ALL_MACHINES[0], relay()));
    check(&answer_posts(ALL_MACHINES[0], relay()));
}

#[test]
fn the_doorbell_rings_on_every_machine_and_refuses_impostors() {
    if !tools() {
        return;
    }
    for machine in ALL_MACHINES {
        check(&ring(machine, relay()));
    }
    check(&ring_small(ALL_MACHINES[0], relay()));
    check(&ring_bare(ALL_MACHINES[0], relay()));
    refusals(ALL_MACHINES[0], relay()).iter().for_each(check);
}
