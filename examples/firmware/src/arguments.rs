//! The firmware's settings. A product would keep them in flash; here they come with the command line.

/// Longest root certificate, DER: RSA-4096, or P-256 where nothing else is verified.
pub const ROOT: usize = if cfg!(feature = "rsa") { 1536 } else { 640 };
/// Longest command line: the root in hexadecimal digits, and the rest.
pub const LINE: usize = 2 * ROOT + 512;

/// `api=https://… domain=… token=… [app=…] channel=… seed=… root=<hex> [once]`
pub struct Arguments<'a> {
    /// Base of the Web API's URLs.
    pub api: &'a str,
    /// The domain that the WebSocket's host must lie in.
    pub domain: &'a str,
    /// The token of the bot.
    pub token: &'a str,
    /// The app-level token, for Socket Mode; else empty.
    pub app: &'a str,
    /// Where to post.
    pub channel: &'a str,
    /// The trust anchor.
    pub root: &'a [u8],
    /// A seed for randomness. MPS2 has no generator: for tests only.
    pub seed: u64,
    /// Stop at the first failure, with its status.
    pub once: bool,
}

impl<'a> Arguments<'a> {
    /// Parses the command line; `None` if something is missing or malformed.
    pub fn parse(line: &'a str, root: &'a mut [u8; ROOT]) -> Option<Self> {
        let value = |name: &str| {
            line.split(' ')
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let hex = value("root")?.as_bytes();
        let length = hex.len() / 2;
        for (byte, pair) in root.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self {
            api: value("api")?,
            domain: value("domain")?,
            token: value("token")?,
            app: value("app").unwrap_or_default(),
            channel: value("channel")?,
            root: root.get(..length)?,
            seed: value("seed")?.parse().ok()?,
            once: line.split(' ').any(|part| part == "once"),
        })
    }
}
