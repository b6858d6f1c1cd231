//! Lists of literal numbers that a program indexes: they are data of the program's element.
//!
//! rustc would look for their type in what an index gives, which depends on it. So the numbers of `[0.0, 3.0].at(k)`, and those of
//! `let list = [0.0, 3.0]` where the program has `list.at(..)`, get the suffix of the element.

use crate::ir::Element;
use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use std::collections::HashSet;
use syn::{Expr, ExprMethodCall, Lit, Local, Pat, UnOp};

/// The method that indexes.
const INDEXES: &str = "at";

/// Which lists of a program are indexed, and what their numbers are.
#[derive(Debug)]
pub(crate) struct Literals {
    element: Element,
    /// The variables that the program indexes.
    indexed: HashSet<String>,
}

impl Literals {
    /// Finds the variables that are indexed anywhere in a body, in the arguments of macros too.
    pub(crate) fn of(element: Element, body: TokenStream) -> Literals {
        let mut indexed = HashSet::new();
        find_indexed(body, &mut indexed);
        Literals { element, indexed }
    }

    /// Gives the numbers of an indexed list their type.
    pub(crate) fn settle_call(&self, call: &mut ExprMethodCall) {
        if call.method == INDEXES {
            self.settle_list(&mut call.receiver);
        }
    }

    /// Does so where the list has a name.
    pub(crate) fn settle_variable(&self, local: &mut Local) {
        if let (Pat::Ident(name), Some(init)) = (&local.pat, &mut local.init)
            && self.indexed.contains(&name.ident.to_string())
        {
            self.settle_list(&mut init.expr);
        }
    }

    fn settle_list(&self, expr: &mut Expr) {
        match expr {
            Expr::Array(list) => list.elems.iter_mut().for_each(|each| self.settle(each)),
            Expr::Repeat(list) => self.settle(&mut list.expr),
            Expr::Reference(of) => self.settle_list(&mut of.expr),
            Expr::Paren(inner) => self.settle_list(&mut inner.expr),
            Expr::Group(inner) => self.settle_list(&mut inner.expr),
            _ => {}
        }
    }

    /// Gives a number, or those of a list in a list, their type.
    fn settle(&self, expr: &mut Expr) {
        match expr {
            Expr::Lit(number) => {
                if let Some(settled) = self.settled(&number.lit) {
                    number.lit = settled;
                }
            }
            Expr::Unary(negated) if matches!(negated.op, UnOp::Neg(_)) => self.settle(&mut negated.expr),
            _ => self.settle_list(expr),
        }
    }

    fn settled(&self, number: &Lit) -> Option<Lit> {
        let Lit::Float(float) = number else { return None };
        if !float.suffix().is_empty() {
            return None;
        }
        let mut literal = match &self.element {
            // What the numbers of a list are is not known before the function is used.
            Element::Parameter(_) => return None,
            Element::F32 => Literal::f32_suffixed(float.base10_parse().ok().filter(|v: &f32| v.is_finite())?),
            Element::F64 => Literal::f64_suffixed(float.base10_parse().ok().filter(|v: &f64| v.is_finite())?),
        };
        literal.set_span(float.span());
        Some(Lit::new(literal))
    }
}

/// Adds the names that stand before `.at(..)`.
fn find_indexed(tokens: TokenStream, indexed: &mut HashSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (k, token) in tokens.iter().enumerate() {
        match (token, &tokens[k + 1..]) {
            (TokenTree::Group(group), _) => find_indexed(group.stream(), indexed),
            (
                TokenTree::Ident(name),
                [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(arguments), ..],
            ) if dot.as_char() == '.'
                && method == INDEXES
                && arguments.delimiter() == Delimiter::Parenthesis =>
            {
                indexed.insert(name.to_string());
            }
            _ => {}
        }
    }
}
