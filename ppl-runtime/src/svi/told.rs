//! What is known of each parameter where the optimiser updates it: the group that it is in, and whether it is frozen.

use super::core::{Core, Fit};
use super::freezing::{Freezing, is_frozen};
use crate::element::Element;
use crate::error::Error;
use crate::optim::{Group, Rows};
use crate::program::address::Subject;
use crate::program::param::Param;
use crate::program::run::Run;
use std::ops::Range;

/// What is told of one parameter: the number of its group among the optimiser's plus one, or zero; and `FROZEN` if steps leave it alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Told(u32);

const FROZEN: u32 = 1 << 31;

impl Told {
    /// Returns whether steps leave the parameter alone.
    #[inline(always)]
    pub(super) fn is_frozen(self) -> bool {
        self.0 & FROZEN != 0
    }

    /// Returns the rows of a stretch of the parameter whose `count`-th update this is.
    #[inline(always)]
    pub(super) fn rows(self, range: Range<usize>, count: u64) -> Rows {
        let rows = Rows::new(range, count);
        match self.0 & !FROZEN {
            0 => rows,
            group => rows.in_group(group as usize - 1),
        }
    }
}

impl<E: Element> Fit<'_, E> {
    /// Makes room for `n` values, and finds what is told of each parameter: names are looked at here, and in no step.
    #[cold]
    pub(super) fn register(&mut self, n: usize) -> Result<(), Error> {
        self.optimiser.check().map_err(|what| Error::Setup { what })?;
        let groups = self.optimiser.groups();
        if !self.core.run.session.apart.needed
            && let Some(group) =
                groups.iter().find(|group| !names(&self.core.run).any(|name| group.has(name)))
        {
            let known = names(&self.core.run);
            return Err(Error::unknown(MATCHING, "for a group of the optimiser", group.pattern(), known));
        }
        let Core { run, gradient, rows, updates, told, registered, freezings, .. } = &mut *self.core;
        told.clear();
        told.resize(n, Told::default());
        let mut most = 0;
        for (name, param) in made(run) {
            told[param.offset..param.offset + param.len].fill(tell(groups, freezings, name));
            most += if param.by_rows { param.shape.dim(0) } else { 1 };
        }
        // How many rows a step reads changes from step to step.
        rows.reserve(most);
        gradient.resize(n, E::zero());
        updates.resize(n, 0);
        self.optimiser.resize(n);
        *registered = Some(n);
        Ok(())
    }
}

/// What errors say is missing where a pattern matches nothing.
pub(super) const MATCHING: &str = "parameter that matches";

/// Returns what is told of the parameter of this name.
fn tell(groups: &[Group], freezings: &[Freezing], name: &str) -> Told {
    let group = groups.iter().rposition(|group| group.has(name)).map_or(0, |k| k as u32 + 1);
    Told(if is_frozen(freezings, name) { group | FROZEN } else { group })
}

/// Returns the parameters that programs have made, by name.
fn made<E: Element>(run: &Run<E>) -> impl Iterator<Item = (&str, &Param)> {
    let named = run.session.params.params.iter().zip(0..);
    let named = named.filter(|(param, _)| param.made);
    named.map(|(param, number)| (run.session.addresses.text(Subject::Parameter, number), param))
}

/// Returns the names of these parameters.
pub(super) fn names<E: Element>(run: &Run<E>) -> impl Iterator<Item = &str> {
    made(run).map(|(name, _)| name)
}
