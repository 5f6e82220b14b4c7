//! Security model: what an enemy can do, what not, and which test shows it.
//!
//! A test is named by its file and its name; the documentation's own tests check that each exists.
//!
//! # What is protected
//!
//! The token, first of all: whoever has it is the bot. Then the device: its memory, its time, its
//! life. Then what is said: that it comes from Slack and reaches Slack.
//!
//! # A hostile network
//!
//! It sees, delays, drops and changes every byte.
//!
//! | it cannot | shown by |
//! |---|---|
//! | pretend to be Slack: chain, name and dates are verified, and the server's signature | `adapters/std/tests/dial.rs::a_certificate_that_does_not_convince_is_untrusted`, `adapters/embassy/tests/tls.rs::hostile_certificates_are_refused_with_their_reason` |
//! | finish a TLS handshake without the certificate's key | `adapters/embassy/tests/tls.rs::a_server_that_knows_the_key_exchange_alone_is_refused` |
//! | get a byte of the request before it was verified | `tests/end-to-end/tests/security.rs::a_certificate_of_an_unknown_root_is_refused_before_anything_is_sent` |
//! | make the client speak without TLS | `tests/end-to-end/tests/security.rs::plain_links_are_refused_unless_allowed` |
//! | pass a cut stream off as a whole one | `adapters/std/tests/link.rs::a_fin_without_close_notify_is_truncated_on_tls_only`, `core/tests/http.rs::a_cut_answer_is_never_complete` |
//! | crash the device's TLS with malformed messages | `adapters/embassy/tests/tls.rs::changed_handshake_messages_are_refused_and_never_panic` |
//! | hold the client in a link that is dead | `core/tests/client_regressions.rs::a_link_that_talks_and_takes_nothing_ends`, `tests/simulation/tests/lives.rs::ten_thousand_lives` |
//! | make all devices come back in the same second | `core/src/backoff.rs::delays_double_to_the_cap_and_are_jittered` |
//!
//! It **can** keep the client offline, and see when and how much it speaks. On a device without a clock it can
//! present a certificate that has expired since the lower bound that the device was given. Revocation
//! is not checked.
//!
//! # A hostile server
//!
//! It holds a certificate that convinces: a Slack gone mad, or whoever answers where the caller allowed
//! it.
//!
//! | it cannot | shown by |
//! |---|---|
//! | make the core panic, spin, or use memory that was not lent | `core/tests/client_hostile.rs::whatever_server_and_caller_do_every_message_ends_once_and_close_ends_all`, the fuzz targets (`.ci/fuzz 20`), and the link itself: `tests/footprint/run` links the whole client without a panic handler |
//! | fill memory by a long document, line, list or name | `core/tests/web_api_rtm_start.rs::all_elements_of_24_megabytes_through_1_kibibyte`, `core/tests/http.rs::any_head_passes_a_small_buffer`, `core/tests/json_limits.rs::the_last_of_many_wins_without_filling_the_buffer` |
//! | get a frame past the rules of RFC 6455 | `core/tests/websocket_hostile.rs::each_rule_fails_the_connection_with_its_code_and_the_close_frame_leaves`, and Autobahn: `tests/autobahn/run.sh` |
//! | pass for a WebSocket server by replaying another handshake | `tests/end-to-end/tests/security.rs::a_101_with_the_accept_key_of_another_handshake_is_refused` |
//! | get text that is not UTF-8, or an escape that is not decoded, to the caller | `core/tests/websocket_hostile.rs::each_rule_fails_the_connection_with_its_code_and_the_close_frame_leaves`, the fuzz target `json_differential` |
//! | send the client, or its token, elsewhere: by redirect | `tests/end-to-end/tests/security.rs::a_redirect_is_not_followed` |
//! | ... or by the socket's URL | `tests/end-to-end/tests/security.rs::a_url_outside_the_allowed_domains_is_not_followed` |
//! | get the token at the socket's host | `tests/end-to-end/tests/security.rs::the_token_goes_to_the_api_and_nowhere_else` |
//! | stop it for longer than an hour by `Retry-After` | `core/tests/client_regressions.rs::an_absurd_retry_after_is_cut_to_an_hour` |
//! | confirm a message that never went out | `core/tests/client_regressions.rs::an_ack_for_a_message_that_never_went_out_acknowledges_nothing` |
//! | have the same bytes read in two ways by splitting them differently | `core/tests/transcripts.rs::every_transcript_at_every_split`, the fuzz target `split` |
//!
//! It **can** refuse the token (the client then ends), lie about every event, and drop what it was sent. An
//! answer that drips is borne for 180 seconds.
//!
//! # A hostile user of the channel
//!
//! It writes messages, as many and as strange as Slack lets it.
//!
//! | it cannot | shown by |
//! |---|---|
//! | crash or fill the device by length, nesting or characters | the same tests as for a server: its text passes through the same code |
//! | break out of JSON or markup by what your program repeats: [`Message`](crate::rtm::command::Message) escapes JSON, and markup too where it is [`literal`](crate::rtm::command::Message::literal) | `core/src/event/text.rs::what_is_escaped_reads_back` |
//! | make a bot answer itself without end, where it looks at [`is_own`](crate::event::Message::is_own) | `core/tests/client_regressions.rs::lists_left_early_still_know_self_id` |
//! | make the client break Slack's limits, and so be cut off | `core/tests/limits.rs::an_outbox_sends_a_burst_and_then_one_a_second`, `core/tests/limits.rs::what_slack_would_not_take_does_not_leave` |
//! | get message text or a token into the log | `core/tests/log.rs::steps_are_logged_and_secrets_are_not` |
//! | command the terminal of the examples | `examples/support/terminal.rs::a_line_has_its_time_its_arrow_and_no_control_characters` |
//!
//! It **can** mention anybody by what your program repeats: [`Message`](crate::rtm::command::Message) sends Slack's markup
//! as it is, so `<!channel>` rings everybody. Send foreign text as
//! [`literal`](crate::rtm::command::Message::literal). It can fill the outbox by asking often: `send` then fails, and
//! nothing that was taken is lost. What a name or a text *says* is never to be trusted; decide by ids.
//!
//! # A careless caller
//!
//! | mistake | what happens | shown by |
//! |---|---|---|
//! | a token or header with a line end | refused before the first byte | `core/tests/limits.rs::a_token_that_ends_its_line_is_refused_at_the_first_poll` |
//! | a generator that fails | nothing leaves in its place | `core/tests/limits.rs::a_source_that_fails_lets_nothing_out` |
//! | printing with `{:?}` | tokens, URLs of sockets and waiting texts are not shown | `core/tests/web_api_requests.rs::tokens_are_not_shown`, `core/tests/client_regressions.rs::debug_of_outbox_and_of_opened_shows_neither_text_nor_url` |
//! | calls out of turn | told once, nothing changes | `core/tests/limits.rs::misuse_is_told_once_and_changes_nothing` |
//!
//! The token stands in the memory that the caller lent, and is not erased: that memory is the caller's.
//! Events show message text in `Debug`, since they are messages.
