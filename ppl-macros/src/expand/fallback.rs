use super::{body, bounds, guide, program, sites};
use crate::ir::{Element, Kind, Program};
use crate::parse::unnamed_type;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::visit::{self, Visit};
use syn::{FnArg, Pat, PatIdent, Safety, parse_quote};

/// Returns the error beside a program that compiles as far as it can, so that a mistake is reported once: the function
/// has its signature, the module its names, and nothing else is asked of either.
pub(super) fn expand(failed: &Program, error: syn::Error) -> TokenStream {
    let error = error.into_compile_error();
    if failed.signature.receiver().is_some() {
        let method = method(failed);
        return quote!(#error #method);
    }
    let mended = mended(failed);
    // A body may not fit a signature, or a number type, that had to be mended.
    let body = match mended.signature == failed.signature && mended.element == failed.element {
        true => body(&mended),
        false => unread_body(&mended),
    };
    let function = program::function(&mended, body);
    let module = (mended.kind != Kind::Module).then(|| sites::module(&mended));
    let impls = match mended.kind {
        Kind::Module => TokenStream::new(),
        Kind::Model => {
            let sites = sites::impls(&mended);
            let unasked = bounds::unasked(&mended);
            quote!(#sites #unasked)
        }
        Kind::Guide => guide::answers_all(&mended),
    };
    quote!(#error #function #module #impls)
}

/// Returns a mistake as an expression. Rustc gives it a type that fits everywhere, so that the code around it raises no
/// second error, and prints the mistake once, although it stands beside the function too.
pub(super) fn expression(mistake: &syn::Error) -> TokenStream {
    let tokens = mistake.to_compile_error().into_iter().map(|token| match token {
        TokenTree::Group(braces) => {
            // In braces the macro would end a statement that goes on.
            let mut parentheses = Group::new(Delimiter::Parenthesis, braces.stream());
            parentheses.set_span(braces.span());
            TokenTree::Group(parentheses)
        }
        token => token,
    });
    tokens.collect()
}

/// Returns the program with a signature and a number type that a program may have.
fn mended(failed: &Program) -> Program {
    let mut signature = failed.signature.clone();
    signature.constness = None;
    signature.asyncness = None;
    signature.safety = Safety::Default;
    signature.abi = None;
    signature.variadic = None;
    for argument in &mut signature.inputs {
        if let FnArg::Typed(typed) = argument
            && let Pat::Ident(pattern) = &mut *typed.pat
        {
            pattern.mutability = None;
        }
    }
    if unnamed_type(&signature.output).is_some() {
        signature.output = parse_quote!(-> ::ppl::__private::Unknown);
    }
    Program {
        kind: failed.kind,
        element: if failed.element.is_compiled() { failed.element.clone() } else { Element::F64 },
        model: failed.model.clone(),
        attributes: failed.attributes.clone(),
        visibility: failed.visibility.clone(),
        signature,
        body: failed.body.clone(),
        statements: failed.statements.clone(),
    }
}

/// Returns a body that mentions the arguments, which are not unused: their use could not be read.
fn unread_body(failed: &Program) -> TokenStream {
    let arguments = argument_names(failed);
    quote! {
        #(let _ = &#arguments;)*
        ::ppl::__private::failed()
    }
}

/// Returns the function as the method that it is, since nothing beside it may stand in an `impl`.
fn method(failed: &Program) -> TokenStream {
    let (visibility, signature) = (&failed.visibility, &failed.signature);
    let arguments = argument_names(failed);
    quote! {
        #visibility #signature {
            #(let _ = &#arguments;)*
            ::ppl::__private::failed()
        }
    }
}

fn argument_names(failed: &Program) -> Vec<Ident> {
    #[derive(Default)]
    struct Names(Vec<Ident>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
            self.0.push(pattern.ident.clone());
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut names = Names::default();
    for argument in &failed.signature.inputs {
        names.visit_fn_arg(argument);
    }
    names.0
}
