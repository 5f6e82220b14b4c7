//! Root certificates of the system that are installed while a program runs.

mod support;

use slack_rtm_std::{DisconnectReason, Security, Trust};
use std::process::Command;
use std::{env, fs};
use support::{Authority, connect, read_to_end, serve_tls};

/// Environment variables of the second process.
const ROOTS: &str = "SSL_CERT_FILE";
const NAME: &str = "roots_that_are_installed_later_are_trusted_without_a_restart";

/// `Trust::platform`: "read for the first TLS link, and again for the next one if none were found".
#[test]
fn roots_that_are_installed_later_are_trusted_without_a_restart() {
    let Some(roots) = env::var_os(ROOTS).filter(|_| env::var_os(NAME).is_some()) else {
        // In another process, since the variable applies to a whole process.
        let roots = env::temp_dir().join(format!("slack-rtm-roots-{}", std::process::id()));
        let _ = fs::remove_file(&roots);
        let outcome = Command::new(env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture"])
            .env(ROOTS, &roots)
            .env(NAME, "")
            .env_remove("SSL_CERT_DIR")
            .status();
        let _ = fs::remove_file(&roots);
        assert!(outcome.unwrap().success());
        return;
    };
    let (authority, trust) = (Authority::new(), Trust::platform());
    let attempt = || {
        let (address, _server) = serve_tls(authority.good_server(), read_to_end);
        connect(trust.clone(), address, Security::Tls).map_err(|error| error.reason())
    };
    assert_eq!(attempt().unwrap_err(), DisconnectReason::Untrusted);
    fs::write(roots, authority.pem()).unwrap();
    assert!(attempt().is_ok());
}
