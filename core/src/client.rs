//! The client: composes the layers, parses nothing itself.
