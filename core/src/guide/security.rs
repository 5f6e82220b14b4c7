//! Security model: the abilities of an attacker, the limits to them, and the tests that show these
//! limits.
//!
//! A test is named by its file and its function. The tests of the documentation check that each
//! exists.
//!
//! # Protected assets
//!
//! - The token: anybody who has it can act as the bot.
//! - The device: its memory, its time and its availability.
//! - The messages: they come from Slack and reach Slack.
//!
//! # A hostile network
//!
//! The attacker can read, delay, drop and change every byte.
//!
//! | it cannot | shown by |
//! |---|---|
//! | impersonate Slack: chain, name, dates and the server's signature are verified | `adapters/std/tests/dial.rs::an_invalid_certificate_is_untrusted`, `adapters/tls/tests/servers.rs::hostile_certificates_are_refused_with_their_reason` |
//! | finish a TLS handshake without the key of the certificate | `adapters/tls/tests/servers.rs::a_server_that_knows_the_key_exchange_alone_is_refused` |
//! | receive a byte of a request before its certificate is verified | `tests/end-to-end/tests/security.rs::a_certificate_of_an_unknown_root_is_refused_before_anything_is_sent` |
//! | make the client connect without TLS | `tests/end-to-end/tests/security.rs::cleartext_links_are_refused_unless_allowed` |
//! | present a cut stream as a complete one | `adapters/std/tests/link.rs::a_fin_without_close_notify_is_truncated_on_tls_only`, `core/tests/http.rs::a_cut_answer_is_never_complete` |
//! | crash the device's TLS by malformed messages | `adapters/tls/tests/servers.rs::changed_handshake_messages_are_refused_and_never_panic` |
//! | break the encryption through a nonce that is used twice: a write that was dropped ends the link | `adapters/tls/tests/connection.rs::a_write_dropped_at_any_byte_ends_the_direction_and_no_nonce_is_used_twice` |
//! | keep the client on a dead link | `core/tests/client_regressions.rs::a_link_that_talks_and_takes_nothing_ends`, `tests/simulation/tests/lives.rs::ten_thousand_lives` |
//! | make all devices retry after the same delay: delays are random | `core/src/backoff.rs::a_thousand_clients_that_fail_together_come_back_spread` |
//!
//! It **can** keep the client offline, and see when and how much the client sends. If a device
//! without a clock was given a lower bound for the time, the attacker can present a certificate
//! that expired after that bound. Revocation is not checked.
//!
//! The first call of a client has no random delay: devices that are switched on at the same time
//! make it at the same time.
//!
//! # A hostile server
//!
//! It has a valid certificate: Slack itself after an attack or a defect, or a server that the
//! caller has allowed.
//!
//! | it cannot | shown by |
//! |---|---|
//! | make the core panic, loop without end, or use memory that was not lent | `core/tests/client_hostile.rs::whatever_server_and_caller_do_every_message_ends_once_and_close_ends_all`, the fuzz targets (`.ci/fuzz 20`), and the link: `tests/footprint/run` links the whole client without a panic handler |
//! | fill memory by a long document, line, list or name | `core/tests/web_api_rtm_start.rs::all_elements_of_24_megabytes_through_1_kibibyte`, `core/tests/http.rs::any_head_passes_a_small_buffer`, `core/tests/json_limits.rs::the_last_of_many_wins_without_filling_the_buffer` |
//! | have a frame accepted that breaks a rule of RFC 6455 | `core/tests/websocket_hostile.rs::each_rule_fails_the_connection_with_its_code_and_the_close_frame_leaves`, and Autobahn: `tests/autobahn/run.sh` |
//! | pass as a WebSocket server by replaying another handshake | `tests/end-to-end/tests/security.rs::a_101_with_the_accept_key_of_another_handshake_is_refused` |
//! | pass text to the caller that is not UTF-8, or that has an escape left | `core/tests/websocket_hostile.rs::each_rule_fails_the_connection_with_its_code_and_the_close_frame_leaves`, the fuzz target `json_differential` |
//! | direct the client or its token to another host by a redirect | `tests/end-to-end/tests/security.rs::a_redirect_is_not_followed` |
//! | direct the client to another host by the socket's URL | `tests/end-to-end/tests/security.rs::a_url_outside_the_allowed_domains_is_not_followed` |
//! | receive an uploaded file, or the token, at another host by the upload URL | `core/tests/uploads.rs::an_upload_url_is_used_only_where_it_may_be`, `core/tests/uploads.rs::the_three_requests_go_to_two_hosts_at_every_split` |
//! | make a list endless by repeating a cursor | `core/tests/pages.rs::a_list_that_cannot_go_on_names_the_reason` |
//! | receive the token at the socket's host | `tests/end-to-end/tests/security.rs::the_token_goes_to_the_api_and_nowhere_else` |
//! | stop the client for longer than an hour by `Retry-After` | `core/tests/client_regressions.rs::an_absurd_retry_after_is_cut_to_an_hour` |
//! | occupy a call by a slow response: a response has 180 seconds in total | `core/tests/web_api_call.rs::the_whole_response_has_a_limit` |
//! | acknowledge a message that was not sent | `core/tests/client_regressions.rs::an_ack_for_a_message_that_never_went_out_acknowledges_nothing` |
//! | have the same bytes understood in two ways by splitting them differently | `core/tests/transcripts.rs::every_transcript_at_every_split`, the fuzz target `split` |
//!
//! It **can** refuse the token, after which the client closes. It can also return new cursors forever,
//! so that a list has no end: count the elements. It can also send false events, and
//! discard the messages that it acknowledges.
//!
//! # A hostile user of the channel
//!
//! It can send messages: as many, and with any content, as Slack allows.
//!
//! | it cannot | shown by |
//! |---|---|
//! | crash or fill the device by length, nesting or characters | the same tests as for a server: the text passes through the same code |
//! | inject JSON or markup through text that your program repeats: [`Post`](crate::rtm::command::Post) escapes JSON, and a [`literal`](crate::rtm::command::Post::literal) one escapes markup too, as does a [`TextPiece`](crate::event::TextPiece) of that name | `core/src/event/text.rs::what_is_escaped_reads_back`, `core/src/event/compose.rs::no_text_of_others_becomes_markup` |
//! | make a bot reply to itself, if the bot answers only messages that a person posted ([`posted_by`](crate::event::Message::posted_by)) | `core/tests/message_authors.rs::no_shape_of_a_message_makes_a_bot_answer_itself` |
//! | make the client exceed Slack's limits | `core/tests/limits.rs::an_outbox_sends_a_burst_and_then_one_a_second`, `core/tests/limits.rs::what_slack_would_not_take_does_not_leave` |
//! | bring the text of a message or a token into the log | `core/tests/log.rs::steps_are_logged_and_secrets_are_not` |
//! | send control characters to the terminal of the examples | `examples/support/terminal.rs::a_line_has_its_time_its_arrow_and_no_control_characters` |
//!
//! It **can** mention everybody through text that your program repeats:
//! [`Post`](crate::rtm::command::Post) sends Slack's markup unchanged, so `<!channel>`
//! notifies the whole channel. Send text of others as
//! [`literal`](crate::rtm::command::Post::literal), or as a
//! [`TextPiece::Literal`](crate::event::TextPiece::Literal) beside your own text. It can fill the
//! outbox by many requests: then `send` fails, and no accepted message is lost. Never trust the *content* of a name or a
//! text; base decisions on ids.
//!
//! # A careless caller
//!
//! | mistake | result | shown by |
//! |---|---|---|
//! | a token or header with a line break | it is refused before the first byte is sent | `core/tests/limits.rs::a_token_that_ends_its_line_is_refused` |
//! | a generator that fails | nothing is sent without randomness | `core/tests/limits.rs::a_source_that_fails_lets_nothing_out` |
//! | printing with `{:?}` | tokens, socket URLs and waiting texts are not shown | `core/tests/web_api_requests.rs::tokens_are_not_shown`, `core/tests/client_regressions.rs::debug_of_memory_and_of_accepted_shows_neither_token_nor_text_nor_url` |
//! | calls in the wrong order | one error, and no other change | `core/tests/limits.rs::misuse_is_an_error_and_changes_nothing` |
//!
//! The token is in a [`Storage`](crate::Storage), which overwrites it when it is replaced and when
//! it is dropped. Copies remain in two places: where the caller read it from, and in the memory of
//! the send buffer, until other bytes of a session take the place of the request. Clear both
//! yourself if other code can read that memory. `Debug` of an event shows the text of a message,
//! because the text is the event.
