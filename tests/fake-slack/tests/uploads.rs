//! Uploads: the URL, the host that takes the bytes, and the end that makes a file visible.

mod support;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use fake_slack::{BOT_TOKEN, Ended, FakeSlack, Fault, File, GENERAL, Step, What};
use serde_json::{Value, json};
use support::{Answer, Link, PATIENCE, dial_uploads, get, next, open, post, read_answer};

fn call(server: &FakeSlack, query: &str) -> Value {
    get(server, query).unwrap().json()
}

/// The URL and the id of a new file.
fn announce(server: &FakeSlack, name: &str, length: usize) -> (String, String) {
    let query = format!("files.getUploadURLExternal?filename={name}&length={length}");
    let answer = call(server, &query);
    let text = |member: &str| answer[member].as_str().unwrap().to_owned();
    (text("upload_url"), text("file_id"))
}

fn head(server: &FakeSlack, url: &str, fields: &str, length: usize) -> String {
    let authority = format!("{}:{}", server.upload_host(), server.upload_port());
    let path = url.split_once(&authority).unwrap().1;
    format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {length}\r\n{fields}\r\n"
    )
}

/// Begins an upload: its head and this part of its body.
fn begin(server: &FakeSlack, url: &str, fields: &str, length: usize, part: &[u8]) -> Box<dyn Link> {
    let mut link = dial_uploads(server).unwrap();
    let head = head(server, url, fields, length);
    link.write_all(&[head.as_bytes(), part].concat()).unwrap();
    link.flush().unwrap();
    link
}

fn upload(server: &FakeSlack, url: &str, fields: &str, body: &[u8]) -> io::Result<Answer> {
    read_answer(&mut begin(server, url, fields, body.len(), body))
}

fn complete(server: &FakeSlack, members: Value) -> Value {
    let fields = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json; charset=utf-8\r\n",
        server.token()
    );
    let method = "files.completeUploadExternal";
    post(server, method, &fields, &members.to_string())
        .unwrap()
        .json()
}

/// Something that has every byte, and no pattern of the length of a buffer.
fn picture(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn only_file(server: &FakeSlack) -> File {
    let [file] = server.files().try_into().unwrap();
    file
}

#[test]
fn a_file_is_uploaded_in_three_steps() {
    for server in [
        FakeSlack::builder().plain().start().unwrap(),
        FakeSlack::builder().start().unwrap(),
    ] {
        let bytes = picture(200_000);
        let mut bot = open(&server, BOT_TOKEN);
        let (url, id) = announce(&server, "door.png", bytes.len());
        let scheme = if server.root_certificate_pem().is_some() {
            "https"
        } else {
            "http"
        };
        let base = format!("{scheme}://127.0.0.1:{}/upload/v1/", server.upload_port());
        assert!(url.starts_with(&base), "{url}");
        assert!(
            (200..210).contains(&(url.len() - base.len() + "/upload/v1/".len())),
            "{url}"
        );
        assert_ne!(server.upload_port(), server.port());
        assert_eq!(server.files(), []);
        let answer = upload(&server, &url, "", &bytes).unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (200, &b"OK - 200000"[..])
        );
        assert!(
            answer.head.contains("content-type: text/plain\r\n"),
            "{}",
            answer.head
        );
        let file = only_file(&server);
        assert_eq!(
            (file.is_complete, &file.id, &file.bytes),
            (false, &id, &bytes)
        );
        let done = complete(
            &server,
            json!({
                "files": [{"id": id, "title": "Who rings"}], "channel_id": GENERAL,
                "initial_comment": "At the door",
            }),
        );
        let shown = &done["files"][0];
        assert_eq!(
            (
                &shown["id"],
                &shown["title"],
                &shown["name"],
                &shown["size"]
            ),
            (
                &json!(id),
                &json!("Who rings"),
                &json!("door.png"),
                &json!(200_000)
            )
        );
        assert!(shown["permalink"].as_str().unwrap().ends_with("/door.png"));
        let message = next(&mut bot);
        assert_eq!(
            (
                &message["subtype"],
                &message["text"],
                &message["files"][0]["id"]
            ),
            (&json!("file_share"), &json!("At the door"), &json!(id))
        );
        assert_eq!(shown["shares"]["public"][GENERAL][0]["ts"], message["ts"]);
        let event = next(&mut bot);
        assert_eq!(
            (&event["type"], &event["file_id"]),
            (&json!("file_shared"), &json!(id))
        );
        let file = only_file(&server);
        assert_eq!((file.is_complete, file.title.as_str()), (true, "Who rings"));
        assert_eq!(
            (file.channels, file.bytes),
            (vec![GENERAL.to_owned()], bytes)
        );
        assert_eq!(server.log().violations(), Vec::<String>::new());
        let history = call(&server, "conversations.history?channel=C0GENERAL");
        assert_eq!(history["messages"][0]["files"][0]["id"], id.as_str());
    }
}

