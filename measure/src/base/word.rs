//! Words of a fixed list that stand in rows and messages. Another version may write a
//! word that this one does not know; such a word is kept as it came.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::visible::make_visible;

/// An enum whose values are written as words.
pub trait Named: Copy + Eq + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// The word of a value.
    fn name(self) -> &'static str;

    /// The value of that word; `None` where there is none.
    #[must_use]
    fn named(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|value| value.name() == word)
    }
}

/// Declares an enum with the word of each of its values.
macro_rules! words {
    ($(#[$about:meta])* $vis:vis enum $name:ident {
        $($(#[$of:meta])* $value:ident = $word:literal,)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$of])* $value,)+
        }

        impl $crate::base::word::Named for $name {
            const ALL: &'static [Self] = &[$($name::$value),+];

            fn name(self) -> &'static str {
                match self {
                    $($name::$value => $word,)+
                }
            }
        }
    };
}

pub(crate) use words;

/// A word that stands for a value of `T`, or one that this version does not know.
/// Words are equal, and sorted, as their texts are. The default is the empty word, of
/// rows that do not say.
#[derive(Clone)]
pub struct Word<T>(Kept<T>);

#[derive(Clone)]
enum Kept<T> {
    Known(T),
    /// Never the word of a value.
    Other(String),
}

impl<T: Named> Word<T> {
    /// The value that the word stands for; `None` where this version knows none.
    #[must_use]
    pub fn known(&self) -> Option<T> {
        match self.0 {
            Kept::Known(value) => Some(value),
            Kept::Other(_) => None,
        }
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Known(value) => value.name(),
            Kept::Other(word) => word,
        }
    }

    /// Whether the row does not say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }

    /// Makes a word of another program safe to show.
    pub fn make_visible(&mut self) {
        if let Kept::Other(word) = &mut self.0 {
            make_visible(word);
        }
    }
}

impl<T> Default for Word<T> {
    fn default() -> Self {
        Word(Kept::Other(String::new()))
    }
}

impl<T: Named> From<T> for Word<T> {
    fn from(value: T) -> Self {
        Word(Kept::Known(value))
    }
}

impl<T: Named> From<&str> for Word<T> {
    fn from(word: &str) -> Self {
        match T::named(word) {
            Some(value) => Word(Kept::Known(value)),
            None => Word(Kept::Other(word.to_owned())),
        }
    }
}

impl<T: Named> PartialEq for Word<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<T: Named> Eq for Word<T> {}

impl<T: Named> PartialEq<T> for Word<T> {
    fn eq(&self, other: &T) -> bool {
        self.known() == Some(*other)
    }
}

impl<T: Named> Ord for Word<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<T: Named> PartialOrd for Word<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Named> Hash for Word<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl<T: Named> Borrow<str> for Word<T> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl<T: Named> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<T: Named> fmt::Debug for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<T: Named> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: Named> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<T>(PhantomData<T>);

        impl<T: Named> Visitor<'_> for Text<T> {
            type Value = Word<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, word: &str) -> Result<Word<T>, E> {
                Ok(word.into())
            }
        }

        deserializer.deserialize_str(Text(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    words! {
        /// A word for tests.
        enum Colour {
            Red = "red",
            Blue = "dark-blue",
        }
    }

    #[test]
    fn a_word_is_written_as_it_came() {
        for (text, known) in [
            ("red", Some(Colour::Red)),
            ("dark-blue", Some(Colour::Blue)),
            ("green", None),
            ("Red", None),
            ("", None),
        ] {
            let json = serde_json::to_string(text).unwrap();
            let word: Word<Colour> = serde_json::from_str(&json).unwrap();
            assert_eq!((word.known(), word.as_str()), (known, text));
            assert_eq!(serde_json::to_string(&word).unwrap(), json);
            assert_eq!(word, Word::from(text));
            assert_eq!(word.is_empty(), word == Word::default());
        }
        assert!(serde_json::from_str::<Word<Colour>>("7").is_err());
    }

    #[test]
    fn words_are_sorted_and_found_by_their_text() {
        let word = Word::<Colour>::from;
        assert!(word("dark-blue") < word("green") && word("green") < word("red"));
        assert_eq!(word("red"), Colour::Red);
        assert_ne!(word("green"), Colour::Red);
        let counts = BTreeMap::from([(word("red"), 1), (word("green"), 2)]);
        assert_eq!(
            (counts.get("red"), counts.get("green")),
            (Some(&1), Some(&2))
        );
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, r#"{"green":2,"red":1}"#);
    }

    #[test]
    fn what_is_not_known_is_made_safe_to_show() {
        let mut word = Word::<Colour>::from("gr\u{1b}een");
        word.make_visible();
        assert_eq!(word.as_str(), r"gr\u{1b}een");
    }
}
