//! Findings on the page.

use std::fmt::Write as _;

use super::weigh::{Finding, Findings, Verdict};
use super::words::{Told, about, counted, footnote, left};
use crate::report::text::html::escaped;

/// The section, with what was not measured too. It opens to the findings,
/// and each of these to its figures, so that charts stay near: findings on programs in
/// other languages are one line beside those on bakeoff's own models, and so is what
/// was not measured. A script opens it where there is room.
pub(super) fn section(findings: &Findings<'_>) -> String {
    let mut out = format!(
        "<section id=\"findings\"><h2>Findings</h2>\n<details class=\"findings\"><summary>What \
         tutorials and talks say, by these rows: {}</summary>\n",
        counted(findings.shown())
    );
    let (measured, missing): (Vec<&Finding<'_>>, Vec<&Finding<'_>>) = findings
        .shown()
        .partition(|own| own.verdict != Verdict::NotMeasured);
    let (ours, theirs): (Vec<&Finding<'_>>, Vec<&Finding<'_>>) = measured
        .into_iter()
        .partition(|own| own.claim.peers.is_empty());
    let about = about(theirs.iter().map(|own| own.claim));
    for (what, list) in [("", ours), (about.as_str(), theirs), ("", missing)] {
        group(&mut out, what, &list);
    }
    // Folded, so that charts stay near.
    let notes = footnote(findings).into_iter().chain(left(findings));
    let notes: Vec<String> = notes.map(|note| escaped(&note)).collect();
    if !notes.is_empty() {
        let _ = writeln!(
            out,
            "<details class=\"finding\"><summary>How they were decided</summary>\
             <p class=\"about\">{}</p></details>",
            notes.join("</p><p class=\"about\">")
        );
    }
    out + "</details></section>\n"
}

/// Findings of one kind: each with a line of its own where `what` names no kind and
/// something was measured, else one line for all.
fn group(out: &mut String, what: &str, list: &[&Finding<'_>]) {
    let missing = |own: &&Finding<'_>| own.verdict == Verdict::NotMeasured;
    let folded = !what.is_empty() || list.iter().any(missing);
    if folded && !list.is_empty() {
        let counted = counted(list.iter().copied());
        let _ = writeln!(
            out,
            "<details class=\"finding\"><summary>{}{counted}</summary>",
            escaped(what)
        );
    }
    for told in list.iter().copied().map(Told::of) {
        finding(out, &told);
    }
    if folded && !list.is_empty() {
        out.push_str("</details>\n");
    }
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
