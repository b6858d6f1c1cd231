//! Terms of a part of the rows that they need: looked for before a session's first step.

use super::address::Subject;
use super::run::Run;
use crate::element::Element;
use crate::error::Error;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;

impl<E: Element> Run<E> {
    /// Refuses a term outside of a subsampled plate of what its elements have together: a function of some of the rows is no estimate of
    /// that of all. The run is a checking one.
    pub(crate) fn refuse_part_of_rows(&self) -> Result<(), Error> {
        for term in &self.trace.terms {
            let crossed = self.tape.node(term.node).deps.crossed;
            // The sites past the last bit share it, so that nothing is known of them.
            let met = |site: u32| !Deps::is_shared(site as usize) && crossed & Deps::bit(site as usize) != 0;
            let left = |axes: AxisSet| axes.intersection(AxisSet::PLATES).minus(term.open);
            let found = self
                .sampled()
                .find(|&(site, entry)| met(site) && self.session.plates.are_part(left(entry.axes)));
            if let Some((of, entry)) = found {
                let name = self.part_name(term.part.subject(), term.site).to_owned();
                let (of, plates) =
                    (self.session.addresses.text(Subject::Site, of), self.plate_names(left(entry.axes)));
                let detail = format!(
                    "depends on `{of}` in every row of the {plates}, of which a step visits a part: what some of the rows give is no \
                     estimate of what all would; write the statement in the plate, or visit the plate whole"
                );
                return Err(Error::Site { place: term.place, site: name, detail });
            }
        }
        Ok(())
    }
}
