//! The supports of parameters by name.

use crate::support::{AnyBijection, Interval, Map};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A support as a file names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedSupport {
    name: String,
    /// The bounds of an interval, as text because that is exact whatever reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bounds: Option<[String; 2]>,
}

impl SavedSupport {
    pub(super) fn of(bijection: &AnyBijection) -> SavedSupport {
        let bounds = match bijection.0 {
            Map::Interval(Interval { low, high }) => Some([low.to_string(), high.to_string()]),
            _ => None,
        };
        SavedSupport { name: bijection.name().to_owned(), bounds }
    }

    /// Returns the bijection of the support, or `None` if there is no such support.
    pub(super) fn bijection(&self) -> Option<AnyBijection> {
        if let Some([low, high]) = &self.bounds {
            let interval = AnyBijection::from(Interval::new(low.parse().ok()?, high.parse().ok()?));
            return (interval.name() == self.name).then_some(interval);
        }
        AnyBijection::every_without_bounds().find(|bijection| bijection.name() == self.name)
    }
}

impl fmt::Display for SavedSupport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bounds {
            Some([low, high]) => write!(f, "{} from {low} to {high}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_support_comes_back() {
        let intervals = [Interval::new(0.1, 0.1 + f64::EPSILON), Interval::new(-1e300, 5e-324)];
        let all = AnyBijection::every_without_bounds().chain(intervals.map(AnyBijection::from));
        for bijection in all {
            assert_eq!(SavedSupport::of(&bijection).bijection(), Some(bijection));
        }
        assert_eq!(SavedSupport::of(&Interval::new(0.0, 2.5).into()).to_string(), "Bounded from 0 to 2.5");
    }

    #[test]
    fn other_names_are_no_supports() {
        let named = |name: &str, bounds: Option<[&str; 2]>| {
            let bounds = bounds.map(|pair| pair.map(str::to_owned));
            SavedSupport { name: name.to_owned(), bounds }.bijection()
        };
        assert_eq!(named("Everything", None), None);
        assert_eq!(named("Bounded", None), None);
        assert_eq!(named("Positive", Some(["0", "1"])), None);
        assert_eq!(named("Bounded", Some(["0", "one"])), None);
    }
}
