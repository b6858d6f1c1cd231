//! The visitor that compares a state with a saved one, or replaces it.

use super::array::{Array, OfProgram, Stored};
use crate::element::Element;
use crate::error::Difference;
use crate::state::Visitor;
use std::collections::{BTreeMap, BTreeSet};

/// A saved state, as a visit finds it.
pub(super) struct Reader<'a> {
    /// What stands before each name.
    prefix: &'static str,
    arrays: &'a BTreeMap<String, Array>,
    /// The kinds in the file, and those that the visit has named.
    kinds: &'a [String],
    named: Vec<&'static str>,
    /// Whether what is visited is replaced, or only compared.
    replaces: bool,
    visited: BTreeSet<String>,
    differences: Vec<Difference>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        prefix: &'static str,
        arrays: &'a BTreeMap<String, Array>,
        kinds: &'a [String],
        replaces: bool,
    ) -> Reader<'a> {
        let (named, visited, differences) = (Vec::new(), BTreeSet::new(), Vec::new());
        Reader { prefix, arrays, kinds, named, replaces, visited, differences }
    }

    /// Returns the differences; where the kinds differ, `of_kinds` makes the only one of what was expected and found.
    pub(super) fn finish(mut self, of_kinds: impl FnOnce(String, String) -> Difference) -> Vec<Difference> {
        if self.named != self.kinds {
            return vec![of_kinds(self.named.join(", "), self.kinds.join(", "))];
        }
        for (name, array) in self.arrays.iter().filter(|(name, _)| name.starts_with(self.prefix)) {
            if !self.visited.contains(name) {
                let found = Array::words(array.dtype, array.shape.len());
                let expected = "nothing".to_owned();
                self.differences.push(Difference::State { array: name.clone(), expected, found });
            }
        }
        self.differences
    }

    /// Returns whether the visit is one of what the file holds, as far as it has got.
    fn is_of_this_kind(&self) -> bool {
        self.kinds.len() >= self.named.len() && self.named.iter().zip(self.kinds).all(|(a, b)| a == b)
    }

    /// Calls `replace` with the numbers of an array of this rank, if they fit and are to replace those visited.
    fn visit<N: Stored>(
        &mut self,
        name: &str,
        rank: usize,
        replace: impl FnOnce(&mut dyn Iterator<Item = N>),
    ) {
        let name = format!("{}{name}", self.prefix);
        let array = self.arrays.get(&name).filter(|_| self.is_of_this_kind());
        match array.filter(|array| array.shape.len() == rank).and_then(|array| array.read::<N>()) {
            Some(mut numbers) if self.replaces => replace(&mut numbers),
            Some(_) => {}
            None => {
                let expected = Array::words(N::dtype(), rank);
                let found = array.map_or("nothing".to_owned(), |a| Array::words(a.dtype, a.shape.len()));
                self.differences.push(Difference::State { array: name.clone(), expected, found });
            }
        }
        self.visited.insert(name);
    }
}

impl<E: Element> Visitor<E> for Reader<'_> {
    fn kind(&mut self, name: &'static str) {
        self.named.push(name);
    }

    fn count(&mut self, name: &'static str, value: &mut u64) {
        self.visit::<u64>(name, 0, |numbers| *value = numbers.next().unwrap_or(*value));
    }

    fn counts(&mut self, name: &'static str, values: &mut Vec<u64>) {
        self.visit::<u64>(name, 1, |numbers| *values = numbers.collect());
    }

    fn numbers(&mut self, name: &'static str, values: &mut Vec<f64>) {
        self.visit::<f64>(name, 1, |numbers| *values = numbers.collect());
    }

    fn elements(&mut self, name: &'static str, values: &mut Vec<E>) {
        self.visit::<OfProgram<E>>(name, 1, |numbers| *values = numbers.map(|v| v.0).collect());
    }
}
