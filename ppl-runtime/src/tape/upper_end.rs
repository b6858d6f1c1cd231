//! Upper ends of values: which end a value has, and by which operation it is known how far below the value lies.

use super::Tape;
use super::known::Complement;
use super::node::{Arg, NodeId, Op};
use super::ops::{Binary, Unary};
use crate::element::Element;
use crate::support::{Interval, Map};

/// How a value was computed, as far as its upper end goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule<E> {
    Noted(Complement),
    /// `shift + scale e^x`.
    Exponential {
        x: NodeId,
        scale: E,
        shift: E,
    },
    /// `low + width / (1 + e^(-slope x))`, with a positive width; kept inside of its interval or not.
    Logistic {
        x: NodeId,
        slope: E,
        low: E,
        width: E,
        inside: bool,
    },
    /// The power of a value that ends at one, which has a logarithm.
    Power(NodeId, Arg<E>),
    /// The whole power of such a value, which may be negative.
    Whole(NodeId, u32),
    /// The product of two such values.
    Product(NodeId, NodeId),
    /// The sum of two values with upper ends.
    Sum(NodeId, NodeId),
    /// `shift + scale x`.
    Linear {
        x: NodeId,
        scale: E,
        shift: E,
    },
}

/// How many operations are looked back to.
pub(super) const DEPTH: u32 = 12;

/// The largest whole power that is taken as a product.
const MOST_FACTORS: u32 = 8;

impl<E: Element> Tape<E> {
    /// Returns whether it is known how far a value lies below the upper end of its support.
    #[inline]
    pub(crate) fn has_upper_end(&self, value: NodeId) -> bool {
        self.upper_end(value, DEPTH).is_some()
    }

    /// Returns whether that end is one.
    #[inline]
    pub(crate) fn ends_at_one(&self, value: NodeId) -> bool {
        self.ends_at(value, E::one(), DEPTH)
    }

    /// Returns how a value was computed, if that tells an upper end.
    pub(super) fn rule(&self, value: NodeId, depth: u32) -> Option<Rule<E>> {
        if !value.is_some() {
            return None;
        }
        if let Some(at) = self.known_of(value)
            && let Some(noted) = self.known[at].complement
        {
            return Some(Rule::Noted(noted));
        }
        let (zero, one, two) = (E::zero(), E::one(), E::of(2.0));
        let logistic = |x, slope, low, width| Rule::Logistic { x, slope, low, width, inside: false };
        Some(match *self.op_of(value) {
            Op::Unary(Unary::Exp, x) => Rule::Exponential { x, scale: one, shift: zero },
            Op::Unary(Unary::ExpM1, x) => Rule::Exponential { x, scale: one, shift: -one },
            Op::Unary(Unary::Sigmoid, x) => logistic(x, one, zero, one),
            Op::Unary(Unary::Tanh, x) => logistic(x, two, -one, two),
            Op::Unary(Unary::Square, x) => return self.power(x, Arg::constant(two), depth),
            Op::Unary(Unary::Sqrt, x) => Rule::Power(x, Arg::constant(E::of(0.5))),
            Op::Bijection(map, x) => match map.0 {
                Map::Positive(_) => Rule::Exponential { x, scale: one, shift: zero },
                Map::UnitInterval(_) => Rule::Logistic { x, slope: one, low: zero, width: one, inside: true },
                Map::Interval(Interval { low, high }) => {
                    let (low, high) = (E::of(low), E::of(high));
                    Rule::Logistic { x, slope: one, low, width: high - low, inside: true }
                }
                Map::Tanh(_) => Rule::Logistic { x, slope: two, low: -one, width: two, inside: true },
                _ => return None,
            },
            Op::Affine(x, scale, shift) => return self.linear(x, scale, shift, depth),
            Op::Binary(kind, a, b) => return self.rule_of_two(kind, a, b, depth),
            _ => return None,
        })
    }

    fn rule_of_two(&self, kind: Binary, a: Arg<E>, b: Arg<E>, depth: u32) -> Option<Rule<E>> {
        let (zero, one) = (E::zero(), E::one());
        match (kind, a.as_constant(), b.as_constant()) {
            (Binary::Pow, None, _) => self.power(a.id, b, depth),
            (Binary::Mul, None, None) => Some(Rule::Product(a.id, b.id)),
            (Binary::Add, None, None) => Some(Rule::Sum(a.id, b.id)),
            (Binary::Mul, None, Some(c)) => self.linear(a.id, c, zero, depth),
            (Binary::Mul, Some(c), None) => self.linear(b.id, c, zero, depth),
            (Binary::Div, None, Some(c)) => self.linear(a.id, one / c, zero, depth),
            (Binary::Add, None, Some(c)) => self.linear(a.id, one, c, depth),
            (Binary::Add, Some(c), None) => self.linear(b.id, one, c, depth),
            (Binary::Sub, None, Some(c)) => self.linear(a.id, one, -c, depth),
            (Binary::Sub, Some(c), None) => self.linear(b.id, -one, c, depth),
            _ => None,
        }
    }

