use super::{Kind, Program};
use std::collections::HashSet;
use syn::visit::{self, Visit};
use syn::{GenericParam, Macro, PatIdent};

/// What the reading of a statement knows of the program around it.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) kind: Kind,
    /// Every name that a pattern of the program binds, its arguments' too.
    variables: HashSet<String>,
    /// The type and const parameters.
    generics: HashSet<String>,
}

impl Scope {
    /// Collects the names of a program whose body is still as the user wrote it.
    ///
    /// `expressions` reads the arguments of a macro that takes expressions: closures among them bind names too.
    pub(crate) fn of(program: &Program, expressions: fn(&Macro) -> Vec<syn::Expr>) -> Scope {
        let mut names = Variables { names: HashSet::new(), expressions };
        names.visit_signature(&program.signature);
        names.visit_block(&program.body);
        let parameters = program.signature.generics.params.iter();
        let generics = parameters.filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
            GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
            GenericParam::Lifetime(_) => None,
        });
        Scope { kind: program.kind, variables: names.names, generics: generics.collect() }
    }

    /// Returns whether the program has a variable of this name.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    /// Returns whether a path that begins so means the same beside the function as in it.
    pub(crate) fn has_meaning_outside(&self, first: &syn::Ident) -> bool {
        first != "Self" && !self.generics.contains(&first.to_string())
    }
}

struct Variables {
    names: HashSet<String>,
    expressions: fn(&Macro) -> Vec<syn::Expr>,
}

impl<'ast> Visit<'ast> for Variables {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.names.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        for expr in (self.expressions)(call) {
            // The arguments live no longer than this call, and only their names are kept.
            let mut inner = Variables { names: HashSet::new(), expressions: self.expressions };
            inner.visit_expr(&expr);
            self.names.extend(inner.names);
        }
    }
}
