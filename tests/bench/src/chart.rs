//! The chart for the README: `chart.svg`, bars of instructions, ours and those of others.

use crate::table::Figure;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What is drawn, in this order, and under which title.
const PANELS: [(&str, &str); 5] = [
    (
        "rtm.start, typed, 2 KiB buffer",
        "JSON: typed visit of rtm.start, instructions per byte",
    ),
    (
        "decode 120 B text",
        "WebSocket: read a frame of 120 B text, instructions",
    ),
    (
        "decode 16 KiB text",
        "WebSocket: read a frame of 16 KiB text, instructions",
    ),
    (
        "encode 120 B",
        "WebSocket: write a frame of 120 B, instructions",
    ),
    (
        "encode 16 KiB",
        "WebSocket: write a frame of 16 KiB, instructions",
    ),
];

const WIDTH: f64 = 760.0;
/// Where the bars begin, and how long the longest one is.
const BARS: (f64, f64) = (250.0, 380.0);
const ROW: f64 = 22.0;

/// How many times as long as ours a bar may be; one that would be longer is cut, and says so.
const LONGEST: f64 = 8.0;
/// Packages that deliver text without checking that it is UTF-8 (RFC 6455 section 8.1).
const UNCHECKED: [&str; 3] = ["embedded-websocket", "edge-ws", "websocket-sans-io"];

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.number { font-variant-numeric: tabular-nums; fill: #57606a }
.ours { fill: #0969da } .other { fill: #afb8c1 } .floor { fill: #d4a72c }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .number { fill: #9198a1 }
.ours { fill: #4493f8 } .other { fill: #545d68 } .floor { fill: #9e6a03 }
}";

/// Draws the figures that have peers.
pub(crate) fn write(figures: &[Figure]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("chart.svg");
    fs::write(path, draw(figures)).expect("chart.svg can be written");
}

fn draw(figures: &[Figure]) -> String {
    let mut body = String::new();
    let mut y = 8.0;
    for (name, title) in PANELS {
        if let Some(figure) = figures.iter().find(|figure| figure.name == name) {
            y = panel(&mut body, y, title, figure);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" \
         viewBox=\"0 0 {WIDTH} {y}\" role=\"img\">\n\
         <title>Instructions of slack-rtm and of other packages; shorter is better</title>\n\
         <style>\n{STYLE}\n</style>\n{body}</svg>\n"
    )
}

/// One figure and its peers, the cheapest first; returns where the next panel begins.
fn panel(out: &mut String, top: f64, title: &str, figure: &Figure) -> f64 {
    let mut bars: Vec<(&str, f64)> = vec![("slack-rtm", figure.value)];
    bars.extend(
        figure
            .peers
            .iter()
            .map(|(name, value)| (name.as_str(), *value)),
    );
    bars.sort_by(|a, b| a.1.total_cmp(&b.1));
    let longest = bars.last().map_or(1.0, |bar| bar.1);
    let longest = longest.min(figure.value * LONGEST);
    let mut y = top + 16.0;
    line(
        out,
        format_args!("<text class=\"title\" x=\"8\" y=\"{y}\">{title}</text>"),
    );
    y += 8.0;
    for (name, value) in bars {
        let class = match name {
            "slack-rtm" => "ours",
            name if name.starts_with("floor") => "floor",
            _ => "other",
        };
        let (left, full) = BARS;
        let length = ((value / longest).min(1.0) * full).max(1.0);
        let cut = if value > longest { " (bar cut)" } else { "" };
        let note = if figure.name.contains("text") && UNCHECKED.contains(&name) {
            ", no UTF-8 check"
        } else {
            ""
        };
        let base = y + 14.0;
        line(
            out,
            format_args!(
                "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{name}{note}</text>",
                left - 8.0
            ),
        );
        line(
            out,
            format_args!(
                "<rect class=\"{class}\" x=\"{left}\" y=\"{}\" width=\"{length:.1}\" height=\"14\" rx=\"2\"/>",
                y + 3.0
            ),
        );
        let digits = usize::from(value < 100.0);
        line(
            out,
            format_args!(
                "<text class=\"number\" x=\"{:.1}\" y=\"{base}\">{value:.digits$}{cut}</text>",
                left + length + 8.0
            ),
        );
        y += ROW;
    }
    y + 14.0
}

fn line(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a string");
}
