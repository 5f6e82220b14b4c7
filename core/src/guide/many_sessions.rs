//! Many sessions in one loop: a struct that owns everything, a pool of buffers, an executor.
//!
//! A [`Client`](crate::Client) borrows nothing if its configuration is constant and its
//! [`Storage`](crate::Storage) is owned. The state of a buffer can be kept apart from its memory.
//! So one struct can own a whole session, without a lifetime and without leaked memory, and many of
//! them fit into one loop.
//!
//! # Rules for event loops
//!
//! 1. **Poll, move bytes, poll.** After any byte moved, and at the latest at `until`, poll again.
//!    Until a poll returns [`Wait`](crate::Output::Wait), poll at once.
//! 2. **Polling while a link is being opened is allowed.** It returns `Wait`, or gives the attempt
//!    up. So a loop needs no special case for an attempt that takes seconds.
//! 3. **Do not read without room.** If [`Wait`](crate::Output::Wait) has `can_read: false`, wait
//!    until the socket is writable. A level-triggered loop would spin otherwise, since the socket
//!    stays readable.
//! 4. **Write only what was not written.** A write that is dropped in a `select!` may have sent
//!    bytes. Report each count by [`SendBuf::sent`](crate::buffer::SendBuf::sent) before the next
//!    write, and do not put the write and a flush into one branch: a flush that is dropped after
//!    the write would leave the count unreported, and the bytes would be sent twice.
//! 5. **Flush links that buffer**, such as TLS, after the write.
//! 6. **A buffer that is empty is free.** A session in which nothing happens needs neither buffer.
//!    One that holds half a message, the URL of a socket, or an unsent byte keeps its pair. A
//!    session that is in the middle of a link may read into a fresh pair before it polls with it.
//!    After a new link has opened, poll first: the machine clears the bytes of an earlier one.
//! 7. **To lend an event from a function** that polls in a loop, return after the loop and call
//!    [`Client::event`](crate::Client::event) there. The borrow checker does not accept an event
//!    that was borrowed inside the loop.
//!
//! # A whole program
//!
//! Three bots share two pairs of buffers. The network is a script, so that this page is a test.
//!
//! ```
//! use slack_rtm::buffer::{RecvBuf, RecvState, SendBuf, SendState};
//! use slack_rtm::entropy::{Entropy, EntropyError};
//! use slack_rtm::event::Author;
//! use slack_rtm::rtm::command::Post;
//! use slack_rtm::time::{Duration, Instant};
//! use slack_rtm::{Client, Config, DisconnectReason, Event, Output, OwnedStorage};
//! use std::error::Error;
//! use std::mem::take;
//! # use std::cell::RefCell;
//! # use std::future::Future;
//! # use std::pin::Pin;
//! # use std::rc::Rc;
//! # use std::task::{Context, Poll, Waker};
//!
//! # // The script: a response to the call, then a session with one message.
//! # struct Socket { arriving: Vec<u8>, sent: Vec<u8> }
//! # impl Socket {
//! #     fn open(host: &str) -> Self {
//! #         let arriving = match host {
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
//! #         Self { arriving, sent: Vec::new() }
//! #     }
//! #     fn write(&mut self, bytes: &[u8]) -> Result<usize, DisconnectReason> { self.sent.extend(bytes); Ok(bytes.len()) }
//! #     fn read(&mut self, space: &mut [u8]) -> Result<usize, DisconnectReason> {
//! #         assert!(!space.is_empty());
//! #         let count = space.len().min(self.arriving.len()).min(40);
//! #         space[..count].copy_from_slice(&self.arriving[..count]);
//! #         self.arriving.drain(..count);
//! #         let closed = self.sent.windows(2).any(|pair| pair == [0x88, 0x82]);
//! #         if count == 0 && closed { Err(DisconnectReason::Closed) } else { Ok(count) }
//! #     }
//! # }
//! # struct Generator;
//! # impl Entropy for Generator {
//! #     fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
//! #         let nonce = b"the sample nonce"; // of RFC 6455 section 1.3, which gives the accept key
//! #         for (to, from) in out.iter_mut().zip(nonce) { *to = *from; }
//! #         Ok(())
//! #     }
//! # }
//! /// A pair of buffers. `Box` it where there is a heap, or keep a static array of them.
//! struct Pair {
//!     rx: [u8; 1024],
//!     rx_state: RecvState,
//!     tx: [u8; 512],
//!     tx_state: SendState,
//! }
//!
//! impl Pair {
//!     const fn new() -> Self {
//!         Self {
//!             rx: [0; 1024],
//!             rx_state: RecvState::EMPTY,
//!             tx: [0; 512],
//!             tx_state: SendState::EMPTY,
//!         }
//!     }
//! }
//!
//! /// A session that owns all it needs: token, client, link, and a pair of buffers while it is busy.
//! struct Bot {
//!     client: Client<'static, Generator, OwnedStorage<128, 256>>,
//!     link: Option<Socket>,
//!     pair: Option<Pair>,
//!     replies: u32,
//! }
//!
//! impl Bot {
//!     fn new(token: &str) -> Result<Self, Box<dyn Error>> {
//!         Ok(Self {
//!             client: Client::new(Config::new(), token, OwnedStorage::new(), Generator)?,
//!             link: None,
//!             pair: None,
//!             replies: 0,
//!         })
//!     }
//!
//!     /// Does what can be done now. Returns when to call it again; `None` at the end.
//!     fn step(&mut self, pool: &mut Vec<Pair>, now: Instant) -> Result<Option<Instant>, Box<dyn Error>> {
//!         let Some(mut pair) = self.pair.take().or_else(|| pool.pop()) else {
//!             // Another session has to return its pair first.
//!             return Ok(Some(now + Duration::from_millis(10)));
//!         };
//!         let mut rx = RecvBuf::with_state(&mut pair.rx, take(&mut pair.rx_state))?;
//!         let mut tx = SendBuf::with_state(&mut pair.tx, take(&mut pair.tx_state))?;
//!         let next = self.run(&mut rx, &mut tx, now);
//!         // After an error too: nothing is lost, and the next step tries again.
//!         (pair.rx_state, pair.tx_state) = (rx.into_state(), tx.into_state());
//!         if pair.rx_state.is_empty() && pair.tx_state.is_empty() {
//!             pool.push(pair);
//!         } else {
//!             self.pair = Some(pair);
//!         }
//!         next
//!     }
//!
//!     fn run(
//!         &mut self,
//!         rx: &mut RecvBuf<'_>,
//!         tx: &mut SendBuf<'_>,
//!         now: Instant,
//!     ) -> Result<Option<Instant>, Box<dyn Error>> {
//!         loop {
//!             match self.client.poll(rx, tx, now)? {
//!                 Output::Connect { peer, .. } => {
//!                     self.link = Some(Socket::open(peer.host));
//!                     self.client.connected();
//!                 }
//!                 Output::Event(Event::Message(message)) => {
//!                     if let Some(Author::Person(_)) = message.posted_by()
//!                         && let Some(pong) = Post::reply_to(&message, "pong")
//!                     {
//!                         self.client.send(&pong, tx)?;
//!                         self.replies += 1;
//!                     }
//!                 }
//!                 Output::Event(Event::Acknowledged(_)) => self.client.close(),
//!                 Output::Event(_) => {}
//!                 Output::Wait { until, can_read, .. } => {
//!                     let Some(link) = &mut self.link else {
//!                         return Ok(Some(until));
//!                     };
//!                     let written = tx.write_with(|bytes| link.write(bytes));
//!                     let read = if can_read { rx.read_with(|space| link.read(space)) } else { Ok(0) };
//!                     match (written, read) {
//!                         (Ok(0), Ok(0)) => return Ok(Some(until)),
//!                         (Ok(_), Ok(_)) => {}
//!                         (Err(reason), _) | (_, Err(reason)) => {
//!                             self.link = None;
//!                             self.client.disconnected(reason);
//!                         }
//!                     }
//!                 }
//!                 Output::Disconnect => {
//!                     self.link = None;
//!                     self.client.disconnected(DisconnectReason::Closed);
//!                 }
//!                 Output::Closed(_) => return Ok(None),
//!                 _ => {}
//!             }
//! #           if self.replies == 1 { self.client.close(); }
//!         }
//!     }
//! }
//!
//! // One loop over all bots, as on a device without an executor.
//! let mut pool = vec![Pair::new(), Pair::new()];
//! let mut bots = Vec::new();
//! for token in ["xoxb-1", "xoxb-2", "xoxb-3"] {
//!     bots.push(Bot::new(token)?);
//! }
//! let mut now = Instant::from_millis(0);
//! loop {
//!     let mut wake = None;
//!     for bot in &mut bots {
//!         let next = bot.step(&mut pool, now)?;
//!         wake = [wake, next].into_iter().flatten().min();
//!     }
//!     let Some(wake) = wake else { break };
//!     now = now.max(wake); // or until the network's interrupt
//! }
//! assert!(bots.iter().all(|bot| bot.replies == 1));
//! assert_eq!(pool.len(), 2, "every pair came back");
//!
//! // Tasks of an executor: each owns its bot.
//! async fn run(mut bot: Bot, pool: Rc<RefCell<Vec<Pair>>>) {
//!     let mut now = Instant::from_millis(0);
//!     while let Ok(Some(next)) = bot.step(&mut pool.borrow_mut(), now) {
//!         now = now.max(next);
//!         other_tasks().await; // or the network, `next`, and a button, whichever is first
//!     }
//!     assert_eq!(bot.replies, 1);
//! }
//! # struct Yield(bool);
//! # impl Future for Yield {
//! #     type Output = ();
//! #     fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
//! #         if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
//! #     }
//! # }
//! # fn other_tasks() -> Yield { Yield(false) }
//! # struct Executor(Vec<Pin<Box<dyn Future<Output = ()>>>>);
//! # impl Executor {
//! #     fn spawn(&mut self, task: impl Future<Output = ()> + 'static) { self.0.push(Box::pin(task)); }
//! #     fn run(mut self) {
//! #         let mut context = Context::from_waker(Waker::noop());
//! #         while !self.0.is_empty() { self.0.retain_mut(|task| task.as_mut().poll(&mut context).is_pending()); }
//! #     }
//! # }
//! # let mut executor = Executor(Vec::new());
//! let pool = Rc::new(RefCell::new(pool));
//! for token in ["xoxb-1", "xoxb-2", "xoxb-3"] {
//!     executor.spawn(run(Bot::new(token)?, Rc::clone(&pool)));
//! }
//! executor.run();
//! # assert_eq!(pool.borrow().len(), 2);
//! # Ok::<(), Box<dyn Error>>(())
//! ```
