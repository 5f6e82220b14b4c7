//! JSON (RFC 8259): tokenizer, wanted members, writer.
