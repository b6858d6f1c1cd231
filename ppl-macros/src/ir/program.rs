use super::Statement;
use syn::{Attribute, Block, Ident, Path, Signature, Visibility};

/// Which of the three attributes marks a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Model,
    Guide,
    Module,
}

impl Kind {
    /// Returns the attribute's name.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Kind::Model => "model",
            Kind::Guide => "guide",
            Kind::Module => "module",
        }
    }
}

/// The number type that a program computes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F32,
    F64,
    /// The type parameter of a module.
    Parameter(Ident),
}

impl Element {
    /// Returns whether the engine is compiled for it.
    pub(crate) fn is_compiled(&self) -> bool {
        match self {
            Element::F32 => cfg!(feature = "f32"),
            Element::F64 | Element::Parameter(_) => true,
        }
    }
}

/// A function marked `#[model]`, `#[guide]` or `#[module]`.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) kind: Kind,
    pub(crate) element: Element,
    /// The model that a guide is checked against.
    pub(crate) model: Option<Path>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The body, with a placeholder (see [`crate::placeholder`]) for each statement of the language.
    pub(crate) body: Block,
    /// The statements, in the order in which they are written.
    pub(crate) statements: Vec<Statement>,
}
