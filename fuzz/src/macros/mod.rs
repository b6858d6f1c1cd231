//! The attributes on arbitrary tokens: never a panic, and what comes out is Rust.

mod corpus;
mod mutate;
mod tree;
mod words;

use crate::campaign::{Generator, Target};
use crate::ir::Kind;
use crate::{expand, library};
use corpus::{Corpus, Source};
use mutate::mutate;
use proc_macro2::{TokenStream, TokenTree};
use rand::RngExt;
use rand::seq::IndexedRandom;
use tree::{fewer, tokens};
use words::words;

/// Expands attributes with arbitrary arguments on arbitrary items.
#[derive(Debug)]
pub struct Macros {
    corpus: Corpus,
}

impl Macros {
    /// Reads the programs that are mutated.
    pub fn new() -> Macros {
        Macros { corpus: Corpus::read() }
    }
}

impl Target for Macros {
    type Case = Source;

    fn draw(&self, rng: &mut Generator) -> Source {
        let kind = if rng.random_bool(0.5) { Kind::Model } else { Kind::Guide };
        match self.corpus.programs.choose(rng) {
            Some(source) if rng.random_bool(0.9) => {
                let mut source = source.clone();
                if rng.random_bool(0.1) {
                    source.kind = kind;
                }
                if rng.random_bool(0.1) {
                    mutate(&mut source.arguments, &self.corpus, rng);
                }
                for _ in 0..rng.random_range(0..6) {
                    mutate(&mut source.item, &self.corpus, rng);
                }
                source
            }
            _ => Source { kind, arguments: words(rng, 2), item: words(rng, 4) },
        }
    }

    fn run(&self, case: &Source) -> Result<(), String> {
        let (arguments, item) = (tokens(&case.arguments), tokens(&case.item));
        let expansion = expand::attribute(case.kind, arguments.clone(), item.clone());
        let refused = mentions(expansion.clone(), "compile_error");
        if syn::parse2::<syn::File>(expansion.clone()).is_err() && !refused {
            return Err("what comes out is neither Rust nor an error".to_owned());
        }
        let written = [arguments, item].into_iter().any(|tokens| mentions(tokens, PLACEHOLDER));
        if mentions(expansion.clone(), PLACEHOLDER) && !written {
            return Err("a statement was left out".to_owned());
        }
        library::rename(expansion, "language");
        Ok(())
    }

    fn simpler(&self, case: &Source) -> Vec<Source> {
        let items = fewer(&case.item).into_iter().map(|item| Source { item, ..case.clone() });
        let arguments =
            fewer(&case.arguments).into_iter().map(|arguments| Source { arguments, ..case.clone() });
        arguments.chain(items).collect()
    }

    fn show(&self, case: &Source) -> String {
        let attribute = case.kind.attribute();
        format!("#[{attribute}({})] {}", tokens(&case.arguments), tokens(&case.item))
    }
}

/// What stands in place of a statement while its program is lowered.
const PLACEHOLDER: &str = "__ppl_statement";

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{self, Executions};

    #[test]
    fn the_repository_has_programs_to_begin_with() {
        let corpus = Corpus::read();
        assert!(corpus.programs.len() > 100, "{}", corpus.programs.len());
        assert!(corpus.statements.len() > 300, "{}", corpus.statements.len());
    }

    #[test]
    fn attributes_on_arbitrary_tokens() {
        let found = campaign::run(&Macros::new(), Executions { count: 2_000, seed: 1, from: 0 });
        assert!(found.failures.is_empty(), "{found}");
    }

    /// What is looked for in an expansion is found where it stands.
    #[test]
    fn a_word_is_found_at_any_depth() {
        let tokens = quote::quote!(
            fn f() {
                [a, (__ppl_statement)]
            }
        );
        assert!(mentions(tokens.clone(), PLACEHOLDER) && !mentions(tokens, "b"));
    }
}
