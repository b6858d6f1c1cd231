//! Families as data: what is needed to put off a log-density until it is known whether a closed divergence replaces it.

use super::univariate::LogDensity;
use crate::dist::family::Need;
use crate::element::Element;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::rows::RowDensity;
use crate::tape::ops::summand::{OPERANDS, Term, Use};
use crate::tape::shape::Shape;

/// A family for which closed divergences are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    Normal,
    LogNormal,
    HalfNormal,
    Laplace,
    Uniform,
    Exponential,
    BernoulliProbs,
    BernoulliLogits,
    Poisson,
    Geometric,
    CategoricalProbs,
    CategoricalLogits,
    MultivariateNormal,
}

/// A member of a family, by the operands of a run.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Form<E> {
    tag: Tag,
    p: [Arg<E>; 2],
    count: usize,
}

impl<E: Element> Form<E> {
    #[inline]
    pub(crate) fn new(tag: Tag, p: &[Arg<E>]) -> Form<E> {
        let first = p[0];
        Form { tag, p: [first, *p.get(1).unwrap_or(&first)], count: p.len().min(2) }
    }

    fn operands(&self) -> &[Arg<E>] {
        &self.p[..self.count]
    }

    pub(crate) fn deps(&self, tape: &Tape<E>) -> Deps {
        self.operands().iter().fold(Deps::NONE, |deps, arg| deps.union(tape.deps(arg)))
    }

    pub(crate) fn axes(&self, tape: &Tape<E>) -> AxisSet {
        self.operands().iter().fold(AxisSet::EMPTY, |axes, arg| axes.union(tape.extent(arg).axes))
    }

    /// Returns the same member with parameters through which no derivative flows.
    pub(crate) fn stopped(&self, tape: &mut Tape<E>) -> Form<E> {
        let p = self.p.map(|arg| Arg {
            id: if arg.id.is_some() { tape.stop_gradient(arg.id) } else { arg.id },
            value: arg.value,
        });
        Form { p, ..*self }
    }

    /// Records the log-density of a value of event shape `event`.
    pub(crate) fn log_density(&self, tape: &mut Tape<E>, value: Arg<E>, event: Shape, usage: Use) -> NodeId {
        let [a, b] = self.p;
        macro_rules! one {
            ($family:path) => {
                tape.sum_terms::<LogDensity<$family, 1>>(&[value, a], event, usage)
            };
        }
        macro_rules! two {
            ($family:path) => {
                tape.sum_terms::<LogDensity<$family, 2>>(&[value, a, b], event, usage)
            };
        }
        match self.tag {
            Tag::Normal => two!(super::normal::NormalFamily),
            Tag::LogNormal => two!(super::log_normal::LogNormalFamily),
            Tag::HalfNormal => one!(super::half_normal::HalfNormalFamily),
            Tag::Laplace => two!(super::laplace::LaplaceFamily),
            Tag::Uniform => two!(super::uniform::UniformFamily),
            Tag::Exponential => one!(super::exponential::ExponentialFamily),
            Tag::BernoulliProbs => one!(super::bernoulli::BernoulliProbsFamily),
            Tag::BernoulliLogits => one!(super::bernoulli::BernoulliLogitsFamily),
            Tag::Poisson => one!(super::poisson::PoissonFamily),
            Tag::Geometric => one!(super::geometric::GeometricFamily),
            Tag::CategoricalProbs => tape
                .sum_rows::<RowDensity<(super::categorical::CategoricalProbsFamily, [(); 1])>, 2>(
                    [value, a],
                    usage,
                ),
            Tag::CategoricalLogits => tape
                .sum_rows::<RowDensity<(super::categorical::CategoricalLogitsFamily, [(); 1])>, 2>(
                    [value, a],
                    usage,
                ),
            Tag::MultivariateNormal => tape
                .sum_rows::<RowDensity<(super::mvn_cholesky::MvNormalCholeskyFamily, [(); 2])>, 3>(
                    [value, a, b],
                    usage,
                ),
        }
    }

    /// Records the divergence of `q` from `p`, KL(q || p), over an event of shape `event`, where it has a closed form.
    pub(crate) fn divergence(
        q: &Form<E>,
        p: &Form<E>,
        tape: &mut Tape<E>,
        event: Shape,
        usage: Use,
    ) -> Option<NodeId> {
        let args = [q.p[0], q.p[1], p.p[0], p.p[1]];
        macro_rules! pair {
            ($pair:ident) => {
                tape.sum_terms::<$pair>(&args, event, usage)
            };
        }
        Some(match (q.tag, p.tag) {
            (Tag::Normal, Tag::Normal) => pair!(NormalNormal),
            (Tag::LogNormal, Tag::LogNormal) => pair!(NormalNormal),
            _ => return None,
        })
    }
}

/// A closed divergence as a term of a sum: the parameters of `q`, then those of `p`.
macro_rules! divergences {
    ($($name:ident = $function:path;)*) => {$(
        struct $name;

        impl Term for $name {
            const ARITY: usize = 4;
            const VECTORISES: bool = true;

            #[inline(always)]
            fn term<E: Element>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
                let [q0, q1, p0, p1, _] = args;
                let (value, [a, b], [c, d]) = $function([q0, q1], [p0, p1]);
                (value, [a, b, c, d, E::zero()])
            }
        }
    )*};
}
divergences! {
    NormalNormal = normal_normal;
}

#[inline(always)]
fn normal_normal<E: Element>([m, s]: [E; 2], [n, t]: [E; 2]) -> (E, [E; 2], [E; 2]) {
    let half = E::of(0.5);
    let rate = E::one() / t;
    let (r, z) = (s * rate, (m - n) * rate);
    let value = half * (r * r + z * z - E::one()) - crate::kernel::math::ln(r);
    (value, [z * rate, (r * r - E::one()) / s], [-z * rate, rate * (E::one() - r * r - z * z)])
}
