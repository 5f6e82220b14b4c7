//! The text of a message as Slack stores it, which differs from the text that was sent.

/// Marks bare URLs as links: `https://x.org` becomes `<https://x.org>`.
pub(crate) fn with_links(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let url = word.trim_end();
            if is_url(url) {
                format!("<{url}>{}", &word[url.len()..])
            } else {
                word.into()
            }
        })
        .collect()
}

/// Escapes the brackets of links with a label, as Slack does with texts that come over RTM: people see
/// `<https://x.org|this>` with its brackets. Links without a label, mentions and channels are kept.
pub(crate) fn without_labels(text: &str) -> String {
    let mut stored = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        stored.push_str(before);
        match after.split_once('>') {
            Some((link, after)) if is_labelled(link) => {
                stored.extend(["&lt;", link, "&gt;"]);
                rest = after;
            }
            _ => {
                stored.push('<');
                rest = after;
            }
        }
    }
    stored + rest
}

/// The URL of the first link in a stored text, without its label.
pub(crate) fn first_link(text: &str) -> Option<&str> {
    text.split('<').skip(1).find_map(|after| {
        let link = after.split('>').next()?.split('|').next()?;
        is_url(link).then_some(link)
    })
}

fn is_labelled(link: &str) -> bool {
    link.contains('|') && (is_url(link) || link.starts_with("mailto:"))
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_urls_become_links() {
        for (sent, stored) in [
            ("plain text", "plain text"),
            (
                "see https://example.com/a now",
                "see <https://example.com/a> now",
            ),
            ("http://example.com\n", "<http://example.com>\n"),
            ("<https://example.com>", "<https://example.com>"),
        ] {
            assert_eq!(with_links(sent), stored);
        }
    }

    #[test]
    fn links_with_a_label_lose_their_brackets() {
        for (sent, stored) in [
            (
                "see <https://x.org|this> now",
                "see &lt;https://x.org|this&gt; now",
            ),
            ("<mailto:a@x.org|a>", "&lt;mailto:a@x.org|a&gt;"),
            ("<https://x.org>", "<https://x.org>"),
            ("<@U1|ann> in <#C1|door>", "<@U1|ann> in <#C1|door>"),
            ("<!date^1^{date}|soon>", "<!date^1^{date}|soon>"),
            ("1 < 2 <", "1 < 2 <"),
            ("<<https://x.org|a>", "<&lt;https://x.org|a&gt;"),
        ] {
            assert_eq!(without_labels(sent), stored);
        }
    }

    #[test]
    fn the_first_link_has_a_preview() {
        for (text, link) in [
            ("no link", None),
            ("<@U1> &lt;https://x.org|this&gt;", None),
            (
                "<@U1> <https://x.org|this> <http://y.org>",
                Some("https://x.org"),
            ),
            ("<http://y.org>", Some("http://y.org")),
        ] {
            assert_eq!(first_link(text), link, "{text}");
        }
    }
}
