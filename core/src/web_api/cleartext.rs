//! Whether connections without TLS are allowed.

/// Whether connections without TLS are allowed, to the Web API and to the WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Cleartext {
    /// `https` and `wss` only.
    #[default]
    Refused,
    /// `http` and `ws` too: for tests on the local machine.
    Allowed,
}
