//! Findings for a terminal, in Markdown, and on a page.

use std::fmt::Write as _;

use super::command::measuring_all;
use super::html;
use super::weigh::{Findings, Verdict};
use super::words::{Told, counted, elsewhere, footnote, left, peers};
use crate::report::text::grid::{Markup, Style, escaped};
use crate::report::text::lines::wrapped;

/// Columns that a line of plain text takes at most: longer ones are hard to read.
const WIDTH: usize = 96;

/// All findings, each with its verdict first. Claims about programs in other languages
/// of which there is no row come together at the end, with the command for all of them.
#[must_use]
pub fn whole(findings: &Findings<'_>, style: &Style) -> String {
    render(findings, style, true)
}

/// The findings of which anything was measured, without the figures of each cell where
/// the text is plain. Empty where nothing of any was.
#[must_use]
pub fn measured(findings: &Findings<'_>, style: &Style) -> String {
    let any = findings
        .shown()
        .any(|own| own.verdict != Verdict::NotMeasured);
    if any {
        render(findings, style, false)
    } else {
        String::new()
    }
}

fn render(findings: &Findings<'_>, style: &Style, all: bool) -> String {
    if style.markup == Markup::Html {
        return html::section(findings);
    }
    let shown = findings
        .shown()
        .filter(|own| all || own.verdict != Verdict::NotMeasured);
    let told: Vec<Told<'_>> = shown.map(Told::of).collect();
    let mut out = String::new();
    if style.markup == Markup::Markdown {
        told.iter().for_each(|told| markdown(&mut out, told));
        details(&mut out, &told);
        let unmeasured = unmeasured(findings.shown().count() - told.len());
        let notes = footnote(findings).into_iter().chain(unmeasured);
        notes
            .chain(left(findings))
            .for_each(|line| out += &format!("\n{line}\n"));
    } else {
        out += &format!("Findings: {}\n\n", counted(findings.shown()));
        for told in &told {
            plain(&mut out, told, style, all);
        }
        if all {
            let width = style.width.min(WIDTH);
            let note = footnote(findings);
            note.iter()
                .for_each(|note| out += &wrapped(note, "", "", width));
            plain_left(&mut out, findings, width);
        } else {
            out += "Figures, intervals and sources: `bakeoff claims`\n";
        }
    }
    out
}

/// That so many claims are left out because nothing of them was measured.
fn unmeasured(left: usize) -> Option<String> {
    let claims = match left {
        0 => return None,
        1 => "claim was",
        _ => "claims were",
    };
    Some(format!(
        "{left} more {claims} not measured: `bakeoff claims` names the commands that would."
    ))
}

/// Claims about programs in other languages that had no part in the run, and what
/// measures all of them.
fn plain_left(out: &mut String, findings: &Findings<'_>, width: usize) {
    let claims = findings.elsewhere();
    let Some(told) = elsewhere(&claims) else {
        return;
    };
    let between = if out.ends_with("\n\n") { "" } else { "\n" };
    let _ = writeln!(out, "{between}{told}:");
    for claim in &claims {
        *out += &wrapped(&format!("\"{}\"", claim.says), "  - ", "    ", width);
    }
    out.push_str("  to measure them:\n");
    for peer in peers(&claims) {
        let _ = writeln!(out, "    peers/{peer}/setup   # where it is not installed");
    }
    for command in measuring_all(&claims) {
        let _ = writeln!(out, "    {command}");
    }
}

fn plain(out: &mut String, told: &Told<'_>, style: &Style, all: bool) {
    let width = style.width.min(WIDTH);
    let claim = &told.finding.claim;
    let verdict = told.finding.verdict.told();
    let (on, off) = if style.color {
        ("\x1b[1m", "\x1b[0m")
    } else {
        ("", "")
    };
    let from = out.len();
    *out += &wrapped(&format!("{verdict}: \"{}\"", claim.says), "", "  ", width);
    out.insert_str(from + verdict.len(), off);
    out.insert_str(from, on);
    *out += &wrapped(&told.meaning, "  ", "  ", width);
    for (what, command) in &told.advice {
        let _ = writeln!(out, "  {what}:\n    {command}");
    }
    if !all {
        return;
    }
    for line in &told.figures {
        *out += &wrapped(line, "  - ", "    ", width);
    }
    let source = format!("said by {}, \"{}\", {}", claim.who, claim.title, claim.url);
    *out += &wrapped(&source, "  ", "    ", width);
    out.push('\n');
}

/// Verdict and meaning alone: the figures stand below all findings.
fn markdown(out: &mut String, told: &Told<'_>) {
    let claim = &told.finding.claim;
    let _ = writeln!(
        out,
        "- **{}:** \"{}\" ([{}]({})) {}",
        verdict(told),
        escaped(&claim.says),
        escaped(&claim.who),
        claim.url,
        escaped(&told.meaning)
    );
    for (what, command) in &told.advice {
        let mut what = (*what).to_owned();
        what[..1].make_ascii_uppercase();
        let _ = writeln!(out, "  {what}: `{command}`");
    }
}

/// The verdict as a sentence begins.
fn verdict(told: &Told<'_>) -> String {
    let mut verdict = told.finding.verdict.told().to_owned();
    verdict[..1].make_ascii_uppercase();
    verdict
}

/// The figures of all findings, which a reader opens.
fn details(out: &mut String, all: &[Told<'_>]) {
    let _ = write!(
        out,
        "\n<details>\n<summary>The figures, with confidence intervals</summary>\n\n"
    );
    for told in all.iter().filter(|told| !told.figures.is_empty()) {
        let claim = &told.finding.claim;
        let _ = writeln!(
            out,
            "- \"{}\" ({}; [{}]({}))",
            escaped(&claim.says),
            told.finding.verdict.told(),
            escaped(&claim.title),
            claim.url
        );
        for line in &told.figures {
            let _ = writeln!(out, "  - {}", escaped(line));
        }
    }
    out.push_str("\n</details>\n");
}
