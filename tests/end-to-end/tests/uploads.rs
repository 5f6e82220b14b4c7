//! Files by the std adapter: three calls over two hosts, from each kind of source, and what is known
//! after each failure.

use end_to_end::world::World;
use fake_slack::{FakeSlack, Fault, GENERAL, Step, What};
use slack_rtm::methods::auth::{self, AuthTest};
use slack_rtm::methods::files::GetUploadUrl;
use slack_rtm::methods::upload::{Upload, UploadStage};
use slack_rtm::time::Duration;
use slack_rtm::web_api::{CallError, ErrorCode};
use slack_rtm_std::{
    Buffers, CallFailure, ReadOnce, StopHandle, UploadFailure, UploadSource, WebApi,
};
use std::io;

/// The length of a picture.
const LENGTH: usize = 50_000;

/// A camera: its picture is computed while it is read, in parts of up to 300 bytes.
#[derive(Default)]
struct Camera {
    /// The offset of each read.
    reads: Vec<u64>,
    /// The length, if it is not that of the upload.
    length: Option<usize>,
    /// The first read at this offset or a later one fails with this kind, once.
    fails: Option<(u64, io::ErrorKind)>,
    /// Stops the calls at the first read at this offset or a later one, once.
    stops: Option<(u64, StopHandle)>,
}

fn byte(at: usize) -> u8 {
    (at % 251) as u8
}

fn picture() -> Vec<u8> {
    (0..LENGTH).map(byte).collect()
}

impl UploadSource for Camera {
    fn read(&mut self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.reads.push(offset);
        if let Some((_, kind)) = self.fails.take_if(|(at, _)| offset >= *at) {
            return Err(kind.into());
        }
        if let Some((_, stop)) = self.stops.take_if(|(at, _)| offset >= *at) {
            stop.stop();
        }
        let at = offset as usize;
        let rest = self.length.unwrap_or(LENGTH + 1000) - at;
        let count = buf.len().min(rest).min(300);
        let bytes = (at..).map(byte);
        buf[..count]
            .iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = from);
        Ok(count)
    }
}

/// Runs `test` with an upload of a picture, over a send buffer of 512 bytes.
fn with_upload<T>(
    server: FakeSlack,
    test: impl FnOnce(&mut WebApi<'_>, Upload<'_>, &FakeSlack) -> T,
) -> T {
    with_upload_of(LENGTH as u64, server, test)
}

fn with_upload_of<T>(
    length: u64,
    server: FakeSlack,
    test: impl FnOnce(&mut WebApi<'_>, Upload<'_>, &FakeSlack) -> T,
) -> T {
    let mut world = World::new(server);
    world.buffers = Buffers::new(1024, 512);
    world.run(
        |config| config.total(Duration::from_secs(30)).allow_insecure(),
        |web_api, server| {
            let (hosts, mut memory) = ([server.upload_host()], [0; Upload::MEMORY]);
            let file = GetUploadUrl::new("door.bmp", length);
            let upload = Upload::new(file, &mut memory).allowed_domains(&hosts);
            let result = test(web_api, upload.in_channel(GENERAL), server);
            let broken = server.log().entries().into_iter();
            let broken = broken.filter(|entry| matches!(entry.what, What::Violation(_)));
            assert_eq!(broken.count(), 0);
            result
        },
    )
}

fn start() -> FakeSlack {
    FakeSlack::builder().start().unwrap()
}

/// Returns whether the server has the whole picture, complete and in the channel.
fn has_picture(server: &FakeSlack) -> bool {
    let files = server.files();
    let [file] = &files[..] else { return false };
    file.is_complete && file.channels == [GENERAL] && file.bytes == picture()
}

#[test]
fn a_picture_leaves_through_a_small_buffer_over_two_hosts() {
    for (builder, handshakes) in [
        (FakeSlack::builder(), 3),
        (FakeSlack::builder().requests_per_connection(1), 3),
        (FakeSlack::builder().plain(), 0),
    ] {
        with_upload(builder.start().unwrap(), |web_api, upload, server| {
            let mut upload = upload.title("Front door").initial_comment("Ding-dong");
            let (mut camera, mut shown) = (Camera::default(), Vec::new());
            web_api
                .upload(&mut upload, &mut camera, |sent, length| {
                    shown.push((sent, length));
                })
                .unwrap();
            assert!(has_picture(server));
            let file = &server.files()[0];
            assert_eq!(
                (file.title.as_str(), upload.file_id()),
                ("Front door", Some(&*file.id))
            );
            // Forward, without gaps, and no byte beyond the length.
            assert!(camera.reads.is_sorted() && camera.reads[0] == 0);
            assert!(camera.reads.iter().all(|at| (*at as usize) < LENGTH));
            let length = LENGTH as u64;
            assert_eq!(shown.first(), Some(&(0, length)));
            assert_eq!(shown.last(), Some(&(length, length)));
            assert!(shown.is_sorted() && shown.len() > LENGTH / 512);
            let log = server.log();
            assert_eq!((log.connections(), log.handshakes()), (3, handshakes));
        });
    }
}