    /// Returns the rule of a power.
    fn power(&self, base: NodeId, exponent: Arg<E>, depth: u32) -> Option<Rule<E>> {
        let depth = depth.checked_sub(1)?;
        let is_whole = |c: E| c == c.floor();
        match exponent.as_constant() {
            Some(c) if c == E::one() => self.linear(base, c, E::zero(), depth),
            Some(c) if is_whole(c) && !self.is_never_negative(base, depth) => {
                let most = E::of(f64::from(MOST_FACTORS));
                (c >= E::one() && c <= most).then(|| Rule::Whole(base, c.as_f64() as u32))
            }
            _ => Some(Rule::Power(base, exponent)),
        }
    }

    /// Returns whether the rule of a value excludes negative ones.
    fn is_never_negative(&self, value: NodeId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match self.rule(value, depth) {
            Some(Rule::Noted(Complement::Drawn(record))) => self.draws_again[record as usize].starts_at_zero,
            Some(Rule::Noted(
                Complement::Of(whole)
                | Complement::Part(whole, _)
                | Complement::Copied(whole, _)
                | Complement::Chosen(whole, _),
            )) => self.is_never_negative(whole, depth),
            Some(Rule::Exponential { scale, shift, .. }) => scale > E::zero() && shift >= E::zero(),
            Some(Rule::Logistic { low, .. }) => low >= E::zero(),
            Some(Rule::Power(..)) => true,
            _ => false,
        }
    }

    /// Returns the rule of `shift + scale * x`.
    fn linear(&self, x: NodeId, scale: E, shift: E, depth: u32) -> Option<Rule<E>> {
        if depth == 0 || scale == E::zero() || !scale.is_finite() || !shift.is_finite() {
            return None;
        }
        match self.rule(x, depth - 1) {
            Some(Rule::Exponential { x, scale: s, shift: c }) => {
                Some(Rule::Exponential { x, scale: scale * s, shift: shift + scale * c })
            }
            Some(Rule::Logistic { x, slope, low, width, inside }) => {
                let (low, slope) = if scale < E::zero() { (low + width, -slope) } else { (low, slope) };
                let (low, width) = (shift + scale * low, scale.abs() * width);
                Some(Rule::Logistic { x, slope, low, width, inside })
            }
            Some(Rule::Linear { x, scale: s, shift: c }) => {
                Some(Rule::Linear { x, scale: scale * s, shift: shift + scale * c })
            }
            _ => Some(Rule::Linear { x, scale, shift }),
        }
    }

    /// Returns the upper end of a value, if how far it lies below is known.
    pub(super) fn upper_end(&self, value: NodeId, depth: u32) -> Option<E> {
        let depth = depth.checked_sub(1)?;
        let one = E::one();
        match self.rule(value, depth)? {
            Rule::Noted(Complement::Drawn(record)) => Some(self.draws_again[record as usize].end),
            Rule::Noted(Complement::Of(_) | Complement::Joined(..)) => Some(one),
            Rule::Noted(
                Complement::Part(whole, _) | Complement::Copied(whole, _) | Complement::Chosen(whole, _),
            ) => self.upper_end(whole, depth),
            Rule::Exponential { scale, shift, .. } => {
                Some(if scale < E::zero() { shift } else { scale + shift })
            }
            Rule::Logistic { low, width, .. } => Some(low + width),
            Rule::Power(base, _) | Rule::Whole(base, _) => self.ends_at(base, one, depth).then_some(one),
            Rule::Product(a, b) => {
                (self.ends_at(a, one, depth) && self.ends_at(b, one, depth)).then_some(one)
            }
            Rule::Sum(a, b) => Some(self.upper_end(a, depth)? + self.upper_end(b, depth)?),
            Rule::Linear { scale, shift, .. } if scale < E::zero() => Some(shift),
            Rule::Linear { x, scale, shift } => Some(shift + scale * self.upper_end(x, depth)?),
        }
    }

    /// Returns whether the upper end of a value is this one, to the rounding of constants on the way.
    pub(super) fn ends_at(&self, value: NodeId, end: E, depth: u32) -> bool {
        let close = |found: E| (found - end).abs() <= E::of(4.0) * E::epsilon() * end.abs();
        self.upper_end(value, depth).is_some_and(close)
    }

    pub(super) fn op_of(&self, id: NodeId) -> &Op<E> {
        self.waiting_op(id).unwrap_or(&self.node(id).op)
    }
}