#[test]
fn a_form_is_taken_too() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let (url, id) = announce(&server, "a.bin", 4);
    let body = b"--xyz\r\nContent-Disposition: form-data; name=\"body\"; filename=\"a\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\r\n\x00\xff\r\n--xyz--\r\n";
    let fields = "Content-Type: multipart/form-data; boundary=xyz\r\n";
    let answer = upload(&server, &url, fields, body).unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, &b"OK - 4"[..])
    );
    let file = only_file(&server);
    assert_eq!((file.id, file.bytes), (id, b"\r\n\x00\xff".to_vec()));
    let broken = upload(&server, &url, fields, b"--xyz\r\n\r\n").unwrap();
    assert_eq!(broken.status, 400);
}

#[test]
fn uploads_that_are_refused() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let (url, id) = announce(&server, "a.txt", 5);
    for body in [&b"four"[..], b"sixsix", &picture(100_000)] {
        assert_eq!(upload(&server, &url, "", body).unwrap().status, 400);
    }
    assert_eq!(server.files(), []);
    assert_eq!(
        upload(&server, &format!("{url}x"), "", b"12345")
            .unwrap()
            .status,
        404
    );
    let mut link = dial_uploads(&server).unwrap();
    let get = head(&server, &url, "", 0).replace("POST", "GET");
    link.write_all(get.as_bytes()).unwrap();
    assert_eq!(read_answer(&mut link).unwrap().status, 405);
    let mut link = dial_uploads(&server).unwrap();
    let chunked = head(&server, &url, "Transfer-Encoding: chunked\r\n", 0);
    let chunked = chunked.replace("Content-Length: 0\r\n", "");
    link.write_all(chunked.as_bytes()).unwrap();
    assert_eq!(read_answer(&mut link).unwrap().status, 411);

    let file = |id: &str| json!({"files": [{"id": id}]});
    assert_eq!(complete(&server, file("F0NONE"))["error"], "file_not_found");
    // Its bytes have not arrived.
    assert_eq!(complete(&server, file(&id))["error"], "file_not_found");
    assert_eq!(upload(&server, &url, "", b"wrong").unwrap().status, 200);
    assert_eq!(upload(&server, &url, "", b"right").unwrap().status, 200);
    let mut elsewhere = file(&id);
    elsewhere["channel_id"] = "C0NOWHERE".into();
    assert_eq!(complete(&server, elsewhere)["error"], "channel_not_found");
    assert_eq!(
        complete(&server, file(&id))["files"][0]["shares"],
        json!({})
    );
    assert_eq!(complete(&server, file(&id))["error"], "file_not_found");
    assert_eq!(only_file(&server).bytes, b"right");
    assert_eq!(upload(&server, &url, "", b"after").unwrap().status, 404);

    let (url, _) = announce(&server, "b.txt", 5);
    server.expire_urls();
    assert_eq!(upload(&server, &url, "", b"12345").unwrap().status, 404);
    for (query, error) in [
        ("filename=a", "invalid_arguments"),
        ("length=5", "invalid_arguments"),
        ("filename=a&length=0", "invalid_arguments"),
        ("filename=a&length=many", "invalid_arguments"),
        ("filename=a&length=99999999", "file_upload_size_restricted"),
        (
            "filename=a&length=2000000&snippet_type=rust",
            "snippet_too_large",
        ),
    ] {
        let answer = call(&server, &format!("files.getUploadURLExternal?{query}"));
        assert_eq!(answer["error"], error, "{query}");
    }
}