#[test]
fn an_upload_that_is_cut_begins_again_from_a_source_that_can() {
    // Before the first byte it is repeated from any source.
    for fault in [Fault::ResetAfter(0), Fault::Close] {
        with_upload(start(), |web_api, mut upload, server| {
            server.fault(Step::Upload, fault.clone());
            let result = web_api.upload(&mut upload, &mut Camera::default(), |_, _| {});
            assert!(result.is_ok(), "{fault:?}: {result:?}");
            assert!(has_picture(server), "{fault:?}");
        });
    }
    for fault in [Fault::ResetAfter(20_000), Fault::Truncate(20_000)] {
        with_upload(start(), |web_api, mut upload, server| {
            server.fault(Step::Upload, fault.clone());
            let (mut camera, mut shown) = (Camera::default(), Vec::new());
            let result = web_api.upload(&mut upload, &mut camera, |sent, _| shown.push(sent));
            assert!(result.is_ok(), "{fault:?}: {result:?}");
            assert!(has_picture(server), "{fault:?}");
            let begins = camera.reads.iter().filter(|at| **at == 0).count();
            assert_eq!(begins, 2, "{fault:?}");
            assert_eq!(shown.iter().filter(|sent| **sent == 0).count(), 2);
            assert_eq!(server.log().calls("files.getUploadURLExternal"), 1);
        });
        // Of a picture that is kept nowhere.
        with_upload(start(), |web_api, upload, server| {
            server.fault(Step::Upload, fault.clone());
            let mut upload = upload.cannot_restart();
            let result = web_api.upload(&mut upload, &mut Camera::default(), |_, _| {});
            let Err(UploadFailure::Call(CallFailure::Failed(CallError::CannotRestart(_)))) = result
            else {
                panic!("{fault:?}: {result:?}");
            };
            assert!(server.files().is_empty());
            // Another picture, of the same length, over the URL that there is.
            let result = web_api.upload(&mut upload, &mut &picture()[..], |_, _| {});
            assert!(result.is_ok(), "{result:?}");
            assert!(has_picture(server));
            assert_eq!(server.log().calls("files.getUploadURLExternal"), 1);
        });
        // Of a pipe, which was not stated.
        with_upload(start(), |web_api, mut upload, server| {
            server.fault(Step::Upload, fault);
            let bytes = picture();
            let mut pipe = ReadOnce::new(&bytes[..]);
            let result = web_api.upload(&mut upload, &mut pipe, |_, _| {});
            let Err(UploadFailure::Source(error)) = result else {
                panic!("{result:?}");
            };
            assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        });
    }
}

