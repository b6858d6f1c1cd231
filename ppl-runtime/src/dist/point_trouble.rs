//! What is wrong with a density of numbers at one point, and what is said of it.

use super::distribution::{Fault, Wanted};
use super::no_number::NoNumber;
use super::numbers::Numbers;
use super::overflow::Overflow;
use crate::element::Element;
use crate::family::{BadParameter, Need, Univariate};
use crate::kernel::array::from_fn;

/// What is wrong at a point.
pub(super) struct PointTrouble<E> {
    cause: PointCause<E>,
    /// Whether the log-density is finite all the same.
    pub(super) silent: bool,
}

enum PointCause<E> {
    Parameter(BadParameter),
    Value,
    Density(Overflow<E>),
    /// What a user's family gives is no number.
    Answer(NoNumber),
}

impl<E: Element> PointTrouble<E> {
    pub(super) fn fault(&self) -> Fault {
        match &self.cause {
            PointCause::Parameter(_) => Fault::Parameter,
            PointCause::Value => Fault::Value,
            PointCause::Answer(_) => Fault::Answer,
            PointCause::Density(overflow) => overflow.fault(),
        }
    }
}

/// Returns what is wrong at a point, if something is.
pub(super) fn trouble_at<E: Element, F: Univariate<N>, const N: usize>(
    x: E,
    p: &[E],
    wanted: Wanted,
) -> Option<PointTrouble<E>> {
    let p: [E; N] = from_fn(E::zero(), |k| p[k]);
    let bad = F::check(p).err();
    let is_member = bad.is_none() && F::contains(x, p);
    let log = || F::log_density(x, p, Need::NONE).log;
    match wanted {
        Wanted::Faults if !is_member => {
            let cause = bad.map_or(PointCause::Value, PointCause::Parameter);
            Some(PointTrouble { cause, silent: log().is_finite() })
        }
        Wanted::Faults if F::IS_CUSTOM => {
            let density = F::log_density(x.as_f64(), p.map(E::as_f64), Need::ALL);
            let cause = PointCause::Answer(NoNumber::find(&density)?);
            Some(PointTrouble { cause, silent: false })
        }
        Wanted::Overflows if is_member => {
            let in_double = || F::log_density(x.as_f64(), p.map(E::as_f64), Need::NONE).log;
            let overflow = Overflow::find::<F::Support>(log(), in_double, p.into_iter())?;
            Some(PointTrouble { cause: PointCause::Density(overflow), silent: false })
        }
        _ => None,
    }
}

impl<E: Element> Numbers<E> {
    /// Says what is wrong at a point.
    pub(super) fn describe_trouble(&self, trouble: &PointTrouble<E>, x: E, p: &[E]) -> String {
        let names = &self.parameters[..self.count];
        match &trouble.cause {
            PointCause::Parameter(bad) => {
                let k = names.iter().position(|&name| name == bad.name).unwrap_or(0);
                format!("{} of {} must {}, got {}", bad.name, self.name, bad.must, p[k])
            }
            PointCause::Value => {
                let at: Vec<String> = names.iter().zip(p).map(|(name, v)| format!("{name} = {v}")).collect();
                let (support, at) = (self.support, at.join(", "));
                let why =
                    if self.is_custom && x.is_nan() { "; a draw outside of it becomes NaN" } else { "" };
                format!("the value {x} is outside the support ({support}) of {}({at}){why}", self.name)
            }
            PointCause::Answer(answer) => {
                let at: Vec<String> =
                    names.iter().zip(p).map(|(name, v)| format!(", {name} = {v}")).collect();
                format!("{} at the value {x}{} gives {}", self.name, at.concat(), answer.say(names))
            }
            PointCause::Density(overflow) => {
                let parameters: Vec<(&str, &[E])> =
                    names.iter().zip(p.chunks(1)).map(|(&name, p)| (name, p)).collect();
                overflow.say(self.name, &[x], &parameters)
            }
        }
    }
}
