//! What speaks HTTP for the orders of a workload.

use crate::base::word::{Named as _, Word, words};

words! {
    /// What speaks HTTP for the orders of a workload.
    #[derive(Hash)]
    pub enum Client {
        /// Nothing does: the workload has no server.
        None = "none",
        /// Ours, by which models are compared.
        Wire = "wire",
        /// The crate of that name.
        Reqwest = "reqwest",
    }
}

impl Client {
    /// Whether models are compared by it.
    #[must_use]
    pub fn ranked(self) -> bool {
        match self {
            Client::None | Client::Wire => true,
            Client::Reqwest => false,
        }
    }

    /// The client by which models are compared on the same workload.
    #[must_use]
    pub fn to_ranked(self) -> Self {
        match self {
            Client::None => Client::None,
            Client::Wire | Client::Reqwest => Client::Wire,
        }
    }

    /// What stands behind the model in a cell's id: `@` and its name where models are
    /// not compared by it.
    #[must_use]
    pub fn suffix(self) -> String {
        if self.ranked() {
            String::new()
        } else {
            format!("@{}", self.name())
        }
    }

    /// The model of which `label` is the name, with or without a client behind it.
    #[must_use]
    pub fn model_of(label: &str) -> &str {
        label.split_once('@').map_or(label, |(model, _)| model)
    }
}

impl Word<Client> {
    /// Whether models are compared by it: by none that is somebody else's, as programs
    /// of other languages have. Rows that do not say are not set apart.
    #[must_use]
    pub fn ranked(&self) -> bool {
        self.known().map_or(self.is_empty(), Client::ranked)
    }

    /// The client by which models are compared on the same workload.
    #[must_use]
    pub fn to_ranked(&self) -> Client {
        self.known().map_or(Client::Wire, Client::to_ranked)
    }

    /// What stands behind the model in a cell's id: `@` and its name where models are
    /// not compared by it.
    #[must_use]
    pub fn suffix(&self) -> String {
        if self.ranked() {
            String::new()
        } else {
            format!("@{self}")
        }
    }
}
