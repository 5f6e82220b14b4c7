//! The bare loop: no executor, no async, no embassy-net. It polls the client, and smoltcp moves the
//! bytes.
//!
//! It connects to a server without TLS only; TLS would be between the socket and the buffers.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use machine::arguments::{self, Arguments, ROOT};
use machine::lan9118::Lan9118;
use machine::random::Random;
use machine::say;
use machine::{board, clock, host, listen, stack};
use slack_rtm::buffer::{RecvBuf, SendBuf};
use slack_rtm::event::Author;
use slack_rtm::rtm::command::Post;
use slack_rtm::time::{Duration, Instant};
use slack_rtm::{Client, Config, ConfigError, DisconnectReason, Event, Output, Token};
use smoltcp::iface::{
    Config as InterfaceConfig, Interface, SocketHandle, SocketSet, SocketStorage,
};
use smoltcp::socket::{dhcpv4, tcp};
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};
use static_cell::ConstStaticCell;

static LINE: ConstStaticCell<[u8; arguments::LINE]> = ConstStaticCell::new([0; arguments::LINE]);
static ROOT_CERTIFICATE: ConstStaticCell<[u8; ROOT]> = ConstStaticCell::new([0; ROOT]);
static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory {
    receive: [0; 512],
    send: [0; 256],
    token: Token::new(),
    tcp_receive: [0; 1024],
    tcp_send: [0; 512],
});

/// The smallest buffers that the client takes, the token, and two buffers for smoltcp.
struct Memory {
    receive: [u8; 512],
    send: [u8; 256],
    token: Token<128>,
    tcp_receive: [u8; 1024],
    tcp_send: [u8; 512],
}

/// How long the orderly end of a connection may take.
const LINGER: Duration = Duration::from_secs(2);

#[entry]
fn main() -> ! {
    let Some(peripherals) = cortex_m::Peripherals::take() else {
        host::exit(4)
    };
    clock::start(peripherals.SYST, None);
    let Some(arguments) =
        Arguments::parse(host::command_line(LINE.take()), ROOT_CERTIFICATE.take())
    else {
        host::exit(2)
    };
    let address = [2, 0, 0, 0, 0, 1];
    let Some(device) = Lan9118::start(address) else {
        host::exit(3)
    };
    listen();
    say!("bare on {}", board::NAME);
    let Memory {
        receive,
        send,
        token,
        tcp_receive,
        tcp_send,
    } = MEMORY.take();
    let mut storage = [SocketStorage::EMPTY; 2];
    let seed = Random::new(arguments.seed).part(1).number();
    let mut network = Network::new(device, address, seed, &mut storage, tcp_receive, tcp_send);

    let domains = [arguments.domain];
    let mut client = client(&arguments, &domains, token);
    let client = match &mut client {
        Ok(client) => client,
        Err(mistake) => {
            say!("mistake: {}", mistake);
            host::exit(4)
        }
    };
    let (mut rx, mut tx) = (RecvBuf::new(receive), SendBuf::new(send));
    loop {
        let output = match client.poll(&mut rx, &mut tx, now()) {
            Ok(output) => output,
            Err(mistake) => {
                say!("mistake: {}", mistake);
                host::exit(4)
            }
        };
        match output {
            Output::Connect { peer, until, .. } => {
                match network.dial(peer.host, peer.port, until) {
                    Ok(()) => client.connected(),
                    Err(end) => client.disconnected(end),
                }
            }
            Output::Event(Event::Hello(_)) => {
                match client.send(&Post::new(arguments.channel, "Ding-dong!"), &mut tx) {
                    Ok(id) => say!("rang: {}", id),
                    Err(error) => say!("cannot ring: {}", error),
                }
            }
            Output::Event(Event::Acknowledged(post)) => {
                say!("heard: {} at {}", post.id(), post.ts().unwrap_or_default())
            }
            Output::Event(Event::Message(message)) => {
                if let (Some(Author::Person(_)), Some(text)) = (message.posted_by(), message.text())
                {
                    say!("message: {}", text.as_str());
                    if text == "stop" {
                        client.close();
                    }
                }
            }
            Output::Event(Event::Reconnecting(end)) => {
                say!("again at {} ms: {}", end.at().as_millis(), end.reason());
            }
            Output::Event(_) => {}
            // The receive buffer has no space if nothing is to be read (`can_read`).
            Output::Wait { until, .. } => {
                if let Err(end) = network.exchange(&mut rx, &mut tx, until) {
                    client.disconnected(end);
                }
            }
            Output::Disconnect => {
                network.hang_up();
                client.disconnected(DisconnectReason::Closed);
            }
            Output::Closed(end) => {
                host::print_stack(stack::peak());
                say!("the end: {}", end);
                host::exit(0)
            }
            _ => {}
        }
    }
}

/// Creates the client. It is a function of its own, so that its stack is free afterwards.
#[inline(never)]
fn client<'c>(
    arguments: &Arguments<'c>,
    domains: &'c [&'c str],
    token: &'c mut Token<128>,
) -> Result<Client<'c, Random, &'c mut Token<128>>, ConfigError> {
    let config = Config::new()
        .api_base(arguments.api)
        .allowed_domains(domains)
        .allow_insecure();
    Client::new(config, arguments.token, token, Random::new(arguments.seed))
}

fn now() -> Instant {
    Instant::from_millis(clock::now() / 1000)
}

