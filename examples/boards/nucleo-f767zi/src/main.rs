//! Doorbell on ST's NUCLEO-F767ZI: its own Ethernet, its blue button.
#![no_std]
#![no_main]

use core::cell::RefCell;

use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_net::StackResources;
use embassy_stm32::eth::{Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::exti::{self, ExtiInput};
use embassy_stm32::gpio::Pull;
use embassy_stm32::mode::Async;
use embassy_stm32::peripherals::{ETH, ETH_SMA, RNG};
use embassy_stm32::rng::Rng;
use embassy_stm32::{Config, bind_interrupts, eth, interrupt, rng};
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::Timer;
use panic_probe as _;
use slack_rtm::entropy::{EntropyError, from_fn};
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    ETH => eth::InterruptHandler;
    EXTI15_10 => exti::InterruptHandler<interrupt::typelevel::EXTI15_10>;
    RNG => rng::InterruptHandler<RNG>;
});

type Device = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;

#[embassy_executor::task]
async fn network(mut runner: embassy_net::Runner<'static, Device>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn button(mut pin: ExtiInput<'static, Async>) -> ! {
    doorbell::watch(async || {
        pin.wait_for_rising_edge().await;
        // Contacts bounce.
        Timer::after_millis(50).await;
    })
    .await
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_stm32::init(clocks());
    // The STM32's true random number generator, shared by three users. It waits while the generator
    // gathers.
    let random = Mutex::<NoopRawMutex, _>::new(RefCell::new(Rng::new(p.RNG, Interrupts)));
    let fill = |out: &mut [u8]| {
        random.lock(|random| random.borrow_mut().fill_bytes(out));
        Ok::<(), EntropyError>(())
    };
    let mut seed = [0; 8];
    let _infallible = fill(&mut seed);
    let [a, b, c, d, e, f, ..] = seed;

    static PACKETS: StaticCell<PacketQueue<4, 4>> = StaticCell::new();
    let device = Ethernet::new(
        PACKETS.init(PacketQueue::new()),
        p.ETH,
        Interrupts,
        p.PA1,
        p.PA7,
        p.PC4,
        p.PC5,
        p.PG13,
        p.PB13,
        p.PG11,
        // The second bit of the first byte: an address given locally, new at each start.
        [a & 0xfc | 2, b, c, d, e, f],
        p.ETH_SMA,
        p.PA2,
        p.PC1,
    );
    static RESOURCES: StaticCell<StackResources<3>> = StaticCell::new();
    let (stack, runner) = embassy_net::new(
        device,
        embassy_net::Config::dhcpv4(Default::default()),
        RESOURCES.init(StackResources::new()),
        u64::from_le_bytes(seed),
    );
    spawner.spawn(network(runner).expect("spawned once"));

    let pin = ExtiInput::new(p.PC13, p.EXTI13, Pull::Down, Interrupts);
    spawner.spawn(button(pin).expect("spawned once"));
    doorbell::run(stack, from_fn(fill), from_fn(fill)).await;
}

/// 216 MHz from the 8 MHz that the board's ST-LINK gives; 48 MHz for the random number generator.
fn clocks() -> Config {
    use embassy_stm32::rcc::{
        AHBPrescaler, APBPrescaler, Hse, HseMode, Pll, PllMul, PllPDiv, PllPreDiv, PllQDiv,
        PllSource, Sysclk,
    };
    use embassy_stm32::time::Hertz;
    let mut config = Config::default();
    config.rcc.hse = Some(Hse {
        freq: Hertz(8_000_000),
        mode: HseMode::Bypass,
    });
    config.rcc.pll_src = PllSource::HSE;
    config.rcc.pll = Some(Pll {
        prediv: PllPreDiv::DIV4,
        mul: PllMul::MUL216,
        divp: Some(PllPDiv::DIV2),
        divq: Some(PllQDiv::DIV9),
        divr: None,
    });
    config.rcc.ahb_pre = AHBPrescaler::DIV1;
    config.rcc.apb1_pre = APBPrescaler::DIV4;
    config.rcc.apb2_pre = APBPrescaler::DIV2;
    config.rcc.sys = Sysclk::PLL1_P;
    config
}
