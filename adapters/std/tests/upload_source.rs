//! The sources of uploads: slices, files, and readers that can be read once.

use slack_rtm_std::{ReadOnce, UploadSource};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};

/// Reads from `offset` on, in parts of this length, until the end.
fn rest(source: &mut dyn UploadSource, mut offset: u64, part: usize) -> io::Result<Vec<u8>> {
    let (mut bytes, mut room) = (Vec::new(), vec![0; part]);
    loop {
        let count = source.read(offset, &mut room)?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes.extend(&room[..count]);
        offset += count as u64;
    }
}

#[test]
fn a_slice_is_read_from_any_offset() {
    let mut source = &b"ding-dong"[..];
    for part in [1, 4, 100] {
        assert_eq!(rest(&mut source, 0, part).unwrap(), b"ding-dong");
    }
    assert_eq!(rest(&mut source, 5, 2).unwrap(), b"dong");
    assert_eq!(rest(&mut source, 9, 2).unwrap(), b"");
    assert_eq!(rest(&mut source, u64::MAX, 2).unwrap(), b"");
}

#[test]
fn a_file_is_read_from_its_beginning_wherever_it_was_read_before() {
    let name = format!("slack-rtm-upload-source-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, b"ding-dong").unwrap();
    let mut file = File::open(&path).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    for part in [1, 4, 100] {
        assert_eq!(rest(&mut file, 0, part).unwrap(), b"ding-dong");
    }
    assert_eq!(rest(&mut file, 5, 4).unwrap(), b"dong");
    // A position that is right is kept.
    let mut byte = [0];
    assert_eq!(UploadSource::read(&mut file, 0, &mut byte).unwrap(), 1);
    assert_eq!(file.stream_position().unwrap(), 1);
    drop(file);
    fs::remove_file(&path).unwrap();
}

/// A reader whose first read is interrupted.
struct Interrupted<R>(Option<io::ErrorKind>, R);

impl<R: Read> Read for Interrupted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            Some(kind) => Err(kind.into()),
            None => self.1.read(buf),
        }
    }
}

#[test]
fn a_reader_is_read_once_and_keeps_its_place_after_an_error() {
    let reader = Interrupted(Some(io::ErrorKind::Interrupted), &b"ding-dong"[..]);
    let mut source = ReadOnce::new(reader);
    let mut part = [0; 4];
    let error = source.read(0, &mut part).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    assert_eq!(source.read(0, &mut part).unwrap(), 4);
    for offset in [0, 3, 5] {
        let error = source.read(offset, &mut part).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{offset}");
    }
    assert_eq!(rest(&mut source, 4, 3).unwrap(), b"-dong");
    assert_eq!(source.into_inner().1, b"");
}
