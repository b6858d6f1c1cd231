//! Families that are made of another one, with parameters of their own before those of that.

use super::PARAMETERS;

/// The places of a wrapper's parameters: its own, and those of the family inside.
pub(crate) const PLACES: usize = PARAMETERS;

/// Returns the names of a wrapper's parameters.
pub(crate) const fn names<const OWN: usize, const N: usize>(
    own: [&'static str; OWN],
    inner: [&'static str; N],
) -> [&'static str; PLACES] {
    let mut names = [""; PLACES];
    let mut k = 0;
    while k < OWN {
        names[k] = own[k];
        k += 1;
    }
    while k < OWN + N && k < PLACES {
        names[k] = inner[k - OWN];
        k += 1;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn the_wrappers_own_names_come_first() {
        assert_eq!(names(["low", "high"], ["loc", "scale"]), ["low", "high", "loc", "scale"]);
        assert_eq!(names(["gate"], ["rate"]), ["gate", "rate", "", ""]);
    }
}
