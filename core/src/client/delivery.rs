//! The guarantee that messages are sent with.

/// The fate of a message whose ack did not arrive before the link ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Delivery {
    /// It ends as [`Unconfirmed`](crate::Event::Unconfirmed): it arrived once or not at all.
    #[default]
    AtMostOnce,
    /// It is sent again: it arrives, and may arrive twice. Needs an outbox.
    AtLeastOnce,
}
