//! The gates of a long short-term memory.

use super::Gates;
use crate::element::Numeric;
use crate::kernel::math::{sigmoid, tanh};

/// With `i`, `f`, `g` and `o` the columns of the input gate, the forget gate, the candidate and the output gate: `c' = f c + i g`, `h' = o tanh(c')`. Of a step these four, `tanh(c')`
/// and `c'` are kept.
pub(crate) struct LstmGates;

impl Gates for LstmGates {
    const COLUMNS: usize = 4;
    const KEPT: usize = 6;
    const STATES: usize = 2;

    #[inline(always)]
    fn step_on<E: Numeric>(size: usize, [x, v]: [&[E]; 2], kept: &mut [E], h: &mut [E], c: &mut [E]) {
        let (gates, rest) = kept.split_at_mut(4 * size);
        let (curved, memory) = rest.split_at_mut(size);
        for ((gate, &x), &v) in gates.iter_mut().zip(x).zip(v) {
            *gate = x + v;
        }
        for gate in &mut gates[..2 * size] {
            *gate = sigmoid(*gate);
        }
        for gate in &mut gates[2 * size..3 * size] {
            *gate = tanh(*gate);
        }
        for gate in &mut gates[3 * size..] {
            *gate = sigmoid(*gate);
        }
        let (input, rest) = gates.split_at(size);
        let (forget, rest) = rest.split_at(size);
        let (candidate, output) = rest.split_at(size);
        for (((c, &f), &i), &g) in c.iter_mut().zip(forget).zip(input).zip(candidate) {
            *c = f.multiply_add(*c, i * g);
        }
        memory.copy_from_slice(c);
        for (t, &c) in curved.iter_mut().zip(&*c) {
            *t = tanh(c);
        }
        for ((h, &o), &t) in h.iter_mut().zip(output).zip(&*curved) {
            *h = o * t;
        }
    }

    #[inline(always)]
    fn step_back<E: Numeric>(
        size: usize,
        kept: &[E],
        [_, c]: [&[E]; 2],
        [seeds, of_memory]: [&mut [E]; 2],
        [by_x, by_v]: [&mut [E]; 2],
    ) {
        let one = E::one();
        let (input, rest) = kept.split_at(size);
        let (forget, rest) = rest.split_at(size);
        let (candidate, rest) = rest.split_at(size);
        let (output, rest) = rest.split_at(size);
        let curved = &rest[..size];
        let (by_input, rest) = by_x.split_at_mut(size);
        let (by_forget, rest) = rest.split_at_mut(size);
        let (by_candidate, by_output) = rest.split_at_mut(size);
        for (((by, &seed), &t), &o) in by_output.iter_mut().zip(&*seeds).zip(curved).zip(output) {
            *by = seed * t * (o * (one - o));
        }
        for (((of, &seed), &t), &o) in of_memory.iter_mut().zip(&*seeds).zip(curved).zip(output) {
            *of += seed * o * ((one - t) * (one + t));
        }
        for (((by, &of), &g), &i) in by_input.iter_mut().zip(&*of_memory).zip(candidate).zip(input) {
            *by = of * g * (i * (one - i));
        }
        for (((by, &of), &c), &f) in by_forget.iter_mut().zip(&*of_memory).zip(c).zip(forget) {
            *by = of * c * (f * (one - f));
        }
        for (((by, &of), &g), &i) in by_candidate.iter_mut().zip(&*of_memory).zip(candidate).zip(input) {
            *by = of * i * ((one - g) * (one + g));
        }
        by_v.copy_from_slice(by_x);
        for (of, &f) in of_memory.iter_mut().zip(forget) {
            *of *= f;
        }
        // The state before is seen through the weights alone.
        seeds.fill(E::zero());
    }
}
