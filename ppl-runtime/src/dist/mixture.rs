//! Finite mixtures of distributions.

use super::distribution::{Caller, Distribution, Fault, Operands, Request, Trouble, Wanted};
use super::law::{HasLaw, Law};
use super::member::Family;
use crate::element::Element;
use crate::family::categorical::{CategoricalLogitsFamily, CategoricalProbsFamily};
use crate::family::require;
use crate::kernel::math;
use crate::shape::Shape;
use crate::support::Support;
use crate::tape::Tape;
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::rows::RowTerm;
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;
use crate::value::{Array, Handle, IntoValue, Value};
use std::marker::PhantomData;

/// The mixture of `K` distributions: `Mixture::new(weights, [Normal::new(-1.0, 1.0), Normal::new(1.0, 2.0)])`, or of several families with one support,
/// `Mixture::new(weights, (Normal::new(0.0, 1.0), StudentT::new(3.0, 0.0, 2.0)))`.
///
/// # Density
///
/// `ln(sum_k w_k p_k(x))`, where `p_k(x)` is the density of the whole value: a mixture of distributions of arrays draws
/// one component for the array, not one for each element. For independent elements stand in a plate.
///
/// # Shapes
///
/// The weights are `[K]`; the components have values of one shape, which is that of the mixture's.
///
/// # Supports
///
/// That of the components, which the statement says: `sample!("x", Mixture::new(..), on(RealLine))`.
///
/// # Estimators
///
/// Which component is drawn is a jump, so draws have no pathwise gradient: a guide's site takes the score function.
///
/// # Errors
///
/// A number of weights that is not that of the components, or components of several shapes.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Distribution, Mixture, Normal};
/// use ppl_runtime::support::Support;
///
/// fn support<D: Distribution<f64>>(_: &D) -> &'static str {
///     D::Support::NAME
/// }
/// let mixture = Mixture::new([0.3, 0.7], [Normal::new(-1.0, 1.0), Normal::new(1.0, 2.0)]);
/// assert_eq!(support(&mixture), "RealLine");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mixture<C, E: Element = f64> {
    weights: Value<E>,
    logits: bool,
    components: C,
}

/// The components of a mixture: an array or a `Vec` of distributions of one type, or up to eight of several families with one support, `(Normal::new(0.0, 1.0),
/// StudentT::new(3.0, 0.0, 2.0))`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::dist::{Components, Normal, StudentT};
///
/// fn are_components<C: Components<f64>>(_: C) -> bool {
///     true
/// }
/// assert!(are_components([Normal::new(0.0, 1.0); 2]));
/// assert!(are_components(vec![Normal::new(0.0, 1.0); 3]));
/// assert!(are_components((Normal::new(0.0, 1.0), StudentT::new(3.0, 0.0, 2.0))));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of components",
    label = "expected distributions whose values lie in one support",
    note = "a mixture takes an array or a `Vec` of distributions of one type, or a tuple of two to eight of several types with one support"
)]
pub trait Components<E: Element> {
    /// Where the values of each lie.
    type Support: Support;
    /// The handle of a value.
    type Value: Handle<E>;
    /// Whether each has a probability.
    type Propriety;

    #[doc(hidden)]
    fn count(&self) -> usize;

    #[doc(hidden)]
    fn component(&self, k: usize) -> Law<'_, E>;
}

macro_rules! lists {
    ($([$($generic:tt)*] $list:ty;)*) => {$(
        impl<E: Element, D: Distribution<E>, $($generic)*> Components<E> for $list {
            type Support = D::Support;
            type Value = D::Value;
            type Propriety = D::Propriety;

            fn count(&self) -> usize {
                self.len()
            }

            fn component(&self, k: usize) -> Law<'_, E> {
                self[k].law()
            }
        }
    )*};
}
lists! {
    [const K: usize] [D; K];
    [] Vec<D>;
}

/// Of several families: the support is the first one's.
macro_rules! tuples {
    ($($count:literal: $first:ident $($other:ident = $at:tt)+;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<E: Element, $first: Distribution<E>, $($other),+> Components<E> for ($first, $($other),+)
        where
            $($other: Distribution<E, Support = $first::Support, Value = $first::Value, Propriety = $first::Propriety>),+
        {
            type Support = $first::Support;
            type Value = $first::Value;
            type Propriety = $first::Propriety;

            fn count(&self) -> usize {
                $count
            }

            fn component(&self, k: usize) -> Law<'_, E> {
                match k {
                    $($at => self.$at.law(),)+
                    _ => self.0.law(),
                }
            }
        }
    )*};
}
tuples! {
    2: A B = 1;
    3: A B = 1 C = 2;
    4: A B = 1 C = 2 D = 3;
    5: A B = 1 C = 2 D = 3 F = 4;
    6: A B = 1 C = 2 D = 3 F = 4 G = 5;
    7: A B = 1 C = 2 D = 3 F = 4 G = 5 H = 6;
    8: A B = 1 C = 2 D = 3 F = 4 G = 5 H = 6 I = 7;
}

