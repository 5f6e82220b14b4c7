//! A call in an outbox: its method, the properties of it, and its arguments as they are sent.

use super::arguments::Arguments;
use super::method::{Method, MethodInfo, OwnUrl, Repetition};
use super::placement::ArgumentsIn;
use super::rate::Rate;
use crate::buffer::Sink;
use crate::time::Duration;
use crate::utf8;

/// The flag of a request to a URL of its own, whose arguments are the members of a JSON object.
const AT_URL: u8 = 4;

/// The bytes before the names: two lengths, flags, and the rate.
const HEADER: usize = 9;

/// The flag of a method whose repetition is harmless.
const HARMLESS: u8 = 1;
/// The flag of a method that needs no token.
const WITHOUT_TOKEN: u8 = 2;

/// A call in an outbox, as it was stored.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    name: &'a str,
    channel: &'a str,
    repetition: Repetition,
    needs_token: bool,
    rate: Rate,
    own_url: Option<&'static OwnUrl>,
    /// The arguments: a form, percent-encoded, or the members of a JSON object.
    arguments: &'a [u8],
}

impl<'a> Stored<'a> {
    /// Emits the bytes to store. The name of the method and the channel have at most 255 bytes.
    pub(crate) fn write(method: &dyn Method, sink: &mut dyn Sink) {
        let info = method.info();
        let channel = info.channel.unwrap_or_default();
        let interval = u32::try_from(info.rate.interval.as_millis()).unwrap_or(u32::MAX);
        let [i0, i1, i2, i3] = interval.to_le_bytes();
        let [b0, b1] = info.rate.burst.to_le_bytes();
        let mut flags = 0;
        if info.repetition == Repetition::Harmless {
            flags |= HARMLESS;
        }
        if !info.needs_token {
            flags |= WITHOUT_TOKEN;
        }
        if info.own_url.is_some() {
            flags |= AT_URL;
        }
        let length = |text: &str| u8::try_from(text.len()).unwrap_or(u8::MAX);
        let lengths = (length(info.name), length(channel));
        sink.put(&[lengths.0, lengths.1, flags, i0, i1, i2, i3, b0, b1]);
        sink.put(info.name.as_bytes());
        sink.put(channel.as_bytes());
        match info.own_url {
            Some(own_url) => (own_url.store)(method, sink),
            None => method.write(&mut Arguments::form(sink)),
        }
    }

    /// Reads what [`write`](Self::write) has emitted. `own_url` has the functions for requests to a
    /// URL of their own, if there may be one.
    pub(crate) fn read(bytes: &'a [u8], own_url: Option<&'static OwnUrl>) -> Option<Self> {
        let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
        let &[name, channel, flags, i0, i1, i2, i3, b0, b1] = header;
        let (name, rest) = rest.split_at_checked(name.into())?;
        let (channel, arguments) = rest.split_at_checked(channel.into())?;
        Some(Self {
            name: utf8::valid(name),
            channel: utf8::valid(channel),
            repetition: match flags & HARMLESS {
                0 => Repetition::Unsafe,
                _ => Repetition::Harmless,
            },
            needs_token: flags & WITHOUT_TOKEN == 0,
            rate: Rate {
                interval: Duration::from_millis(u32::from_le_bytes([i0, i1, i2, i3]).into()),
                burst: u16::from_le_bytes([b0, b1]),
            },
            own_url: own_url.filter(|_| flags & AT_URL != 0),
            arguments,
        })
    }
}

impl Method for Stored<'_> {
    fn info(&self) -> MethodInfo<'_> {
        let mut info = MethodInfo::new(self.name)
            .arguments_in(ArgumentsIn::Form)
            .repetition(self.repetition)
            .rate(self.rate);
        info.is_form = true;
        info.needs_token = self.needs_token;
        info.own_url = self.own_url;
        if !self.channel.is_empty() {
            info.channel = Some(self.channel);
        }
        info
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.coded(self.arguments);
    }
}

#[cfg(test)]
mod tests {
    use super::Stored;
    use crate::buffer::{Counter, Sink, write_to_slice};
    use crate::web_api::{Arguments, Method, MethodInfo, Named, Rate, Repetition};

    struct Ring;

    impl Method for Ring {
        fn info(&self) -> MethodInfo<'_> {
            MethodInfo::new("chat.postMessage")
                .repetition(Repetition::Harmless)
                .rate(Rate::TIER_2)
                .channel("C1")
        }

        fn write(&self, arguments: &mut Arguments<'_>) {
            arguments.text("channel", "C1");
            arguments.json("blocks", |json| json.null());
        }
    }

    #[test]
    fn a_call_is_read_as_it_was_stored() {
        let mut memory = [0; 128];
        let write = |sink: &mut dyn Sink| Stored::write(&Ring, sink);
        let bytes = write_to_slice(&mut memory, write).unwrap();
        assert_eq!(bytes.len(), Counter::of(write));
        let stored = Stored::read(bytes, None).unwrap();
        let mut expected = Ring.info();
        expected.is_form = true;
        assert_eq!(stored.info(), expected);
        assert_eq!(stored.arguments, b"channel=C1&blocks=null");
        for length in 0..25 {
            assert!(Stored::read(&bytes[..length], None).is_none(), "{length}");
        }
        let named = Named {
            name: "api.test",
            arguments: &[],
        };
        let mut memory = [0; 32];
        let bytes = write_to_slice(&mut memory, |sink| Stored::write(&named, sink)).unwrap();
        let stored = Stored::read(bytes, None).unwrap();
        assert_eq!((stored.info().channel, stored.arguments), (None, &b""[..]));
    }
}
