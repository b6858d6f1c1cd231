//! The slow passes before a session's first step and after a failure: every site is checked for parameters and values it
//! cannot have.

use super::address::Subject;
use super::pass::Listener;
use super::run::Run;
use crate::dist::law::Law;
use crate::dist::{Fault, Trouble, Wanted};
use crate::element::Element;
use crate::error::{Error, Place};
use crate::tape::axes::{AxisSet, PARTICLES};
use crate::tape::node::{Arg, NodeId};

impl<E: Element> Run<E> {
    /// Reports the first element of a site that its distribution cannot have, if the run checks its sites.
    #[inline(always)]
    pub(crate) fn diagnose(
        &mut self,
        subject: Subject,
        site: u32,
        dist: &Law<'_, E>,
        value: Arg<E>,
        place: Place,
    ) {
        if self.pass.is_checked() {
            self.report_trouble(
                subject,
                site,
                dist,
                value,
                place,
                self.pass.listener == Listener::SilentFaults,
            );
        }
    }

    /// Reports a draw that a user's family should not give, in a run that has no density of it.
    #[inline(always)]
    pub(crate) fn check_draw(
        &mut self,
        subject: Subject,
        site: u32,
        dist: &Law<'_, E>,
        value: NodeId,
        place: Place,
    ) {
        if !self.pass.has_terms() && dist.is_custom() {
            self.report_trouble(subject, site, dist, Arg { id: value, value: E::zero() }, place, false);
        }
    }

    /// Reports the first element of a site that its distribution cannot have; if `silent`, only where its density is finite.
    #[cold]
    pub(crate) fn report_trouble(
        &mut self,
        subject: Subject,
        site: u32,
        dist: &Law<'_, E>,
        value: Arg<E>,
        place: Place,
        silent: bool,
    ) {
        let operands = self.note_values(subject, site, dist, value, place);
        let mask = self.scope.mask();
        let found = dist.find_trouble(&mut self.tape, place.0, value, mask, Wanted::Faults);
        let Some(trouble) = found.filter(|t| t.silent || !silent) else {
            if !silent {
                self.report_overflow(subject, site, dist, value, place);
            }
            return;
        };
        if let Fault::Density { .. } = trouble.fault {
            return self.fail_of_overflow(subject, site, place, trouble);
        }
        let element = self.name_element(trouble.axes, trouble.row, trouble.event);
        let origin = self.origin_of(&operands, trouble.axes, trouble.row, trouble.event);
        let detail = trouble.detail + &origin.map_or(String::new(), |made| format!("; {made} made it"));
        let site = self.session.addresses.text(subject, site).to_owned();
        self.tape.fail(Error::Support { place, site, element, detail });
    }

    /// Reports the first element of a site at which the log-density overflows.
    fn report_overflow(
        &mut self,
        subject: Subject,
        site: u32,
        dist: &Law<'_, E>,
        value: Arg<E>,
        place: Place,
    ) {
        let mask = self.scope.mask();
        let found = dist.find_trouble(&mut self.tape, place.0, value, mask, Wanted::Overflows);
        if let Some(trouble) = found {
            self.fail_of_overflow(subject, site, place, trouble);
        }
    }

    fn fail_of_overflow(&mut self, subject: Subject, site: u32, place: Place, trouble: Trouble) {
        // Where several outcomes are tried, one that is too improbable for a number leaves the others.
        let tried = !trouble.axes.intersection(AxisSet::OUTCOMES).is_empty();
        if tried && trouble.fault == (Fault::Density { is_possible: true }) {
            return;
        }
        let element = self.name_element(trouble.axes, trouble.row, trouble.event);
        let site = self.session.addresses.text(subject, site).to_owned();
        self.tape.fail(Error::Overflow { place, site, element, detail: trouble.detail });
    }

    /// Returns ` at school = 3, element 1`, or nothing for a site that is a single number.
    pub(crate) fn name_element(&self, axes: AxisSet, mut row: usize, event: Option<usize>) -> String {
        let mut parts = Vec::new();
        for axis in axes.iter_inward_out() {
            let size = self.tape.sizes[axis.0 as usize] as usize;
            let k = row % size.max(1);
            row /= size.max(1);
            if axis == PARTICLES {
                parts.push(format!("particle = {k}"));
            } else if let Some((plate, _)) = self.session.plates.by_axis(axis) {
                let name = self.session.addresses.text(Subject::Plate, plate);
                parts.push(format!("{name} = {}", self.session.plates.row(plate, k)));
            } else if let Some(tried) = self.trace.enumerated(axis).filter(|e| e.in_order) {
                parts.push(format!("{} = {k}", self.session.site_name(tried.site)));
            }
        }
        parts.reverse();
        if let Some(k) = event {
            parts.push(format!("element {k}"));
        }
        if parts.is_empty() { String::new() } else { format!(" at {}", parts.join(", ")) }
    }
}
