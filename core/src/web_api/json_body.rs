//! The JSON body of a request.

use super::arguments::Arguments;
use super::method::Method;
use super::placement::JSON;
use crate::http::request::RequestWriter;

/// Ends a request with the arguments of a method as a JSON body. A pointer, so that the linker drops
/// the code from clients that do not configure such bodies.
pub(crate) type JsonBody = fn(RequestWriter<'_>, &dyn Method);

/// The function that does.
pub(crate) const JSON_BODY: JsonBody = |head, method| {
    head.body(JSON, |sink| {
        Arguments::object(sink, |arguments| method.write(arguments));
    });
};
