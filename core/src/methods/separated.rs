//! Lists of texts in one argument, separated by commas.

use crate::web_api::Arguments;

/// Writes the argument `name` with these texts, separated by commas.
pub(super) fn separated<'t>(
    arguments: &mut Arguments<'_>,
    name: &str,
    texts: impl Iterator<Item = &'t str>,
) {
    arguments.text_from(name, |sink| {
        let mut separator = "";
        for text in texts {
            sink.put(separator.as_bytes());
            sink.put(text.as_bytes());
            separator = ",";
        }
    });
}
