//! Makes `rtm.start` bodies of any size: members in shuffled order, escapes, all of Unicode.

use std::fmt::Write;

/// The lists of a body and how long they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) channels: usize,
    /// Bytes that each user is made longer by.
    pub(crate) padding: usize,
    /// Whether texts are ASCII without escapes.
    pub(crate) plain: bool,
}

/// A body. The same `seed` gives the same body.
pub(crate) fn body(size: Size, seed: u64) -> String {
    let mut dice = Dice(seed | 1, size.plain);
    let users = list(size.users, |at| user(at, size.padding, &mut dice));
    let channels = list(size.channels, |at| channel(at, &mut dice));
    let ims = list(size.users / 10, |at| {
        format!(r#"{{"id":"D{at:09}","user":"U{at:09}","created":1449252889,"is_im":true}}"#)
    });
    let team = if size.plain {
        "Cafe"
    } else {
        r"Caf\u00e9 \ud83d\ude00"
    };
    let team = format!(r#"{{"id":"T000000001","name":"{team}","domain":"x"}}"#);
    let mut members = vec![
        (r#""ok""#, "true".to_string()),
        (
            r#""self""#,
            r#"{"id":"U000000001","name":"bot","prefs":{"a":[1,2.5e3,null]}}"#.into(),
        ),
        (r#""team""#, team),
        (r#""users""#, users),
        (r#""channels""#, channels),
        (r#""groups""#, "[]".into()),
        (r#""ims""#, ims),
        (r#""cache_ts""#, "1485976157".into()),
        (
            r#""url""#,
            r#""wss:\/\/wss-primary.slack.com\/websocket\/abc-_=\/2""#.into(),
        ),
    ];
    dice.shuffle(&mut members);
    object(&members)
}

/// A user, with a text of `padding` bytes more than others.
pub(crate) fn user(at: usize, padding: usize, dice: &mut Dice) -> String {
    let name = dice.text(8);
    let real = dice.text(16);
    let hash = format!("{:012x}", dice.roll());
    let mut profile = vec![
        (r#""title""#, format!("\"{}\"", dice.text(24))),
        (r#""phone""#, r#""""#.into()),
        (r#""skype""#, r#""""#.into()),
        (r#""real_name""#, format!("\"{real}\"")),
        (r#""real_name_normalized""#, format!("\"{real}\"")),
        (r#""display_name""#, format!("\"{name}\"")),
        (r#""display_name_normalized""#, format!("\"{name}\"")),
        (r#""fields""#, "null".into()),
        (
            r#""status_text""#,
            format!("\"{}\"", dice.text(padding + 10)),
        ),
        (r#""status_emoji""#, r#"":palm_tree:""#.into()),
        (r#""status_expiration""#, "0".into()),
        (r#""avatar_hash""#, format!("\"{hash}\"")),
        (r#""email""#, format!("\"user{at}@example.com\"")),
        (r#""team""#, r#""T000000001""#.into()),
    ];
    for (name, size) in [
        (r#""image_24""#, 24),
        (r#""image_32""#, 32),
        (r#""image_48""#, 48),
        (r#""image_72""#, 72),
        (r#""image_192""#, 192),
        (r#""image_512""#, 512),
        (r#""image_original""#, 1024),
    ] {
        let url = format!(r#""https:\/\/avatars.example.com\/2026-11-21\/{at}_{hash}_{size}.png""#);
        profile.push((name, url));
    }
    dice.shuffle(&mut profile);
    let mut members = vec![
        (r#""id""#, format!("\"U{at:09}\"")),
        (r#""team_id""#, r#""T000000001""#.into()),
        (r#""name""#, format!("\"{name}\"")),
        (r#""color""#, format!("\"{:06x}\"", dice.roll() & 0xff_ffff)),
        (r#""real_name""#, format!("\"{real}\"")),
        (r#""tz""#, r#""Europe\/Amsterdam""#.into()),
        (r#""tz_label""#, r#""Central European Time""#.into()),
        (r#""tz_offset""#, "3600".into()),
        (
            r#""updated""#,
            (1_500_000_000 + dice.roll() % 100_000_000).to_string(),
        ),
        (r#""profile""#, object(&profile)),
    ];
    for name in [
        r#""deleted""#,
        r#""is_admin""#,
        r#""is_owner""#,
        r#""is_primary_owner""#,
        r#""is_restricted""#,
        r#""is_ultra_restricted""#,
        r#""is_bot""#,
        r#""is_app_user""#,
        r#""is_email_confirmed""#,
        r#""has_2fa""#,
    ] {
        members.push((name, dice.roll().is_multiple_of(4).to_string()));
    }
    dice.shuffle(&mut members);
    object(&members)
}

fn channel(at: usize, dice: &mut Dice) -> String {
    let note = |dice: &mut Dice| {
        let mut members = vec![
            (r#""value""#, format!("\"{}\"", dice.text(60))),
            (r#""creator""#, r#""U000000001""#.into()),
            (r#""last_set""#, "1449709364".into()),
        ];
        dice.shuffle(&mut members);
        object(&members)
    };
    let count = dice.roll() as usize % 60;
    let mut members = vec![
        (r#""id""#, format!("\"C{at:09}\"")),
        (r#""name""#, format!("\"channel-{at}\"")),
        (r#""created""#, "1449252889".into()),
        (r#""creator""#, r#""U000000001""#.into()),
        (r#""topic""#, note(dice)),
        (r#""purpose""#, note(dice)),
        (r#""members""#, list(count, |_| format!("\"U{:09}\"", dice.roll() % 1_000_000))),
        (r#""last_read""#, r#""1485976157.000000""#.into()),
        (r#""latest""#, r#"{"type":"message","user":"U000000002","text":"<@U1> hi \u003chttp:\/\/x\u003e","ts":"1485976157.000000"}"#.into()),
        (r#""unread_count""#, (dice.roll() % 1000).to_string()),
        (r#""previous_names""#, "[]".into()),
    ];
    for name in [
        r#""is_channel""#,
        r#""is_archived""#,
        r#""is_general""#,
        r#""is_member""#,
        r#""is_private""#,
        r#""is_mpim""#,
        r#""is_shared""#,
        r#""is_org_shared""#,
    ] {
        members.push((name, dice.roll().is_multiple_of(3).to_string()));
    }
    dice.shuffle(&mut members);
    object(&members)
}

fn object(members: &[(&str, String)]) -> String {
    let mut json = String::from("{");
    for (name, value) in members {
        let comma = if json.len() > 1 { "," } else { "" };
        write!(json, "{comma}{name}:{value}").unwrap();
    }
    json + "}"
}

/// An array of these elements.
pub(crate) fn list(count: usize, mut element: impl FnMut(usize) -> String) -> String {
    let mut json = String::from("[");
    for at in 0..count {
        json += if at > 0 { "," } else { "" };
        json += &element(at);
    }
    json + "]"
}

/// Chance, and whether texts are plain.
pub(crate) struct Dice(pub(crate) u64, pub(crate) bool);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.roll() as usize % (at + 1));
        }
    }

    /// About `length` characters of the inside of a JSON string, at times beyond ASCII.
    fn text(&mut self, length: usize) -> String {
        let odd = [
            "é",
            "日本",
            "\u{1f600}",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\n",
            "\\/",
            "\\\"",
            "Ж",
        ];
        let strange = self.roll().is_multiple_of(6) && !self.1;
        let mut text = String::new();
        for _ in 0..length {
            if strange && self.roll().is_multiple_of(3) {
                text += odd[self.roll() as usize % odd.len()];
            } else {
                text.push(char::from(
                    b"abcdefghijklmnopqrstuvwxyz ._-"[self.roll() as usize % 30],
                ));
            }
        }
        text
    }
}
