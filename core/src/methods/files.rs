//! `files.*`: the calls before and after the upload of a file.

use super::sharing::{Sharing, sharing_setters};
use crate::blocks::Blocks;
use crate::json::{Members, Text, Value, Writer};
use crate::web_api::paths::CALL;
use crate::web_api::{
    Accepted, ArgumentError, ArgumentPart, Arguments, Element, Method, MethodInfo, Rate, Repetition,
};
use core::fmt;

crate::paths! {
    /// The members of the response to `files.getUploadURLExternal`, for [`UploadUrl`].
    pub const UPLOAD_URL extends CALL {
        const URL = Whole "upload_url";
        const FILE_ID = Whole "file_id";
    }
}

crate::paths! {
    /// The members of the response to `files.completeUploadExternal`, each element for a
    /// [`SharedFile`].
    pub const SHARED_FILES extends CALL {
        const FILES = Element "files[]";
        const FILES_ID = Whole "files[].id";
        const FILES_PERMALINK = Whole "files[].permalink";
        const FILES_NAME = Brief "files[].name";
        const FILES_TITLE = Brief "files[].title";
        const FILES_SIZE = Whole "files[].size";
    }
}

/// `files.getUploadURLExternal`: returns the URL that the bytes of a file are sent to. Needs the
/// scope `files:write`.
///
/// Nothing is visible in Slack before [`CompleteUpload`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct GetUploadUrl<'a> {
    filename: &'a str,
    length: u64,
    alt_txt: Option<&'a str>,
    snippet_type: Option<&'a str>,
}

impl<'a> GetUploadUrl<'a> {
    /// Returns the URL for a file with this name and this number of bytes: 1 GiB at most.
    pub const fn new(filename: &'a str, length: u64) -> Self {
        Self {
            filename,
            length,
            alt_txt: None,
            snippet_type: None,
        }
    }

    /// Returns the number of bytes.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Returns the number of bytes of a file that passes [`check`](Method::check).
    #[expect(clippy::cast_possible_truncation, reason = "1 GiB at most")]
    pub(super) const fn checked_length(&self) -> u32 {
        self.length as u32
    }

    /// Describes an image for people who cannot see it, in up to 1,000 characters.
    pub const fn alt_txt(mut self, text: &'a str) -> Self {
        self.alt_txt = Some(text);
        self
    }

    /// Makes it a snippet of this language, such as `rust`. A snippet has 1 MB at most.
    pub const fn snippet_type(mut self, language: &'a str) -> Self {
        self.snippet_type = Some(language);
        self
    }
}

impl Method for GetUploadUrl<'_> {
    fn info(&self) -> MethodInfo<'_> {
        MethodInfo::new("files.getUploadURLExternal")
            .rate(Rate::TIER_4)
            .repetition(Repetition::Harmless)
            .form_only()
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        arguments.text("filename", self.filename);
        arguments.number("length", self.length);
        arguments.optional("alt_txt", self.alt_txt);
        arguments.optional("snippet_type", self.snippet_type);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        let mebibytes = usize::try_from(self.length.div_ceil(1 << 20)).unwrap_or(usize::MAX);
        ArgumentPart::FileLength.check(mebibytes)?;
        ArgumentPart::AltText.check_optional(self.alt_txt)
    }
}

/// The response to [`GetUploadUrl`]. It needs the members in [`UPLOAD_URL`].
///
/// The URL has about 230 bytes. It is a secret, since it suffices to upload the file: `Debug` does not
/// show it.
#[derive(Clone, Copy)]
pub struct UploadUrl<'r>(Accepted<'r>);

impl<'r> UploadUrl<'r> {
    /// Creates a view of this response.
    pub const fn new(response: Accepted<'r>) -> Self {
        Self(response)
    }

