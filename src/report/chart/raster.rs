//! SVG as PNG. Text is set in a sans-serif font of the machine: an embedded one would
//! weigh more than all the rest.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Family, Query};
use resvg::usvg::{Options, Tree};

use crate::base::error::{Error, Result};

/// Fonts as wide as charts take text to be, or narrower.
const FONTS: [&str; 7] = [
    "DejaVu Sans",
    "Noto Sans",
    "Liberation Sans",
    "Arial",
    "Helvetica",
    "FreeSans",
    "Roboto",
];

/// The picture in the size that it states.
///
/// # Errors
/// [`Error::Usage`] where the machine has no font; [`Error::Failed`] for what is no
/// picture, or too large a one.
pub fn png(svg: &str) -> Result<Vec<u8>> {
    let mut options = Options {
        fontdb: Arc::new(fonts()?),
        ..Options::default()
    };
    "sans-serif".clone_into(&mut options.font_family);
    let failed = |error: &dyn std::fmt::Display| Error::Failed(format!("no PNG: {error}"));
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let size = tree.size().to_int_size();
    let mut picture = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| failed(&"the picture is too large"))?;
    resvg::render(&tree, Transform::identity(), &mut picture.as_mut());
    picture.encode_png().map_err(|error| failed(&error))
}

/// The machine's fonts, one of them for all that is sans-serif.
fn fonts() -> Result<Database> {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    let has = |name: &&str| {
        let query = Query {
            families: &[Family::Name(name)],
            ..Query::default()
        };
        fonts.query(&query).is_some()
    };
    let known = FONTS
        .iter()
        .find(|name| has(name))
        .map(|name| (*name).to_owned());
    let any = || Some(fonts.faces().next()?.families.first()?.0.clone());
    let Some(name) = known.or_else(any) else {
        return Err(Error::Usage(
            "no font is installed, which a PNG needs: install one (fonts-dejavu), or write SVG"
                .into(),
        ));
    };
    fonts.set_sans_serif_family(name);
    Ok(fonts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_size() {
        let svg = "<svg width=\"120\" height=\"70\" viewBox=\"0 0 240 140\" \
            xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"240\" height=\"140\"/></svg>";
        let Ok(png) = png(svg) else {
            // A machine without fonts says so.
            return;
        };
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png[16..24], &[0, 0, 0, 120, 0, 0, 0, 70]);
    }
}
