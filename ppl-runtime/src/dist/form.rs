//! Families as data: what is needed to put off a log-density until it is known whether a closed divergence replaces it.

use super::distribution::Caller;
use super::member::{Family, Member};
use crate::element::{Element, Numeric};
use crate::family::Need;
use crate::family::kl;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::rows::RowTerm;
use crate::tape::ops::summand::Use;
use crate::tape::ops::term::{NumberTerm, OPERANDS};
use crate::tape::walk::Extent;

/// A family that others know by name: closed divergences above all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    Normal,
    LogNormal,
    HalfNormal,
    Laplace,
    Uniform,
    Exponential,
    Gamma,
    InverseGamma,
    Beta,
    BernoulliProbs,
    BernoulliLogits,
    Poisson,
    PoissonLogRate,
    Geometric,
    GeometricLogits,
    CategoricalProbs,
    CategoricalLogits,
    Dirichlet,
    MultivariateNormal,
    MultivariateNormalPrecision,
    VonMisesFisher,
}

impl Tag {
    /// Returns whether closed divergences from or to the family are known.
    pub(crate) fn has_divergences(self) -> bool {
        self != Tag::PoissonLogRate
    }
}

/// A member of a family, by the operands of a run.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Form<E: 'static> {
    family: &'static dyn Family<E>,
    tag: Tag,
    p: [Arg<E>; 2],
    count: usize,
}

impl<E> std::fmt::Debug for Form<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Form").field("tag", &self.tag).finish_non_exhaustive()
    }
}

impl<E: Element> Form<E> {
    /// Returns the member with its operands. The families that have divergences have one or two.
    pub(crate) fn new(tag: Tag, member: &Member<'_, E>, tape: &mut Tape<E>, place: Caller) -> Form<E> {
        let handles = member.operands();
        let first = member.family.operand(tape, place, handles, 0);
        let second = if handles.len() > 1 { member.family.operand(tape, place, handles, 1) } else { first };
        Form { family: member.family, tag, p: [first, second], count: handles.len().min(2) }
    }

    #[inline]
    fn operands(&self) -> &[Arg<E>] {
        &self.p[..self.count]
    }

    #[inline]
    pub(crate) fn deps(&self, tape: &Tape<E>) -> Deps {
        self.operands().iter().fold(Deps::NONE, |deps, arg| deps.union(tape.deps(arg)))
    }

    #[inline]
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

    /// Returns the distribution of one number of an event of this shape, where the family is independent over them.
    pub(crate) fn dimension(&self, k: usize, event: Shape, tape: &mut Tape<E>) -> Option<Form<E>> {
        let mut p = self.p;
        for (place, arg) in p.iter_mut().enumerate() {
            // The second place of a family of one parameter has the first one's.
            let rank = self.family.rank_of_number(place.min(self.count - 1))?;
            let extent = tape.extent(arg);
            if !arg.id.is_some() || extent.shape.rank() == rank {
                continue;
            }
            let (_, member) = extent.shape.split_last(rank);
            let flat = tape.view(arg.id, Extent { shape: member.with_first(event.len())?, ..extent }, 0);
            arg.id = tape.element(flat, k);
        }
        Some(Form { p, ..*self })
    }

