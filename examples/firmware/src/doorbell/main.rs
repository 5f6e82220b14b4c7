//! Doorbell: a complete Slack application for Cortex-M on embassy. DHCP, DNS, verified TLS, RTM or
//! Socket Mode, and calls of the Web API.
//!
//! Runs on the MPS2 machines of QEMU; `cargo run --release -p run-firmware` in the repository's
//! root does it all.
#![no_std]
#![no_main]

#[cfg(not(feature = "socket-mode"))]
mod application;
#[cfg(feature = "socket-mode")]
#[path = "door.rs"]
mod application;
#[cfg(not(any(feature = "web-api", feature = "socket-mode")))]
#[path = "rtm.rs"]
mod bell;
#[cfg(all(feature = "beside", not(feature = "socket-mode")))]
#[path = "beside.rs"]
mod bell;
#[cfg(all(feature = "socket-mode", not(feature = "web-api")))]
#[path = "socket.rs"]
mod bell;
#[cfg(all(feature = "socket-mode", feature = "beside"))]
#[path = "app.rs"]
mod bell;
#[cfg(feature = "between")]
#[path = "between.rs"]
mod bell;
mod executor;
mod exit;
#[cfg(not(feature = "tls"))]
#[path = "cleartext.rs"]
mod network;
#[cfg(feature = "tls")]
#[path = "secure.rs"]
mod network;
#[cfg(feature = "picture")]
mod picture;
#[cfg(feature = "web-api")]
mod post;

use cortex_m_rt::entry;
use embassy_executor::Spawner;
use embassy_net::{Config, Runner, Stack, StackResources};
use machine::arguments::{self, Arguments, ROOT};
use machine::lan9118::Lan9118;
use machine::random::Random;
use machine::say;
use machine::{board, button, clock, host, listen, stack};
use static_cell::{ConstStaticCell, StaticCell};

use exit::Exit;

/// A socket for each link, one for DHCP, one for DNS: one fewer would panic.
static RESOURCES: StaticCell<StackResources<{ bell::LINKS + 2 }>> = StaticCell::new();
static LINE: ConstStaticCell<[u8; arguments::LINE]> = ConstStaticCell::new([0; arguments::LINE]);
static ROOT_CERTIFICATE: ConstStaticCell<[u8; ROOT]> = ConstStaticCell::new([0; ROOT]);
static ARGUMENTS: StaticCell<Arguments<'static>> = StaticCell::new();

#[entry]
fn main() -> ! {
    let Some(peripherals) = cortex_m::Peripherals::take() else {
        host::exit(Exit::Mistake as u8)
    };
    button::start();
    clock::start(peripherals.SYST, Some(button::on_tick));
    let line = host::command_line(LINE.take());
    let Some(arguments) = Arguments::parse(line, ROOT_CERTIFICATE.take()) else {
        host::exit(Exit::Arguments as u8)
    };
    let arguments = &*ARGUMENTS.init(arguments);
    let mut random = Random::new(arguments.seed).part(0);
    // The second bit of the first byte: an address given locally.
    let [_, _, a, b, c, d, e, f] = random.number().to_be_bytes();
    let Some(controller) = Lan9118::start([a & 0xfc | 2, b, c, d, e, f]) else {
        host::exit(Exit::NoNetwork as u8)
    };
    listen();
    executor::run(|spawner| {
        let resources = RESOURCES.init(StackResources::new());
        let (stack, runner) = embassy_net::new(
            controller,
            Config::dhcpv4(Default::default()),
            resources,
            random.number(),
        );
        start(spawner, stack, runner, arguments);
    })
}

fn start(
    spawner: Spawner,
    stack: Stack<'static>,
    runner: Runner<'static, Lan9118>,
    arguments: &'static Arguments<'static>,
) {
    let (Ok(net), Ok(watch), Ok(application)) = (net(runner), watch(), doorbell(stack, arguments))
    else {
        host::exit(Exit::Mistake as u8)
    };
    spawner.spawn(net);
    spawner.spawn(watch);
    spawner.spawn(application);
}

#[embassy_executor::task]
async fn net(mut runner: Runner<'static, Lan9118>) -> ! {
    runner.run().await
}

/// Waits for presses and does nothing else, so that none is lost while the application is busy.
#[embassy_executor::task]
async fn watch() -> ! {
    loop {
        button::pressed().await;
        if application::PRESSES.try_send(()).is_err() {
            say!("press ignored: {} are waiting", application::WAITING);
        }
    }
}

#[embassy_executor::task]
async fn doorbell(stack: Stack<'static>, arguments: &'static Arguments<'static>) {
    say!("doorbell on {}", board::NAME);
    stack.wait_config_up().await;
    if let Some(config) = stack.config_v4() {
        say!("address: {}", config.address);
    }
    let exit = network::run(stack, arguments).await;
    host::print_stack(stack::peak());
    say!("exit: {:?}", exit);
    host::exit(exit as u8)
}
