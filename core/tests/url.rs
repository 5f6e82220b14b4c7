//! URLs: parts, defaults, refusals, domains.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use slack_rtm::url::{Scheme, Url, UrlError, host_in_domain};

#[test]
fn parts_of_urls() {
    for (text, scheme, host, port, target) in [
        (
            "https://slack.com/api/",
            Scheme::Https,
            "slack.com",
            443,
            "/api/",
        ),
        ("HTTPS://Slack.com", Scheme::Https, "Slack.com", 443, ""),
        (
            "wss://ms9.slack-msgs.com/w/7I5y=/2",
            Scheme::Wss,
            "ms9.slack-msgs.com",
            443,
            "/w/7I5y=/2",
        ),
        (
            "wss://a?ticket=1:2/3@4",
            Scheme::Wss,
            "a",
            443,
            "?ticket=1:2/3@4",
        ),
        ("ws://127.0.0.1:09/", Scheme::Ws, "127.0.0.1", 9, "/"),
        ("http://localhost:", Scheme::Http, "localhost", 80, ""),
        ("http://[::1]:65535/x", Scheme::Http, "::1", 65535, "/x"),
        (
            "ws://[::ffff:1.2.3.4]",
            Scheme::Ws,
            "::ffff:1.2.3.4",
            80,
            "",
        ),
    ] {
        let url = Url::parse(text).expect(text);
        let parts = (url.scheme(), url.host(), url.port(), url.target());
        assert_eq!(parts, (scheme, host, port, target), "{text}");
    }
}

#[test]
fn what_is_no_url_here() {
    for (text, expected) in [
        ("", UrlError::Scheme),
        ("slack.com", UrlError::Scheme),
        ("ftp://slack.com", UrlError::Scheme),
        ("https:/slack.com", UrlError::Scheme),
        ("https:slack.com", UrlError::Scheme),
        ("://slack.com", UrlError::Scheme),
        ("https://slack.com/a b", UrlError::Character),
        ("https://slack.com/\r\nX: y", UrlError::Character),
        ("https://slack.com/\u{e4}", UrlError::Character),
        ("https://", UrlError::Host),
        ("https:///path", UrlError::Host),
        ("https://:80/", UrlError::Host),
        ("https://.slack.com/", UrlError::Host),
        ("https://slack.com./", UrlError::Host),
        ("https://sl%61ck.com/", UrlError::Host),
        ("https://slack.com\\.evil.com/", UrlError::Host),
        ("https://[]/", UrlError::Host),
        ("https://[::1/", UrlError::Host),
        ("https://[1234]/", UrlError::Host),
        ("https://[::1%25eth0]/", UrlError::Host),
        ("https://::1/", UrlError::Host),
        ("https://[::1]x/", UrlError::Port),
        ("https://a:0/", UrlError::Port),
        ("https://a:65536/", UrlError::Port),
        ("https://a:+1/", UrlError::Port),
        ("https://a:1:2/", UrlError::Port),
        ("https://slack.com@evil.com/", UrlError::UserInfo),
        ("https://u:p@slack.com/", UrlError::UserInfo),
        ("https://slack.com/#top", UrlError::Fragment),
        ("https://slack.com#@evil.com", UrlError::Fragment),
    ] {
        assert_eq!(Url::parse(text), Err(expected), "{text:?}");
    }
    let long = format!("https://{}/", "a".repeat(254));
    assert_eq!(Url::parse(&long), Err(UrlError::Host));
}

#[test]
fn domains_match_by_labels() {
    for (host, domain, inside) in [
        ("slack.com", "slack.com", true),
        ("wss-primary.SLACK.com", "slack.com", true),
        ("a.b.slack-msgs.com", "slack-msgs.com", true),
        ("evil-slack.com", "slack.com", false),
        ("slack.com.evil", "slack.com", false),
        ("com", "slack.com", false),
        ("slack.com", "", false),
        ("", "", false),
        ("x.", "", false),
    ] {
        assert_eq!(host_in_domain(host, domain), inside, "{host} in {domain}");
    }
}

#[test]
fn targets_are_not_shown() {
    let url = Url::parse("wss://slack.com/link/?ticket=secret").expect("a URL");
    assert!(!format!("{url:?}").contains("secret"));
}

/// Of `port`: "never zero", of however many parts a URL was made.
#[test]
fn urls_of_parts_keep_the_documented_rules() {
    fn url<'u>(host: &'u str, port: u16, target: &'u str) -> Result<Url<'u>, UrlError> {
        Url::from_parts(Scheme::Ws, host, port, target)
    }
    let made = url("a.example", 80, "/chat").map(|url| (url.host(), url.port(), url.target()));
    assert_eq!(made, Ok(("a.example", 80, "/chat")));
    assert_eq!(url("a.example", 0, ""), Err(UrlError::Port));
    assert_eq!(url("", 80, ""), Err(UrlError::Host));
    assert_eq!(url(&"a".repeat(254), 80, ""), Err(UrlError::Host));
    assert_eq!(url("a.example", 80, "/a b"), Err(UrlError::Character));
    assert_eq!(url("a\r\nX: y", 80, ""), Err(UrlError::Character));
}
