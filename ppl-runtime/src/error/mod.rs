//! What can go wrong in a run, with what a person needs to mend it.

mod difference;
mod names;

pub use difference::Difference;
pub(crate) use names::{hint, nearest};

use std::fmt;
use std::panic::Location;

/// The place in the user's program that an error speaks of.
///
/// # Examples
///
/// ```
/// use ppl_runtime::Place;
///
/// let place = Place(std::panic::Location::caller());
/// assert!(place.to_string().contains(".rs:"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub &'static Location<'static>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.0.file(), self.0.line(), self.0.column())
    }
}

/// An error of a run, of the data or of the set-up.
///
/// # Examples
///
/// ```
/// let error = ppl_runtime::Error::Setup { what: "particles must be at least 1, got 0".into() };
/// assert_eq!(error.to_string(), "particles must be at least 1, got 0");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Shapes that do not fit each other.
    #[error("{place}: {operation}: {detail}")]
    Shape {
        /// Where in the program.
        place: Place,
        /// What was to be done.
        operation: &'static str,
        /// Both shapes, by their names.
        detail: String,
    },
    /// An index outside the dimension that it indexes.
    #[error("{place}: index {index} is out of range for a dimension of {size}")]
    Index {
        /// Where in the program.
        place: Place,
        /// The index, as it was found.
        index: String,
        /// The size of the dimension.
        size: usize,
    },
    /// A matrix that has no inverse.
    #[error("{place}: {operation}: the {matrix} is singular; its pivot {pivot} is {value}")]
    Singular {
        /// Where in the program.
        place: Place,
        /// What was to be done.
        operation: &'static str,
        /// Its shape, and its element of the plates and the event.
        matrix: String,
        /// The column of the pivot, counted from 0.
        pivot: usize,
        /// What is left there: zero, or what rounding leaves of it.
        value: String,
    },
    /// A value that was used where it does not exist: after its run, or outside its plate.
    #[error("{place}: {detail}")]
    Scope {
        /// Where in the program.
        place: Place,
        /// Which value, and where it belongs.
        detail: String,
    },
    /// A plate that cannot be opened.
    #[error("{place}: plate `{plate}`: {detail}")]
    Plate {
        /// Where in the program.
        place: Place,
        /// The plate's name.
        plate: String,
        /// What was expected and what was found.
        detail: String,
    },
    /// A site that the program cannot have.
    #[error("{place}: site `{site}`: {detail}")]
    Site {
        /// Where in the program.
        place: Place,
        /// The site's address.
        site: String,
        /// What was expected and what was found.
        detail: String,
    },
    /// A guide that does not fit its model.
    #[error("{detail}")]
    Guide {
        /// Which site, and what is wrong with it.
        detail: String,
    },
    /// A parameter that cannot be made or used.
    #[error("{place}: parameter `{parameter}`: {detail}")]
    Parameter {
        /// Where in the program.
        place: Place,
        /// The parameter's address.
        parameter: String,
        /// What was expected and what was found.
        detail: String,
    },
    /// A module that cannot be made or used.
    #[error("{place}: module `{module}`: {detail}")]
    Module {
        /// Where in the program.
        place: Place,
        /// The module's address.
        module: String,
        /// What was expected and what was found.
        detail: String,
    },
    /// A value that a parameter cannot be set to.
    #[error("parameter `{parameter}`: {detail}")]
    Value {
        /// The parameter's address.
        parameter: String,
        /// What was expected and what was found.
        detail: String,
    },
    /// A value outside the support, or parameters outside the family, at a site.
    #[error("{place}: site `{site}`{element}: {detail}")]
    Support {
        /// Where in the program.
        place: Place,
        /// The site's address.
        site: String,
        /// The element of the plates and the event, as ` at school = 3`, or nothing.
        element: String,
        /// What was expected and what was found.
        detail: String,
    },
    /// A log-density beyond the number type, at a value in the support and parameters of the family.
    #[error("{place}: site `{site}`{element}: {detail}")]
    Overflow {
        /// Where in the program.
        place: Place,
        /// The site's address.
        site: String,
        /// The element of the plates and the event, as ` at school = 3`, or nothing.
        element: String,
        /// About how large it is, where that is known, and what went in.
        detail: String,
    },
    /// A loss or a gradient that is not finite.
    #[error("{what} is not finite: {detail}")]
    NotFinite {
        /// The loss, or the gradient of a parameter.
        what: String,
        /// The first site or value that went wrong, and what went in.
        detail: String,
    },
    /// A name that does not exist.
    #[error("no {what} `{name}` {place}; {hint}")]
    Unknown {
        /// What was asked for: a latent site, a parameter.
        what: &'static str,
        /// Where it was looked for.
        place: &'static str,
        /// The name asked for.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// A file that cannot be written, or that is not the whole of a saved one.
    #[error("file `{path}`: {detail}")]
    File {
        /// The path, as it was given.
        path: String,
        /// What went wrong.
        detail: String,
    },
    /// A saved file of another session: nothing was loaded.
    #[error("file `{path}` does not fit this session{}", lines(differences))]
    Unlike {
        /// The path, as it was given.
        path: String,
        /// Every difference.
        differences: Vec<Difference>,
    },
    /// A set-up that cannot work: an option, an optimiser, an empty request.
    #[error("{what}")]
    Setup {
        /// What was expected and what was found.
        what: String,
    },
}

/// Returns each difference on a line of its own.
fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("\n  {difference}")).collect()
}

impl Error {
    /// Returns whether the fault lies in the values of the latent sites alone, so that the programs may be run at others: a density or a
    /// gradient that is not finite, a value outside of its support, a matrix that is singular.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::Error;
    ///
    /// let density = Error::NotFinite { what: "the loss (NaN)".to_owned(), detail: String::new() };
    /// assert!(density.is_recoverable());
    /// assert!(!Error::Setup { what: "expected at least one draw, got 0".to_owned() }.is_recoverable());
    /// ```
    pub fn is_recoverable(&self) -> bool {
        matches!(
            self,
            Error::NotFinite { .. } | Error::Overflow { .. } | Error::Support { .. } | Error::Singular { .. }
        )
    }

    /// Returns the error for a name that is none of `known`; it suggests the nearest.
    pub(crate) fn unknown<'a>(
        what: &'static str,
        place: &'static str,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Error {
        let known: Vec<String> = known.map(str::to_owned).collect();
        let nearest = nearest(name, known.iter().map(String::as_str));
        let hint = hint(nearest, &known);
        Error::Unknown { what, place, name: name.to_owned(), hint }
    }
}
