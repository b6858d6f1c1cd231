//! The way from unconstrained numbers to values between the bounds that a distribution's parameters give.
//!
//! The density jumps at these bounds. Where they move with a draw, so does the value, and the jump is never crossed.

use super::way::Way;
use crate::dist::law::Law;
use crate::dist::transforms::{Affine, Function};
use crate::element::Element;
use crate::error::Place;
use crate::program::run::Run;
use crate::support::{AnyBijection, Interval, Positive, RealLine, UnitInterval};
use crate::tape::node::Arg;
use crate::tape::ops::Binary;
use crate::value::Value;

impl<E: Element> Run<E> {
    /// Returns the way to the values of a distribution between bounds, if they are among its parameters.
    pub(super) fn way_between_bounds(&mut self, dist: &Law<'_, E>, place: Place) -> Option<Way<E>> {
        let member = dist.member()?;
        // These are the bounds at which the density jumps, first the lower one.
        let count = member.family.jump_operands(true);
        if count == 0 {
            return None;
        }
        let low = self.tape.lift(*member.operands().first()?, place.0);
        let high = match count {
            1 => Arg::constant(E::infinity()),
            _ => self.tape.lift(*member.operands().get(1)?, place.0),
        };
        let infinite = |bound: &Arg<E>| bound.as_constant().is_some_and(|bound| bound.is_infinite());
        let value = |run: &Run<E>, arg: Arg<E>| match arg.as_constant() {
            Some(constant) => Value::constant(constant),
            None => Value::of_node(arg.id, &run.tape),
        };
        let (one, minus_one) = (Value::constant(E::one()), Value::constant(-E::one()));
        Some(match (infinite(&low), infinite(&high)) {
            (true, true) => AnyBijection::from(RealLine).into(),
            (false, true) => {
                let then = Affine::of([value(self, low), one]);
                Way { map: Positive.into(), then: [Some(Function::Affine(then)), None] }
            }
            (true, false) => {
                let then = Affine::of([value(self, high), minus_one]);
                Way { map: Positive.into(), then: [Some(Function::Affine(then)), None] }
            }
            (false, false) => match (low.as_constant(), high.as_constant()) {
                (Some(low), Some(high)) => {
                    AnyBijection::from(Interval::new(low.as_f64(), high.as_f64())).into()
                }
                _ => {
                    let width = self.tape.combine_alike(Binary::Sub, high, low, place.0);
                    let width = Value::of_node(width, &self.tape);
                    let then = Affine::of([value(self, low), width]);
                    Way { map: UnitInterval.into(), then: [Some(Function::Affine(then)), None] }
                }
            },
        })
    }
}
