//! The creation of a machine for calls, and calls that need no network.

use slack_rtm::TokenError;
use slack_rtm::buffer::{Memory, RecvBuf, SendBuf};
use slack_rtm::methods::auth::{self, AuthTest};
use slack_rtm::web_api::{CallerConfig, RequestError};
use slack_rtm_std::{Buffers, CallFailure, Dialer, StopHandle, Trust, WebApi, WebApiError};

fn create<'m>(
    config: CallerConfig<'m>,
    token: &str,
    buffers: &'m mut Buffers,
) -> Result<WebApi<'m>, WebApiError> {
    let dialer = Dialer::new(Trust::platform()).unwrap();
    WebApi::new(config, token, dialer, buffers)
}

#[test]
fn buffers_that_are_too_small_are_an_error_with_their_sizes() {
    for (rx, tx, memory) in [
        (RecvBuf::MIN - 1, SendBuf::MIN, Memory::Receive),
        (RecvBuf::MIN, SendBuf::MIN - 1, Memory::Send),
    ] {
        let mut buffers = Buffers::new(rx, tx);
        let error = create(CallerConfig::new(), "xoxb-1", &mut buffers).unwrap_err();
        let WebApiError::Buffer(small) = error else {
            panic!("{error:?}");
        };
        assert_eq!((small.memory, small.wanted), (memory, small.available + 1));
        assert_eq!(error.to_string(), small.to_string());
        assert_eq!(error.code(), small.code());
    }
    let mut buffers = Buffers::new(RecvBuf::MIN, SendBuf::MIN).rates(0);
    assert!(create(CallerConfig::new(), "xoxb-1", &mut buffers).is_ok());
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let mut buffers = Buffers::default();
    let mut error = |config, token: &str| create(config, token, &mut buffers).unwrap_err();
    let config = CallerConfig::new();
    let cleartext = config.api_base("http://slack.com/api/");
    for (error, expected) in [
        (error(config, "xoxb 1"), RequestError::Token),
        (error(cleartext, "xoxb-1"), RequestError::Cleartext),
    ] {
        assert_eq!(error, WebApiError::Request(expected));
        assert_eq!(error.code(), expected.code());
    }
}

#[test]
fn a_stopped_machine_makes_no_call_in_any_thread_and_shows_no_token() {
    fn is_send<T: Send>(_: &T) {}
    fn is_shared<T: Send + Sync + Clone>(_: &T) {}
    let mut buffers = Buffers::default();
    let mut web_api = create(CallerConfig::new(), "xoxb-secret", &mut buffers).unwrap();
    is_send(&web_api);
    let stop: StopHandle = web_api.stop_handle();
    is_shared(&stop);
    std::thread::scope(|scope| {
        scope.spawn(|| stop.stop());
    });
    assert!(stop.is_stopped());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let failure = web_api.call(&AuthTest, &auth::TOKEN_OWNER).unwrap_err();
            assert!(matches!(failure, CallFailure::Stopped { has_left: false }));
            assert!(!failure.is_unconfirmed());
            assert_eq!(
                failure.to_string(),
                "the call was stopped before it was sent"
            );
        });
    });
    web_api.resume();
    assert!(!stop.is_stopped());
    assert_eq!(web_api.release(), Ok(true));
    assert_eq!(web_api.set_token("a b"), Err(TokenError::Characters));
    assert!(!format!("{web_api:?}").contains("secret"));
}
