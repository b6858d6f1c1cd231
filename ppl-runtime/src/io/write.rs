//! The visitor that copies a state.

use super::array::{Array, OfProgram};
use crate::element::Element;
use crate::state::Visitor;
use std::collections::BTreeMap;

/// What a visit has shown.
#[derive(Debug, Default)]
pub(super) struct Copied {
    /// What stands before each name.
    prefix: &'static str,
    pub(super) arrays: BTreeMap<String, Array>,
    pub(super) kinds: Vec<String>,
    twice: Option<String>,
}

/// Returns what a visit shows, with `prefix` before each name.
///
/// # Errors
///
/// If the visit fails, or names two things alike.
pub(super) fn copy<E: Element>(
    prefix: &'static str,
    visit: impl FnOnce(&mut dyn Visitor<E>) -> Result<(), String>,
) -> Result<Copied, String> {
    let mut copied = Copied { prefix, ..Copied::default() };
    visit(&mut copied)?;
    match &copied.twice {
        Some(name) => Err(format!("the state `{name}` is visited twice; give the second a name of its own")),
        None => Ok(copied),
    }
}

impl Copied {
    fn add(&mut self, name: &str, array: Array) {
        let name = format!("{}{name}", self.prefix);
        if self.arrays.insert(name.clone(), array).is_some() {
            self.twice.get_or_insert(name);
        }
    }
}

impl<E: Element> Visitor<E> for Copied {
    fn kind(&mut self, name: &'static str) {
        self.kinds.push(name.to_owned());
    }

    fn count(&mut self, name: &'static str, value: &mut u64) {
        self.add(name, Array::new(Vec::new(), std::iter::once(*value)));
    }

    fn counts(&mut self, name: &'static str, values: &mut Vec<u64>) {
        self.add(name, Array::new(vec![values.len()], values.iter().copied()));
    }

    fn numbers(&mut self, name: &'static str, values: &mut Vec<f64>) {
        self.add(name, Array::new(vec![values.len()], values.iter().copied()));
    }

    fn elements(&mut self, name: &'static str, values: &mut Vec<E>) {
        self.add(name, Array::new(vec![values.len()], values.iter().copied().map(OfProgram)));
    }
}