impl<C: Components<E>, E: Element> Mixture<C, E> {
    /// Returns the mixture by the `[K]` probabilities of its components, which sum to one.
    #[track_caller]
    pub fn new(weights: impl IntoValue<E, Kind = Array>, components: C) -> Self {
        Mixture { weights: weights.into_value(), logits: false, components }
    }

    /// Returns the mixture by the `[K]` log-probabilities of its components, up to a constant.
    #[track_caller]
    pub fn logits(logits: impl IntoValue<E, Kind = Array>, components: C) -> Self {
        Mixture { weights: logits.into_value(), logits: true, components }
    }
}

impl<E: Element, C: Components<E>> HasLaw<E> for Mixture<C, E> {
    fn law(&self) -> Law<'_, E> {
        Law::Mixture(MixtureLaw { weights: self.weights, logits: self.logits, components: self })
    }
}

impl<E: Element, C: Components<E>> Distribution<E> for Mixture<C, E> {
    type Support = C::Support;
    type Value = C::Value;
    type Propriety = C::Propriety;
}

/// The components of a mixture without their type.
trait ListOfLaws<E: Element> {
    fn count(&self) -> usize;

    fn component(&self, k: usize) -> Law<'_, E>;
}

impl<E: Element, C: Components<E>> ListOfLaws<E> for Mixture<C, E> {
    fn count(&self) -> usize {
        self.components.count()
    }

    fn component(&self, k: usize) -> Law<'_, E> {
        self.components.component(k)
    }
}

/// A mixture without its type.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct MixtureLaw<'a, E: Element> {
    weights: Value<E>,
    logits: bool,
    components: &'a dyn ListOfLaws<E>,
}

impl<'a, E: Element> MixtureLaw<'a, E> {
    fn count(&self) -> usize {
        self.components.count()
    }

    /// Returns whether this holds of every family of a component.
    pub(crate) fn every_family(&self, holds: fn(&dyn Family<E>) -> bool) -> bool {
        self.list().all(|component| component.every_family(holds))
    }

    /// Returns the components.
    pub(super) fn list(&self) -> impl Iterator<Item = Law<'a, E>> + use<'a, E> {
        let components = self.components;
        (0..components.count()).map(move |k| components.component(k))
    }

    pub(crate) fn operands(&self, tape: &mut Tape<E>, place: Caller) -> Operands {
        let weights = Operands::of(tape, place, &[self.weights]);
        self.list().fold(weights, |all, component| all.union(component.operands(tape, place)))
    }

    pub(crate) fn event_shape(&self, tape: &mut Tape<E>, place: Caller) -> Result<Shape, String> {
        let weights = tape.lift(self.weights, place);
        let (found, k) = (tape.extent(&weights).shape, self.count());
        let (Some(first), true) = (self.list().next(), found.rank() == 1 && found.dim(0) == k) else {
            return Err(format!("a mixture of {k} components has weights of shape [{k}], got {found}"));
        };
        let shape = first.event_shape(tape, place)?;
        for component in self.list() {
            let other = component.event_shape(tape, place)?;
            if other != shape {
                return Err(format!("the components of a mixture have the shapes {shape} and {other}"));
            }
        }
        if shape.with_first(k).is_none() {
            return Err(format!("a mixture of values of shape {shape} has too many dimensions"));
        }
        Ok(shape)
    }

    pub(crate) fn draw(&self, tape: &mut Tape<E>, place: Caller, request: Request) -> NodeId {
        let Request { streams, extent, deps, .. } = request;
        let choice = Extent { axes: extent.axes, shape: Shape::SCALAR };
        let choice = Request { streams: streams.part(0), extent: choice, pathwise: false, deps };
        let index = if self.logits {
            E::family::<CategoricalLogitsFamily>().draw(tape, place, &[self.weights], choice)
        } else {
            E::family::<CategoricalProbsFamily>().draw(tape, place, &[self.weights], choice)
        };
        let drawn = self.stack(tape, place, |tape, k, component| {
            let request = Request { streams: streams.part(k + 1), pathwise: false, ..request };
            component.draw(tape, place, request)
        });
        // The index was drawn among the components, unless the weights are no probabilities.
        let draw = drawn
            .and_then(|drawn| tape.gather(drawn, index).ok())
            .unwrap_or_else(|| tape.placeholder(extent));
        tape.nodes[draw.0 as usize].deps = deps;
        draw
    }

    pub(crate) fn log_density(&self, tape: &mut Tape<E>, place: Caller, value: Arg<E>, usage: Use) -> NodeId {
        let weights = tape.lift(self.weights, place);
        let logs = self
            .stack(tape, place, |tape, _, component| component.log_density(tape, place, value, Use::Seeded));
        let Some(logs) = logs else { return tape.placeholder(Extent::SCALAR) };
        let args = [Arg { id: logs, value: E::zero() }, weights];
        if self.logits {
            tape.sum_rows::<MixedBy<true>, 2>(args, usage)
        } else {
            tape.sum_rows::<MixedBy<false>, 2>(args, usage)
        }
    }

