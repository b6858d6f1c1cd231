//! Log-densities beyond the number type, at values and parameters that a distribution can have: how they are told from outcomes that
//! are impossible, and what is said of them.

use super::distribution::Fault;
use crate::element::Element;
use crate::support::{Integer, Support};
use std::any::TypeId;

/// The most numbers of an array that are shown.
const SHOWN: usize = 4;

/// What a log-density that is not finite is, at a value in the support and parameters of the family.
pub(super) struct Overflow<E> {
    /// The log-density as the program has it.
    log: E,
    /// The same in double precision.
    in_double: f64,
}

impl<E: Element> Overflow<E> {
    /// Returns the overflow, if it is one: in double precision the log-density is `in_double`.
    ///
    /// A discrete outcome may be impossible, where a parameter is at an edge; a continuous one may not.
    pub(super) fn find<S: Support>(
        log: E,
        in_double: impl FnOnce() -> f64,
        mut parameters: impl Iterator<Item = E>,
    ) -> Option<Overflow<E>> {
        if log.is_finite() {
            return None;
        }
        let in_double = in_double();
        let is_discrete = TypeId::of::<S::Kind>() == TypeId::of::<Integer>();
        let at_edge = |p: E| p == E::zero() || p == E::one() || p.is_infinite();
        let may_be_impossible =
            log == E::neg_infinity() && !in_double.is_finite() && is_discrete && parameters.any(at_edge);
        (!may_be_impossible).then_some(Overflow { log, in_double })
    }

    /// Returns what is at fault.
    pub(super) fn fault(&self) -> Fault {
        Fault::Density { is_possible: self.log == E::neg_infinity() }
    }

    /// Says it of a family, with the value and its parameters by name.
    pub(super) fn say(&self, family: &str, value: &[E], parameters: &[(&str, &[E])]) -> String {
        let (of, largest) = (E::NAME, E::max_value().as_f64());
        let size = match self.in_double.abs() {
            // In double precision a number cannot say how large it would be.
            _ if size_of::<E>() == size_of::<f64>() => format!("it is beyond the range of {of}"),
            size if !size.is_finite() => format!("it is beyond the range of {of}, and of f64"),
            size if size > largest => format!("about {:.0e} is beyond {of}", self.in_double),
            _ => {
                format!("what it is computed from is beyond {of}, itself it is about {:.0e}", self.in_double)
            }
        };
        let parameters: Vec<String> =
            parameters.iter().map(|(name, p)| format!("{name} = {}", listed(p))).collect();
        format!(
            "the log-density of {family} overflows: {size}; at the value {} and {}",
            listed(value),
            parameters.join(", ")
        )
    }
}

/// Returns numbers as they are read best, of many the first.
pub(super) fn listed<E: Element>(numbers: &[E]) -> String {
    match numbers {
        [one] => number(one.as_f64()),
        many => {
            let mut listed: Vec<String> = many.iter().take(SHOWN).map(|v| number(v.as_f64())).collect();
            listed.extend((many.len() > SHOWN).then(|| "..".to_owned()));
            format!("[{}]", listed.join(", "))
        }
    }
}

/// Returns a number as it is read best: with an exponent where it would be long.
pub(crate) fn number(x: f64) -> String {
    let plain = x == 0.0 || !x.is_finite() || (1e-5..1e15).contains(&x.abs());
    if plain { x.to_string() } else { format!("{x:e}") }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn long_numbers_have_an_exponent() {
        let all = [0.0, -0.3, 1e-310, -2.5e20, f64::NAN, f64::NEG_INFINITY];
        assert_eq!(all.map(number), ["0", "-0.3", "1e-310", "-2.5e20", "NaN", "-inf"]);
    }
}

#[cfg(test)]
#[path = "overflow_tests.rs"]
mod family_tests;