#[test]
fn a_token_has_no_business_on_the_upload_host() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let (url, _) = announce(&server, "a.txt", 2);
    let fields = format!("Authorization: Bearer {BOT_TOKEN}\r\n");
    assert_eq!(upload(&server, &url, &fields, b"hi").unwrap().status, 200);
    assert_eq!(server.log().violations(), ["a token for the upload host"]);
}

#[test]
fn each_host_has_its_own_paths() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let (url, _) = announce(&server, "a.txt", 2);
    let path = url.rsplit_once("/upload/").unwrap().1;
    let at_api = support::exchange(
        &server,
        &format!(
            "POST /upload/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
        ),
    );
    assert_eq!(at_api.unwrap().status, 404);
    let mut link = dial_uploads(&server).unwrap();
    link.write_all(b"POST /api/api.test HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    assert_eq!(read_answer(&mut link).unwrap().status, 404);
    assert_eq!(
        server.log().violations(),
        ["\"localhost\" is not the upload host"]
    );
    assert_eq!(server.files(), []);
}

#[test]
fn a_connection_takes_several_files() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let [one, two] = ["one", "two"].map(|name| announce(&server, name, 3).0);
    let mut link = dial_uploads(&server).unwrap();
    let first = head(&server, &one, "Expect: 100-continue\r\n", 3);
    let first = first.replace("Connection: close\r\n", "");
    let second = head(&server, &two, "", 3);
    link.write_all(format!("{first}one{second}two").as_bytes())
        .unwrap();
    let answer = read_answer(&mut link).unwrap();
    assert_eq!(answer.status, 100);
    assert!(answer.body.ends_with(b"OK - 3"));
    let bytes: Vec<_> = server.files().into_iter().map(|file| file.bytes).collect();
    assert_eq!(bytes, [b"one", b"two"]);
}

/// Uploads twice: with the fault, and without.
fn with_fault(fault: Fault, first: impl FnOnce(&FakeSlack, &str)) {
    let server = FakeSlack::builder().start().unwrap();
    let (url, _) = announce(&server, "a.bin", 100_000);
    server.fault(Step::Upload, fault);
    first(&server, &url);
    assert_eq!(server.files(), []);
    let bytes = picture(100_000);
    assert_eq!(upload(&server, &url, "", &bytes).unwrap().status, 200);
    assert_eq!(only_file(&server).bytes, bytes);
}

fn wait_part(server: &FakeSlack, part: usize) {
    let wanted = |what: &What| matches!(what, What::Uploaded { received, .. } if *received == part);
    server.log().wait_nth(PATIENCE, 1, wanted).unwrap();
}

#[test]
fn an_upload_is_cut() {
    for fault in [Fault::ResetAfter(1000), Fault::Truncate(1000)] {
        let how = match fault {
            Fault::Truncate(_) => Ended::Cut,
            _ => Ended::Reset,
        };
        with_fault(fault, |server, url| {
            let mut link = begin(server, url, "", 100_000, &picture(1000));
            assert!(read_answer(&mut link).is_err());
            wait_part(server, 1000);
            let ended = |what: &What| *what == What::Ended(how);
            server.log().wait_nth(PATIENCE, 1, ended).unwrap();
        });
    }
}

