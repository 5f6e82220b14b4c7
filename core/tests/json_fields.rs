//! Wanted members: what is kept, at every split of the input.

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{Fields, RanState, Raw};

slack_rtm::paths! {
    const T {
        const URL = Awaited "url";
        const USER = Element "users[]";
        const USER_ID = Whole "users[].id";
    }
}

#[test]
fn smoke() {
    let mut memory = [0; 512];
    let mut rx = RecvBuf::new(&mut memory);
    let mut fields = Fields::new(&T, Raw::Off);
    let body = br#"{"users":[{"id":"U1"},{"id":"U2"}],"url":"wss:\/\/slack.com"}"#;
    println!("{T:?}");
    for segment in body.chunks(7) {
        rx.read_with(|space| {
            space[..segment.len()].copy_from_slice(segment);
            Ok::<_, ()>(segment.len())
        })
        .unwrap();
        loop {
            let ran = fields.run(&mut rx, usize::MAX).unwrap();
            println!("{ran:?} {:?} {:?}", rx.records(), fields);
            if let RanState::Element(USER) = ran.state {
                continue;
            }
            break;
        }
    }
    let _ = (URL, USER_ID);
}
