//! Log-densities of structured families: one row for each element of the axes, or as many as its event has.

use super::draw::each_row;
use super::event_rows::EventRows;
use super::summand::{Summands, Use};
use crate::element::Element;
use crate::family::{Need, Structured};
use crate::kernel::array::{from_fn, nothing};
use crate::kernel::long_sums::LongSums;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::walk::Extent;

/// A function of arrays with partials that it adds up itself: a structured family's log-density, or a divergence.
pub(crate) trait RowTerm<const N: usize> {
    /// How many dimensions, the last ones, a row has of each array; those before them count rows of one event.
    const RANKS: [usize; N];

    /// The scratch elements that a row needs.
    fn scratch(shape: [&[usize]; N]) -> usize;

    /// Returns the value of one row and adds its partials (as [`Structured::log_density`] does).
    fn row<E: Element>(
        args: [&[E]; N],
        shape: [&[usize]; N],
        needed: [bool; N],
        by: [&mut [E]; N],
        scratch: &mut [E],
    ) -> E;
}

impl<E: Element> Tape<E> {
    /// Records the sum over the axes, and over the rows of each event, of a function of arrays.
    pub(crate) fn sum_rows<T: RowTerm<N>, const N: usize>(
        &mut self,
        args: [Arg<E>; N],
        usage: Use,
    ) -> NodeId {
        let mut args = args;
        for arg in &mut args {
            arg.id = self.materialise(*arg);
        }
        let extents: [Extent; N] = from_fn(Extent::SCALAR, |k| self.extent(&args[k]));
        let needed: [bool; N] = from_fn(false, |k| self.has_gradient(&args[k]));
        let gradient = needed.iter().any(|&n| n);
        let axes = extents.iter().fold(AxisSet::EMPTY, |set, e| set.union(e.axes));
        let deps = args.iter().fold(Deps::NONE, |deps, arg| deps.union(self.deps(arg)));
        let deps = if usage == Use::Total { deps.cross(self.mixed_by(axes)) } else { deps };
        let out =
            Extent { axes: if usage == Use::Total { AxisSet::EMPTY } else { axes }, shape: Shape::SCALAR };
        let out_len = self.len_of(out);
        let events = self.len_of(Extent { axes, shape: Shape::SCALAR });
        let dense = usage == Use::Seeded;
        // Partials are kept for each event.
        let partials = (0..N).filter(|&k| needed[k] && dense).map(|k| extents[k].shape);
        let widest = partials.max_by_key(Shape::len).unwrap_or(Shape::SCALAR);
        if self.refuse_large(Extent { axes, shape: widest }).is_some() {
            return self.placeholder(Extent::SCALAR);
        }
        let rows = EventRows::of(from_fn(Shape::SCALAR, |k| extents[k].shape), T::RANKS);
        let shape = rows.shapes();
        let lens: [usize; N] = from_fn(0, |k| match (needed[k], dense) {
            (false, _) => 0,
            (true, true) => events * extents[k].shape.len(),
            (true, false) => self.len_of(extents[k]),
        });
        let scratch_len = T::scratch(shape);
        let start = self.reserve(out_len + lens.iter().sum::<usize>() + scratch_len);
        let mut rule = Summands::new(N, dense, Extent { axes, shape: Shape::SCALAR });
        rule.event = None;
        let mut at = start + out_len;
        for k in 0..N {
            if needed[k] {
                rule.operands[k] = args[k].id;
                rule.partials[k] = at as u32;
                at += lens[k];
            }
        }
        let sizes = self.sizes;
        let (old, fresh, memory) = self.split_for_sums(start);
        let (log, rest) = fresh.split_at_mut(out_len);
        let (mut rest, scratch) = rest.split_at_mut(lens.iter().sum());
        log.fill(E::zero());
        rest.fill(E::zero());
        let scratch = &mut scratch[..scratch_len];
        let inputs: [&[E]; N] = from_fn(&[], |k| old.arg(&args[k]));
        let mut stores = [const { nothing() }; N];
        for (store, &len) in stores.iter_mut().zip(&lens) {
            (*store, rest) = std::mem::take(&mut rest).split_at_mut(len);
        }
        let store_counts = from_fn(0, |k| events * rows.count() * rows.width(k) / lens[k].max(1));
        let mut stores = LongSums::several(memory, stores, store_counts);
        let mut total = 0.0;
        let mut element = 0;
        each_row(&sizes, axes, &extents, |offset| {
            let mut sum = 0.0;
            for row in 0..rows.count() {
                let args: [&[E]; N] = from_fn(&[], |k| &inputs[k][rows.place(k, offset[k], row)]);
                let mut by = [const { nothing() }; N];
                for (k, store) in stores.iter_mut().enumerate().filter(|(k, _)| needed[*k]) {
                    let event = if dense { element * extents[k].shape.len() } else { offset[k] };
                    by[k] = store.part(rows.place(k, event, row).start, rows.width(k), 1);
                }
                sum += T::row(args, shape, needed, by, scratch).as_f64();
            }
            match &mut *log {
                [_] => total += sum,
                log => log[element] = E::of(sum),
            }
            element += 1;
        });
        if let [log] = log {
            *log = E::of(total);
        }
        drop(stores);
        let rule = self.keep(rule);
        self.push(Op::Summands(rule), out, start, out_len, gradient, deps)
    }
}

/// The log-density of a structured family: the value first, then the parameters.
pub(crate) struct RowDensity<F>(std::marker::PhantomData<F>);

macro_rules! row_density {
    ($n:literal, $args:literal, $($k:ident = $i:literal),*) => {
        impl<F: Structured<$n>> RowTerm<$args> for RowDensity<(F, [(); $n])> {
            const RANKS: [usize; $args] = [F::RANKS.value, $(F::RANKS.parameters[$i - 1]),*];

            fn scratch(shape: [&[usize]; $args]) -> usize {
                F::scratch([$(shape[$i]),*])
            }

            fn row<E: Element>(
                args: [&[E]; $args],
                shape: [&[usize]; $args],
                needed: [bool; $args],
                by: [&mut [E]; $args],
                scratch: &mut [E],
            ) -> E {
                let [by_value, $($k),*] = by;
                let need = Need::of(needed[0], [$(needed[$i]),*]);
                F::log_density(
                    args[0],
                    [$(args[$i]),*],
                    [$(shape[$i]),*],
                    need,
                    E::one(),
                    by_value,
                    [$($k),*],
                    scratch,
                )
            }
        }
    };
}
row_density!(1, 2, a = 1);
row_density!(2, 3, a = 1, b = 2);
row_density!(3, 4, a = 1, b = 2, c = 3);
