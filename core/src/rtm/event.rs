//! RTM events: placeholder for the typed views.
#![allow(missing_docs)]
use crate::json::{Paths, Records, Text};
crate::paths! {
    /// Members of events.
    pub const PATHS {
        pub const TYPE = Whole "type";
        pub const REPLY_TO = Whole "reply_to";
        pub const OK = Whole "ok";
        pub const CHANNEL = Whole "channel";
        pub const USER = Whole "user";
        pub const TS = Whole "ts";
        pub const ERROR_CODE = Whole "error.code";
        pub const ERROR_MSG = Brief "error.msg";
        pub const TEXT = Cut "text";
    }
}
#[derive(Clone, Copy, Debug)]
pub struct Event<'r> {
    records: Records<'r>,
}
#[derive(Clone, Copy, Debug)]
pub struct Message<'r> {
    pub channel: &'r str,
    pub user: &'r str,
    pub text: &'r str,
    pub ts: &'r str,
}
#[derive(Clone, Copy, Debug)]
pub enum Class {
    Hello,
    Message,
    Pong { reply_to: u32 },
    Ack { reply_to: u32 },
    ErrorAck { reply_to: u32, code: i64 },
    Goodbye,
    Migration,
    Error { code: i64 },
    Untyped,
    Other,
}
impl<'r> Event<'r> {
    pub fn new(records: Records<'r>, _: &'static Paths) -> Self {
        Self { records }
    }
    pub fn records(&self) -> Records<'r> {
        self.records
    }
    pub fn type_name(&self) -> &'r str {
        self.t(TYPE).unwrap_or_default()
    }
    fn t(&self, p: u8) -> Option<&'r str> {
        self.records.text(p).map(Text::as_str)
    }
    pub fn ts(&self) -> Option<&'r str> {
        self.t(TS)
    }
    pub fn error_message(&self) -> Option<&'r str> {
        self.t(ERROR_MSG)
    }
    pub fn message(&self) -> Message<'r> {
        Message {
            channel: self.t(CHANNEL).unwrap_or_default(),
            user: self.t(USER).unwrap_or_default(),
            text: self.t(TEXT).unwrap_or_default(),
            ts: self.t(TS).unwrap_or_default(),
        }
    }
    pub fn class(&self) -> Class {
        let reply_to = self
            .records
            .number(REPLY_TO)
            .and_then(|n| n.as_u64())
            .and_then(|n| u32::try_from(n).ok());
        let code = self
            .records
            .number(ERROR_CODE)
            .and_then(|n| n.as_i64())
            .unwrap_or(0);
        match (self.type_name(), reply_to, self.records.bool(OK)) {
            ("hello", ..) => Class::Hello,
            ("message", ..) => Class::Message,
            ("pong", Some(reply_to), _) => Class::Pong { reply_to },
            ("goodbye", ..) => Class::Goodbye,
            ("team_migration_started", ..) => Class::Migration,
            ("error", ..) => Class::Error { code },
            (_, Some(reply_to), Some(true)) => Class::Ack { reply_to },
            (_, Some(reply_to), Some(false)) => Class::ErrorAck { reply_to, code },
            ("", ..) => Class::Untyped,
            _ => Class::Other,
        }
    }
}
