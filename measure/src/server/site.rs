//! What is served: a checked profile with the pages that it needs.

use crate::workload::items::{MAX_BODY, Pages, Profile};

/// A profile and its pages.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) profile: Profile,
    pages: Pages,
}

impl Site {
    /// The site of `profile`.
    ///
    /// # Errors
    /// What is wrong with the profile.
    pub(super) fn new(profile: Profile) -> Result<Self, String> {
        if profile.fault.is_some_and(|fault| fault.every == 0) {
            return Err("a fault every 0 items: the distance is at least 1".to_owned());
        }
        if profile.size.max() > MAX_BODY {
            return Err(format!(
                "size {}: a body is at most {MAX_BODY} bytes",
                profile.size
            ));
        }
        let pages = Pages::new(profile.size.max());
        Ok(Site { profile, pages })
    }

    /// The body of item `id`.
    pub(super) fn body(&self, id: u64) -> &[u8] {
        self.pages.body(&self.profile, id)
    }

    /// What answers a `PUT` or `POST` of item `id`, as the JSON that is sent.
    pub(super) fn receipt(&self, id: u64, payload_crc: u32) -> String {
        let receipt = self.profile.receipt(id, payload_crc);
        format!(r#"{{"id":{id},"receipt":"{receipt:016x}"}}"#)
    }
}

/// What a server has done since its start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Served {
    pub(super) requests: u64,
    /// None where the backend cannot know.
    pub(super) connections: Option<u64>,
}
