//! run
use super::Choice;
use crate::error::Result;
use clap::Args;
/// x
#[derive(Args, Clone, Debug)]
pub(super) struct RunArgs {
    #[command(flatten)]
    choice: Choice,
}
impl RunArgs {
    pub(super) fn run(self) -> Result<()> {
        let cells = self.choice.cells(crate::selection::Set::Default)?;
        let mut lab = crate::measure::lab::Lab::new(super::program()?);
        let mut rows = vec![];
        for c in &cells {
            let mut o = match lab.open(c) {
                Ok(o) => o,
                Err(e) => {
                    eprintln!("{} {e}", c.id());
                    continue;
                }
            };
            for i in 0..4 {
                let r = o.sample(&mut lab, 1, 0, 0);
                if i > 0 {
                    rows.push(r);
                }
            }
            if let Err(e) = o.close() {
                eprintln!("{e}");
            }
        }
        eprintln!(
            "{}",
            crate::report::table::scenarios(
                &rows,
                &Default::default(),
                &crate::report::table::Style::PLAIN
            )
        );
        Ok(())
    }
}
