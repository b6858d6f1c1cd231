//! A gradient that is not finite although the loss is: which operation of the reverse sweep made it so, and for which term.
//!
//! What is added to an adjoint never makes it finite again. So the node whose backward rule first gave a number that is not
//! finite is found by bisection over how far the tape is swept. The term is one whose seed alone reaches that node.

use super::origin::{applied, unary_name};
use crate::dist::overflow::number;
use crate::element::Element;
use crate::error::Error;
use crate::program::address::Subject;
use crate::program::run::Run;
use crate::tape::Tape;
use crate::tape::node::{NodeId, Op};

/// What an adjoint is seeded for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Term(usize),
    /// The score of a site, whose seed is its cost; by its number and that of its rule's target.
    Score(usize, usize),
}

/// The node whose backward rule went wrong.
struct Culprit {
    node: usize,
    element: Option<usize>,
    /// The operation with its operands, if it is not a density.
    operation: Option<String>,
}

impl<E: Element> Run<E> {
    /// Says whose gradient is not finite, and why, from a recording with derivatives in which terms keep their elements.
    #[cold]
    pub(crate) fn blame(&mut self) -> Option<Error> {
        let sources = self.sources();
        let node = self.first_bad_rule(&sources)?;
        let culprit = self.culprit(node, &sources);
        let guilty = *sources.iter().find(|&&source| self.reaches(&culprit, source))?;
        let culprit = match culprit {
            Culprit { element: None, operation: None, .. } => {
                Culprit { element: self.bad_row(node, guilty), ..culprit }
            }
            known => known,
        };
        self.sweep_for(&[guilty], 0);
        let (number, element) = self.bad_parameter()?;
        let gradient = self.gradient_of(number)[element];
        let parameter = self.name_parameter(number, element);
        let why = self.say(&culprit, guilty);
        Some(Error::NotFinite {
            what: format!("the gradient of {parameter}"),
            detail: format!("it is {gradient}, from {why}"),
        })
    }

    fn sources(&self) -> Vec<Source> {
        let seeded = |k: &usize| {
            let term = &self.trace.terms[*k];
            self.tape.node(term.node).has_gradient() && !self.trace.is_score_proposal(term)
        };
        let terms = (0..self.trace.terms.len()).filter(seeded).map(Source::Term);
        let scores = self.trace.scores.iter().enumerate().flat_map(|(k, score)| {
            let targets = score.seeds.iter().enumerate().filter_map(|(j, seed)| Some((j, (*seed)?)));
            targets
                .filter(|(_, seed)| self.tape.node(seed.target).has_gradient())
                .map(move |(j, _)| Source::Score(k, j))
        });
        terms.chain(scores).collect()
    }

    /// Seeds these sources alone and sweeps down to a node.
    fn sweep_for(&mut self, sources: &[Source], lowest: usize) {
        self.tape.clear_adjoints();
        for &source in sources {
            match source {
                Source::Term(k) => self.tape.seed(&self.trace.terms[k], -1.0),
                Source::Score(k, j) => {
                    if let Some(seed) = self.trace.scores[k].seeds[j] {
                        self.tape
                            .adjoint_mut(seed.target)
                            .iter_mut()
                            .for_each(|adjoint| *adjoint += E::one());
                    }
                }
            }
        }
        self.tape.sweep_down_to(lowest);
    }

    /// Returns which element of the node it was, and what the operation did there.
    fn culprit(&mut self, node: usize, sources: &[Source]) -> Culprit {
        self.sweep_for(sources, node);
        let tape = &self.tape;
        let id = NodeId(node as u32);
        let (element, operation) = match tape.node(id).op {
            Op::Unary(kind, x) => {
                let at = tape.adjoint(x).iter().position(|d| !d.is_finite());
                (at, at.map(|k| format!("`{}` of {}", unary_name(kind), number(tape.value(x)[k].as_f64()))))
            }
            Op::Binary(kind, a, b) | Op::Broadcast(kind, a, b) => {
                let extent = tape.node(id).extent();
                let bad = |&k: &usize| {
                    let [a, b] = [a, b].map(|arg| (arg, self.operand_at(arg, extent, k).1));
                    let (by_a, by_b) = kind.partials(a.1, b.1, tape.value(id)[k]);
                    let dy = tape.adjoint(id)[k];
                    tape.has_gradient(&a.0) && !(dy * by_a).is_finite()
                        || tape.has_gradient(&b.0) && !(dy * by_b).is_finite()
                };
                let at = (0..tape.node(id).len as usize).find(bad);
                let [a, b] = [a, b].map(|arg| at.map(|k| self.operand_at(arg, extent, k).1));
                (at, a.zip(b).map(|(a, b)| applied(kind, a, b)))
            }
            _ => (None, None),
        };
        Culprit { node, element, operation }
    }

