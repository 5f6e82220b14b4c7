//! The creation and the end of a session without a network.

use slack_rtm::buffer::{Memory, RecvBuf, SendBuf};
use slack_rtm::{CloseReason, Config, ConfigError, State, TokenError};
use slack_rtm_std::{Buffers, Dialer, Session, SessionError, SessionGone, Trust};

fn create<'m>(
    config: Config<'m>,
    token: &str,
    buffers: &'m mut Buffers,
) -> Result<Session<'m>, SessionError> {
    let dialer = Dialer::new(Trust::platform()).unwrap();
    Session::new(config, token, dialer, buffers)
}

/// "[`SessionGone`] if the session ended before it carried out the command": a receipt must not
/// wait for the session to be dropped.
#[test]
fn nothing_waits_for_a_session_that_has_ended() {
    let mut buffers = Buffers::default();
    let mut session = create(Config::new(), "xoxb-1", &mut buffers).unwrap();
    let sender = session.sender();
    let mut before = sender.message("C1", "too early").unwrap();
    session.close();
    assert!(session.next().unwrap().is_none());
    assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    assert_eq!(before.take(), Err(SessionGone));
    assert_eq!(sender.message("C1", "too late").err(), Some(SessionGone));
    assert_eq!(sender.close(), Err(SessionGone));
}

#[test]
fn a_token_does_not_restart_a_session_that_was_closed_on_request() {
    let mut buffers = Buffers::default();
    let mut session = create(Config::new(), "xoxb-1", &mut buffers).unwrap();
    let sender = session.sender();
    session.close();
    assert!(session.next().unwrap().is_none());
    assert_eq!(session.set_token("xoxb 2"), Err(TokenError::Characters));
    let long = "x".repeat(1025);
    assert!(matches!(session.set_token(&long), Err(TokenError::Full(_))));
    assert_eq!(session.set_token("xoxb-2"), Ok(()));
    assert_eq!(session.close_reason(), Some(CloseReason::Requested));
    assert_eq!(session.state(), State::Closed);
    assert_eq!(sender.close(), Err(SessionGone));
}

#[test]
fn a_token_may_have_1024_bytes() {
    let mut buffers = Buffers::default();
    let token = "x".repeat(1024);
    assert!(create(Config::new(), &token, &mut buffers).is_ok());
    let error = create(Config::new(), &(token + "x"), &mut buffers).unwrap_err();
    let SessionError::Config(ConfigError::Token(TokenError::Full(full))) = error else {
        panic!("{error:?}");
    };
    assert_eq!((full.wanted, full.available), (1025, 1024));
}

#[test]
fn buffers_that_are_too_small_are_an_error_with_their_sizes() {
    for (rx, tx, memory) in [
        (RecvBuf::MIN - 1, SendBuf::MIN, Memory::Receive),
        (RecvBuf::MIN, SendBuf::MIN - 1, Memory::Send),
    ] {
        let mut buffers = Buffers::new(rx, tx);
        let error = create(Config::new(), "xoxb-1", &mut buffers).unwrap_err();
        let SessionError::Buffer(small) = error else {
            panic!("{error:?}");
        };
        assert_eq!(small.memory, memory);
        assert_eq!(small.wanted, small.available + 1);
        assert_eq!(error.to_string(), small.to_string());
        assert_eq!(error.code(), small.code());
    }
    assert!(create(Config::new(), "xoxb-1", &mut Buffers::new(512, 256)).is_ok());
}

#[test]
fn a_setting_that_needs_an_outbox_is_an_error_without_one() {
    let config = Config::new().use_reconnect_url();
    let mut buffers = Buffers::default().outbox(0);
    let error = create(config.clone(), "xoxb-1", &mut buffers).unwrap_err();
    assert_eq!(error, SessionError::Config(ConfigError::NoOutbox));
    assert_eq!(error.to_string(), ConfigError::NoOutbox.to_string());
    assert_eq!(error.code(), ConfigError::NoOutbox.code());
    assert!(create(config, "xoxb-1", &mut Buffers::new(512, 256).outbox(100)).is_ok());
}
