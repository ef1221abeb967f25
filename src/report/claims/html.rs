//! Findings on the page.

use std::fmt::Write as _;

use super::weigh::Findings;
use super::words::{Told, counted, footnote, left};
use crate::report::text::html::escaped;

/// The section, with what was not measured too. It opens to the findings,
/// and each of these to its figures, so that charts stay near. A script opens it where
/// there is room.
pub(super) fn section(findings: &Findings<'_>) -> String {
    let mut out = format!(
        "<section id=\"findings\"><h2>Findings</h2>\n<details class=\"findings\"><summary>What \
         tutorials and talks say, by these rows: {}</summary>\n",
        counted(findings)
    );
    for told in findings.shown().map(Told::of) {
        finding(&mut out, &told);
    }
    for note in footnote(findings).into_iter().chain(left(findings)) {
        let _ = writeln!(out, "<p class=\"about\">{}</p>", escaped(&note));
    }
    out + "</details></section>\n"
}

fn finding(out: &mut String, told: &Told<'_>) {
    let claim = &told.finding.claim;
    let _ = writeln!(
        out,
        "<details class=\"finding\"><summary><strong>{}:</strong> {}</summary>\n\
         <p class=\"about\">{}</p>\n<ul class=\"said\">",
        told.finding.verdict.told(),
        escaped(&claim.says),
        escaped(&told.meaning)
    );
    for line in &told.figures {
        let _ = writeln!(out, "<li>{}</li>", escaped(line));
    }
    for (what, command) in &told.advice {
        let _ = writeln!(out, "<li>{what}: <code>{}</code></li>", escaped(command));
    }
    let _ = writeln!(
        out,
        "</ul>\n<p class=\"about\">Said by {}, <a href=\"{}\">{}</a></p></details>",
        escaped(&claim.who),
        escaped(&claim.url),
        escaped(&claim.title)
    );
}
