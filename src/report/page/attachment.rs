//! Rows within the page, for whoever is given that alone: a link that downloads them
//! without a network.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};

use super::super::export::csv;
use crate::record::row::Row;

/// More rows than these would outgrow the page, and are to be found beside it alone.
const MOST: usize = 5_000;

/// A link to `rows` as gzipped CSV, histograms left out; `None` where there are more
/// than a page carries.
pub(super) fn link(rows: &[Row]) -> Option<String> {
    if rows.len() > MOST {
        return None;
    }
    let mut zip = GzBuilder::new().write(Vec::new(), Compression::best());
    csv::write(rows, &mut zip).ok()?;
    let data = STANDARD.encode(zip.finish().ok()?);
    Some(format!(
        "<a download=\"rows.csv.gz\" href=\"data:application/gzip;base64,{data}\">rows.csv.gz</a>"
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::report::fixture::run;

    #[test]
    fn what_is_downloaded_is_the_export() {
        let rows = run();
        let link = link(&rows).unwrap();
        let data = link.split_once("base64,").unwrap().1;
        let data = data.split_once('"').unwrap().0;
        let mut found = String::new();
        let zip = STANDARD.decode(data).unwrap();
        GzDecoder::new(zip.as_slice())
            .read_to_string(&mut found)
            .unwrap();
        let mut expected = Vec::new();
        csv::write(&rows, &mut expected).unwrap();
        assert_eq!(found.as_bytes(), expected);
        assert!(super::link(&vec![Row::default(); MOST + 1]).is_none());
    }
}
