//! Parameters that the library names itself.

use crate::element::Element;
use crate::program::address::Subject;
use crate::program::first_value::FirstValue;
use crate::program::run::Run;
use crate::random::Generator;
use crate::support::{AnyBijection, RealLine};

/// A first value of a shape that is known when the program runs: one number everywhere, or a number for each element of every row.
pub(super) struct Start<'a> {
    pub(super) shape: &'a [usize],
    pub(super) values: Values<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum Values<'a> {
    Everywhere(f64),
    /// The same in every row.
    Row(&'a [f64]),
    Each(&'a [f64]),
}

impl FirstValue for Start<'_> {
    fn has_shape(&self, _: &[usize], event: &[usize]) -> bool {
        self.shape == event
    }

    fn shape(&self, _: &[usize]) -> Result<Vec<usize>, String> {
        Ok(self.shape.to_vec())
    }

    fn write(&self, row: usize, _: &mut Generator, out: &mut [f64]) {
        match self.values {
            Values::Everywhere(value) => out.fill(value),
            Values::Row(own) => out.copy_from_slice(own),
            Values::Each(all) => {
                let width = out.len();
                match all.get(row * width..(row + 1) * width) {
                    Some(own) => out.copy_from_slice(own),
                    None => out.fill(f64::NAN),
                }
            }
        }
    }
}

impl<E: Element> Run<E> {
    /// Makes a parameter in the open plates that is called as a site is, with an ending, and returns its number.
    #[cold]
    pub(super) fn make_named(
        &mut self,
        site: u32,
        ending: &str,
        start: &Start<'_>,
        bijection: AnyBijection,
    ) -> Result<u32, String> {
        let number = self.session.addresses.named_after(Subject::Parameter, (Subject::Site, site), ending);
        if !self.session.params.params.get(number as usize).is_some_and(|param| param.made) {
            self.create(number, start, bijection)?;
        }
        Ok(number)
    }

    /// Makes a number for each element that is no parameter, since it is not to be fitted, and returns its number.
    #[cold]
    pub(super) fn make_held(&mut self, site: u32, ending: &str, start: &Start<'_>) -> Result<u32, String> {
        let number = self.make_named(site, ending, start, RealLine.into())?;
        self.session.params.params[number as usize].held = true;
        Ok(number)
    }
}
