//! Gradients of parameters, stretch by stretch of the flat vector: of whole parameters, or of the rows that a step has read.

use super::param::Params;
use super::plate::Plates;
use super::run::Run;
use super::slot;
use crate::element::Element;
use crate::tape::node::NodeId;
use crate::value::Value;

impl<E: Element> Run<E> {
    /// Returns the gradient of a parameter that this run used.
    pub(crate) fn gradient_of(&self, number: u32) -> &[E] {
        let param = &self.session.params.params[number as usize];
        if param.held { &[] } else { self.tape.adjoint(param.leaf) }
    }

    /// Calls `segment` with the offset and the gradient of each stretch of the flat vector that this run used: a whole
    /// parameter, or a row of one in a subsampled plate.
    #[inline]
    pub(crate) fn each_gradient(&self, segment: impl FnMut(usize, &[E])) {
        match self.session.apart.on {
            true => self.session.apart.each_gradient(segment),
            false => self.recorded_gradient(segment),
        }
    }

    /// Calls `segment` with the gradient of each stretch that the recording itself used.
    #[inline]
    pub(crate) fn recorded_gradient(&self, mut segment: impl FnMut(usize, &[E])) {
        for &number in &self.session.params.used {
            let param = &self.session.params.params[number as usize];
            if param.held {
                continue;
            }
            let gradient = self.tape.adjoint(param.leaf);
            if param.partial {
                let mut at = 0;
                each_row(&param.plates, &self.session.plates, |k| {
                    segment(param.offset + k * param.row, &gradient[at..at + param.row]);
                    at += param.row;
                });
            } else if param.by_rows && !gradient.is_empty() {
                let width = gradient.len() / param.shape.dim(0);
                for (k, row) in gradient.chunks_exact(width).enumerate() {
                    if row.iter().any(|&by| by != E::zero()) {
                        segment(param.offset + k * width, row);
                    }
                }
            } else {
                segment(param.offset, gradient);
            }
        }
    }

    /// Lets steps leave the rows of a parameter alone that no run has read.
    fn move_rows_that_are_read(&mut self, leaf: NodeId) {
        let Params { params, used, .. } = &mut self.session.params;
        if let Some(&number) = used.iter().rev().find(|&&number| params[number as usize].leaf == leaf) {
            params[number as usize].by_rows = true;
        }
    }
}

/// Calls `row` with the row number of each element that this step visits of the plates around a parameter.
pub(super) fn each_row(plates: &[(u32, usize)], all: &Plates, mut row: impl FnMut(usize)) {
    fn descend(plates: &[(u32, usize)], all: &Plates, base: usize, row: &mut impl FnMut(usize)) {
        match plates.split_first() {
            None => row(base),
            Some((&(plate, size), rest)) => {
                for k in 0..all.plates[plate as usize].visited() {
                    descend(rest, all, base * size + all.row(plate, k), row);
                }
            }
        }
    }
    descend(plates, all, 0, &mut row);
}

/// Lets steps leave the rows of a parameter alone, along its first dimension, that no run has read: what its optimiser knows of them stays too.
pub(crate) fn move_rows_that_are_read<E: Element>(parameter: Value<E>) {
    slot::with(|run: &mut Run<E>| run.move_rows_that_are_read(parameter.arg().id));
}
