//! Words of 64 bits as text: JSON's numbers hold no more than 53 bits in some languages.

use serde::{Deserialize as _, Deserializer, Serializer, de};

/// Writes a word as 16 hexadecimal digits.
///
/// # Errors
/// Those of the serializer.
// Serde's `with` passes fields by reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub fn serialize<S: Serializer>(word: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{word:016x}"))
}

/// Reads a word of 1 to 16 hexadecimal digits.
///
/// # Errors
/// Anything else.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    read(&text).ok_or_else(|| {
        de::Error::custom(format_args!(
            "'{text}' is no word: give 1 to 16 hexadecimal digits, in quotes"
        ))
    })
}

fn read(text: &str) -> Option<u64> {
    // `from_str_radix` would take a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let word = u64::from_str_radix(text, 16).ok()?;
    (digits && text.len() <= 16).then_some(word)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Held {
        #[serde(with = "super")]
        word: u64,
    }

    #[test]
    fn a_word_is_text_of_hexadecimal_digits() {
        for word in [0, 7, 0x0134_d765, u64::MAX] {
            let text = serde_json::to_string(&Held { word }).unwrap();
            assert_eq!(text, format!(r#"{{"word":"{word:016x}"}}"#));
            let read: Held = serde_json::from_str(&text).unwrap();
            assert_eq!(read, Held { word });
        }
        let read = |word: &str| serde_json::from_str::<Held>(&format!(r#"{{"word":{word}}}"#));
        assert_eq!(read(r#""7""#).unwrap().word, 7);
        assert_eq!(read(r#""FF""#).unwrap().word, 255);
        for wrong in [
            "7",
            r#""""#,
            r#""+7""#,
            r#""0x7""#,
            r#""00000000000000007""#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
