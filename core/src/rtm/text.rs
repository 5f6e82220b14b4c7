//! Text helpers: placeholder.
use crate::buffer::Sink;
/// Escapes `&`, `<` and `>`.
pub fn escape(text: &str, sink: &mut dyn Sink) {
    for piece in text.split_inclusive(['&', '<', '>']) {
        let plain = piece.trim_end_matches(['&', '<', '>']);
        sink.put(plain.as_bytes());
        sink.put(match piece.as_bytes().last() {
            Some(b'&') => b"&amp;",
            Some(b'<') => b"&lt;",
            Some(b'>') => b"&gt;",
            _ => b"",
        });
    }
}
