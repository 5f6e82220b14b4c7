//! `https` and `wss` URLs, as far as a client needs them.