    /// Returns whether a seed for this source alone reaches the element that went wrong.
    fn reaches(&mut self, culprit: &Culprit, source: Source) -> bool {
        self.sweep_for(&[source], culprit.node + 1);
        let adjoint = self.tape.adjoint(NodeId(culprit.node as u32));
        match culprit.element {
            Some(k) => adjoint[k] != E::zero(),
            None => adjoint.iter().any(|&d| d != E::zero()),
        }
    }

    fn bad_parameter(&self) -> Option<(u32, usize)> {
        self.session.params.used.iter().find_map(|&number| {
            let bad = self.gradient_of(number).iter().position(|g| !g.is_finite())?;
            Some((number, bad))
        })
    }

    /// Says which term it was, at which element, and through which operation.
    fn say(&self, culprit: &Culprit, source: Source) -> String {
        let node = self.tape.node(NodeId(culprit.node as u32));
        let width = node.shape.len().max(1);
        let at = culprit.element.map(|k| {
            let event = (node.shape.rank() > 0).then_some(k % width);
            self.name_element(node.axes, k / width, event)
        });
        let (term, values) = match source {
            Source::Term(k) => {
                let term = self.trace.terms[k];
                let own = term.node.0 as usize == culprit.node;
                let values = culprit.element.filter(|_| own).map(|k| self.values_in(&term, k));
                (self.name_whole_term(&term, at.as_deref().filter(|_| own)), values)
            }
            Source::Score(k, _) => {
                let site = self.trace.scores[k].site;
                let place = self.trace.entries.get(site as usize).and_then(|entry| entry.place);
                let place = place.map_or(String::new(), |place| format!(" ({place})"));
                let site = self.session.addresses.text(Subject::Site, site);
                (format!("the score of site `{site}`{place}"), None)
            }
        };
        let through = culprit
            .operation
            .as_ref()
            .map(|operation| format!(", through the derivative of {operation}{}", at.unwrap_or_default()));
        term + &values.unwrap_or_default() + &through.unwrap_or_default()
    }
}

impl<E: Element> Tape<E> {
    fn any_bad_adjoint(&self) -> bool {
        self.adjoints().iter().any(|adjoint| !adjoint.is_finite())
    }
}

impl<E: Element> Run<E> {
    /// Returns the node in whose turn of the sweep an adjoint first becomes one that is not finite.
    fn first_bad_rule(&mut self, sources: &[Source]) -> Option<usize> {
        let bad = |run: &mut Self, lowest: usize| {
            run.sweep_for(sources, lowest);
            run.tape.any_bad_adjoint()
        };
        let (mut low, mut high) = (0, self.tape.nodes.len());
        if !bad(self, low) || bad(self, high) {
            return None;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if bad(self, middle) { low = middle } else { high = middle }
        }
        Some(low)
    }

    /// Returns the element of a density whose partials are not finite: by bisection, as seeds of zero count for nothing there.
    fn bad_row(&mut self, node: usize, source: Source) -> Option<usize> {
        let id = NodeId(node as u32);
        let mut rows = 0..self.tape.node(id).len as usize;
        let bad = |run: &mut Self, kept: &std::ops::Range<usize>| {
            run.sweep_for(&[source], node + 1);
            for (k, adjoint) in run.tape.adjoint_mut(id).iter_mut().enumerate() {
                if !kept.contains(&k) {
                    *adjoint = E::zero();
                }
            }
            run.tape.pull_back(node);
            run.tape.any_bad_adjoint()
        };
        if !bad(self, &rows) {
            return None;
        }
        while rows.len() > 1 {
            let middle = rows.start + rows.len() / 2;
            let (left, right) = (rows.start..middle, middle..rows.end);
            rows = if bad(self, &left) { left } else { right };
        }
        Some(rows.start)
    }
}
