//! The client for Autobahn's fuzzing server: echoes each case, then checks the report.
//!
//! `autobahn PORT READ_LIMIT REPORT`: the server listens on loopback at PORT; one read returns at
//! most READ_LIMIT bytes (0: as many as fit); REPORT is the `index.json` that the server writes.
//! `tests/autobahn/run.sh` installs and starts the server.

mod echo;
mod report;

use echo::{Echo, Ending};
use std::{env, error::Error, fs, process::ExitCode, thread, time::Duration};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The cases of sections 1 to 10. Later ones test compression, which is never offered.
const CASES: usize = 301;
/// Section 9, large messages: 9.1.1 to 9.8.6. They take long at a few bytes per read.
const SECTION_9: std::ops::RangeInclusive<usize> = 247..=300;
const AGENT: &str = "slack-rtm";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("autobahn: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<bool> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [port, read_limit, report] = arguments.as_slice() else {
        return Err("usage: autobahn PORT READ_LIMIT REPORT".into());
    };
    let (port, read_limit) = (port.parse()?, read_limit.parse()?);
    let echo = Echo { port, read_limit };
    await_server(&echo)?;
    let with_section_9 = read_limit == 0 || read_limit >= 1460;
    let wanted: Vec<usize> = (1..=CASES)
        .filter(|case| with_section_9 || !SECTION_9.contains(case))
        .collect();
    for case in &wanted {
        let target = format!("/runCase?case={case}&agent={AGENT}");
        if let Ending::Stuck = echo.run(&target)? {
            eprintln!("autobahn: case number {case} timed out");
        }
    }
    echo.run(&format!("/updateReports?agent={AGENT}"))?;
    let counts = report::Counts::of(&fs::read_to_string(report)?, AGENT)?;
    let limit = match read_limit {
        0 => "without limit".to_owned(),
        bytes => format!("of {bytes} bytes"),
    };
    println!("reads {limit}: {counts}");
    Ok(counts.is_perfect(wanted.len()))
}

fn await_server(echo: &Echo) -> Outcome<()> {
    let mut last = None;
    for _ in 0..150 {
        match echo.run("/getCaseCount") {
            Ok(_) => return Ok(()),
            Err(error) => last = Some(error),
        }
        thread::sleep(Duration::from_millis(200));
    }
    Err(last.unwrap_or_else(|| "the server does not respond".into()))
}
