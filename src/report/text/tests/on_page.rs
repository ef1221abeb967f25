//! Tables as parts of a page, read back as a browser reads them.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::super::grid::{Cell, Column, Emphasis, Grid, Style};
use super::super::{capacity, table};
use super::rows;
use crate::record::objective::OBJECTIVE;
use crate::record::row::{Latency, Row};
use crate::report::fixture::{notes, open_loop, ranked, run, swept};

/// What would be an element, an attribute, an entity, Markdown or a line of its own if
/// it were not escaped.
const HOSTILE: &str = "<b a=\"'1'\">&lt; |**x** `y` [z](u)\u{1b}[31m\n\n- w";

/// The same as a reader is to see it.
const SEEN: &str = "<b a=\"'1'\">&lt; |**x** `y` [z](u) [31m - w";

/// A part of a page within an element of its own.
fn whole(html: &str) -> String {
    format!("<main>{html}</main>")
}

fn text(node: Node<'_, '_>) -> String {
    let parts = node.descendants().filter(Node::is_text);
    parts.filter_map(|part| part.text()).collect()
}

fn all<'n>(document: &'n Document<'_>, name: &str) -> Vec<Node<'n, 'n>> {
    let nodes = document.descendants();
    nodes.filter(|node| node.has_tag_name(name)).collect()
}

fn grid() -> Grid {
    Grid {
        columns: vec![
            Column::new(&["rank"], false),
            Column::new(&["model"], true),
            Column::new(&["CPU,", "µs/order"], false),
            Column::new(&["note"], true),
        ],
        rows: vec![
            vec![
                "1".to_owned().into(),
                HOSTILE.to_owned().into(),
                Cell {
                    text: "4.2".into(),
                    emphasis: Emphasis::Best,
                },
                Cell::default(),
            ],
            vec![
                "—".to_owned().into(),
                "smol@reqwest".to_owned().into(),
                Cell {
                    text: "error".into(),
                    emphasis: Emphasis::Fault,
                },
                "<i>".to_owned().into(),
            ],
        ],
        apart: 1,
        names: 1,
        label: "what \"they\" <took>".into(),
    }
}

#[test]
fn a_table_names_its_rows_and_columns_and_aligns_numbers() {
    let html = whole(&grid().render(&Style::HTML));
    let document = Document::parse(&html).unwrap();
    let place = all(&document, "div")[0];
    assert_eq!(
        place.attribute("aria-label"),
        Some("Table of what \"they\" <took>")
    );
    let heads: Vec<_> = all(&document, "thead")[0]
        .descendants()
        .filter(|node| node.has_tag_name("th"))
        .map(|node| (text(node), node.attribute("scope"), node.attribute("class")))
        .collect();
    let head = |name: &str, class| (name.to_owned(), Some("col"), class);
    assert_eq!(
        heads,
        [
            head("rank", None),
            head("model", Some("left")),
            head("CPU, µs/order", None),
            head("note", Some("left")),
        ]
    );
    let bodies = all(&document, "tbody");
    assert_eq!(bodies.len(), 2, "what is not ranked stands apart");
    for body in bodies {
        let cells: Vec<_> = body
            .descendants()
            .filter(|node| node.has_tag_name("td") || node.has_tag_name("th"))
            .map(|node| {
                let (scope, class) = (node.attribute("scope"), node.attribute("class"));
                (node.tag_name().name(), scope, class)
            })
            .collect();
        let number = ("td", None, None);
        assert_eq!(
            cells,
            [
                number,
                ("th", Some("row"), None),
                number,
                ("td", None, Some("left")),
            ]
        );
    }
    assert_eq!(text(all(&document, "strong")[0]), "4.2");
    assert_eq!(text(all(&document, "span")[0]), "error");
}

#[test]
fn text_of_cells_is_text_on_the_page() {
    let html = whole(&grid().render(&Style::HTML));
    let document = Document::parse(&html).unwrap();
    let names = all(&document, "th").into_iter().map(text);
    let seen = HOSTILE.replace(['\u{1b}', '\n'], " ");
    assert!(names.into_iter().any(|name| name == seen), "{html}");
    for element in ["b", "i"] {
        assert_eq!(all(&document, element).len(), 0, "{html}");
    }
}

