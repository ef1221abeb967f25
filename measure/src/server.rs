//! The mock server: a process of its own that serves the pages of the shop
//! and keeps a ledger of what it was asked, so that equal work is proved by
//! the other side.
//!
//! | request | answer |
//! |---|---|
//! | `GET /items/{id}` | 200 and the item's body; `?chunked=1` has it chunked |
//! | `HEAD /items/{id}` | the same head alone |
//! | `PUT /items/{id}` | 200 and the receipt of the payload, JSON |
//! | `POST /items` | the same for the id in its JSON body, 201 |
//! | `DELETE /items/{id}` | 204 |
//! | `GET /ready` | 204, never delayed, never counted: for warming up |
//!
//! `?sample=N` is the sample that a request belongs to. Delays count from the
//! moment at which a request is wholly read.

pub mod control;

#[cfg(feature = "server")]
mod connection;
#[cfg(feature = "server")]
mod dialogue;
#[cfg(feature = "server")]
mod ledger;
#[cfg(feature = "server")]
mod listen;
#[cfg(feature = "server")]
mod native;
#[cfg(feature = "server")]
mod process;
#[cfg(feature = "server")]
mod request;
#[cfg(feature = "server")]
mod response;
#[cfg(feature = "server")]
mod run;
#[cfg(feature = "server")]
mod site;
#[cfg(feature = "server")]
mod slab;
#[cfg(feature = "server")]
mod timers;
#[cfg(feature = "server")]
mod upload;
#[cfg(feature = "server")]
mod wiremock;

#[cfg(feature = "server")]
pub use run::{Backend, Options, serve};
