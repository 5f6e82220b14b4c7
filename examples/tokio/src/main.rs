//! Runs the bot: parses the command line, spawns the session, returns the exit code.

use fake_slack::{FakeSlack, GENERAL};
use slack_rtm::CloseReason;
use slack_rtm_tokio::bot::{self, BotError, Settings};
use slack_rtm_tokio::demo;
use slack_rtm_tokio::network::Network;
use slack_rtm_tokio::options::{self, HELP, Options};
use std::env::VarError;
use std::error::Error;
use std::path::Path;
use std::process::{self, ExitCode};
use std::time::Duration;
use std::{env, fs, thread};
use tokio::signal;
use tokio::sync::watch;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// Wrong usage (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;
/// Slack refused the call for a reason that needs human action, such as an invalid token.
const REFUSED: u8 = 2;

// Several threads: a task moves between them at its await points.
#[tokio::main]
async fn main() -> ExitCode {
    let options = match options::parse(env::args_os().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return wrong_usage(&error.to_string()),
    };
    let token = match env::var("SLACK_TOKEN") {
        Ok(token) => Some(token).filter(|token| !token.is_empty()),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(_)) => return wrong_usage("SLACK_TOKEN is not UTF-8"),
    };
    let result = match token {
        Some(token) => with_token(token, options).await,
        None if options.api_base.is_some() => {
            return wrong_usage("--api-base needs a token in SLACK_TOKEN");
        }
        None => without_token().await,
    };
    match result {
        Ok(reason) => {
            println!("end: {reason}");
            match reason {
                CloseReason::Refused(_) => ExitCode::from(REFUSED),
                _ => ExitCode::SUCCESS,
            }
        }
        Err(error) if error.downcast_ref().is_some_and(is_usage) => wrong_usage(&error.to_string()),
        Err(error) => {
            eprintln!("slack-rtm-tokio: {error}");
            ExitCode::FAILURE
        }
    }
}

fn wrong_usage(error: &str) -> ExitCode {
    eprintln!("slack-rtm-tokio: {error}\n\n{HELP}");
    ExitCode::from(USAGE)
}

fn is_usage(error: &BotError) -> bool {
    matches!(error, BotError::Config(_))
}

/// Connects to Slack, until Ctrl-C.
async fn with_token(token: String, options: Options) -> Result<CloseReason, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(file) = &options.root_cert {
        add_roots(&mut roots, file)?;
    }
    let settings = Settings {
        token,
        api_base: options.api_base,
        allow_hosts: options.allow_hosts,
        channel: options.channel,
        every: options.every,
        tick: Duration::from_secs(1),
    };
    let bot = bot::run(settings, Network::new(roots)?, ctrl_c());
    Ok(tokio::spawn(bot).await??)
}

/// Talks to a server in this process, until its script has ended.
async fn without_token() -> Result<CloseReason, Box<dyn Error>> {
    let server = FakeSlack::builder().start()?;
    let mut roots = RootCertStore::empty();
    let root = server
        .root_certificate_der()
        .ok_or("the server has no certificate")?;
    roots.add(root.into())?;
    let settings = Settings {
        token: server.token().into(),
        api_base: Some(server.api_base()),
        allow_hosts: vec![server.host().into()],
        channel: Some(GENERAL.into()),
        every: Duration::from_secs(1),
        tick: Duration::from_millis(1),
    };
    // A thread, since the script blocks: a task that blocks would delay the bot.
    let (ended, script) = watch::channel(None);
    thread::spawn(move || ended.send(Some(demo::play(&server))));
    let mut script_ended = script.clone();
    let stop = async move {
        tokio::select! {
            () = ctrl_c() => {}
            // Also if the script has panicked.
            _ = script_ended.wait_for(Option::is_some) => {}
        }
    };
    let bot = bot::run(settings, Network::new(roots)?, stop);
    let reason = tokio::spawn(bot).await??;
    match &*script.borrow() {
        Some(Err(error)) => Err(format!("a step of the script timed out: {error}").into()),
        None if script.has_changed().is_err() => Err("the script panicked".into()),
        _ => Ok(reason),
    }
}

/// Waits for Ctrl-C. The second one ends the process at once.
async fn ctrl_c() {
    if let Err(error) = signal::ctrl_c().await {
        eprintln!("slack-rtm-tokio: cannot handle Ctrl-C: {error}");
        return std::future::pending().await;
    }
    tokio::spawn(async {
        if signal::ctrl_c().await.is_ok() {
            process::exit(130);
        }
    });
}

fn add_roots(roots: &mut RootCertStore, file: &Path) -> Result<(), Box<dyn Error>> {
    let failed = |error: &dyn Error| format!("{}: {error}", file.display());
    let pem = fs::read(file).map_err(|error| failed(&error))?;
    let before = roots.len();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| failed(&error))?;
        roots.add(certificate).map_err(|error| failed(&error))?;
    }
    if roots.len() == before {
        return Err(format!("{}: no certificate found", file.display()).into());
    }
    Ok(())
}
