//! The computer's own roots, where they change while a program runs.

mod support;

use slack_rtm_std::{DisconnectReason, Security, Trust};
use std::process::Command;
use std::{env, fs};
use support::{Authority, dial, read_to_end, serve_tls};

/// What the second process goes by.
const ROOTS: &str = "SSL_CERT_FILE";
const NAME: &str = "roots_that_are_installed_later_are_believed_without_a_restart";

/// `Untrusted` "is tried again slowly, for a person or a clock has to mend it": so the roots are
/// looked for again.
#[test]
fn roots_that_are_installed_later_are_believed_without_a_restart() {
    let Some(roots) = env::var_os(ROOTS).filter(|_| env::var_os(NAME).is_some()) else {
        // In a process of its own: only there is the place of the roots this test's.
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
        dial(trust.clone(), address, Security::Tls).map_err(|error| error.end())
    };
    assert_eq!(attempt().unwrap_err(), DisconnectReason::Untrusted);
    fs::write(roots, authority.pem()).unwrap();
    assert!(attempt().is_ok());
}
