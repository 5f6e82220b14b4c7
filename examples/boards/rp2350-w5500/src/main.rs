//! Doorbell on an RP2350 with a W5500, such as WIZnet's W5500-EVB-Pico2. Button between GP14 and
//! ground.
#![no_std]
#![no_main]

use core::cell::RefCell;

use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_net::StackResources;
use embassy_net_wiznet::chip::W5500;
use embassy_net_wiznet::{Device, Runner, State};
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{DMA_CH0, DMA_CH1, SPI0, TRNG};
use embassy_rp::spi::{Async, Spi};
use embassy_rp::trng::Trng;
use embassy_rp::{bind_interrupts, dma, spi, trng};
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::{Delay, Timer};
use embedded_hal_bus::spi::ExclusiveDevice;
use panic_probe as _;
use slack_rtm::entropy::{EntropyError, from_fn};
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>, dma::InterruptHandler<DMA_CH1>;
    TRNG_IRQ => trng::InterruptHandler<TRNG>;
});

type Bus = ExclusiveDevice<Spi<'static, SPI0, Async>, Output<'static>, Delay>;

#[embassy_executor::task]
async fn controller(runner: Runner<'static, W5500, Bus, Input<'static>, Output<'static>>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn network(mut runner: embassy_net::Runner<'static, Device<'static>>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn button(mut pin: Input<'static>) -> ! {
    doorbell::watch(async || {
        pin.wait_for_falling_edge().await;
        // Contacts bounce.
        Timer::after_millis(50).await;
    })
    .await
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    // The RP2350's true random number generator, shared by three users.
    let random = Mutex::<NoopRawMutex, _>::new(RefCell::new(Trng::new(
        p.TRNG,
        Interrupts,
        trng::Config::default(),
    )));
    let fill = |out: &mut [u8]| {
        random.lock(|random| random.borrow_mut().blocking_fill_bytes(out));
        Ok::<(), EntropyError>(())
    };
    let mut seed = [0; 8];
    let _infallible = fill(&mut seed);
    let [a, b, c, d, e, f, ..] = seed;

    let mut config = spi::Config::default();
    config.frequency = 50_000_000;
    let bus = Spi::new(
        p.SPI0, p.PIN_18, p.PIN_19, p.PIN_16, p.DMA_CH0, p.DMA_CH1, Interrupts, config,
    );
    let bus = ExclusiveDevice::new(bus, Output::new(p.PIN_17, Level::High), Delay)
        .unwrap_or_else(|never| match never {});
    let (interrupt, reset) = (
        Input::new(p.PIN_21, Pull::Up),
        Output::new(p.PIN_20, Level::High),
    );
    static STATE: StaticCell<State<8, 8>> = StaticCell::new();
    // The second bit of the first byte: an address given locally, new at each start.
    let address = [a & 0xfc | 2, b, c, d, e, f];
    let Ok((device, runner)) =
        embassy_net_wiznet::new(address, STATE.init(State::new()), bus, interrupt, reset).await
    else {
        panic!("the W5500 does not answer: check the wiring")
    };
    spawner.spawn(controller(runner).expect("spawned once"));

    static RESOURCES: StaticCell<StackResources<3>> = StaticCell::new();
    let (stack, runner) = embassy_net::new(
        device,
        embassy_net::Config::dhcpv4(Default::default()),
        RESOURCES.init(StackResources::new()),
        u64::from_le_bytes(seed),
    );
    spawner.spawn(network(runner).expect("spawned once"));

    let pin = Input::new(p.PIN_14, Pull::Up);
    spawner.spawn(button(pin).expect("spawned once"));
    doorbell::run(stack, from_fn(fill), from_fn(fill)).await;
}
