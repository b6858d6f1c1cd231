//! Sites that a program cannot have: they are reported, and the run goes on with a placeholder.

use super::address::Subject;
use super::pass::Latents;
use super::run::Run;
use super::trace::Entry;
use crate::dist::law::Law;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::shape::Shape;
use crate::tape::node::NodeId;
use crate::tape::walk::Extent;

impl<E: Element> Run<E> {
    /// Reports a mistake at a site.
    #[cold]
    pub(crate) fn fail_at(&mut self, subject: Subject, site: u32, place: Place, detail: String) {
        let site = self.session.addresses.text(subject, site).to_owned();
        self.tape.fail(Error::Site { place, site, detail });
    }

    /// Reports a value that would have to be drawn from a density without a total; returns whether it is one.
    #[inline(always)]
    pub(super) fn refuse_improper(
        &mut self,
        subject: Subject,
        site: u32,
        dist: &Law<'_, E>,
        place: Place,
    ) -> bool {
        let is_improper = !dist.is_proper();
        if is_improper {
            let detail = "`Flat` is improper, so that no value can be drawn from it; give the site a prior that can be drawn from, or its value by \
                          `condition`";
            self.fail_at(subject, site, place, detail.to_owned());
        }
        is_improper
    }

    /// Reports a latent site that has no value.
    #[cold]
    pub(super) fn miss(&mut self, site: u32) {
        let name = self.session.addresses.text(Subject::Site, site);
        let detail = match self.pass.latents == Latents::Given {
            true => format!("no value is given for the latent site `{name}`"),
            false => format!("the guide does not propose the latent site `{name}`"),
        };
        self.tape.fail(Error::Guide { detail });
    }

    /// Returns the value of a site that cannot be drawn: one that the guide proposed, or NaN.
    #[cold]
    pub(crate) fn undrawable(&mut self, site: u32, place: Place) -> NodeId {
        if self.trace.entry(site).stamp == self.tape.recording {
            self.trace.entry(site).answered = true;
            return self.trace.entry(site).value;
        }
        let (stamp, axes) = (self.tape.recording, self.scope.axes);
        let value = self.tape.placeholder(Extent { axes, shape: Shape::SCALAR });
        *self.trace.entry(site) =
            Entry { stamp, value, answered: true, axes, place: Some(place), ..Entry::EMPTY };
        value
    }
}
