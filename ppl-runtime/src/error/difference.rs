//! How a file differs from the session that it is to be loaded into.

use std::fmt;

/// One way in which a file does not fit a session; it prints as one line.
///
/// # Examples
///
/// ```
/// use ppl_runtime::io::Difference;
///
/// let parameter = "weights".to_owned();
/// let difference = Difference::Shape { parameter, expected: vec![3], found: vec![4] };
/// assert_eq!(difference.to_string(), "parameter `weights`: expected the shape [3], the file has [4]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// A parameter of the session that the file does not have.
    Missing {
        /// Its address.
        parameter: String,
        /// What the file may call it.
        nearest: Option<String>,
    },
    /// A parameter of the file that the session's programs do not make.
    Additional {
        /// Its address.
        parameter: String,
        /// What the session may call it.
        nearest: Option<String>,
    },
    /// Another shape, `[plates.., event..]`.
    Shape {
        /// The parameter's address.
        parameter: String,
        /// The shape in the session.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// Other plates around a parameter.
    Plates {
        /// The parameter's address.
        parameter: String,
        /// The plates in the session, from the outermost inwards.
        expected: Vec<String>,
        /// The plates in the file.
        found: Vec<String>,
    },
    /// Another support.
    Support {
        /// The parameter's address.
        parameter: String,
        /// The support in the session, with its bounds.
        expected: String,
        /// The support in the file.
        found: String,
    },
    /// Another number type.
    Element {
        /// The type of the session's programs.
        expected: String,
        /// The type in the file.
        found: String,
    },
    /// Another kind of optimiser.
    Optimiser {
        /// The session's.
        expected: String,
        /// The file's.
        found: String,
    },
    /// Another kind of objective.
    Objective {
        /// The session's.
        expected: String,
        /// The file's.
        found: String,
    },
    /// An array of the optimiser's or the objective's state that is not there, of another type, or there for nothing.
    State {
        /// Its name in the file.
        array: String,
        /// What it should be.
        expected: String,
        /// What the file has.
        found: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let like = |nearest: &Option<String>| {
            nearest.as_ref().map_or(String::new(), |name| format!("; did you mean `{name}`?"))
        };
        let list = |plates: &[String]| match plates {
            [] => "no plate".to_owned(),
            some => format!("[{}]", some.join(", ")),
        };
        match self {
            Difference::Missing { parameter, nearest } => {
                write!(f, "parameter `{parameter}`: the file does not have it{}", like(nearest))
            }
            Difference::Additional { parameter, nearest } => {
                write!(
                    f,
                    "parameter `{parameter}`: the programs do not make it, the file has it{}",
                    like(nearest)
                )
            }
            Difference::Shape { parameter, expected, found } => {
                write!(f, "parameter `{parameter}`: expected the shape {expected:?}, the file has {found:?}")
            }
            Difference::Plates { parameter, expected, found } => {
                let (expected, found) = (list(expected), list(found));
                write!(
                    f,
                    "parameter `{parameter}`: expected it inside {expected}, the file has it inside {found}"
                )
            }
            Difference::Support { parameter, expected, found } => {
                write!(f, "parameter `{parameter}`: expected the support {expected}, the file has {found}")
            }
            Difference::Element { expected, found } => {
                write!(f, "expected numbers of type {expected}, the file has {found}")
            }
            Difference::Optimiser { expected, found } => {
                write!(f, "expected the optimiser {expected}, the file has {found}")
            }
            Difference::Objective { expected, found } => {
                write!(f, "expected the objective {expected}, the file has {found}")
            }
            Difference::State { array, expected, found } => {
                write!(f, "state `{array}`: expected {expected}, the file has {found}")
            }
        }
    }
}
