//! Criterion refuses what it does not take by a panic; a user gets one line.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use bakeoff::base::error::{Error, Result};

/// Runs `bench`; where criterion itself panics in it, that is a line about what was
/// asked of it. Any other panic is a fault of ours and is left as it is.
pub(crate) fn told(bench: impl FnOnce() -> Result<()>) -> Result<()> {
    let refused: Arc<Mutex<Option<String>>> = Arc::default();
    let before = panic::take_hook();
    let said = Arc::clone(&refused);
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or("", |location| location.file());
        if !place.contains("/criterion-0") {
            return before(panic);
        }
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
        // The first is the cause.
        said.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(words.join(" "));
    }));
    match panic::catch_unwind(AssertUnwindSafe(bench)) {
        Ok(result) => result,
        Err(panic) => {
            let refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
            match refused.clone() {
                Some(why) => Err(Error::Usage(format!("criterion refuses this: {why}"))),
                None => panic::resume_unwind(panic),
            }
        }
    }
}
