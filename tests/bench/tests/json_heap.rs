//! A 24 MB `rtm.start` body through a buffer of 1 KiB, and not a byte of heap.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // tests

#[path = "../src/start_body.rs"]
mod start_body;

use slack_rtm::buffer::RecvBuf;
use slack_rtm::json::{DocumentState, Extractor, Raw};
use start_body::Size;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

slack_rtm::paths! {
    const START {
        const URL = Awaited "url";
        const SELF_ID = Whole "self.id";
        const TEAM_NAME = Brief "team.name";
        const USER = Element "users[]";
        const USER_ID = Whole "users[].id";
        const USER_NAME = Brief "users[].name";
        const USER_STATUS = Cut "users[].profile.status_text";
        const CHANNEL = Element "channels[]";
        const CHANNEL_ID = Whole "channels[].id";
        const MEMBERS = Cut "channels[].members[]";
        const IM = Element "ims[]";
        const IM_ID = Whole "ims[].id";
    }
}

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// The only test of this binary, so that nothing else allocates meanwhile.
#[allow(unsafe_code)] // a global allocator is one
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

#[test]
fn a_body_of_24_megabytes_passes_through_1_kibibyte() {
    let size = Size {
        users: 8_000,
        channels: 2_000,
        padding: 1_150,
        plain: false,
    };
    let body = start_body::body(size, 42);
    assert!(body.len() > 24_000_000, "{}", body.len());
    let whole: serde_json::Value = serde_json::from_str(&body).unwrap();
    let field = |list: &str, at: usize, name: &str| whole[list][at][name].as_str().unwrap();
    let (mut users, mut channels, mut ims, mut cut) = (0, 0, 0, 0);

    let before = ALLOCATIONS.load(Relaxed);
    let mut memory = [0; 1024];
    let mut rx = RecvBuf::new(&mut memory);
    let mut fields = Extractor::new(&START, Raw::Off);
    for segment in body.as_bytes().chunks(1460) {
        let mut rest = segment;
        while !rest.is_empty() {
            let space = rx.space();
            let count = space.len().min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            rx.filled(count);
            rest = &rest[count..];
            while let DocumentState::Element(list) = fields.feed(&mut rx, usize::MAX).unwrap().state
            {
                let records = rx.records();
                assert!(records.is_complete());
                match list {
                    USER => {
                        assert_eq!(records.text(USER_ID).unwrap(), field("users", users, "id"));
                        let name = records.text(USER_NAME).unwrap();
                        assert!(field("users", users, "name").starts_with(name.as_str()));
                        cut += usize::from(records.text(USER_STATUS).unwrap().is_cut());
                        users += 1;
                    }
                    CHANNEL => {
                        let id = field("channels", channels, "id");
                        assert_eq!(records.text(CHANNEL_ID).unwrap(), id);
                        let count = whole["channels"][channels]["members"]
                            .as_array()
                            .unwrap()
                            .len();
                        assert_eq!(records.list(MEMBERS).unwrap().len() as usize, count);
                        channels += 1;
                    }
                    _ => {
                        assert_eq!(records.text(IM_ID).unwrap(), field("ims", ims, "id"));
                        ims += 1;
                    }
                }
            }
        }
    }
    fields.finish(&mut rx).unwrap();
    let allocations = ALLOCATIONS.load(Relaxed) - before;

    assert_eq!(allocations, 0);
    assert_eq!((users, channels, ims), (8_000, 2_000, 800));
    assert!(cut > users / 2, "{cut}");
    assert_eq!(
        rx.records().text(URL).unwrap(),
        whole["url"].as_str().unwrap()
    );
    assert_eq!(rx.records().text(SELF_ID).unwrap(), "U000000001");
    assert_eq!(rx.records().text(TEAM_NAME).unwrap(), "Café 😀");
    let _ = (USER, IM);
}
