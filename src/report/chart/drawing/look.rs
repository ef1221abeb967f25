//! What tells apart lines and marks of one colour: a model with another client, and a
//! model on several hosts.

use super::canvas::Canvas;
use crate::record::hosts;
use crate::record::palette::Rgb;
use crate::report::analysis::panel;
use crate::report::analysis::summary::Summary;

/// Pixels of a dash and of the gap behind it, of each host after the first.
const DASHES: [(u32, u32); 3] = [(7, 4), (2, 4), (14, 3)];
/// The same in words.
const DASHED: [&str; 3] = ["Dashed", "Dotted", "In long dashes"];

/// How a cell is drawn beside others of its colour.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    form: usize,
    colour: Rgb,
    /// Outlines instead of marks, for clients that are not ranked.
    hollow: bool,
    /// Its host's place among all; 0 where there is one alone.
    host: usize,
}

impl Look {
    /// Of `cell`, in a chart of these hosts.
    pub(crate) fn of(cell: &Summary, hosts: &[&str]) -> Self {
        let host = hosts::parted(&cell.model).1;
        let host = hosts.iter().position(|own| Some(*own) == host);
        Look {
            form: cell.form(),
            colour: cell.colour(),
            hollow: !cell.ranked(),
            host: host.unwrap_or(0),
        }
    }

    pub(crate) fn line(self, canvas: &mut Canvas, points: Vec<(i32, i32)>) {
        let thick = if self.hollow { 1 } else { 2 };
        match self.host.checked_sub(1) {
            None => canvas.path(points, self.colour, thick),
            Some(at) => canvas.dashes(points, self.colour, thick, DASHES[at % DASHES.len()]),
        }
    }

    pub(crate) fn mark(self, canvas: &mut Canvas, at: (i32, i32)) {
        if self.hollow {
            canvas.hollow_mark(self.form, at, self.colour);
        } else {
            canvas.mark(self.form, at, self.colour);
        }
    }

    /// A mark that stands without a line, with a ring about it for each host before
    /// its own.
    pub(crate) fn point(self, canvas: &mut Canvas, at: (i32, i32)) {
        self.mark(canvas, at);
        for ring in 0..self.host as i32 {
            canvas.ring(at, RING + 3 * ring, self.colour, 1);
        }
    }

    /// Pixels from the middle of [`Look::point`] to its edge.
    pub(crate) fn reach(self) -> i32 {
        match self.host as i32 {
            0 => 6,
            rings => RING + 3 * rings - 1,
        }
    }
}

/// Of the first ring, pixels from its middle.
const RING: i32 = 8;

/// What is drawn as lines, or as points alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Lines,
    Points,
}

/// What [`Look`] means, where there is anything to tell apart.
pub(crate) fn legend<'a>(
    cells: &(impl Iterator<Item = &'a Summary> + Clone),
    drawn: As,
) -> Option<String> {
    let mut parts = Vec::new();
    let hosts = panel::hosts(cells.clone());
    for (at, host) in hosts.iter().enumerate() {
        parts.push(match (at.checked_sub(1), drawn) {
            (None, As::Lines) => format!("Solid lines: {host}"),
            (None, As::Points) => format!("Without a ring: {host}"),
            (Some(at), As::Lines) => format!("{}: {host}", DASHED[at % DASHED.len()]),
            (Some(0), As::Points) => format!("Ringed: {host}"),
            (Some(_), As::Points) => format!("{at} rings: {host}"),
        });
    }
    if let Some(clients) = panel::other_clients(cells.clone()) {
        parts.push(format!("Hollow marks: with {clients}, not ranked"));
    }
    (!parts.is_empty()).then(|| parts.join(". ") + ".")
}
