//! Responses to envelopes from types that serde can serialize.

use serde::Serialize;
use slack_rtm::json::Writer;

/// Serializes `value`, which must be a JSON object, and returns the response that writes it.
///
/// ```
/// # fn run(mut handle: slack_rtm_std::Handle<'_, '_, slack_rtm::SocketMode>) -> Result<(), Box<dyn std::error::Error>> {
/// #[derive(serde::Serialize)]
/// struct Answer<'a> {
///     response_type: &'a str,
///     text: &'a str,
/// }
///
/// let answer = Answer { response_type: "in_channel", text: "The door is open" };
/// handle.acknowledge(&slack_rtm_std::serialized(&answer)?)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The error of `serde_json` if `value` cannot be serialized.
pub fn serialized<T: Serialize + ?Sized>(
    value: &T,
) -> Result<impl Fn(&mut Writer<'_>) + use<T>, serde_json::Error> {
    let json = serde_json::to_vec(value)?;
    Ok(move |writer: &mut Writer<'_>| writer.raw(&json))
}

#[cfg(test)]
mod tests {
    use super::serialized;
    use slack_rtm::buffer::{Sink, write_to_slice};
    use slack_rtm::json::Writer;
    use std::collections::BTreeMap;

    #[test]
    fn a_type_is_written_as_a_value_between_others() {
        let response = serialized(&BTreeMap::from([("text", "a \"door\"")])).unwrap();
        let write = |sink: &mut dyn Sink| {
            let mut json = Writer::new(sink);
            json.begin_array();
            response(&mut json);
            response(&mut json);
            json.end_array();
        };
        let mut memory = [0; 64];
        let written = write_to_slice(&mut memory, write).unwrap();
        let expected = br#"[{"text":"a \"door\""},{"text":"a \"door\""}]"#;
        assert_eq!(written, expected);
    }
}
