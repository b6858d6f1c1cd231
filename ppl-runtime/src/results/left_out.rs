//! What a sum over the first counts of a site leaves out.

use std::fmt;

/// How much of a site's probability lies above the last count that a model tries, where that is most.
///
/// # Examples
///
/// ```
/// use ppl_runtime::results::LeftOut;
///
/// let found = LeftOut { site: "k".to_owned(), up_to: 40, mass: 3.1e-4 };
/// assert_eq!(found.to_string(), "3.1e-4 of the prior probability of `k` lies above 40, up to which it is summed: raise `up_to`");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The address of the site.
    pub site: String,
    /// The last count that is tried.
    pub up_to: usize,
    /// The largest probability, over the elements of the site and the draws, that its prior has above.
    pub mass: f64,
}

impl LeftOut {
    /// Returns whether it is so much that a report says it: more than a millionth.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::LeftOut;
    ///
    /// let found = LeftOut { site: "k".to_owned(), up_to: 40, mass: 1e-9 };
    /// assert!(!found.is_much());
    /// ```
    pub fn is_much(&self) -> bool {
        self.mass > 1e-6
    }
}

/// Returns what of a list a report says.
pub(crate) fn worth_saying(list: &[LeftOut]) -> impl Iterator<Item = &LeftOut> {
    list.iter().filter(|left_out| left_out.is_much())
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LeftOut { site, up_to, mass } = self;
        write!(
            f,
            "{mass:.1e} of the prior probability of `{site}` lies above {up_to}, up to which it is summed: raise `up_to`"
        )
    }
}
