//! What all pages share: their head and foot, and what they are built of.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::chart::Chart;
use super::super::chart::drawing::theme::dark;
use super::super::text::html::escaped;
use crate::record::palette::Rgb;

const CSS: &str = include_str!("page.css");
const JS: &str = include_str!("page.js");

/// Width of a chart that a phone shows whole and of which three stand beside each
/// other on a desktop, pixels.
pub(in super::super) const COLUMN: u32 = 400;

/// A whole page, which needs no network and nothing beside it. What `body` begins with
/// stands below the heading; its results have the id `results`. `colours` are those of
/// its charts that only programs in other languages have.
pub(in super::super) fn whole(
    title: &str,
    heading: &str,
    body: &str,
    colours: &BTreeSet<Rgb>,
) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n");
    let _ = write!(
        out,
        "<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"bakeoff report\">\n\
         <title>{title}</title>\n\
         <style>\n{CSS}{}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#results\">Skip to the results</a>\n\
         <header class=\"page\"><h1>{heading}</h1>\n\
         <div class=\"tools\"><button type=\"button\" id=\"theme\">Dark</button></div></header>\n",
        shades(colours)
    );
    out += body;
    let _ = writeln!(
        out,
        "<div id=\"tip\" role=\"tooltip\" hidden></div>\n\
         <div id=\"spoken\" class=\"unseen\" aria-live=\"polite\"></div>\n\
         <script>\n{JS}</script>\n</body>\n</html>"
    );
    out
}

/// What stands in the dark for each colour of the charts, as rules. Charts are drawn
/// once, in the light.
fn shades(colours: &BTreeSet<Rgb>) -> String {
    let mut out = String::new();
    for (light, dark) in dark(colours) {
        let (light, dark) = (hex(light), hex(dark));
        for what in ["fill", "stroke"] {
            let _ = writeln!(
                out,
                "[data-theme=\"dark\"] svg [{what}=\"{light}\"] {{ {what}: {dark}; }}"
            );
        }
        let _ = writeln!(
            out,
            "[data-theme=\"dark\"] .swatch[data-c=\"{light}\"] {{ background: {dark} !important; }}"
        );
    }
    out
}

fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// A box of the model's colour.
pub(in super::super) fn swatch(colour: Rgb) -> String {
    let colour = hex(colour);
    format!(
        "<span class=\"swatch\" data-c=\"{colour}\" style=\"background:{colour}\" aria-hidden=\"true\"></span>"
    )
}

/// Boxes to choose by: values, and how they are shown.
pub(in super::super) fn boxes(
    name: &str,
    of: &str,
    all: impl Iterator<Item = (String, String)>,
) -> String {
    let mut out = format!("<fieldset><legend>{name}</legend>\n");
    for (value, shown) in all {
        let _ = writeln!(
            out,
            "<label><input type=\"checkbox\" checked data-of=\"{of}\" value=\"{}\">{shown}</label>",
            escaped(&value)
        );
    }
    let _ = writeln!(
        out,
        "<div class=\"tools\"><button type=\"button\" data-set=\"{of} all\">All</button>\
         <button type=\"button\" data-set=\"{of} none\">None</button></div></fieldset>"
    );
    out
}

/// A chart with a link to it and what it shows in words; what it is of stands in it.
/// `slim` is the same for a phone, where the first is wider than one.
pub(in super::super) fn figure(id: &str, chart: &Chart, slim: Option<&Chart>) -> String {
    let told = chart.told.strip_suffix(chart.notes.as_str());
    let pictures = match slim {
        Some(slim) => format!(
            "<div class=\"broad\">{}</div><div class=\"slim\">{}</div>",
            inlined(chart),
            inlined(slim)
        ),
        None => inlined(chart),
    };
    format!(
        "<figure id=\"{id}\" class=\"{class}\"><div class=\"scroll\">{pictures}</div>\
         <figcaption><details><summary>In words</summary><p>{}</p></details>\
         <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this chart\">#</a></figcaption></figure>\n",
        escaped(told.unwrap_or(&chart.told)),
        class = if chart.size.0 > COLUMN { "wide" } else { "" },
    )
}

/// Contents, folded where the screen is small: the page's script opens them elsewhere.
pub(in super::super) fn contents(links: &str) -> String {
    format!(
        "<details class=\"contents\"><summary>Contents</summary>\n\
         <nav aria-label=\"Contents\"><ul>\n{links}</ul></nav></details>\n"
    )
}

/// The picture as a part of the page: as wide as its place, to be walked through by
/// keys, and without what the page says beside it.
fn inlined(chart: &Chart) -> String {
    let (svg, heading) = (chart.svg.as_str(), &chart.heading);
    let (open, rest) = svg.split_once('\n').unwrap_or((svg, ""));
    let kept: Vec<&str> = open
        .split_inclusive("\" ")
        .filter(|part| !part.starts_with("width=") && !part.starts_with("height="))
        .collect();
    let open = kept.concat().replace("<svg width", "<svg data-width");
    let open = open.replace(
        "role=\"img\"",
        &format!(
            "role=\"group\" tabindex=\"0\" aria-label=\"{}: chart; arrow keys walk through its figures\"",
            escaped(heading)
        ),
    );
    // The title would be the browser's hint over the whole picture.
    let body: Vec<&str> = rest
        .split_inclusive('\n')
        .enumerate()
        .filter(|(at, line)| {
            *at > 1 || !(line.starts_with("<title>") || line.starts_with("<desc>"))
        })
        .map(|(_, line)| line)
        .collect();
    format!("{open}\n{}", body.concat())
}
