//! The gates of a gated recurrent unit.

use super::Gates;
use crate::element::Numeric;
use crate::kernel::math::{sigmoid, tanh};

/// With `r`, `u` and `c` the columns of the reset gate, the update gate and the candidate: `h' = c + u (h - c)`, `c = tanh(x_c + r h_c)`. Of a step `r`, `u`, `c` and `h_c` are kept.
pub(crate) struct GruGates;

impl Gates for GruGates {
    const COLUMNS: usize = 3;
    const KEPT: usize = 4;
    const STATES: usize = 1;

    #[inline(always)]
    fn step_on<E: Numeric>(size: usize, [x, v]: [&[E]; 2], kept: &mut [E], h: &mut [E], _: &mut [E]) {
        let (gates, rest) = kept.split_at_mut(2 * size);
        for ((gate, &x), &v) in gates.iter_mut().zip(x).zip(v) {
            *gate = sigmoid(x + v);
        }
        let (reset, update) = gates.split_at(size);
        let (candidate, of_state) = rest.split_at_mut(size);
        of_state.copy_from_slice(&v[2 * size..]);
        for (((c, &x), &r), &v) in candidate.iter_mut().zip(&x[2 * size..]).zip(reset).zip(&*of_state) {
            *c = tanh(r.multiply_add(v, x));
        }
        for ((h, &u), &c) in h.iter_mut().zip(update).zip(&*candidate) {
            *h = u.multiply_add(*h - c, c);
        }
    }

    #[inline(always)]
    fn step_back<E: Numeric>(
        size: usize,
        kept: &[E],
        [h, _]: [&[E]; 2],
        [seeds, _]: [&mut [E]; 2],
        [by_x, by_v]: [&mut [E]; 2],
    ) {
        let one = E::one();
        let (reset, rest) = kept.split_at(size);
        let (update, rest) = rest.split_at(size);
        let (candidate, of_state) = rest.split_at(size);
        let (by_reset, rest) = by_x.split_at_mut(size);
        let (by_update, by_candidate) = rest.split_at_mut(size);
        for (((by, &seed), &u), &c) in by_candidate.iter_mut().zip(&*seeds).zip(update).zip(candidate) {
            *by = seed * (one - u) * ((one - c) * (one + c));
        }
        for ((((by, &seed), &u), &c), &h) in
            by_update.iter_mut().zip(&*seeds).zip(update).zip(candidate).zip(h)
        {
            *by = seed * (h - c) * (u * (one - u));
        }
        for (((by, &by_c), &r), &v) in by_reset.iter_mut().zip(&*by_candidate).zip(reset).zip(of_state) {
            *by = by_c * v * (r * (one - r));
        }
        let (by_gates, by_state) = by_v.split_at_mut(2 * size);
        by_gates.copy_from_slice(&by_x[..2 * size]);
        for ((by, &by_c), &r) in by_state.iter_mut().zip(&by_x[2 * size..]).zip(reset) {
            *by = by_c * r;
        }
        for (seed, &u) in seeds.iter_mut().zip(update) {
            *seed *= u;
        }
    }
}
