//! The end of a session without a network, as its senders see it.

use slack_rtm::{CloseReason, Config};
use slack_rtm_std::{Buffers, Dialer, Session, SessionGone, Trust};

/// "[`SessionGone`] if the session ended before it carried out the command": a receipt must not
/// wait for the session to be dropped.
#[test]
fn nothing_waits_for_a_session_that_has_ended() {
    let mut buffers = Buffers::default();
    let dialer = Dialer::new(Trust::platform()).unwrap();
    let mut session = Session::new(Config::new("xoxb-1"), dialer, &mut buffers).unwrap();
    let sender = session.sender();
    let mut before = sender.message("C1", "too early").unwrap();
    session.close();
    assert!(session.next().unwrap().is_none());
    assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    assert_eq!(before.take(), Err(SessionGone));
    assert_eq!(sender.message("C1", "too late").err(), Some(SessionGone));
    assert_eq!(sender.close(), Err(SessionGone));
}
