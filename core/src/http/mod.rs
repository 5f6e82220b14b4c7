//! HTTP/1.1 (RFC 9112): requests, heads a line at a time, bodies.
