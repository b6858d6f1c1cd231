//! What a user's family gives that is no number.

use crate::family::Density;

/// A log-density or a partial derivative that is no number, at a value in the support and parameters of the family.
#[derive(Clone, Copy, Debug)]
pub(super) enum NoNumber {
    Log(f64),
    /// The derivative by the value.
    ByValue(f64),
    /// The derivative by parameter `k`.
    ByParameter(usize, f64),
}

impl NoNumber {
    /// Returns the first that is none. A log-density of `-inf` may be an outcome that is impossible.
    pub(super) fn find<const N: usize>(density: &Density<f64, N>) -> Option<NoNumber> {
        let Density { log, by_value, by_parameter } = density;
        if log.is_nan() || *log == f64::INFINITY {
            return Some(NoNumber::Log(*log));
        }
        if *log == f64::NEG_INFINITY {
            return None;
        }
        if !by_value.is_finite() {
            return Some(NoNumber::ByValue(*by_value));
        }
        let k = by_parameter.iter().position(|by| !by.is_finite())?;
        Some(NoNumber::ByParameter(k, by_parameter[k]))
    }

    /// Says which it is, with the parameters' names.
    pub(super) fn say(&self, parameters: &[&str]) -> String {
        match *self {
            NoNumber::Log(log) => format!("the log-density {log}"),
            NoNumber::ByValue(by) => format!("{by} as the derivative of the log-density by the value"),
            NoNumber::ByParameter(k, by) => {
                format!("{by} as the derivative of the log-density by `{}`", parameters[k])
            }
        }
    }
}
