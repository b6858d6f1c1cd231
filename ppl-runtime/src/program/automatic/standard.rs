//! The way from unconstrained numbers to a value by way of the standard member of its family.
//!
//! Where a location and a scale are random, what is nearly independent of them, and has scales that do not move with them, is the member of
//! the family with location zero and scale one, of which the value is an image: the parameterisation that is not centred
//! (Papaspiliopoulos et al. 2007; Betancourt and Girolami 2015).

use super::way::Way;
use crate::dist::law::Law;
use crate::dist::transforms::{Affine, Function};
use crate::element::Element;
use crate::error::Place;
use crate::family::Standard;
use crate::program::address::Subject;
use crate::program::overlay::Meeting;
use crate::program::run::Run;
use crate::support::{Positive, RealLine};
use crate::tape::ops::Unary;
use crate::value::Value;

/// Why a site has no standard member.
const NONE: &str =
    "cannot be `noncentered`: its distribution has neither a location, nor a scale, nor a rate";

impl<E: Element> Run<E> {
    /// Reports a site whose values are listed, of which a handler says that it is not centred.
    pub(crate) fn refuse_noncentered(&mut self, meeting: &Meeting<'_, E>) {
        if meeting.from_standard {
            self.fail_at(Subject::Site, meeting.site, meeting.place, NONE.to_owned());
        }
    }

    /// Returns the way to the values of a site by way of the standard member of its family.
    pub(super) fn way_from_standard(&mut self, dist: &Law<'_, E>, place: Place) -> Result<Way<E>, String> {
        self.way_by_standard(dist, place).ok_or_else(|| NONE.to_owned())
    }

    fn way_by_standard(&mut self, dist: &Law<'_, E>, place: Place) -> Option<Way<E>> {
        let member = dist.member()?;
        let operands = member.operands();
        let zero = Value::constant(E::zero());
        Some(match member.family.standard() {
            Standard::No => return None,
            Standard::LocationScale { loc, scale } => {
                let to = Affine::of([*operands.get(loc)?, *operands.get(scale)?]);
                Way { map: RealLine.into(), then: [Some(Function::Affine(to)), None] }
            }
            Standard::LogLocationScale { loc, scale } => {
                let to = Affine::of([*operands.get(loc)?, *operands.get(scale)?]);
                let exp = Function::Bijection(Positive.into());
                Way { map: RealLine.into(), then: [Some(Function::Affine(to)), Some(exp)] }
            }
            Standard::Scale { scale } => {
                let to = Affine::of([zero, *operands.get(scale)?]);
                Way { map: Positive.into(), then: [Some(Function::Affine(to)), None] }
            }
            Standard::Rate { rate } => {
                let rate = self.tape.lift(*operands.get(rate)?, place.0);
                let scale = match rate.as_constant() {
                    Some(rate) => Value::constant(rate.recip()),
                    None => {
                        let scale = self.tape.unary(Unary::Recip, rate);
                        Value::of_node(scale, &self.tape)
                    }
                };
                Way { map: Positive.into(), then: [Some(Function::Affine(Affine::of([zero, scale]))), None] }
            }
        })
    }
}
