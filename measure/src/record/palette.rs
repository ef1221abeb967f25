//! The order, family and colour of every model: the same in all tables and
//! charts, so that a reader learns them once.
//!
//! A family has a hue, a model a lightness within it. The hues are Okabe and
//! Ito's (2008), which people with any colour vision tell apart; lightness
//! does not depend on colour vision at all.

use super::row::Peer;

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// Models that share how they carry work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// One order at a time, which the others are held against.
    Baseline,
    /// Worker processes.
    Processes,
    /// Threads of the operating system.
    Threads,
    /// Pools of threads.
    Pools,
    /// Async runtimes.
    Async,
    /// Green threads: blocking style, many on a thread.
    Green,
    /// State machines that an event loop calls.
    Callbacks,
    /// A model that is not known here.
    Other,
}

impl Family {
    /// Every family, in the order of tables.
    pub const ALL: [Family; 8] = [
        Family::Baseline,
        Family::Processes,
        Family::Threads,
        Family::Pools,
        Family::Async,
        Family::Green,
        Family::Callbacks,
        Family::Other,
    ];

    /// The word that rows and descriptions of programs have for it.
    pub fn key(self) -> &'static str {
        match self {
            Family::Baseline => "baseline",
            Family::Processes => "processes",
            Family::Threads => "threads",
            Family::Pools => "pools",
            Family::Async => "async",
            Family::Green => "green",
            Family::Callbacks => "callbacks",
            Family::Other => "other",
        }
    }

    /// The family of that word; of one that is not known here, [`Family::Other`].
    pub fn of_key(key: &str) -> Self {
        let known = Family::ALL.into_iter().find(|family| family.key() == key);
        known.unwrap_or(Family::Other)
    }

    /// What people read.
    pub fn name(self) -> &'static str {
        match self {
            Family::Baseline => "one at a time",
            Family::Processes => "processes",
            Family::Threads => "threads",
            Family::Pools => "thread pools",
            Family::Async => "async runtimes",
            Family::Green => "green threads",
            Family::Callbacks => "callbacks",
            Family::Other => "others",
        }
    }

    /// The colour that stands for the whole family.
    pub fn colour(self) -> Rgb {
        MODELS
            .iter()
            .find(|(_, family, _)| *family == self)
            .map_or(OTHER, |(_, _, colour)| *colour)
    }
}

/// What is not ours: models that are commands, in any language.
const OTHER: Rgb = (0x8c, 0x8c, 0x8c);

/// Every model in the order of all tables; a family's first colour stands for
/// the family.
pub const MODELS: [(&str, Family, Rgb); 35] = [
    ("sequential", Family::Baseline, (0x4d, 0x4d, 0x4d)),
    ("processes", Family::Processes, (0xd5, 0x5e, 0x00)),
    ("processes-per-order", Family::Processes, (0xe6, 0x9f, 0x00)),
    ("prefork", Family::Processes, (0xb3, 0x42, 0x00)),
    ("os-threads", Family::Threads, (0x00, 0x72, 0xb2)),
    ("os-threads-per-order", Family::Threads, (0x00, 0x4a, 0x75)),
    (
        "os-threads-per-order-small-stack",
        Family::Threads,
        (0x2a, 0x93, 0xd0),
    ),
    ("crossbeam", Family::Threads, (0x56, 0xb4, 0xe9)),
    ("os-threads-pool", Family::Threads, (0x1c, 0x5d, 0x8f)),
    ("crossbeam-deque", Family::Threads, (0x86, 0xc9, 0xf0)),
    ("rayon", Family::Pools, (0x00, 0x9e, 0x73)),
    ("rayon-cores", Family::Pools, (0x46, 0xb8, 0x94)),
    ("rayon-oneshot", Family::Pools, (0x00, 0x7a, 0x5a)),
    ("tokio-mt", Family::Async, (0xcc, 0x79, 0xa7)),
    ("tokio-mt-per-order", Family::Async, (0xb0, 0x55, 0x88)),
    ("tokio-mt-buffered", Family::Async, (0xd8, 0x6c, 0x9c)),
    (
        "tokio-mt-futures-unordered",
        Family::Async,
        (0xbe, 0x4a, 0x7a),
    ),
    ("tokio-mt-join-all", Family::Async, (0x9c, 0x3c, 0x70)),
    ("tokio-mt-semaphore", Family::Async, (0xdc, 0xa0, 0xc0)),
    ("tokio-ct", Family::Async, (0x88, 0x22, 0x55)),
    ("tokio-ct-per-order", Family::Async, (0x60, 0x12, 0x3a)),
    ("smol", Family::Async, (0xb5, 0x65, 0xc9)),
    ("smol-per-order", Family::Async, (0x92, 0x45, 0xa8)),
    ("async-std", Family::Async, (0x6a, 0x4c, 0x93)),
    ("async-std-per-order", Family::Async, (0x4b, 0x32, 0x70)),
    ("thread-per-core", Family::Async, (0xe0, 0x8a, 0xd8)),
    ("tokio-local", Family::Async, (0xe8, 0x9c, 0xc4)),
    ("smol-local", Family::Async, (0xd2, 0x90, 0xe0)),
    ("compio", Family::Async, (0xa8, 0x2c, 0x5e)),
    ("monoio", Family::Async, (0x7e, 0x3a, 0x8c)),
    ("agnostic-tokio", Family::Async, (0xc4, 0x5f, 0x92)),
    ("agnostic-smol", Family::Async, (0xa4, 0x78, 0xd6)),
    ("smol-compat", Family::Async, (0x77, 0x2f, 0xa0)),
    ("may", Family::Green, (0x8a, 0x8f, 0x1e)),
    ("mio", Family::Callbacks, (0x7a, 0x4b, 0x2a)),
];

