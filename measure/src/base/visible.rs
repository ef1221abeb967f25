//! Text of other programs, made safe to show: control characters would reach the
//! reader's terminal as commands, and break SVG and HTML.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The same text on one line, each character that a reader cannot see written as its
/// number, as in `\u{1b}`: controls, and marks that reorder the text around them.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// The same with its line breaks and tabs kept.
#[must_use]
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// Makes a text of another program [`visible`] in place.
pub fn make_visible(text: &mut String) {
    if let Cow::Owned(shown) = visible(text) {
        *text = shown;
    }
}

/// The same of names and what they name.
pub fn make_all_visible(named: &mut BTreeMap<String, String>) {
    for (mut name, mut value) in std::mem::take(named) {
        make_visible(&mut name);
        make_visible(&mut value);
        named.insert(name, value);
    }
}

fn escaped(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let hidden = |c: char| is_hidden(c) && !kept(c);
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Arabic letter mark, directional marks, embeddings, overrides, isolates.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators, which some readers break lines at.
            | '\u{2028}' | '\u{2029}'
            // No part of XML, of which SVG is made.
            | '\u{fffe}' | '\u{ffff}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_or_a_picture_would_obey_is_written_out() {
        for (raw, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\0b", "a\\u{0}b"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("model\u{202e}lomt", "model\\u{202e}lomt"),
            ("two\nlines", "two\\u{a}lines"),
        ] {
            assert_eq!(visible(raw), shown);
        }
        assert_eq!(visible_lines("a\n\tb\r\u{7}"), "a\n\tb\\u{d}\\u{7}");
    }

    #[test]
    fn all_else_stays_as_it_is() {
        let text = "Bäckerei 10 µs ±3 % → „zwölf“ 麵包 🍞";
        assert!(matches!(visible(text), Cow::Borrowed(_)));
        let mut same = text.to_owned();
        make_visible(&mut same);
        assert_eq!(same, text);
    }
}
