//! Parameters that move a place where a density jumps, as the bounds of a `Uniform` do.

use super::distribution::{Caller, Operands};
use super::law::Law;
use crate::element::Element;
use crate::tape::Tape;
use crate::tape::deps::Deps;
use crate::value::Value;

impl<E: Element> Law<'_, E> {
    /// Returns the dependencies of those parameters that move a jump of the density of a latent (or observed) value.
    ///
    /// A pathwise gradient does not see the jump, so these parameters may not depend on a pathwise site.
    pub(crate) fn jump_deps(&self, tape: &mut Tape<E>, place: Caller, observed: bool) -> Deps {
        let mut deps = Deps::NONE;
        self.each_jump(observed, &mut |moving| deps = deps.union(Operands::of(tape, place, moving).deps));
        deps
    }

    /// Returns whether a jump of a latent value's density moves with what is differentiated.
    ///
    /// The score function does not see that the support moves: it is zero on either side of the jump.
    pub(crate) fn has_moving_jump(&self, tape: &mut Tape<E>, place: Caller) -> bool {
        let mut moves = false;
        self.each_jump(false, &mut |moving| {
            for &value in moving {
                let arg = tape.lift(value, place);
                moves |= arg.id.is_some() && tape.node(arg.id).has_gradient();
            }
        });
        moves
    }

    /// Shows the parameters of each family it is made of that move a jump.
    fn each_jump(&self, observed: bool, show: &mut dyn FnMut(&[Value<E>])) {
        match self {
            Law::Member(member) | Law::Copies(member, _) => {
                show(&member.operands()[..member.family.jump_operands(observed)]);
            }
            Law::Transformed(transformed) => transformed.base().each_jump(observed, show),
            Law::Mixture(mixture) => mixture.list().for_each(|component| component.each_jump(observed, show)),
            Law::UpTo(first) => first.base().each_jump(observed, show),
        }
    }
}