#[test]
fn an_upload_is_closed_redirected_or_late() {
    with_fault(Fault::Close, |server, url| {
        let mut link = begin(server, url, "", 100_000, b"");
        assert!(read_answer(&mut link).is_err());
    });
    with_fault(
        Fault::Redirect("https://x.invalid/".into()),
        |server, url| {
            let answer = upload(server, url, "", &picture(100_000)).unwrap();
            assert_eq!(answer.status, 302);
        },
    );
    let server = FakeSlack::builder().plain().start().unwrap();
    let (url, _) = announce(&server, "a.bin", 2);
    let late = Duration::from_millis(20);
    server.fault(Step::Upload, Fault::Delay(late));
    let begun = Instant::now();
    assert_eq!(upload(&server, &url, "", b"hi").unwrap().status, 200);
    assert!(begun.elapsed() >= late);
}

#[test]
fn an_upload_is_not_read() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let length = 32 * 1024 * 1024;
    let (url, _) = announce(&server, "a.bin", length);
    server.fault(Step::Upload, Fault::Stall);
    let mut link = begin(&server, &url, "", length, b"");
    let fault = |what: &What| matches!(what, What::Fault(Step::Upload, Fault::Stall));
    server.log().wait_nth(PATIENCE, 1, fault).unwrap();
    let writer = std::thread::spawn(move || link.write_all(&vec![0; length]));
    // Its writes get stuck until the server ends.
    drop(server);
    assert!(writer.join().unwrap().is_err());
}

#[test]
fn an_upload_is_answered_with_an_error() {
    let status = Fault::Status {
        code: 503,
        retry_after: Some(2),
    };
    with_fault(status, |server, url| {
        let answer = upload(server, url, "", &picture(100_000)).unwrap();
        assert_eq!(answer.status, 503);
        assert!(
            answer.head.contains("retry-after: 2\r\n"),
            "{}",
            answer.head
        );
    });
}

#[test]
fn an_upload_is_answered_before_its_end() {
    let early = Fault::StatusAfter {
        bytes: 500,
        code: 500,
    };
    with_fault(early, |server, url| {
        // The rest of the body never comes.
        let mut link = begin(server, url, "", 100_000, &picture(500));
        let answer = read_answer(&mut link).unwrap();
        assert_eq!(answer.status, 500);
        assert!(
            answer.head.contains("connection: close\r\n"),
            "{}",
            answer.head
        );
        wait_part(server, 500);
    });
}

#[test]
fn an_upload_is_never_answered() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let (url, _) = announce(&server, "a.bin", 5);
    server.fault(Step::Upload, Fault::Silence);
    let link = begin(&server, &url, "", 5, b"12345");
    wait_part(&server, 5);
    drop(link);
    let ended = |what: &What| matches!(what, What::Ended(_));
    server.log().wait_nth(PATIENCE, 2, ended).unwrap();
    // The bytes have arrived, but the response was lost.
    assert_eq!(only_file(&server).bytes, b"12345");
}

#[test]
fn a_client_that_ends_early_has_uploaded_nothing() {
    let server = FakeSlack::builder().plain().start().unwrap();
    let (url, _) = announce(&server, "a.bin", 10);
    drop(begin(&server, &url, "", 10, b"12345"));
    wait_part(&server, 5);
    assert_eq!(server.files(), []);
    let line = server
        .log()
        .entries()
        .into_iter()
        .map(|entry| entry.to_string());
    assert!(
        line.into_iter()
            .any(|line| line.contains("uploaded 5 of 10 B of F0FAKE1000"))
    );
}

#[test]
fn the_upload_host_can_be_named() {
    let server = FakeSlack::builder()
        .upload_host("files.local.invalid")
        .start()
        .unwrap();
    let (url, _) = announce(&server, "a.bin", 2);
    assert!(url.starts_with(&format!(
        "https://files.local.invalid:{}/",
        server.upload_port()
    )));
    assert_eq!(upload(&server, &url, "", b"hi").unwrap().status, 200);
    let other = FakeSlack::builder()
        .plain()
        .host("127.0.0.1")
        .start()
        .unwrap();
    assert_eq!(other.upload_host(), "localhost");
}
