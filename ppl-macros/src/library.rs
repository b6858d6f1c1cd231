//! The name by which the user's crate knows the library.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Group, Ident, TokenStream, TokenTree};

/// The name that the expansions use: the library's.
const NAME: &str = "ppl";

/// The name of its package, and how that is spelled in Rust. A dependency that is not renamed is known by the library's.
const PACKAGE: &str = "ppl-lang";
const PACKAGE_IN_RUST: &str = "ppl_lang";

/// What stands behind it in the paths of an expansion.
const WITHIN: [&str; 4] = ["__private", "Model", "Guide", "Module"];

/// Returns the expansion, with the name that the user's `Cargo.toml` gives the library in the paths to it.
pub(crate) fn renamed(expansion: TokenStream) -> TokenStream {
    match crate_name(PACKAGE) {
        Ok(FoundCrate::Name(name)) if name != NAME && name != PACKAGE_IN_RUST => rename(expansion, &name),
        // Its own tests and examples know it by its name, and so does a crate whose manifest says nothing.
        _ => expansion,
    }
}

pub(crate) fn rename(tokens: TokenStream, name: &str) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for at in 0..tokens.len() {
        let begins = matches!(&tokens[at..], [TokenTree::Ident(first), TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(second), ..]
            if first == NAME && WITHIN.iter().any(|within| second == within));
        match &mut tokens[at] {
            TokenTree::Ident(ident) if begins => *ident = Ident::new(name, ident.span()),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), rename(group.stream(), name));
                inner.set_span(group.span());
                *group = inner;
            }
            _ => {}
        }
    }
    tokens.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn becomes(from: &str, to: &str) {
        let [from, to] = [from, to].map(|text| text.parse::<TokenStream>().unwrap().to_string());
        assert_eq!(rename(from.parse().unwrap(), "language").to_string(), to);
    }

    #[test]
    fn paths_of_an_expansion_change() {
        becomes("::ppl::__private::step(1)", "::language::__private::step(1)");
        becomes(
            "impl<S> ::ppl::__private::A<[::ppl::__private::B]> for S {}",
            "impl<S> ::language::__private::A<[::language::__private::B]> for S {}",
        );
    }

    #[test]
    fn words_of_the_user_do_not() {
        for text in ["my::ppl::x", "ppl::x", "let ppl: ppl = 1;", "x.ppl::<u8>()", "ppl(::__private::x)"] {
            becomes(text, text);
        }
    }
}
