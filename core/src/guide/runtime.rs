//! Wiring your own runtime: the loop, and what `exchange` has to do.
//!
//! The client needs four things of its surroundings: a way to open a link, a way to move bytes, a clock,
//! and random numbers. None of them is a trait but [`Entropy`](crate::entropy::Entropy), so there is nothing to
//! implement and nothing to register. The loop is one `match`.
//!
//! # A whole program
//!
//! Non-blocking sockets and one loop, as on a device without an executor. The network here is a script, so
//! that this page is a test; put your stack in place of `Network`.
//!
//! ```
//! use slack_rtm::buffer::{RecvBuf, SendBuf};
//! use slack_rtm::rtm::command::Message;
//! use slack_rtm::time::Instant;
//! use slack_rtm::{Client, Config, Event, DisconnectReason, Output, Peer, UsageError};
//!
//! # // The script: an answer to the call, then a session with one message.
//! # struct Network { lives: u32 }
//! # struct Socket { arriving: Vec<u8>, sent: Vec<u8> }
//! # impl Network {
//! #     fn dial(&mut self, peer: Peer<'_>, _until: Instant) -> Result<Socket, DisconnectReason> {
//! #         self.lives += 1;
//! #         let arriving = match peer.host {
//! #             "slack.com" => b"HTTP/1.1 200 OK\r\nContent-Length: 71\r\n\r\n\
//! #                 {\"ok\":true,\"url\":\"wss:\\/\\/wss-primary.slack.com\\/x\",\"self\":{\"id\":\"U1\"}}".to_vec(),
//! #             _ => {
//! #                 let mut all = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
//! #                     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n".to_vec();
//! #                 for text in [r#"{"type":"hello"}"#,
//! #                     r#"{"type":"message","channel":"C1","user":"U2","text":"ping","ts":"1.1"}"#] {
//! #                     all.extend([0x81, text.len() as u8]);
//! #                     all.extend(text.bytes());
//! #                 }
//! #                 all
//! #             }
//! #         };
//! #         Ok(Socket { arriving, sent: Vec::new() })
//! #     }
//! # }
//! # impl Socket {
//! #     fn write(&mut self, bytes: &[u8]) -> Result<usize, DisconnectReason> { self.sent.extend(bytes); Ok(bytes.len()) }
//! #     fn read(&mut self, space: &mut [u8]) -> Result<usize, DisconnectReason> {
//! #         // Three bytes at a time: any split gives the same events.
//! #         let count = space.len().min(self.arriving.len()).min(3);
//! #         space[..count].copy_from_slice(&self.arriving[..count]);
//! #         self.arriving.drain(..count);
//! #         // After its own close frame (0x88, masked) left, the script closes the stream.
//! #         let closed = self.sent.windows(2).any(|pair| pair == [0x88, 0x82]);
//! #         if count == 0 && closed { Err(DisconnectReason::Closed) } else { Ok(count) }
//! #     }
//! # }
//! # fn random(out: &mut [u8]) -> Result<(), slack_rtm::entropy::EntropyError> {
//! #     let nonce = b"the sample nonce"; // RFC 6455 section 1.3, whose answer is known
//! #     for (to, from) in out.iter_mut().zip(nonce) { *to = *from; }
//! #     Ok(())
//! # }
//! # struct Clock(u64);
//! # impl Clock {
//! #     fn now(&mut self) -> Instant { self.0 += 1; Instant::from_millis(self.0) }
//! #     fn sleep_until(&mut self, at: Instant) { self.0 = self.0.max(at.as_millis()); }
//! # }
//! /// Flushes `tx` and fills `rx`, as far as the socket can now. Neither waits for the other.
//! fn exchange(
//!     socket: &mut Socket,
//!     rx: &mut RecvBuf<'_>,
//!     tx: &mut SendBuf<'_>,
//! ) -> Result<usize, DisconnectReason> {
//!     let mut moved = 0;
//!     if !tx.pending().is_empty() {
//!         let count = socket.write(tx.pending())?; // 0: would block
//!         tx.sent(count);
//!         moved += count;
//!     }
//!     // `Err(Closed)` only when nothing is left to read: what came before the end comes first.
//!     moved += rx.read_with(|space| socket.read(space))?;
//!     Ok(moved)
//! }
//!
//! fn run(network: &mut Network, clock: &mut Clock) -> Result<u32, UsageError> {
//!     let (mut rx_memory, mut tx_memory) = ([0; 512], [0; 256]);
//!     let (mut rx, mut tx) = (RecvBuf::new(&mut rx_memory), SendBuf::new(&mut tx_memory));
//!     let mut client = Client::new(Config::new("xoxb-1"), random);
//!     let (mut link, mut answered) = (None, 0);
//!     loop {
//!         match client.poll(&mut rx, &mut tx, clock.now())? {
//!             Output::Connect { peer, until } => match network.dial(peer, until) {
//!                 Ok(socket) => {
//!                     link = Some(socket);
//!                     client.connected();
//!                 }
//!                 Err(why) => client.disconnected(why),
//!             },
//!             Output::Event(Event::Message(message)) if message.text() == "ping" => {
//!                 client.send(&Message::new(message.channel(), "pong"), &mut tx)?;
//!                 client.close(); // enough for this page
//!                 answered += 1;
//!             }
//!             Output::Event(_) => {}
//!             Output::Wait { until, .. } => match &mut link {
//!                 None => clock.sleep_until(until),
//!                 Some(socket) => match exchange(socket, &mut rx, &mut tx) {
//!                     Ok(0) => clock.sleep_until(until), // or until the network's interrupt
//!                     Ok(_) => {}
//!                     Err(why) => {
//!                         link = None;
//!                         client.disconnected(why);
//!                     }
//!                 },
//!             },
//!             Output::Disconnect => {
//!                 link = None;
//!                 client.disconnected(DisconnectReason::Closed);
//!             }
//!             Output::Closed(_) => return Ok(answered),
//!             _ => {}
//!         }
//!     }
//! }
//! # let mut network = Network { lives: 0 };
//! # assert_eq!(run(&mut network, &mut Clock(0)), Ok(1));
//! # assert_eq!(network.lives, 2);
//! ```
//!
//! # What `exchange` must get right
//!
//! 1. **It reads while a write is stuck.** A link whose peer takes nothing is found dead only by
//!    reading, or by time.
//! 2. **It ends at `until`**, also while it writes.
//! 3. **What was read before the end comes first.** Hand those bytes over, poll, and call
//!    [`disconnected`](crate::Client::disconnected) when there are no more.
//! 4. **It may do less.** Moving one byte is progress; so is being woken for nothing. Poll again.
//!
//! # Async
//!
//! The same loop with `await` in three places: the dial, the exchange, the sleep. All progress lives in the
//! client and the buffers, so a future that is dropped between them loses nothing. Select the exchange against
//! `until` and against whatever wakes you to send (a button, a channel), then poll. `slack-rtm-embassy`'s
//! `Pump` is that loop, over any `embedded-io-async` stream.
//!
//! # Threads
//!
//! The client is `Send` if its source of randomness is, and has no interior mutability. Keep it in one thread
//! and send it commands: `slack-rtm-std`'s `Sender` does.
//!
//! ```
//! use slack_rtm::{Client, entropy::Entropy};
//!
//! fn is_send<T: Send>() {}
//! fn for_every_source<E: Entropy + Send>() {
//!     is_send::<Client<'_, E>>();
//! }
//! ```
//!
//! # Time
//!
//! Any counter of milliseconds that does not stop serves ([`Instant`](crate::time::Instant)). One that jumps back is
//! taken as standing still: widen one of 32 bits to 64, or after 49 days it seems to stand still for as long.
//! One that stops in deep sleep makes deadlines late: correct it when you wake.
//! A device that slept through a ping's time asks before it buries the link.
//!
//! # Randomness
//!
//! Masking keys, the handshake's nonce, the first message id and the jitter come from
//! [`Entropy`](crate::entropy::Entropy). Give it a hardware generator or a CSPRNG that one seeded.