    /// Returns `upload_url`: the URL that the bytes are sent to, without a token.
    pub fn url(&self) -> Option<&'r str> {
        self.0.members().text_or_number("upload_url")
    }

    /// Returns the sum of the lengths of both, in bytes, if they do not fit into the receive buffer.
    pub(super) fn too_long(&self) -> Option<u32> {
        let lengths = ["upload_url", "file_id"].map(|name| match self.0.members().find(name) {
            Some(Value::TooLong { length }) => (true, length),
            Some(Value::Text(text)) => (
                false,
                u32::try_from(text.as_str().len()).unwrap_or(u32::MAX),
            ),
            _ => (false, 0),
        });
        let is_too_long = lengths.iter().any(|(is_too_long, _)| *is_too_long);
        is_too_long.then(|| {
            lengths
                .iter()
                .fold(0, |sum: u32, (_, length)| sum.saturating_add(*length))
        })
    }

    /// Returns `file_id`, for an [`UploadedFile`]. An empty one is ignored.
    pub fn file_id(&self) -> Option<&'r str> {
        let id = self.0.members().text_or_number("file_id");
        id.filter(|id| !id.is_empty())
    }
}

impl fmt::Debug for UploadUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadUrl")
            .field("file_id", &self.file_id())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
crate::log::format_as_debug!(UploadUrl<'_>);

/// A file whose bytes were uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct UploadedFile<'a> {
    id: &'a str,
    title: Option<&'a str>,
}

impl<'a> UploadedFile<'a> {
    /// Creates the file with this id ([`UploadUrl::file_id`]).
    pub const fn new(id: &'a str) -> Self {
        Self { id, title: None }
    }

    /// Sets the title. Without it the title is the name of the file.
    pub const fn title(mut self, title: &'a str) -> Self {
        self.title = Some(title);
        self
    }

    pub(super) fn write(&self, json: &mut Writer<'_>) {
        json.begin_object();
        json.name("id").text(self.id);
        if let Some(title) = self.title {
            json.name("title").text(title);
        }
        json.end_object();
    }
}

/// `files.completeUploadExternal`: makes files visible whose bytes were uploaded, and shares them.
///
/// Needs the scope `files:write`. A second call may share the files again, so it is not repeated if
/// its response was lost. The response has several kB for each file.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub struct CompleteUpload<'a> {
    files: &'a [UploadedFile<'a>],
    sharing: Sharing<'a>,
}

impl<'a> CompleteUpload<'a> {
    /// Completes the upload of these files. They are private until they are shared.
    pub const fn new(files: &'a [UploadedFile<'a>]) -> Self {
        Self {
            files,
            sharing: Sharing::NONE,
        }
    }

    sharing_setters!();
}

impl Method for CompleteUpload<'_> {
    fn info(&self) -> MethodInfo<'_> {
        Sharing::INFO
    }

    fn write(&self, arguments: &mut Arguments<'_>) {
        let files = |json: &mut Writer<'_>| self.files.iter().for_each(|file| file.write(json));
        self.sharing.write(files, arguments);
    }

    fn check(&self) -> Result<(), ArgumentError> {
        self.sharing.check()
    }
}

/// A file in the response to [`CompleteUpload`]. It needs the members in [`SHARED_FILES`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SharedFile<'r>(Members<'r>);

impl<'r> SharedFile<'r> {
    /// Creates a view of this element.
    pub const fn of(element: Element<'r>) -> Self {
        Self(element.members())
    }

    /// Returns `id`.
    pub fn id(&self) -> Option<&'r str> {
        self.0.text_or_number("id")
    }

    /// Returns `name`.
    pub fn name(&self) -> Option<Text<'r>> {
        self.0.text("name")
    }

    /// Returns `title`.
    pub fn title(&self) -> Option<Text<'r>> {
        self.0.text("title")
    }

    /// Returns `size`, in bytes.
    pub fn size(&self) -> Option<u64> {
        self.0.number("size")
    }

    /// Returns `permalink`: the URL of the file, which only members of the workspace can open.
    pub fn permalink(&self) -> Option<&'r str> {
        self.0.text_or_number("permalink")
    }
}
