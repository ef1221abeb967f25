//! What a client posts, and what it is answered.

use serde::{Deserialize, Serialize};

use crate::base::seed::mix;

/// What a client posts: the order for an item, as a person would write it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OrderForm {
    /// The item's id.
    pub id: u64,
    /// Who it is for.
    pub customer: String,
    /// What it is made of.
    pub layers: Vec<String>,
    /// How many candles.
    pub candles: u32,
}

/// What the server answers to an [`OrderForm`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The item's id.
    pub id: u64,
    /// [`receipt`](crate::workload::items::Profile::receipt) in hexadecimal.
    pub receipt: String,
}

impl OrderForm {
    /// The form of item `id`: a pure function, so that the expected receipt is known.
    #[must_use]
    pub fn of(id: u64) -> Self {
        let layer = |n: u64| {
            let flavours = ["vanilla", "chocolate", "lemon", "hazelnut"];
            flavours[(mix(id ^ n) % 4) as usize].to_owned()
        };
        OrderForm {
            id,
            customer: format!("customer {:08x}", mix(id) as u32),
            layers: (0..1 + mix(id) % 4).map(layer).collect(),
            candles: (mix(id) % 100) as u32,
        }
    }

    /// The form as JSON, as every client sends it.
    pub fn write(id: u64, out: &mut Vec<u8>) {
        out.clear();
        serde_json::to_writer(out, &OrderForm::of(id)).expect("a form serialises");
    }
}
