use proc_macro2::{Ident, Span};
use syn::{Expr, LitStr};

/// The name that a statement carries, with the index that tells its repetitions apart.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The user's string literal; its text is an identifier, of a module after a `/` if the name is the session's.
    pub(crate) literal: LitStr,
    /// What stands in brackets after it.
    pub(crate) index: Option<Expr>,
}

impl Address {
    /// Returns the name as text.
    pub(crate) fn name(&self) -> String {
        self.literal.value()
    }

    /// Returns the name without the `/` before it, if it is the session's.
    pub(crate) fn of_session(&self) -> Option<LitStr> {
        Some(LitStr::new(self.name().strip_prefix('/')?, self.span()))
    }

    /// Returns the name as an identifier that rustc's messages point to the user's literal with.
    pub(crate) fn ident(&self) -> Ident {
        Ident::new(&self.name(), self.span())
    }

    /// Returns where the user wrote the name.
    pub(crate) fn span(&self) -> Span {
        self.literal.span()
    }
}
