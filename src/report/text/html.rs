//! The parts of HTML that tables are told in. All text is escaped here.

/// `text` as HTML and XML take it, within an element or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no place for other control characters.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The heading of a table.
pub(crate) fn heading(text: &str) -> String {
    format!("<h3>{}</h3>\n", escaped(text))
}

/// A line of text.
pub(crate) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// Lines below each other; empty without any.
pub(crate) fn list<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let items: String = lines
        .map(|line| format!("<li>{}</li>\n", escaped(line)))
        .collect();
    if items.is_empty() {
        return items;
    }
    format!("<ul class=\"said\">\n{items}</ul>\n")
}

/// A table that scrolls where its place is too narrow for it. `label` names it to
/// readers who hear the page; `table` is HTML.
pub(crate) fn scrolled(label: &str, table: &str) -> String {
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">{table}</div>\n",
        escaped(label)
    )
}
