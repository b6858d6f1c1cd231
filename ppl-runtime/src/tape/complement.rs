//! How far a value lies below the upper end of its support, with all its digits: by the operation that gave the value.
//!
//! Of most operations the tape tells by itself, so that nothing is recorded unless it is asked for. The law: what is recorded is the
//! distance, or its logarithm, of the number that the operations stand for, to the rounding of that distance and not of the value.

use super::Tape;
use super::known::{Again, Complement};
use super::node::{Arg, NO_ADJOINT, NodeId, Op};
use super::ops::{Binary, Unary};
use super::upper_end::{DEPTH, Rule};
use crate::element::Element;
use crate::support::UnitInterval;

/// A function of a value that ends at one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aspect {
    /// One minus it.
    Rest,
    /// The logarithm of that.
    LnRest,
    Ln,
    LogOdds,
}

impl<E: Element> Tape<E> {
    /// Records one minus a value, where that is known with more digits than the difference has.
    pub(crate) fn complement(&mut self, value: NodeId) -> Option<NodeId> {
        self.aspect(value, Aspect::Rest)
    }

    /// Records the log-odds of a probability, where its complement is known.
    pub(crate) fn log_odds(&mut self, value: NodeId) -> Option<NodeId> {
        self.aspect(value, Aspect::LogOdds)
    }

    /// Records `constant + scale * x`, where it is the distance to an upper end that is known.
    pub(crate) fn distance(&mut self, x: NodeId, scale: E, constant: E) -> Option<NodeId> {
        if scale >= E::zero() || constant == E::zero() {
            return None;
        }
        if (scale, constant) == (-E::one(), E::one()) {
            return self.complement(x);
        }
        let gap = self.gap(x, constant / -scale)?;
        Some(self.scaled(gap, -scale))
    }

