//! Where a request carries the token and the arguments.

/// Where a request carries the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TokenIn {
    /// In `Authorization: Bearer`, which Slack prefers.
    #[default]
    Header,
    /// In the form field `token`; the request is then a `POST`.
    Form,
}

/// Where a request carries the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ArgumentsIn {
    /// `GET` with the arguments in the query.
    Query,
    /// `POST` with the arguments in a body of type `application/x-www-form-urlencoded`.
    Form,
    /// `POST` with the arguments in a body of type `application/json`. The token must be in the
    /// header; with one in a form, the arguments are in that form too.
    Json,
}

/// The type of a JSON body.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
