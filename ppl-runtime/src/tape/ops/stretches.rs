//! Stretches of arrays that one row of a walk meets, and the sums of products over them.

use crate::element::Numeric;
use crate::kernel::array::from_fn;
use crate::kernel::vector::{self, Kernel};

/// Returns whether any derivative flows back: where none does, the operands may hold what is no number.
pub(crate) fn is_seeded<E: Numeric>(seeds: &[E]) -> bool {
    seeds.iter().any(|&seed| seed != E::zero())
}

/// Adds `scale` times `x` to `into`, element by element.
pub(crate) fn add_scaled<E: Numeric>(scale: E, x: &[E], into: &mut [E]) {
    let kernel = AddScaled { scale, x, into };
    if x.len() < 8 { kernel.run() } else { vector::dispatch(kernel) }
}

/// Adds `scale` times `x` to `into`, element by element.
pub(super) struct AddScaled<'a, E> {
    pub(super) scale: E,
    pub(super) x: &'a [E],
    pub(super) into: &'a mut [E],
}

impl<E: Numeric> Kernel for AddScaled<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        vector::add_each(self.into, [self.x], |[x]| self.scale * x);
    }
}

/// Adds the products of seeds and partials to `into`, element by element or as one sum.
///
/// Without a seed a partial counts for nothing, even if it is infinite: the density of an element that a mask leaves out,
/// or of an outcome that is impossible.
pub(crate) fn multiply_into<E: Numeric>(seed: &[E], partials: &[E], into: &mut [E]) {
    let kernel = MultiplyInto { seed, partials, into };
    if partials.len() < 32 { kernel.run() } else { vector::dispatch(kernel) }
}

/// Does what [`multiply_into`] says.
pub(super) struct MultiplyInto<'a, E> {
    pub(super) seed: &'a [E],
    pub(super) partials: &'a [E],
    pub(super) into: &'a mut [E],
}

impl<E: Numeric> Kernel for MultiplyInto<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let MultiplyInto { seed, partials, into } = self;
        let product = |s: E, p: E| if s == E::zero() { s } else { s * p };
        if into.len() == partials.len() {
            if let [seed] = *seed {
                for (d, &p) in into.iter_mut().zip(partials) {
                    *d += product(seed, p);
                }
            } else {
                vector::add_each(into, [seed, partials], |[s, p]| product(s, p));
            }
        } else if seed.len() == partials.len() {
            into[0] += vector::dot_where_seeded(seed, partials);
        } else {
            into[0] += product(seed[0], vector::sum(partials));
        }
    }
}

/// Returns the part of an array that one row meets.
#[inline(always)]
pub(crate) fn stretch<E>(x: &[E], offset: usize, n: usize, stride: usize) -> &[E] {
    &x[offset..offset + if stride == 0 { 1 } else { n }]
}

/// Returns the part of an array that one row meets.
#[inline(always)]
pub(crate) fn stretch_mut<E>(x: &mut [E], offset: usize, n: usize, stride: usize) -> &mut [E] {
    &mut x[offset..offset + if stride == 0 { 1 } else { n }]
}

/// Returns whether `holds` does in each of `L` lanes.
///
/// The lanes that do not are counted in numbers, because a vector of truths is costly to bring together.
#[inline(always)]
pub(super) fn all_lanes<E: Numeric, const L: usize>(holds: impl Fn(usize) -> bool) -> bool {
    let exceptions: [E; L] = from_fn(E::zero(), |j| if holds(j) { E::zero() } else { E::one() });
    vector::sum_lanes(exceptions) == E::zero()
}

/// Adds `m` lanes to their stretch of a row, or to the running totals of a row that is summed into one element.
#[inline(always)]
pub(super) fn collect<E: Numeric, const L: usize>(
    into: &mut [E],
    totals: &mut [E; L],
    lanes: &[E; L],
    at: usize,
    m: usize,
) {
    if into.len() > 1 {
        match into[at..].first_chunk_mut::<L>() {
            Some(row) => row.iter_mut().zip(lanes).for_each(|(d, &v)| *d += v),
            None => into[at..].iter_mut().zip(lanes).for_each(|(d, &v)| *d += v),
        }
    } else if m == L {
        totals.iter_mut().zip(lanes).for_each(|(d, &v)| *d += v);
    } else {
        totals.iter_mut().zip(lanes).take(m).for_each(|(d, &v)| *d += v);
    }
}

/// Copies an array so that its event dimensions, of `width` elements together, lie outside of its axes.
pub(super) fn planes_of<E: Numeric>(x: &[E], width: usize, out: &mut [E]) {
    let rows = out.len() / width.max(1);
    for (j, plane) in out.chunks_exact_mut(rows.max(1)).enumerate() {
        for (to, &v) in plane.iter_mut().zip(x[j..].iter().step_by(width)) {
            *to = v;
        }
    }
}