/// Rows that name models, targets, flags and errors by what must be escaped.
fn hostile(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        if row.model == "smol" {
            row.model = HOSTILE.into();
            row.flags.push(HOSTILE.into());
        }
        row.scenario = HOSTILE.into();
        row.set.insert(HOSTILE.into(), HOSTILE.into());
        row.error = row.error.as_ref().map(|_| HOSTILE.to_owned());
    }
    rows
}

#[test]
fn nothing_of_rows_is_markup() {
    let notes = BTreeMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    for rows in [run(), ranked(), open_loop(), swept(), searched()] {
        let rows = hostile(rows);
        let html = [
            table::whole(&rows, &notes, &Style::HTML),
            capacity::tables(&rows, &Style::HTML),
        ];
        let html = whole(&html.concat());
        let document = Document::parse(&html).unwrap_or_else(|error| panic!("{error}: {html}"));
        let known = [
            "main", "h3", "p", "ul", "li", "div", "table", "thead", "tbody", "tr", "th", "td",
            "strong", "span",
        ];
        for node in document.descendants().filter(Node::is_element) {
            assert!(known.contains(&node.tag_name().name()), "{node:?}");
        }
        let said = text(document.root());
        assert!(said.contains(SEEN), "{said}");
        for line in all(&document, "tr").iter().map(Node::children) {
            let cells = line.filter(Node::is_element).count();
            assert!(cells > 1, "{html}");
        }
    }
}

/// The search of a capacity, whose highest rate failed.
fn searched() -> Vec<Row> {
    let rates = [1000.0, 2000.0, 4000.0];
    let mut rows: Vec<Row> = rates
        .into_iter()
        .map(|rate| Row {
            cell: "fetch/open-loop/smol".into(),
            workload: "fetch".into(),
            scenario: "open-loop".into(),
            model: "smol".into(),
            client: "wire".into(),
            set: [
                ("rate".to_owned(), f64::to_string(&rate)),
                (OBJECTIVE.to_owned(), "p99=20ms".to_owned()),
            ]
            .into(),
            offered_per_s: Some(rate),
            orders: 100,
            wall_ns: Some(1_000_000_000),
            cpu_ns: Some(3_000_000),
            response: Some(Latency {
                p99_ns: Some(3_000_000),
                ..Latency::default()
            }),
            ..Row::default()
        })
        .collect();
    rows[2].error = Some("a server died".into());
    rows
}

#[test]
fn an_error_of_a_search_is_text_in_markdown_too() {
    let told = capacity::tables(&hostile(searched()), &Style::MARKDOWN);
    assert!(!told.contains("<b a"), "{told}");
    assert!(told.contains("\\*\\*x\\*\\* \\`y\\` \\[z\\](u)"), "{told}");
}

#[test]
fn every_table_stands_below_its_heading() {
    let html = whole(&capacity::tables(&searched(), &Style::HTML));
    let document = Document::parse(&html).unwrap();
    let main = document.root_element().children();
    let parts: Vec<&str> = main
        .filter(Node::is_element)
        .map(|node| node.tag_name().name())
        .collect();
    assert_eq!(parts, ["h3", "div", "p", "p"], "{html}");
    assert!(html.contains("<td>2.00k</td>"), "{html}");
    let title = "<h3>fetch/open-loop: capacity with response p99 ≤ 20.0 ms</h3>";
    assert!(html.contains(title), "{html}");
}

#[test]
fn notes_and_meanings_stand_once_below_all_tables() {
    let rows = [run(), ranked(), rows()].concat();
    let html = whole(&table::whole(&rows, &notes(), &Style::HTML));
    let document = Document::parse(&html).unwrap();
    assert!(all(&document, "table").len() > 2, "{html}");
    let lines: Vec<String> = all(&document, "li").into_iter().map(text).collect();
    for (model, note) in notes() {
        let told = format!("{model}: {note}");
        let times = lines.iter().filter(|line| **line == told).count();
        assert_eq!(times, 1, "{told}: {lines:?}");
    }
    for start in ["rank: ", "bold: ", "orders/s: "] {
        let times = lines.iter().filter(|line| line.starts_with(start)).count();
        assert_eq!(times, 1, "{start}: {lines:?}");
    }
    assert!(!html.contains("No room in"), "tables scroll");
}
