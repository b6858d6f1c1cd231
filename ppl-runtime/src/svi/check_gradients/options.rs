//! How gradients are checked.

use crate::error::Error;

/// How gradients are checked.
///
/// # Examples
///
/// ```
/// use ppl_runtime::GradientCheck;
///
/// assert_ne!(GradientCheck::default(), GradientCheck::default().draws(10_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GradientCheck {
    pub(super) draws: usize,
    pub(super) reference: usize,
    pub(super) elements: usize,
}

impl Default for GradientCheck {
    /// Returns a check by 2000 gradients and, where they are not exact, 500 differences, of at most 50 elements.
    fn default() -> Self {
        GradientCheck { draws: 2_000, reference: 500, elements: 50 }
    }
}

impl GradientCheck {
    /// Sets the number of gradients that are drawn.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// use ppl_runtime::GradientCheck;
    ///
    /// let options = GradientCheck::default().draws(300).reference(50);
    /// assert_eq!(svi.check_gradients(options)?.draws, 300);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn draws(self, draws: usize) -> Self {
        GradientCheck { draws, ..self }
    }

    /// Sets the number of differences of the loss, each under noise of its own, where the loss is not exact.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// use ppl_runtime::GradientCheck;
    ///
    /// let mut error = |n| svi.check_gradients(GradientCheck::default().draws(50).reference(n));
    /// assert!(error(400)?.elements[0].reference_error < error(40)?.elements[0].reference_error);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn reference(self, reference: usize) -> Self {
        GradientCheck { reference, ..self }
    }

    /// Sets the most elements of parameters that are checked, spread evenly over all of them.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// use ppl_runtime::GradientCheck;
    ///
    /// let report = svi.check_gradients(GradientCheck::default().draws(50).reference(50).elements(1))?;
    /// assert_eq!((report.elements.len(), report.left_out), (1, 1));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn elements(self, elements: usize) -> Self {
        GradientCheck { elements, ..self }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let least =
            [("draws", self.draws, 2), ("differences", self.reference, 2), ("elements", self.elements, 1)];
        match least.into_iter().find(|&(_, found, least)| found < least) {
            None => Ok(()),
            Some((what, found, least)) => {
                Err(Error::Setup { what: format!("expected at least {least} {what}, got {found}") })
            }
        }
    }
}