    /// Records the log-density of a value of event shape `event`.
    pub(crate) fn log_density(&self, tape: &mut Tape<E>, value: Arg<E>, event: Shape, usage: Use) -> NodeId {
        self.family.log_density_at(tape, self.operands(), value, event, usage)
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
        let [a, b, c, d] = args;
        macro_rules! numbers {
            ($pair:ident) => {
                tape.sum_terms::<$pair>(&[a, b, c, d], event, usage)
            };
        }
        macro_rules! vectors {
            ($pair:ident) => {{
                // A divergence of vectors is of two of one length.
                let of_one_shape = tape.extent(&q.p[0]).shape == tape.extent(&p.p[0]).shape;
                if !of_one_shape {
                    return None;
                }
                tape.sum_rows::<$pair, 2>([q.p[0], p.p[0]], usage)
            }};
        }
        macro_rules! matrices {
            ($pair:ident) => {
                tape.sum_rows::<$pair, 4>(args, usage)
            };
        }
        macro_rules! independent {
            ($pair:ident) => {{
                // The prior's parameters may be scalars, which stand for each element of the vector.
                let [loc, scale] = p.p.map(|arg| tape.fill(arg, event));
                tape.sum_rows::<$pair, 4>([q.p[0], q.p[1], loc, scale], usage)
            }};
        }
        Some(match (q.tag, p.tag) {
            (Tag::Normal, Tag::Normal) => numbers!(NormalNormal),
            (Tag::LogNormal, Tag::LogNormal) => numbers!(LogNormalLogNormal),
            (Tag::HalfNormal, Tag::HalfNormal) => numbers!(HalfNormalHalfNormal),
            (Tag::Laplace, Tag::Laplace) => numbers!(LaplaceLaplace),
            (Tag::Uniform, Tag::Uniform) => numbers!(UniformUniform),
            (Tag::Exponential, Tag::Exponential) => numbers!(ExponentialExponential),
            (Tag::Exponential, Tag::Gamma) => numbers!(ExponentialGamma),
            (Tag::Gamma, Tag::Exponential) => numbers!(GammaExponential),
            (Tag::Gamma, Tag::Gamma) => numbers!(GammaGamma),
            (Tag::InverseGamma, Tag::InverseGamma) => numbers!(InverseGammaInverseGamma),
            (Tag::Beta, Tag::Beta) => numbers!(BetaBeta),
            (Tag::BernoulliProbs, Tag::BernoulliProbs) => numbers!(BernoulliProbsBernoulliProbs),
            (Tag::BernoulliLogits, Tag::BernoulliLogits) => numbers!(BernoulliLogitsBernoulliLogits),
            (Tag::BernoulliProbs, Tag::BernoulliLogits) => numbers!(BernoulliProbsBernoulliLogits),
            (Tag::BernoulliLogits, Tag::BernoulliProbs) => numbers!(BernoulliLogitsBernoulliProbs),
            (Tag::Poisson, Tag::Poisson) => numbers!(PoissonPoisson),
            (Tag::Geometric, Tag::Geometric) => numbers!(GeometricGeometric),
            (Tag::GeometricLogits, Tag::GeometricLogits) => numbers!(GeometricLogitsGeometricLogits),
            (Tag::Geometric, Tag::GeometricLogits) => numbers!(GeometricGeometricLogits),
            (Tag::GeometricLogits, Tag::Geometric) => numbers!(GeometricLogitsGeometric),
            (Tag::CategoricalProbs, Tag::CategoricalProbs) => vectors!(CategoricalProbsCategoricalProbs),
            (Tag::CategoricalLogits, Tag::CategoricalLogits) => vectors!(CategoricalLogitsCategoricalLogits),
            (Tag::CategoricalProbs, Tag::CategoricalLogits) => vectors!(CategoricalProbsCategoricalLogits),
            (Tag::CategoricalLogits, Tag::CategoricalProbs) => vectors!(CategoricalLogitsCategoricalProbs),
            (Tag::Dirichlet, Tag::Dirichlet) => vectors!(DirichletDirichlet),
            (Tag::MultivariateNormal, Tag::MultivariateNormal) => matrices!(MvNormalMvNormal),
            (Tag::MultivariateNormal, Tag::MultivariateNormalPrecision) => matrices!(MvNormalMvPrecision),
            (Tag::MultivariateNormalPrecision, Tag::MultivariateNormal) => matrices!(MvPrecisionMvNormal),
            (Tag::MultivariateNormalPrecision, Tag::MultivariateNormalPrecision) => {
                matrices!(MvPrecisionMvPrecision)
            }
            (Tag::MultivariateNormal, Tag::Normal) => independent!(MvNormalNormal),
            (Tag::MultivariateNormalPrecision, Tag::Normal) => independent!(MvPrecisionNormal),
            (Tag::VonMisesFisher, Tag::VonMisesFisher) => {
                if tape.extent(&b).shape != tape.extent(&d).shape {
                    return None;
                }
                tape.sum_rows::<VonMisesFisherPair, 4>(args, usage)
            }
            _ => return None,
        })
    }
}

/// Closed divergences between families of numbers, as terms of a sum: the parameters of `q`, then those of `p`.
///
/// A family of one parameter leaves the second place of its pair unused.
macro_rules! numbers {
    ($($name:ident = $function:ident, $q:tt, $p:tt;)*) => {$(
        struct $name;

        impl NumberTerm for $name {
            const ARITY: usize = 4;
            const VECTORISES: bool = true;

            #[inline(always)]
            fn term<E: Numeric>(args: [E; OPERANDS], _: Need) -> (E, [E; OPERANDS]) {
                let (value, by_q, by_p) = kl::$function(numbers!(@take args 0 $q), numbers!(@take args 2 $p));
                let mut by = [E::zero(); OPERANDS];
                by[..$q].copy_from_slice(&by_q);
                by[2..2 + $p].copy_from_slice(&by_p);
                (value, by)
            }
        }
    )*};
    (@take $args:ident $from:tt 1) => { [$args[$from]] };
    (@take $args:ident $from:tt 2) => { [$args[$from], $args[$from + 1]] };
}
numbers! {
    NormalNormal = normal_normal, 2, 2;
    LogNormalLogNormal = log_normal_log_normal, 2, 2;
    HalfNormalHalfNormal = half_normal_half_normal, 1, 1;
    LaplaceLaplace = laplace_laplace, 2, 2;
    UniformUniform = uniform_uniform, 2, 2;
    ExponentialExponential = exponential_exponential, 1, 1;
    ExponentialGamma = exponential_gamma, 1, 2;
    GammaExponential = gamma_exponential, 2, 1;
    GammaGamma = gamma_gamma, 2, 2;
    InverseGammaInverseGamma = inverse_gamma_inverse_gamma, 2, 2;
    BetaBeta = beta_beta, 2, 2;
    BernoulliProbsBernoulliProbs = bernoulli_probs_bernoulli_probs, 1, 1;
    BernoulliLogitsBernoulliLogits = bernoulli_logits_bernoulli_logits, 1, 1;
    BernoulliProbsBernoulliLogits = bernoulli_probs_bernoulli_logits, 1, 1;
    BernoulliLogitsBernoulliProbs = bernoulli_logits_bernoulli_probs, 1, 1;
    PoissonPoisson = poisson_poisson, 1, 1;
    GeometricGeometric = geometric_geometric, 1, 1;
    GeometricLogitsGeometricLogits = geometric_logits_geometric_logits, 1, 1;
    GeometricGeometricLogits = geometric_geometric_logits, 1, 1;
    GeometricLogitsGeometric = geometric_logits_geometric, 1, 1;
}

