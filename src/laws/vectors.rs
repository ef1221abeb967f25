//! The answers of whole batches, as `docs/PROTOCOL.md` has them.

use super::bench::require;
use super::{Breach, Held, Subject};

const DOCUMENT: &str = include_str!("../../docs/PROTOCOL.md");
const MARK: &str = "<!-- vectors: batch -->\n";

/// One batch of the document.
struct Vector {
    params: Vec<String>,
    seed: u64,
    orders: u64,
    answer: String,
}

/// The document's batches of a workload.
fn of(workload: &str) -> Vec<Vector> {
    let behind = DOCUMENT.split_once(MARK).map_or("", |(_, behind)| behind);
    let rows = behind.lines().take_while(|line| line.starts_with('|'));
    rows.skip(2)
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [name, params, seed, orders, answer] = cells[..] else {
                return None;
            };
            let table: serde_json::Map<_, _> =
                serde_json::from_str(params.trim_matches('`')).ok()?;
            let text = |value: &serde_json::Value| match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            };
            let pairs = table.iter();
            (name == workload).then_some(Vector {
                params: pairs
                    .map(|(key, value)| format!("{key}={}", text(value)))
                    .collect(),
                seed: seed.parse().ok()?,
                orders: orders.parse().ok()?,
                answer: answer.trim_matches('`').to_owned(),
            })
        })
        .collect()
}

pub(super) fn nothing(subject: &Subject) -> Held {
    answered(subject, "nothing")
}

pub(super) fn bakery(subject: &Subject) -> Held {
    answered(subject, "bakery")
}

pub(super) fn fetch(subject: &Subject) -> Held {
    answered(subject, "fetch")
}

fn answered(subject: &Subject, workload: &str) -> Held {
    let mut lab = subject.lab();
    let (mut asked, mut unable) = (0, None);
    for vector in of(workload) {
        let orders = format!("orders={}", vector.orders);
        let mut params: Vec<&str> = vector.params.iter().map(String::as_str).collect();
        params.extend([orders.as_str(), "concurrency=4"]);
        let mut open = match subject.open(&mut lab, workload, &params) {
            Err(Breach::NotOffered(reason)) => {
                unable = Some(reason);
                continue;
            }
            opened => opened?,
        };
        // The laboratory knows the answer by itself too; of a model that serves a part of
        // the orders it is that of the part.
        let row = open.sample(&mut lab, vector.seed, 0, 0);
        if let Some(error) = row.error {
            return Err(Breach::Broken(format!("{}: {error}", params.join(" "))));
        }
        let own = row.answer.unwrap_or_default();
        require(row.orders != vector.orders || own == vector.answer, || {
            let (params, due) = (params.join(" "), &vector.answer);
            format!("{params}: {own} where {due} is due")
        })?;
        open.close()?;
        asked += 1;
    }
    match unable {
        Some(reason) if asked == 0 => Err(Breach::NotOffered(reason)),
        _ => require(asked > 0, || "the document has no such batches".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_document_has_batches_of_every_workload() {
        for (workload, count) in [("nothing", 3), ("bakery", 3), ("fetch", 6)] {
            let found = of(workload);
            assert_eq!(found.len(), count, "{workload}");
            assert!(found.iter().all(|batch| batch.answer.len() == 16));
        }
        assert_eq!(of("bakery")[2].params[0], "bake_cpu=2");
    }
}
