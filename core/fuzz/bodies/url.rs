//! URLs: what is taken can be put together again, and cannot break a request line.

use slack_rtm::buffer::SendBuf;
use slack_rtm::http::request::{HttpMethod, RequestWriter};
use slack_rtm::url::{Url, host_in_domain};

pub(crate) fn url(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(url) = Url::parse(text) else {
        return;
    };
    let host = url.host();
    assert!(!host.is_empty() && url.port() != 0);
    assert!(
        host.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte)),
        "{host}"
    );
    assert!(url.target().is_empty() || url.target().starts_with(['/', '?']));
    assert!(text.ends_with(url.target()));

    let shown = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let scheme = format!("{:?}", url.scheme()).to_ascii_lowercase();
    let again = format!("{scheme}://{shown}:{}{}", url.port(), url.target());
    assert_eq!(Url::parse(&again), Ok(url));

    for domain in ["slack.com", "com", host] {
        let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
        let expected = host == domain || host.ends_with(&format!(".{domain}"));
        assert_eq!(host_in_domain(&host, &domain), expected);
    }

    let mut memory = vec![0; text.len() + 512];
    let mut tx = SendBuf::try_from(&mut memory[..]).unwrap();
    tx.append(0, |sink| {
        RequestWriter::new(sink, HttpMethod::Get, &url).end();
    });
    let request = std::str::from_utf8(tx.pending()).unwrap();
    let lines: Vec<_> = request.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{request}");
    assert!(lines[0].starts_with("GET /") && lines[0].ends_with(" HTTP/1.1"));
    assert_eq!(lines[0].split(' ').count(), 3);
    assert!(lines[1].starts_with("Host: "));
}
