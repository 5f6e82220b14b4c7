//! The phases of a client's life.