/// One TCP socket, and DHCP.
struct Network<'n> {
    device: Lan9118,
    interface: Interface,
    sockets: SocketSet<'n>,
    tcp: SocketHandle,
    dhcp: SocketHandle,
    next_port: u16,
    is_linked: bool,
}

impl<'n> Network<'n> {
    fn new(
        mut device: Lan9118,
        address: [u8; 6],
        seed: u64,
        storage: &'n mut [SocketStorage<'n>],
        receive: &'n mut [u8],
        send: &'n mut [u8],
    ) -> Self {
        let mut config = InterfaceConfig::new(EthernetAddress(address).into());
        // TCP's sequence numbers come of it: two starts must not have the same.
        config.random_seed = seed;
        let interface = Interface::new(config, &mut device, smoltcp::time::Instant::ZERO);
        let mut sockets = SocketSet::new(storage);
        let tcp = tcp::Socket::new(
            tcp::SocketBuffer::new(receive),
            tcp::SocketBuffer::new(send),
        );
        let (tcp, dhcp) = (sockets.add(tcp), sockets.add(dhcpv4::Socket::new()));
        Self {
            device,
            interface,
            sockets,
            tcp,
            dhcp,
            // From a place of its own, or the server may take the first connection for the one
            // before the restart.
            next_port: 49_152 | (seed & 0x3fff) as u16,
            is_linked: false,
        }
    }

    /// Lets smoltcp work, and takes the address that DHCP gives.
    fn work(&mut self) {
        let now = smoltcp::time::Instant::from_micros(clock::now() as i64);
        self.interface
            .poll(now, &mut self.device, &mut self.sockets);
        let given = self.sockets.get_mut::<dhcpv4::Socket<'_>>(self.dhcp).poll();
        let Some(event) = given else { return };
        let router = if let dhcpv4::Event::Configured(given) = event {
            say!("address: {}", given.address);
            self.interface.update_ip_addrs(|addresses| {
                addresses.clear();
                // There is room for one.
                let _ = addresses.push(IpCidr::Ipv4(given.address));
            });
            given.router
        } else {
            self.interface
                .update_ip_addrs(|addresses| addresses.clear());
            None
        };
        self.interface.routes_mut().remove_default_ipv4_route();
        if let Some(router) = router {
            let _ = self.interface.routes_mut().add_default_ipv4_route(router);
        }
    }

    /// Sleeps until the controller or the millisecond tick interrupts.
    fn rest() {
        cortex_m::asm::wfi();
    }

    /// Opens a connection to an address; names would take smoltcp's DNS socket.
    fn dial(&mut self, host: &str, port: u16, until: Instant) -> Result<(), DisconnectReason> {
        let Ok(address) = host.parse() else {
            return Err(DisconnectReason::NameNotFound);
        };
        while self.interface.ip_addrs().is_empty() {
            if now() >= until {
                return Err(DisconnectReason::Unreachable);
            }
            self.work();
            Self::rest();
        }
        self.next_port = self.next_port.checked_add(1).unwrap_or(49_152);
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.tcp);
        socket.abort();
        socket
            .connect(
                self.interface.context(),
                (IpAddress::Ipv4(address), port),
                self.next_port,
            )
            .map_err(|_| DisconnectReason::Unreachable)?;
        loop {
            self.work();
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.tcp);
            match socket.state() {
                tcp::State::Closed => return Err(DisconnectReason::Refused),
                _ if socket.may_send() => {
                    self.is_linked = true;
                    return Ok(());
                }
                _ if now() >= until => {
                    socket.abort();
                    return Err(DisconnectReason::TimedOut);
                }
                _ => Self::rest(),
            }
        }
    }

    /// Writes and reads until something moved or the instant has come. Without space in `rx` it
    /// does not read, and does not notice the end of the connection.
    fn exchange(
        &mut self,
        rx: &mut RecvBuf<'_>,
        tx: &mut SendBuf<'_>,
        until: Instant,
    ) -> Result<(), DisconnectReason> {
        loop {
            self.work();
            if self.is_linked {
                let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.tcp);
                let sent = socket.send_slice(tx.pending()).unwrap_or(0);
                tx.sent(sent);
                let can_read = !rx.space().is_empty();
                let received = socket.recv_slice(rx.space()).unwrap_or(0);
                rx.filled(received);
                if can_read && received == 0 && !socket.may_recv() {
                    self.is_linked = false;
                    let is_reset = socket.state() == tcp::State::Closed;
                    return Err(if is_reset {
                        DisconnectReason::Reset
                    } else {
                        DisconnectReason::Closed
                    });
                }
                if sent + received > 0 {
                    return Ok(());
                }
            }
            if now() >= until {
                return Ok(());
            }
            Self::rest();
        }
    }

    /// Ends the connection so that what was written and the FIN arrive, within limits.
    fn hang_up(&mut self) {
        self.is_linked = false;
        self.sockets.get_mut::<tcp::Socket<'_>>(self.tcp).close();
        let until = now() + LINGER;
        while now() < until {
            self.work();
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.tcp);
            if matches!(
                socket.state(),
                tcp::State::Closed | tcp::State::TimeWait | tcp::State::FinWait2
            ) {
                return;
            }
            Self::rest();
        }
        self.sockets.get_mut::<tcp::Socket<'_>>(self.tcp).abort();
    }
}
