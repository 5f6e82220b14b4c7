//! The guest's network cable: every frame between the guest and QEMU's network passes through here. That network has an
//! address for the guest and a port of this host, but, isolated, no names: DHCP tells of a name server, and its queries are
//! answered here.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::qemu::HOST;

/// The name of the host as the guest sees it.
pub(crate) const NAME: &str = "slack.test";
/// Its name where it takes files.
pub(crate) const FILES_NAME: &str = "files.slack.test";

/// QEMU's network answers for this address when it is asked whose it is, and to nothing that is sent there.
const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);

/// Where QEMU plugs in, which takes a frame behind each length of 4 bytes.
#[derive(Debug)]
pub(crate) struct Cable {
    /// For the guest's end.
    pub(crate) guest: SocketAddr,
    /// For its network's end.
    pub(crate) network: SocketAddr,
}

impl Cable {
    /// A cable that carries frames as soon as both ends are plugged in, until one is pulled out.
    pub(crate) fn lay() -> io::Result<Self> {
        let (guest, network) = (listen()?, listen()?);
        let cable = Self {
            guest: guest.local_addr()?,
            network: network.local_addr()?,
        };
        thread::spawn(move || carry(&guest.accept()?.0, &network.accept()?.0));
        Ok(cable)
    }
}

fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

fn carry(guest: &TcpStream, network: &TcpStream) -> io::Result<()> {
    guest.set_nodelay(true)?;
    network.set_nodelay(true)?;
    let to_guest = Mutex::new(guest);
    let tell_guest = |frame: &[u8]| {
        write_frame(
            *to_guest.lock().unwrap_or_else(PoisonError::into_inner),
            frame,
        )
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            while let Ok(mut frame) = read_frame(network) {
                tell_of_name_server(&mut frame);
                if tell_guest(&frame).is_err() {
                    break;
                }
            }
        });
        while let Ok(frame) = read_frame(guest) {
            let carried = match answer(&frame) {
                Some(answer) => tell_guest(&answer),
                None => write_frame(network, &frame),
            };
            if carried.is_err() {
                break;
            }
        }
        network.shutdown(std::net::Shutdown::Both)
    })
}

fn read_frame(mut from: &TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut frame = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut frame)?;
    Ok(frame)
}

fn write_frame(mut to: &TcpStream, frame: &[u8]) -> io::Result<()> {
    to.write_all(&[&(frame.len() as u32).to_be_bytes(), frame].concat())
}

/// Where the parts of a frame begin that holds UDP in IPv4 without options.
const IP: usize = 14;
const UDP: usize = IP + 20;
const PAYLOAD: usize = UDP + 8;

/// The frame's ports, from and to, if it holds UDP.
fn ports(frame: &[u8]) -> Option<(u16, u16)> {
    let is_udp = frame.get(12..15)? == [0x08, 0x00, 0x45] && *frame.get(IP + 9)? == 17;
    let port = |at: usize| Some(u16::from_be_bytes([*frame.get(at)?, *frame.get(at + 1)?]));
    is_udp.then_some((port(UDP)?, port(UDP + 2)?))
}

/// Puts the name server into what DHCP tells the guest (RFC 2132 section 3.8), over the padding behind its options.
fn tell_of_name_server(frame: &mut [u8]) {
    /// BOOTP's fields, and the cookie before the options.
    const OPTIONS: usize = PAYLOAD + 240;
    if ports(frame) != Some((67, 68)) {
        return;
    }
    let mut at = OPTIONS;
    while let Some(option @ ..=254) = frame.get(at).copied() {
        let length = frame.get(at + 1).copied().unwrap_or_default();
        at += if option == 0 {
            1
        } else {
            2 + usize::from(length)
        };
    }
    let [a, b, c, d] = NAME_SERVER.octets();
    if let Some(end) = frame.get_mut(at..at + 7) {
        end.copy_from_slice(&[6, 4, a, b, c, d, 255]);
        // No checksum (RFC 768).
        frame[UDP + 6..PAYLOAD].fill(0);
    }
}

/// The answer to a query of a name server (RFC 1035 section 4), if this frame is one: the address of the host for its names,
/// and of no other.
fn answer(frame: &[u8]) -> Option<Vec<u8>> {
    const QUESTION: usize = PAYLOAD + 12;
    /// Type A, class IN.
    const ADDRESS: [u8; 4] = [0, 1, 0, 1];
    if ports(frame)?.1 != 53 || frame.get(IP + 16..UDP)? != NAME_SERVER.octets() {
        return None;
    }
    let question_of = |name: &str| {
        let mut asked = Vec::new();
        for label in name.split('.') {
            asked.push(label.len() as u8);
            asked.extend_from_slice(label.as_bytes());
        }
        asked.push(0);
        asked.extend_from_slice(&ADDRESS);
        asked
    };
    let asked = [NAME, FILES_NAME]
        .map(question_of)
        .into_iter()
        .find(|asked| {
            let question = frame.get(QUESTION..QUESTION + asked.len());
            question.is_some_and(|question| question.eq_ignore_ascii_case(asked))
        });
    let is_known = asked.is_some();

    let id = frame.get(PAYLOAD..PAYLOAD + 2)?;
    let mut message = id.to_vec();
    // A response, recursion desired and available; no error, or no such name. One question, and what answers there are.
    message.extend_from_slice(&[0x81, if is_known { 0x80 } else { 0x83 }, 0, 1, 0]);
    message.extend_from_slice(&[u8::from(is_known), 0, 0, 0, 0]);
    if let Some(asked) = asked {
        message.extend_from_slice(&asked);
        // The name of the question, for a minute.
        message.extend_from_slice(&[0xc0, 12]);
        message.extend_from_slice(&ADDRESS);
        message.extend_from_slice(&[0, 0, 0, 60, 0, 4]);
        message.extend_from_slice(&HOST.octets());
    } else {
        message.extend_from_slice(frame.get(QUESTION..)?);
    }

    let mut answer = [&frame[6..12], &frame[..6], &frame[12..PAYLOAD]].concat();
    let length = (message.len() + 8) as u16;
    answer[IP + 2..IP + 4].copy_from_slice(&(length + 20).to_be_bytes());
    answer[IP + 10..IP + 12].fill(0);
    answer[IP + 12..UDP].rotate_left(4);
    let sum = checksum(&answer[IP..UDP]);
    answer[IP + 10..IP + 12].copy_from_slice(&sum.to_be_bytes());
    answer[UDP..UDP + 4].rotate_left(2);
    answer[UDP + 4..UDP + 6].copy_from_slice(&length.to_be_bytes());
    answer[UDP + 6..].fill(0);
    answer.extend_from_slice(&message);
    Some(answer)
}

/// Of an IPv4 header (RFC 791 section 3.1).
fn checksum(header: &[u8]) -> u16 {
    let words = header
        .chunks(2)
        .map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
    let sum: u32 = words.sum();
    !((sum & 0xffff) + (sum >> 16)) as u16
}