/// Place of `model` in every table; those that the list does not know come
/// last, for the caller to order by name.
pub fn place(model: &str) -> usize {
    let (model, _) = super::hosts::parted(model);
    MODELS
        .iter()
        .position(|(name, _, _)| *name == model)
        .unwrap_or(MODELS.len())
}

/// The family of `model`.
pub fn family(model: &str) -> Family {
    known(model).map_or(Family::Other, |(family, _)| family)
}

/// The colour that `#rrggbb` writes.
pub fn read(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#')?;
    let well = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    well.then(|| Some((part(0)?, part(2)?, part(4)?)))?
}

/// The colour of `model`.
pub fn colour(model: &str) -> Rgb {
    known(model).map_or(OTHER, |(_, colour)| colour)
}

/// Every colour that a model may have.
pub fn colours() -> impl Iterator<Item = Rgb> {
    MODELS.iter().map(|(_, _, colour)| *colour).chain([OTHER])
}

/// A number for the form of the model's marks, another for each of its family.
pub fn form(model: &str) -> usize {
    let own = family(model);
    let before = MODELS[..place(model)].iter();
    before.filter(|(_, family, _)| *family == own).count()
}

/// Place in every table of a model that may be another program's: those come behind
/// all of this build, by their families, for the caller to order by name.
pub fn place_of(model: &str, peer: Option<&Peer>) -> usize {
    let Some(peer) = peer else {
        return place(model);
    };
    let family = Family::of_key(&peer.family);
    let at = Family::ALL.iter().position(|known| *known == family);
    MODELS.len() + 1 + at.unwrap_or(0)
}

/// The family of a model that may be another program's.
pub fn family_of(model: &str, peer: Option<&Peer>) -> Family {
    peer.map_or_else(|| family(model), |peer| Family::of_key(&peer.family))
}

/// Its colour: what its program asks for, or its family's.
pub fn colour_of(model: &str, peer: Option<&Peer>) -> Rgb {
    let Some(peer) = peer else {
        return colour(model);
    };
    let own = peer.colour.as_deref().and_then(read);
    own.unwrap_or_else(|| Family::of_key(&peer.family).colour())
}

/// A number for the form of its marks.
pub fn form_of(model: &str, peer: Option<&Peer>) -> usize {
    match peer {
        None => form(model),
        // No list holds them: of two names two forms, mostly.
        Some(_) => model.bytes().map(usize::from).sum(),
    }
}

fn known(model: &str) -> Option<(Family, Rgb)> {
    MODELS
        .get(place(model))
        .map(|(_, family, colour)| (*family, *colour))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_models_share_a_name_or_a_colour() {
        let names: BTreeSet<_> = MODELS.iter().map(|(name, _, _)| name).collect();
        let colours: BTreeSet<_> = MODELS.iter().map(|(_, _, colour)| colour).collect();
        assert_eq!((names.len(), colours.len()), (MODELS.len(), MODELS.len()));
        assert_eq!(family("tokio-ct"), Family::Async);
        assert_eq!((family("go"), colour("go")), (Family::Other, OTHER));
        assert!(place("go") > place("thread-per-core"));
    }

    #[test]
    fn a_model_of_another_program_looks_as_that_asks() {
        let peer = |family: &str, colour: Option<&str>| Peer {
            family: family.into(),
            colour: colour.map(str::to_owned),
            ..Peer::default()
        };
        let own = peer("async", Some("#0a0B0c"));
        assert_eq!(colour_of("asyncio", Some(&own)), (10, 11, 12));
        let plain = peer("async", None);
        assert_eq!(colour_of("asyncio", Some(&plain)), Family::Async.colour());
        let strange = peer("fibres", Some("red"));
        assert_eq!(colour_of("x", Some(&strange)), OTHER);
        assert_eq!(family_of("x", Some(&strange)), Family::Other);
        assert!(place_of("a", Some(&own)) > place("anything"));
        assert!(place_of("a", Some(&peer("threads", None))) < place_of("a", Some(&own)));
        assert_eq!(colour_of("rayon", None), colour("rayon"));
        for wrong in ["0a0b0c", "#0a0b0", "#0a0b0g", "#0a0b0c0", "#+a0b0c"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn families_stand_together() {
        let families: Vec<Family> = MODELS.iter().map(|(_, family, _)| *family).collect();
        assert!(families.is_sorted());
    }
}
