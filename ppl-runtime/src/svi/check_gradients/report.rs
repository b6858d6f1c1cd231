//! What a check of gradients found.

use std::fmt;

/// The number of standard errors beyond which an estimate counts as biased: about one in two million by chance.
pub(super) const LIMIT: f64 = 5.0;

/// How the gradients of a session compare with the derivatives of its loss; it prints as a table.
///
/// # Examples
///
#[doc = include_str!("../../docs/coin.md")]
/// use ppl_runtime::GradientCheck;
///
/// let report = svi.check_gradients(GradientCheck::default().draws(500).reference(100))?;
/// assert!(report.passed() && report.faults.is_empty());
/// assert!(report.to_string().contains("signal/noise"));
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GradientReport {
    /// The elements of the parameters that were checked, in the order in which the programs made them.
    pub elements: Vec<GradientElement>,
    /// The parameters whose gradients are biased, each with the sites through which they are.
    pub faults: Vec<GradientFault>,
    /// The gradients that were drawn.
    pub draws: usize,
    /// Whether the references are exact, because nothing is left to chance when the discrete sites are summed out; else
    /// they are means, too.
    pub exact: bool,
    /// The elements that were not checked, because there are more than was asked for.
    pub left_out: usize,
}

/// The gradient by one element of a parameter, in unconstrained space.
///
/// # Examples
///
#[doc = include_str!("../../docs/coin.md")]
/// use ppl_runtime::GradientCheck;
///
/// let report = svi.check_gradients(GradientCheck::default().draws(500).reference(100))?;
/// let a = &report.elements[0];
/// assert!(a.parameter == "a" && a.index.is_empty() && a.z.abs() < 5.0 && a.variance > 0.0);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GradientElement {
    /// The parameter's name.
    pub parameter: String,
    /// The position in it: `[plates.., event..]` of its unconstrained value.
    pub index: Vec<usize>,
    /// The derivative of the expected loss.
    pub reference: f64,
    /// The standard error of the reference (zero where it is exact).
    pub reference_error: f64,
    /// The mean of the estimates.
    pub mean: f64,
    /// The standard error of that mean.
    pub standard_error: f64,
    /// The bias in standard errors of the difference.
    pub z: f64,
    /// The variance of one estimate.
    pub variance: f64,
    /// The size of the derivative in standard deviations of one estimate.
    pub signal_to_noise: f64,
    /// Whether the loss does not depend on it at all, as on the parameters of a baseline, which learn from a loss of their
    /// own: it is then no fault that the gradient is not zero.
    pub unused: bool,
}

/// A parameter whose gradient is biased.
///
/// # Examples
///
#[doc = include_str!("../../docs/coin.md")]
/// use ppl_runtime::GradientCheck;
///
/// let report = svi.check_gradients(GradientCheck::default().draws(500).reference(100))?;
/// assert_eq!(report.faults, []);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GradientFault {
    /// The parameter's name.
    pub parameter: String,
    /// The position of its worst element.
    pub index: Vec<usize>,
    /// The bias of that element in standard errors.
    pub z: f64,
    /// The first site of the guide whose proposal changes with the parameter; none for a parameter of the model alone.
    pub feeds: Option<String>,
    /// The parts of the loss whose gradients are biased, the worst first.
    pub parts: Vec<FaultyPart>,
}

/// A part of the loss whose gradient is biased.
///
/// # Examples
///
/// ```
/// use ppl_runtime::FaultyPart;
///
/// fn describe(part: &FaultyPart) -> String {
///     format!("{}: {} in place of {}", part.site, part.mean, part.reference)
/// }
/// assert_eq!(std::mem::size_of_val(&describe), 0);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FaultyPart {
    /// The site whose terms it is made of.
    pub site: String,
    /// Whether the site is observed.
    pub observed: bool,
    /// The derivative of the part's expectation.
    pub reference: f64,
    /// The mean of the estimates of that derivative.
    pub mean: f64,
    /// The bias in standard errors.
    pub z: f64,
}

impl GradientReport {
    /// Returns whether no element is biased by more than five standard errors.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../../docs/coin.md")]
    /// use ppl_runtime::GradientCheck;
    ///
    /// assert!(svi.check_gradients(GradientCheck::default().draws(500).reference(100))?.passed());
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn passed(&self) -> bool {
        !self.elements.iter().any(GradientElement::is_biased)
    }
}

impl GradientElement {
    pub(super) fn is_biased(&self) -> bool {
        // A comparison that cannot be made is no success.
        !self.unused && (self.z.is_nan() || self.z.abs() > LIMIT)
    }
}

/// Returns a parameter's element as it is written in a table: `loc[2]`.
fn label(parameter: &str, index: &[usize]) -> String {
    if index.is_empty() { parameter.to_owned() } else { format!("{parameter}{index:?}") }
}

/// Returns a number with four digits.
fn number(x: f64) -> String {
    let size = x.abs();
    match x {
        _ if !x.is_finite() => x.to_string(),
        0.0 => "0".to_owned(),
        _ if (1e-3..1e5).contains(&size) => {
            let places = (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize;
            format!("{x:.places$}")
        }
        _ => format!("{x:.3e}"),
    }
}

impl fmt::Display for GradientElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cells().join("  "))
    }
}

impl GradientElement {
    fn cells(&self) -> [String; 6] {
        let z = match (self.unused, self.is_biased()) {
            (true, _) => "-".to_owned(),
            (false, true) => format!("{:.1} !", self.z),
            (false, false) => format!("{:.1}", self.z),
        };
        [
            label(&self.parameter, &self.index),
            number(self.reference),
            number(self.mean),
            z,
            number(self.variance),
            number(self.signal_to_noise),
        ]
    }
}

impl fmt::Display for GradientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = label(&self.parameter, &self.index);
        write!(f, "the gradient of `{label}` is biased ({:.1} standard errors)", self.z)?;
        if let Some(site) = &self.feeds {
            write!(f, "; it feeds the proposal of `{site}`")?;
        }
        for (k, part) in self.parts.iter().enumerate() {
            let kind = if part.observed { "observed" } else { "latent" };
            let (found, expected) = (number(part.mean), number(part.reference));
            let before = if k == 0 { "; wrong in the terms of" } else { "," };
            write!(f, "{before} {kind} `{}` ({found} in place of {expected})", part.site)?;
        }
        Ok(())
    }
}

impl fmt::Display for GradientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reference = if self.exact { "exact" } else { "reference" };
        let draws = format!("{} draws", self.draws);
        let header = [draws.as_str(), reference, "mean", "z", "variance", "signal/noise"].map(str::to_owned);
        let lines: Vec<[String; 6]> =
            std::iter::once(header).chain(self.elements.iter().map(GradientElement::cells)).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        for line in &lines {
            write!(f, "{:<width$}", line[0], width = widths[0])?;
            for (cell, width) in line.iter().zip(widths).skip(1) {
                write!(f, "  {cell:>width$}")?;
            }
            writeln!(f)?;
        }
        if self.left_out > 0 {
            writeln!(f, "{} more elements were not checked", self.left_out)?;
        }
        for fault in &self.faults {
            writeln!(f, "{fault}")?;
        }
        write!(f, "{}", if self.passed() { "no bias was found" } else { "the gradients are biased" })
    }
}
