//! The parameters of a custom family.

use crate::element::Numeric;
use crate::family::{BadParameter, require};

/// A parameter of a [`CustomFamily`](super::CustomFamily): its name, and which numbers it may be.
///
/// # Examples
///
/// ```
/// use ppl_runtime::family::custom::Parameter;
///
/// let rate = Parameter::positive("rate");
/// assert!(rate.admits(0.5) && !rate.admits(-1.0) && !rate.admits(f64::NAN));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    name: &'static str,
    numbers: Numbers,
    moves_jump: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    Real,
    Positive,
    NotNegative,
    Probability,
    Natural,
}

impl Parameter {
    const fn of(name: &'static str, numbers: Numbers) -> Parameter {
        Parameter { name, numbers, moves_jump: false }
    }

    /// Returns a parameter that is any finite number.
    pub const fn real(name: &'static str) -> Parameter {
        Parameter::of(name, Numbers::Real)
    }

    /// Returns a parameter that is positive and finite.
    pub const fn positive(name: &'static str) -> Parameter {
        Parameter::of(name, Numbers::Positive)
    }

    /// Returns a parameter that is finite and not negative.
    pub const fn not_negative(name: &'static str) -> Parameter {
        Parameter::of(name, Numbers::NotNegative)
    }

    /// Returns a parameter between zero and one, either included.
    pub const fn probability(name: &'static str) -> Parameter {
        Parameter::of(name, Numbers::Probability)
    }

    /// Returns a parameter that is 0, 1, 2, ..; it has no derivative.
    pub const fn natural(name: &'static str) -> Parameter {
        Parameter::of(name, Numbers::Natural)
    }

    /// Says that the parameter moves an end of the support at which the density jumps, so that no pathwise gradient may go through
    /// it. Such parameters come first.
    #[must_use]
    pub const fn moving_a_jump(self) -> Parameter {
        Parameter { moves_jump: true, ..self }
    }

    /// Returns the name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns whether the parameter may be this number.
    pub fn admits(&self, value: f64) -> bool {
        self.check(value).is_ok()
    }

    pub(super) const fn moves_jump(&self) -> bool {
        self.moves_jump
    }

    /// Returns whether it is an integer, by which there is no derivative.
    pub(super) const fn is_integer(&self) -> bool {
        matches!(self.numbers, Numbers::Natural)
    }

    pub(super) fn check<E: Numeric>(&self, value: E) -> Result<(), BadParameter> {
        match self.numbers {
            Numbers::Real => require::finite(self.name, value),
            Numbers::Positive => require::positive(self.name, value),
            Numbers::NotNegative => require::not_negative(self.name, value),
            Numbers::Probability => require::probability(self.name, value),
            Numbers::Natural => require::natural(self.name, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Parameter;

    #[test]
    fn each_admits_its_numbers() {
        let numbers = [f64::NEG_INFINITY, -1.0, 0.0, 0.5, 1.0, 3.0, f64::INFINITY, f64::NAN];
        let admitted = |p: Parameter| numbers.map(|x| p.admits(x));
        assert_eq!(admitted(Parameter::real("a")), [false, true, true, true, true, true, false, false]);
        assert_eq!(admitted(Parameter::positive("a")), [false, false, false, true, true, true, false, false]);
        assert_eq!(
            admitted(Parameter::not_negative("a")),
            [false, false, true, true, true, true, false, false]
        );
        assert_eq!(
            admitted(Parameter::probability("a")),
            [false, false, true, true, true, false, false, false]
        );
        assert_eq!(admitted(Parameter::natural("a")), [false, false, true, false, true, true, false, false]);
    }
}
