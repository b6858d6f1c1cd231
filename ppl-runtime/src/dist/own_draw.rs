//! The log-density of a multivariate normal at its own draw, by the noise of that draw.

use crate::element::Element;
use crate::family::low_rank_normal::LowRankNormalFamily;
use crate::family::{Structured, low_rank_normal, mvn_cholesky};
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::rows::RowTerm;
use crate::tape::ops::summand::Use;

/// Records the log-density of a draw with these parameters whose noise is known.
pub(super) fn of_draw<E: Element>(
    tape: &mut Tape<E>,
    noise: NodeId,
    p: &[Arg<E>],
    value: Arg<E>,
    usage: Use,
) -> NodeId {
    let noise = Arg { id: noise, value: E::zero() };
    tape.sum_rows::<OwnDraw, 4>([value, noise, p[0], p[1]], usage)
}

/// The same for a covariance of a few directions.
pub(super) fn of_low_rank_draw<E: Element>(
    tape: &mut Tape<E>,
    noise: NodeId,
    p: &[Arg<E>],
    value: Arg<E>,
    usage: Use,
) -> NodeId {
    let noise = Arg { id: noise, value: E::zero() };
    tape.sum_rows::<OwnLowRankDraw, 4>([value, noise, p[0], p[1]], usage)
}

/// The value, its noise, the mean and the Cholesky factor.
struct OwnDraw;

impl RowTerm<4> for OwnDraw {
    const RANKS: [usize; 4] = [1, 1, 1, 2];

    fn scratch(shape: [&[usize]; 4]) -> usize {
        shape[1].iter().product()
    }

    fn row<E: Element>(
        [_, noise, _, scale_tril]: [&[E]; 4],
        _: [&[usize]; 4],
        [value, _, loc, tril]: [bool; 4],
        [by_value, _, by_loc, by_tril]: [&mut [E]; 4],
        scratch: &mut [E],
    ) -> E {
        let (needed, by) = ([value, loc, tril], [by_value, by_loc, by_tril]);
        mvn_cholesky::log_density_of_draw([noise, scale_tril], needed, by, scratch)
    }
}

/// The value, its noise, the mean, and the scales with the directions.
struct OwnLowRankDraw;

impl RowTerm<4> for OwnLowRankDraw {
    const RANKS: [usize; 4] = [1, 1, 1, 2];

    fn scratch([_, _, loc, rows]: [&[usize]; 4]) -> usize {
        LowRankNormalFamily::scratch([loc, rows])
    }

    fn row<E: Element>(
        [_, noise, _, rows]: [&[E]; 4],
        _: [&[usize]; 4],
        [value, _, loc, by_which]: [bool; 4],
        [by_value, _, by_loc, by_rows]: [&mut [E]; 4],
        scratch: &mut [E],
    ) -> E {
        let (needed, by) = ([value, loc, by_which], [by_value, by_loc, by_rows]);
        low_rank_normal::log_density_of_draw([noise, rows], needed, by, scratch)
    }
}
