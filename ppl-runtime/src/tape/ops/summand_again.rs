//! Sums of terms that need no walk over their operands: computed in one loop, and again where a run is followed.

use super::summand::{NO_PARTIALS, OPERANDS, Term, need_of};
use super::summand_row::Row;
use crate::element::Element;
use crate::tape::Tape;
use crate::tape::again::{Again, Keys};
use crate::tape::node::{Arg, Store};
use crate::tape::walk::Extent;
use std::marker::PhantomData;

impl<E: Element> Tape<E> {
    /// Adds up a row of `n` elements into the number at `start` of the arena, with the partials of `lens` elements for each
    /// operand behind it.
    pub(super) fn add_up_row<T: Term>(
        &mut self,
        args: &[Arg<E>; OPERANDS],
        lens: [usize; OPERANDS],
        start: usize,
        n: usize,
    ) {
        let (old, fresh) = self.split(start);
        let (log, rest) = fresh.split_at_mut(1);
        log[0] = E::zero();
        let mut rest = &mut rest[..lens.iter().sum()];
        rest.fill(E::zero());
        let mut partials: [&mut [E]; OPERANDS] = [&mut [], &mut [], &mut [], &mut [], &mut []];
        let mut inputs: [&[E]; OPERANDS] = [&[]; OPERANDS];
        for k in 0..T::ARITY {
            let (store, tail) = rest.split_at_mut(lens[k]);
            partials[k] = store;
            rest = tail;
            inputs[k] = old.arg(&args[k]);
        }
        let need = need_of(lens.map(|len| len > 0));
        Row::<E, T> { n, inputs, log, partials, need, term: PhantomData }.add_up();
    }

    /// Computes a row of terms again.
    pub(super) fn row_again<T: Term>(&mut self, again: &Again<E>, _: Keys) {
        let rule = &self.sums[again.rule as usize];
        let (Store::Arena(start), Some(shape)) = (self.node(again.node).store, rule.event) else { return };
        let n = self.len_of(Extent { axes: rule.axes, shape });
        let mut lens = [0; OPERANDS];
        for (k, len) in lens.iter_mut().enumerate() {
            if rule.partials[k] != NO_PARTIALS {
                *len = self.node(rule.operands[k]).len as usize;
            }
        }
        self.add_up_row::<T>(&again.args, lens, start as usize, n);
    }

    /// Computes a term of scalars without axes again.
    pub(super) fn one_term_again<T: Term>(&mut self, again: &Again<E>, _: Keys) {
        let needed = self.sums[again.rule as usize].partials.map(|partials| partials != NO_PARTIALS);
        let Store::Arena(start) = self.node(again.node).store else { return };
        self.compute_term::<T>(&again.args, needed, start as usize);
    }

    /// Computes a term of scalars without axes into the number at `start` of the arena, with its partials behind it.
    #[inline(always)]
    pub(super) fn compute_term<T: Term>(
        &mut self,
        args: &[Arg<E>; OPERANDS],
        needed: [bool; OPERANDS],
        start: usize,
    ) {
        let mut point = [E::zero(); OPERANDS];
        for (x, arg) in point.iter_mut().zip(args).take(T::ARITY) {
            *x = if arg.id.is_some() { self.value(arg.id)[0] } else { arg.value };
        }
        let (value, by) = T::term(point, need_of(needed));
        let fresh = self.fresh(start, 1 + OPERANDS);
        fresh[0] = value;
        fresh[1..=T::ARITY].copy_from_slice(&by[..T::ARITY]);
    }
}
