//! A connection among tasks that are polled only when they were woken: the driver, the application
//! and the server, which wait for each other at small pipes.

mod support;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use embedded_io_async::Write as _;
use support::honest::{HOST, NOW, PARTIES};
use support::honest_flight;
use verified_tls::{Connector, FULL_READ, Halves, MIN_WRITE, P256_ONLY, Seed, Trust};

/// Whether a task was woken.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs tasks until all are ready, each only when it was woken.
fn run(tasks: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    let mut tasks: Vec<_> = tasks
        .into_iter()
        .map(|task| (Some(task), Arc::new(Woken(AtomicBool::new(true)))))
        .collect();
    while tasks.iter().any(|(task, _)| task.is_some()) {
        let mut was_polled = false;
        for (task, woken) in &mut tasks {
            let Some(future) = task else {
                continue;
            };
            if woken.0.swap(false, Ordering::Relaxed) {
                was_polled = true;
                let waker = Waker::from(Arc::clone(woken));
                if future
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_ready()
                {
                    *task = None;
                }
            }
        }
        assert!(was_polled, "every task waits for another");
    }
}

type Bytes<const N: usize> = Pipe<NoopRawMutex, N>;

#[test]
fn every_waiting_task_is_woken() {
    let (up, down): (Vec<u8>, Vec<u8>) = (0..20_000_u32)
        .map(|it| (it as u8, (it >> 3) as u8))
        .unzip();
    let (mut to_client, mut to_server) = (Bytes::<100>::new(), Bytes::<30>::new());
    let (inbound, outbound) = (Bytes::<70>::new(), Bytes::<20>::new());
    let hang_up = Signal::<NoopRawMutex, ()>::new();
    let received = RefCell::new(Vec::new());
    let sent = RefCell::new(Vec::new());
    let working = Cell::new(2);
    let done = || {
        working.set(working.get() - 1);
        if working.get() == 0 {
            hang_up.signal(());
        }
    };

    let (client_reader, mut server_writer) = to_client.split();
    let (server_reader, client_writer) = to_server.split();
    let driver = async {
        let trust = Trust::new(&PARTIES.anchors, P256_ONLY, &|| NOW);
        let (mut read, mut write) = (vec![0; FULL_READ], [0; MIN_WRITE]);
        let mut connector = Connector::new(&trust, &mut read, &mut write).unwrap();
        let halves = Halves::new(client_reader, client_writer);
        let seed = Seed::draw(getrandom::fill).unwrap();
        let mut connection = connector.connect(&halves, HOST, seed).await.unwrap();
        let result = connection.drive(&inbound, &outbound, hang_up.wait()).await;
        assert_eq!(result, Ok(()));
        connection.close().await.unwrap();
    };
    let sender = async {
        let mut rest = up.as_slice();
        while !rest.is_empty() {
            let count = outbound.write(rest).await;
            rest = &rest[count..];
        }
        done();
    };
    let receiver = async {
        let mut space = [0; 50];
        while received.borrow().len() < down.len() {
            let count = inbound.read(&mut space).await;
            received.borrow_mut().extend_from_slice(&space[..count]);
        }
        done();
    };
    let session = RefCell::new(None);
    let begun = Signal::<NoopRawMutex, ()>::new();
    let server_receiver = async {
        let mut hello = vec![0; 5];
        for byte in &mut hello {
            server_reader.read(std::slice::from_mut(byte)).await;
        }
        let mut hello = vec![0; usize::from(u16::from_be_bytes([hello[3], hello[4]]))];
        for byte in &mut hello {
            server_reader.read(std::slice::from_mut(byte)).await;
        }
        *session.borrow_mut() = Some(honest_flight(&hello));
        begun.signal(());
        let mut space = [0; 64];
        loop {
            let count = server_reader.read(&mut space).await;
            let opened = session.borrow_mut().as_mut().unwrap().open(&space[..count]);
            for (content, kind) in opened {
                match kind {
                    23 => sent.borrow_mut().extend(content),
                    21 => return,
                    _ => panic!("content type {kind}"),
                }
            }
        }
    };
    let server_sender = async {
        begun.wait().await;
        for piece in [&[][..]].into_iter().chain(down.chunks(700)) {
            let records = {
                let mut session = session.borrow_mut();
                let session = session.as_mut().unwrap();
                if !piece.is_empty() {
                    session.seal(&[piece, &[23]].concat());
                }
                session.take()
            };
            server_writer.write_all(&records).await.unwrap();
        }
    };
    run(vec![
        Box::pin(driver),
        Box::pin(sender),
        Box::pin(receiver),
        Box::pin(server_receiver),
        Box::pin(server_sender),
    ]);
    assert!(*received.borrow() == down && *sent.borrow() == up);
}
