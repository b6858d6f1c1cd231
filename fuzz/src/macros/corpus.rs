//! The programs that mutations begin with: those of the tests and examples.

use super::tree::{Tree, trees};
use crate::ir::{Keyword, Kind};
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn, Macro, Meta};

/// A program as an attribute is given it.
#[derive(Clone, Debug)]
pub struct Source {
    pub kind: Kind,
    pub arguments: Vec<Tree>,
    pub item: Vec<Tree>,
}

/// What is found in the repository's programs.
#[derive(Debug, Default)]
pub struct Corpus {
    pub programs: Vec<Source>,
    /// Statements of the language, each with all of its tokens.
    pub statements: Vec<Vec<Tree>>,
}

/// The folders with programs, from the repository's root.
const FOLDERS: [&str; 5] = ["tests/pass", "tests/ui", "tests/promises", "examples", "ppl/tests"];

impl Corpus {
    /// Reads the programs of the repository.
    pub fn read() -> Corpus {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files: Vec<PathBuf> = Vec::new();
        for folder in FOLDERS {
            sources(&root.join(folder), &mut files);
        }
        files.sort();
        let mut corpus = Corpus::default();
        for file in files {
            // A file that is no Rust by itself holds no program.
            if let Ok(file) = std::fs::read_to_string(&file).unwrap_or_default().parse()
                && let Ok(file) = syn::parse2::<syn::File>(file)
            {
                corpus.visit_file(&file);
            }
        }
        corpus
    }
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn attribute(attribute: &Attribute) -> Option<(Kind, TokenStream)> {
    let kind = match attribute.path().get_ident()?.to_string().as_str() {
        "model" => Kind::Model,
        "guide" => Kind::Guide,
        _ => return None,
    };
    Some(match &attribute.meta {
        Meta::List(list) => (kind, list.tokens.clone()),
        _ => (kind, TokenStream::new()),
    })
}

impl<'ast> Visit<'ast> for Corpus {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        let mut item = function.clone();
        let found = item.attrs.iter().enumerate().find_map(|(at, a)| Some((at, attribute(a)?)));
        if let Some((at, (kind, arguments))) = found {
            item.attrs.remove(at);
            let source = Source { kind, arguments: trees(arguments), item: trees(item.into_token_stream()) };
            self.programs.push(source);
        }
        visit::visit_item_fn(self, function);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let last = call.path.segments.last();
        if last.is_some_and(|last| Keyword::ALL.iter().any(|keyword| last.ident == keyword.name())) {
            self.statements.push(trees(call.to_token_stream()));
        }
        visit::visit_macro(self, call);
    }
}