#[test]
fn a_refusal_of_the_upload_host_is_no_end_of_the_upload() {
    let unavailable = Fault::Status {
        code: 503,
        retry_after: None,
    };
    // The text of the response is its reason. The rest of the file is not read.
    let too_large = Fault::StatusAfter {
        bytes: 10_000,
        code: 413,
    };
    for (fault, reason) in [(unavailable, None), (too_large, Some("scripted"))] {
        with_upload(start(), |web_api, mut upload, server| {
            server.fault(Step::Upload, fault);
            let result = web_api.upload(&mut upload, &mut Camera::default(), |_, _| {});
            match (result, reason) {
                (Err(UploadFailure::Call(CallFailure::Refused(error))), Some(reason)) => {
                    assert_eq!(error.code().as_str(), reason);
                }
                (Err(UploadFailure::Call(failure)), None) => {
                    assert!(failure.to_string().contains("503"), "{failure}");
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(upload.stage(), UploadStage::Send);
            let result = web_api.upload(&mut upload, &mut Camera::default(), |_, _| {});
            assert!(result.is_ok(), "{result:?}");
            assert!(has_picture(server));
            assert_eq!(server.log().calls("files.getUploadURLExternal"), 1);
        });
    }
}

#[test]
fn a_source_that_fails_or_ends_early_closes_the_link_and_the_upload_can_continue() {
    with_upload(start(), |web_api, mut upload, server| {
        let mut short = Camera {
            length: Some(20_000),
            ..Camera::default()
        };
        let result = web_api.upload(&mut upload, &mut short, |_, _| {});
        let Err(failure @ UploadFailure::Ended { read, length }) = result else {
            panic!("{result:?}");
        };
        assert_eq!((read, length), (20_000, 50_000));
        assert!(!failure.is_unconfirmed());
        assert_eq!(failure.code(), 379);
        let text = failure.to_string();
        assert!(text.contains("after 20000 of 50000 bytes"), "{text}");

        let mut broken = Camera {
            fails: Some((10_000, io::ErrorKind::PermissionDenied)),
            ..Camera::default()
        };
        let result = web_api.upload(&mut upload, &mut broken, |_, _| {});
        let Err(UploadFailure::Source(error)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(UploadFailure::Source(error).code(), 378);
        assert!(server.files().is_empty());
        // Nothing of the parts is left in the machine.
        assert!(web_api.call(&AuthTest, &auth::TOKEN_OWNER).is_ok());

        let mut interrupted = Camera {
            fails: Some((10_000, io::ErrorKind::Interrupted)),
            ..Camera::default()
        };
        let result = web_api.upload(&mut upload, &mut interrupted, |_, _| {});
        assert!(result.is_ok(), "{result:?}");
        assert!(has_picture(server));
        assert_eq!(server.log().calls("files.getUploadURLExternal"), 1);
    });
}

#[test]
fn an_empty_file_is_refused_before_its_source_is_read() {
    with_upload_of(0, start(), |web_api, mut upload, server| {
        let mut camera = Camera::default();
        let result = web_api.upload(&mut upload, &mut camera, |_, _| {});
        let Err(UploadFailure::Call(CallFailure::Refused(error))) = result else {
            panic!("{result:?}");
        };
        assert_eq!(error.code(), ErrorCode::InvalidArguments);
        assert!(camera.reads.is_empty() && server.files().is_empty());
    });
}

#[test]
fn a_stop_handle_ends_an_upload_between_two_parts() {
    with_upload(start(), |web_api, mut upload, server| {
        let mut camera = Camera {
            stops: Some((30_000, web_api.stop_handle())),
            ..Camera::default()
        };
        let result = web_api.upload(&mut upload, &mut camera, |_, _| {});
        match result {
            Err(UploadFailure::Call(CallFailure::Stopped { has_left: true })) => {}
            other => panic!("{other:?}"),
        }
        assert!(*camera.reads.last().unwrap() < 31_000);
        assert_eq!(upload.stage(), UploadStage::Send);
        assert!(server.files().is_empty());
        let result = web_api.upload(&mut upload, &mut camera, |_, _| {});
        assert!(matches!(
            result,
            Err(UploadFailure::Call(CallFailure::Stopped {
                has_left: false
            }))
        ));
        web_api.resume();
        assert!(
            web_api
                .upload(&mut upload, &mut Camera::default(), |_, _| {})
                .is_ok()
        );
        assert!(has_picture(server));
    });
}

#[test]
fn a_lost_response_to_the_last_call_leaves_open_whether_the_file_is_visible() {
    with_upload(start(), |web_api, mut upload, server| {
        server.fault_times(Step::AnswerHead, Fault::Pass, 2);
        server.fault(Step::AnswerHead, Fault::Close);
        let result = web_api.upload(&mut upload, &mut Camera::default(), |_, _| {});
        let Err(failure) = result else {
            panic!("{result:?}");
        };
        assert!(failure.is_unconfirmed(), "{failure}");
        assert_eq!(upload.stage(), UploadStage::Complete);
        assert!(has_picture(server));
    });
}

#[test]
fn a_host_that_is_not_allowed_gets_no_byte() {
    with_upload(start(), |web_api, upload, server| {
        let mut upload = upload.allowed_domains(&["slack.com"]);
        let mut camera = Camera::default();
        let result = web_api.upload(&mut upload, &mut camera, |_, _| {});
        let failure = result.map(|_| ()).unwrap_err().to_string();
        assert!(failure.contains("allowed domains"), "{failure}");
        assert!(camera.reads.is_empty());
        assert_eq!(server.log().connections(), 1);
    });
}