/// Closed divergences between families of vectors with one parameter.
macro_rules! vectors {
    ($($name:ident = $function:ident;)*) => {$(
        struct $name;

        impl RowTerm<2> for $name {
            const RANKS: [usize; 2] = [1, 1];

            fn scratch(_: [&[usize]; 2]) -> usize {
                0
            }

            fn row<E: Element>(
                [q, p]: [&[E]; 2],
                _: [&[usize]; 2],
                _: [bool; 2],
                [by_q, by_p]: [&mut [E]; 2],
                _: &mut [E],
            ) -> E {
                kl::$function(q, p, E::one(), by_q, by_p)
            }
        }
    )*};
}
vectors! {
    CategoricalProbsCategoricalProbs = categorical_probs_categorical_probs;
    CategoricalLogitsCategoricalLogits = categorical_logits_categorical_logits;
    CategoricalProbsCategoricalLogits = categorical_probs_categorical_logits;
    CategoricalLogitsCategoricalProbs = categorical_logits_categorical_probs;
    DirichletDirichlet = dirichlet_dirichlet;
}

/// Closed divergences of a multivariate normal: its mean and factor, then the parameters of `p`, of which the second has this rank.
macro_rules! multivariate {
    ($($name:ident = $function:ident $rank:literal ($($scratch:ident: $room:path)?);)*) => {$(
        struct $name;

        impl RowTerm<4> for $name {
            const RANKS: [usize; 4] = [1, 2, 1, $rank];

            fn scratch(_shape: [&[usize]; 4]) -> usize {
                0 $(+ $room(_shape[0].iter().product()))?
            }

            fn row<E: Element>(
                [loc_q, tril_q, loc_p, other_p]: [&[E]; 4],
                _: [&[usize]; 4],
                _: [bool; 4],
                [by_loc_q, by_tril_q, by_loc_p, by_other_p]: [&mut [E]; 4],
                _scratch: &mut [E],
            ) -> E {
                $(let $scratch = _scratch;)?
                kl::$function(
                    [loc_q, tril_q],
                    [loc_p, other_p],
                    E::one(),
                    [by_loc_q, by_tril_q],
                    [by_loc_p, by_other_p],
                    $($scratch)?
                )
            }
        }
    )*};
}
multivariate! {
    MvNormalMvNormal = mvn_cholesky_mvn_cholesky 2 (scratch: kl::mvn_mvn_scratch);
    MvNormalNormal = mvn_cholesky_normal 1 ();
    MvNormalMvPrecision = mvn_cholesky_mvn_precision 2 (scratch: kl::mvn_precision_scratch);
    MvPrecisionMvNormal = mvn_precision_mvn_cholesky 2 (scratch: kl::mvn_precision_scratch);
    MvPrecisionMvPrecision = mvn_precision_mvn_precision 2 (scratch: kl::mvn_precision_scratch);
    MvPrecisionNormal = mvn_precision_normal 1 (scratch: kl::mvn_precision_scratch);
}

/// The closed divergence of directions: the concentration and the mean direction of `q`, then those of `p`.
struct VonMisesFisherPair;

impl RowTerm<4> for VonMisesFisherPair {
    const RANKS: [usize; 4] = [0, 1, 0, 1];

    fn scratch(_: [&[usize]; 4]) -> usize {
        0
    }

    fn row<E: Element>(
        [k_q, mean_q, k_p, mean_p]: [&[E]; 4],
        _: [&[usize]; 4],
        _: [bool; 4],
        [by_k_q, by_mean_q, by_k_p, by_mean_p]: [&mut [E]; 4],
        _: &mut [E],
    ) -> E {
        let (by_q, by_p) = ([by_k_q, by_mean_q], [by_k_p, by_mean_p]);
        kl::von_mises_fisher_von_mises_fisher([k_q, mean_q], [k_p, mean_p], E::one(), by_q, by_p)
    }
}