    /// Records the logarithm of a number whose operation tells it, or of one minus a number whose complement is known: `ln_1p(-p)`.
    pub(crate) fn known_logarithm(&mut self, kind: Unary, x: NodeId) -> Option<NodeId> {
        match kind {
            Unary::Ln if self.is_exponent(x, DEPTH) => self.aspect(x, Aspect::Ln),
            Unary::Ln1p if x.is_some() => match *self.op_of(x) {
                Op::Affine(p, scale, shift) if scale == -E::one() && shift == E::zero() => {
                    self.aspect(p, Aspect::LnRest)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns whether a value was computed from its logarithm or its log-odds.
    fn is_exponent(&self, value: NodeId, depth: u32) -> bool {
        let zero = E::zero();
        match self.rule(value, depth) {
            Some(Rule::Exponential { scale, shift, .. }) => scale > zero && shift == zero,
            Some(Rule::Logistic { low, .. }) => low == zero,
            Some(Rule::Noted(
                Complement::Part(whole, _) | Complement::Copied(whole, _) | Complement::Chosen(whole, _),
            )) => depth > 0 && self.is_exponent(whole, depth - 1),
            _ => false,
        }
    }

    /// Records how far a value lies below this upper end, if that is its own.
    fn gap(&mut self, value: NodeId, end: E) -> Option<NodeId> {
        if !self.ends_at(value, end, DEPTH) {
            return None;
        }
        match self.rule(value, DEPTH)? {
            Rule::Noted(Complement::Drawn(record)) => Some(self.drawn_gap(record)),
            Rule::Noted(Complement::Of(other)) => Some(other),
            Rule::Noted(label) => self.labelled(value, label, |tape, whole| tape.gap(whole, end)),
            Rule::Exponential { x, scale, .. } => {
                let kind = if scale < E::zero() { Unary::Exp } else { Unary::ExpM1 };
                let exponential = self.unary(kind, node(x));
                Some(self.scaled(exponential, -scale))
            }
            Rule::Logistic { x, slope, width, inside, .. } => {
                let reflected = self.scaled(x, -slope);
                let shape = self.node(value).shape;
                let share = if inside {
                    self.bijection(UnitInterval.into(), reflected, shape)
                } else {
                    self.unary(Unary::Sigmoid, node(reflected))
                };
                Some(self.scaled(share, width))
            }
            Rule::Power(base, exponent) => {
                let log = self.aspect(base, Aspect::Ln)?;
                let log = self.binary(Binary::Mul, node(log), exponent).ok()?;
                let lack = self.unary(Unary::ExpM1, node(log));
                Some(self.scaled(lack, -E::one()))
            }
            Rule::Whole(base, exponent) => {
                // 1 - b^n = (1 - b) (1 + b + .. + b^(n - 1)).
                let gap = self.complement(base)?;
                let mut sum = gap;
                for _ in 1..exponent {
                    let product = self.binary(Binary::Mul, node(base), node(sum)).ok()?;
                    sum = self.binary(Binary::Add, node(gap), node(product)).ok()?;
                }
                Some(sum)
            }
            Rule::Product(a, b) => {
                // 1 - a b = (1 - a) + a (1 - b).
                let (of_a, of_b) = (self.complement(a)?, self.complement(b)?);
                let both = self.binary(Binary::Mul, node(a), node(of_b)).ok()?;
                self.binary(Binary::Add, node(of_a), node(both)).ok()
            }
            Rule::Sum(a, b) => {
                let (of_a, of_b) = (self.own_gap(a)?, self.own_gap(b)?);
                self.binary(Binary::Add, node(of_a), node(of_b)).ok()
            }
            Rule::Linear { x, scale, .. } if scale < E::zero() => Some(self.scaled(x, -scale)),
            Rule::Linear { x, scale, .. } => {
                let gap = self.own_gap(x)?;
                Some(self.scaled(gap, scale))
            }
        }
    }

    /// Records how far a value lies below its upper end.
    fn own_gap(&mut self, value: NodeId) -> Option<NodeId> {
        let end = self.upper_end(value, DEPTH)?;
        if end == E::one() { self.complement(value) } else { self.gap(value, end) }
    }

    /// Draws how far a draw lies below its upper end.
    fn drawn_gap(&mut self, record: u32) -> NodeId {
        let Again { value, loops, passes_value, streams, mut p, domain, pathwise, deps, .. } =
            self.draws_again[record as usize];
        if passes_value {
            p[loops.arity - 1] = node(value);
        }
        self.draw_numbers(&loops, &streams, &p, domain, pathwise, deps)
    }

    /// Records `scale * x`.
    fn scaled(&mut self, x: NodeId, scale: E) -> NodeId {
        if scale == E::one() { x } else { self.affine(x, scale, E::zero()) }
    }

    /// Records a function of the elements that a value was picked by, given that function of what it was picked from.
    fn labelled(
        &mut self,
        value: NodeId,
        label: Complement,
        of_whole: impl FnOnce(&mut Self, NodeId) -> Option<NodeId>,
    ) -> Option<NodeId> {
        let (Complement::Part(whole, _) | Complement::Copied(whole, _) | Complement::Chosen(whole, _)) =
            label
        else {
            return None;
        };
        let whole = of_whole(self, whole)?;
        self.compute_waiting(whole);
        let extent = self.node(value).extent();
        match label {
            Complement::Part(_, skip) => Some(self.view(whole, extent, skip)),
            Complement::Copied(_, plan) => {
                let (plan, deps) = (self.plans[plan as usize], self.node(value).deps);
                Some(self.strided(whole, extent, plan, deps))
            }
            Complement::Chosen(_, index) => self.gather(whole, index).ok(),
            _ => None,
        }
    }

    /// Records a function of a value that ends at one, or gives the one that was recorded.
    fn aspect(&mut self, value: NodeId, aspect: Aspect) -> Option<NodeId> {
        if !value.is_some() || !self.ends_at_one(value) {
            return None;
        }
        if let Some(at) = self.known_of(value)
            && self.known[at].recorded[aspect as usize].is_some()
        {
            return Some(self.known[at].recorded[aspect as usize]);
        }
        let before = self.nodes.len();
        let made = self.record_aspect(value, aspect)?;
        let made = self.depending_like(made, value, before);
        self.known_mut(value).recorded[aspect as usize] = made;
        // What was there before is not told by the value, which may be told by it.
        if aspect == Aspect::Rest && made.0 as usize >= before && !self.ends_at_one(made) {
            self.note_complement(made, Complement::Of(value));
        }
        Some(made)
    }

    fn record_aspect(&mut self, value: NodeId, aspect: Aspect) -> Option<NodeId> {
        let (zero, one) = (E::zero(), E::one());
        let made = match (aspect, self.rule(value, DEPTH)?) {
            (_, Rule::Noted(Complement::Joined(list, count, dim))) => self.joined(list, count, dim, aspect),
            (Aspect::LnRest, Rule::Noted(Complement::Of(other))) => {
                self.aspect_or_difference(other, Aspect::Ln)
            }
            (Aspect::Ln, Rule::Noted(Complement::Of(other))) => self.aspect(other, Aspect::LnRest)?,
            (
                _,
                Rule::Noted(label @ (Complement::Part(..) | Complement::Copied(..) | Complement::Chosen(..))),
            ) => self.labelled(value, label, |tape, whole| tape.aspect(whole, aspect))?,
            (Aspect::Rest, _) => self.gap(value, one)?,
            (Aspect::LogOdds, Rule::Logistic { x, slope, low, .. }) if low == zero => self.scaled(x, slope),
            (Aspect::LnRest, Rule::Logistic { x, slope, low, .. }) if low == zero => {
                self.less_softplus(x, slope)
            }
            (Aspect::Ln, Rule::Logistic { x, slope, low, .. }) if low == zero => {
                self.less_softplus(x, -slope)
            }
            (Aspect::LnRest, Rule::Exponential { x, scale, .. }) if scale < zero => {
                self.shifted(x, (-scale).ln())
            }
            (Aspect::Ln, Rule::Exponential { x, scale, shift }) if shift == zero => {
                self.shifted(x, scale.ln())
            }
            (Aspect::LnRest, Rule::Linear { x, scale, .. }) if scale < zero => {
                let log = self.aspect_or_difference(x, Aspect::Ln);
                self.shifted(log, (-scale).ln())
            }
            (Aspect::Ln, Rule::Power(base, exponent)) => {
                let log = self.aspect(base, Aspect::Ln)?;
                self.binary(Binary::Mul, node(log), exponent).ok()?
            }
            (Aspect::LnRest, Rule::Power(base, exponent)) => {
                let log = self.aspect(base, Aspect::Ln)?;
                let log = self.binary(Binary::Mul, node(log), exponent).ok()?;
                // Beside one a power lies as many times as far below as its exponent says.
                let near = self.aspect(base, Aspect::LnRest)?;
                let near = match exponent.as_constant() {
                    Some(exponent) => self.shifted(near, exponent.ln()),
                    None => {
                        let times = self.unary(Unary::Ln, exponent);
                        self.binary(Binary::Add, node(near), node(times)).ok()?
                    }
                };
                self.binary(Binary::LnLack, node(log), node(near)).ok()?
            }
            (Aspect::Ln, _) => {
                let rest = self.complement(value)?;
                self.binary(Binary::LnBeside, node(value), node(rest)).ok()?
            }
            (Aspect::LnRest, _) => {
                let rest = self.complement(value)?;
                self.unary(Unary::LnRest, node(rest))
            }
            (Aspect::LogOdds, _) => {
                let [of, against] = [self.aspect(value, Aspect::Ln)?, self.aspect(value, Aspect::LnRest)?];
                self.binary(Binary::Sub, node(of), node(against)).ok()?
            }
        };
        Some(made)
    }

    /// Records a function of a value by its complement, or by the difference where none is known.
    fn aspect_or_difference(&mut self, value: NodeId, aspect: Aspect) -> NodeId {
        if let Some(known) = self.aspect(value, aspect) {
            return known;
        }
        match aspect {
            Aspect::Rest => self.affine(value, -E::one(), E::one()),
            Aspect::Ln => self.unary(Unary::LnRest, node(value)),
            Aspect::LnRest => {
                let negative = self.affine(value, -E::one(), E::zero());
                self.unary(Unary::Ln1p, node(negative))
            }
            Aspect::LogOdds => {
                let parts =
                    [Aspect::Ln, Aspect::LnRest].map(|aspect| self.aspect_or_difference(value, aspect));
                // Both have the shape of the value.
                self.binary(Binary::Sub, node(parts[0]), node(parts[1])).unwrap_or(parts[0])
            }
        }
    }

    fn joined(&mut self, list: u32, count: u32, dim: u8, aspect: Aspect) -> NodeId {
        let mut parts = std::mem::take(&mut self.joining);
        parts.clear();
        for k in list..list + count {
            let part = self.lists[k as usize];
            let part = self.aspect_or_difference(part, aspect);
            parts.push(part);
        }
        let joined = self.join(&parts, dim as usize);
        self.joining = parts;
        joined
    }

    /// Records `-ln(1 + e^(slope x))`.
    fn less_softplus(&mut self, x: NodeId, slope: E) -> NodeId {
        let exponent = self.scaled(x, slope);
        let log = self.unary(Unary::Softplus, node(exponent));
        self.scaled(log, -E::one())
    }

    /// Records `x + constant`.
    fn shifted(&mut self, x: NodeId, constant: E) -> NodeId {
        if constant == E::zero() { x } else { self.affine(x, E::one(), constant) }
    }

    /// Makes what was recorded of a value depend on sites and let derivatives through as that does. `before` is the number of nodes
    /// that there were before it was.
    fn depending_like(&mut self, made: NodeId, value: NodeId, before: usize) -> NodeId {
        let (deps, stopped) = (self.node(value).deps, !self.node(value).has_gradient());
        let found = self.node(made);
        if found.deps == deps && !(stopped && found.has_gradient()) || self.waits(made) {
            return made;
        }
        let own = if (made.0 as usize) < before { self.view(made, found.extent(), 0) } else { made };
        let own_node = &mut self.nodes[own.0 as usize];
        own_node.deps = deps;
        if stopped {
            own_node.adjoint = NO_ADJOINT;
        }
        own
    }
}

fn node<E: Element>(id: NodeId) -> Arg<E> {
    Arg { id, value: E::zero() }
}

#[cfg(test)]
#[path = "complement_tests.rs"]
mod tests;