    pub(crate) fn find_trouble(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        value: Arg<E>,
        mask: Option<NodeId>,
        wanted: Wanted,
    ) -> Option<Trouble> {
        let weights = tape.lift(self.weights, place);
        if let Some(trouble) = self.find_bad_weights(tape, weights) {
            return (wanted == Wanted::Faults).then_some(trouble);
        }
        let troubles: Vec<Trouble> = self
            .list()
            .enumerate()
            .filter_map(|(k, component)| {
                let component = component.with_all_digits(tape, place);
                let trouble = component.find_trouble(tape, place, value, mask, wanted)?;
                let detail = format!("in component {k} of a mixture, {}", trouble.detail);
                Some(Trouble { detail, ..trouble })
            })
            .collect();
        // A value that one component cannot have may be another's.
        let log = self.log_density(tape, place, value, Use::Seeded);
        let Extent { axes, shape } = tape.node(log).extent();
        let logs = tape.value(log);
        if wanted == Wanted::Overflows {
            // What overflows in one component counts where the whole is not finite.
            let rows_fit = shape.rank() == 0;
            let is_lost = |t: &Trouble| t.axes == axes && logs.get(t.row).is_some_and(|l| !l.is_finite());
            return troubles.into_iter().find(|trouble| rows_fit && is_lost(trouble));
        }
        let value_is_possible = logs.iter().all(|l| l.is_finite());
        troubles.into_iter().find(|trouble| trouble.silent || !value_is_possible)
    }

    /// Records what `each` gives for every component, one after the other along a new first dimension.
    fn stack(
        &self,
        tape: &mut Tape<E>,
        place: Caller,
        mut each: impl FnMut(&mut Tape<E>, usize, Law<'_, E>) -> NodeId,
    ) -> Option<NodeId> {
        let mut parts = std::mem::take(&mut tape.joining);
        parts.clear();
        for (k, component) in self.list().enumerate() {
            let component = component.with_all_digits(tape, place);
            let id = each(tape, k, component);
            let extent = tape.node(id).extent();
            let row = extent.shape.with_first(1).map(|shape| Extent { shape, ..extent });
            parts.extend(row.map(|row| tape.view(id, row, 0)));
        }
        // What would not fit was refused with the shapes.
        let fits = !parts.is_empty() && parts.len() == self.count();
        let stacked = fits.then(|| tape.join(&parts, 0));
        tape.joining = parts;
        stacked
    }

    fn find_bad_weights(&self, tape: &Tape<E>, weights: Arg<E>) -> Option<Trouble> {
        if !weights.id.is_some() {
            return None;
        }
        let axes = tape.extent(&weights).axes;
        let all = tape.value(weights.id);
        all.chunks_exact(self.count().max(1)).enumerate().find_map(|(row, weights)| {
            let checked = if self.logits {
                require::logits("logits", weights)
            } else {
                require::simplex("weights", weights)
            };
            let bad = checked.err()?;
            let detail = format!("{} of Mixture must {}, got {weights:?}", bad.name, bad.must);
            Some(Trouble { axes, row, event: None, silent: true, fault: Fault::Parameter, detail })
        })
    }
}

/// The log-density of a mixture: the log-densities of its components, then the weights.
struct MixedBy<const LOGITS: bool>(PhantomData<()>);

impl<const LOGITS: bool> RowTerm<2> for MixedBy<LOGITS> {
    const RANKS: [usize; 2] = [1, 1];

    fn scratch(_: [&[usize]; 2]) -> usize {
        0
    }

    fn row<E: Element>(
        [logs, weights]: [&[E]; 2],
        _: [&[usize]; 2],
        [logs_needed, weights_needed]: [bool; 2],
        [by_logs, by_weights]: [&mut [E]; 2],
        _: &mut [E],
    ) -> E {
        let log_total = if LOGITS { log_sum_exp(weights.iter().copied()) } else { E::zero() };
        let log_weight = |w: E| if LOGITS { w - log_total } else { math::ln(w) };
        // A weight of zero takes out whatever its component gives.
        let joint = |(&log, &weight): (&E, &E)| {
            let log_weight = log_weight(weight);
            if log_weight == E::neg_infinity() { log_weight } else { log + log_weight }
        };
        let log = log_sum_exp(logs.iter().zip(weights).map(joint));
        if !(log > E::neg_infinity() && log < E::infinity()) {
            return log;
        }
        for (k, pair) in logs.iter().zip(weights).enumerate() {
            let share = math::exp(joint(pair) - log);
            if logs_needed {
                by_logs[k] += share;
            }
            if weights_needed {
                by_weights[k] +=
                    if LOGITS { share - math::exp(*pair.1 - log_total) } else { math::exp(*pair.0 - log) };
            }
        }
        log
    }
}

/// Returns `ln(sum(exp(x)))`; a NaN is passed on.
fn log_sum_exp<E: Element>(values: impl Iterator<Item = E> + Clone) -> E {
    let largest = values.clone().fold(E::neg_infinity(), |m, v| if v > m || v.is_nan() { v } else { m });
    if !largest.is_finite() {
        return largest;
    }
    largest + math::ln(values.fold(E::zero(), |sum, v| sum + math::exp(v - largest)))
}

#[cfg(test)]
#[path = "mixture_tests.rs"]
mod tests;
