//! Tokens by themselves: words of Rust and of the language, and literals of every sort.

use super::tree::Tree;
use crate::campaign::Generator;
use proc_macro2::{Delimiter, Ident, Literal, Punct, Spacing, Span, TokenTree};
use rand::RngExt;
use rand::seq::IndexedRandom;

const WORDS: &[&str] = &[
    "sample",
    "observe",
    "factor",
    "penalty",
    "deterministic",
    "noise",
    "param",
    "plate",
    "markov",
    "call",
    "auxiliary",
    "enumerate",
    "up_to",
    "concrete",
    "given",
    "mask",
    "weight",
    "free_bits",
    "evaluation",
    "lengths",
    "subsample",
    "in_order",
    "on",
    "model",
    "guide",
    "ppl",
    "__private",
    "__ppl_statement",
    "Model",
    "Guide",
    "Normal",
    "Bernoulli",
    "new",
    "expand",
    "Score",
    "Pathwise",
    "Positive",
    "RealLine",
    "f32",
    "f64",
    "x",
    "y",
    "i",
    "t",
    "fn",
    "let",
    "mut",
    "ref",
    "move",
    "async",
    "await",
    "const",
    "static",
    "unsafe",
    "extern",
    "impl",
    "dyn",
    "for",
    "while",
    "loop",
    "if",
    "else",
    "match",
    "return",
    "break",
    "continue",
    "in",
    "as",
    "where",
    "pub",
    "use",
    "mod",
    "struct",
    "enum",
    "union",
    "trait",
    "type",
    "crate",
    "self",
    "Self",
    "super",
    "true",
    "false",
    "gen",
    "yield",
    "try",
    "macro_rules",
    "vec",
    "println",
    "_",
    "box",
    "safe",
    "raw",
    "cfg",
    "derive",
    "doc",
];

const LITERALS: &[&str] = &[
    "\"z\"",
    "\"\"",
    "\"mu\"",
    "\"type\"",
    "\"self\"",
    "\"Self\"",
    "\"crate\"",
    "\"_\"",
    "\"__\"",
    "\"r#type\"",
    "\"r#z\"",
    "\"a b\"",
    "\"0a\"",
    "\"é\"",
    "\"e\\u{301}\"",
    "\"ℝ\"",
    "\"z\"suffix",
    "\"z\\n\"",
    "\" z\"",
    "\"z \"",
    "\"z/**/\"",
    "\"gen\"",
    "\"'a\"",
    "\"\\u{0}\"",
    "r\"z\"",
    "r#\"z\"#",
    "b\"z\"",
    "c\"z\"",
    "'z'",
    "b'z'",
    "0",
    "1",
    "3",
    "1usize",
    "18446744073709551616",
    "0x7f",
    "0b1",
    "1_000",
    "1.0",
    "0.5",
    "2e300",
    "1.0f32",
    "1f32",
    "1.",
    "340282366920938463463374607431768211456u128",
];

const PUNCTUATION: &[char] = &[
    '+', '-', '*', '/', '%', '^', '!', '&', '|', '=', '<', '>', '@', '.', ',', ';', ':', '#', '$', '?', '~',
    '\'',
];

/// Returns a random token.
pub fn word(rng: &mut Generator) -> Tree {
    Tree::Leaf(match rng.random_range(0..10) {
        0..4 => ident(rng),
        4..6 => literal(rng),
        _ => {
            let mark = *PUNCTUATION.choose(rng).unwrap_or(&',');
            let joint = mark == '\'' || rng.random_bool(0.3);
            Punct::new(mark, if joint { Spacing::Joint } else { Spacing::Alone }).into()
        }
    })
}

fn ident(rng: &mut Generator) -> TokenTree {
    let word = WORDS.choose(rng).unwrap_or(&"x");
    let raw = rng.random_bool(0.05) && !["_", "self", "Self", "super", "crate"].contains(word);
    let span = Span::call_site();
    TokenTree::Ident(if raw { Ident::new_raw(word, span) } else { Ident::new(word, span) })
}

fn literal(rng: &mut Generator) -> TokenTree {
    let text = LITERALS.choose(rng).unwrap_or(&"0");
    TokenTree::Literal(text.parse().unwrap_or_else(|_| Literal::string(text)))
}

/// Returns random trees, groups among them up to this depth.
pub fn words(rng: &mut Generator, depth: usize) -> Vec<Tree> {
    let count = rng.random_range(0..12);
    let tree = |_| if depth > 0 && rng.random_bool(0.25) { group(rng, depth - 1) } else { word(rng) };
    (0..count).map(tree).collect()
}

fn group(rng: &mut Generator, depth: usize) -> Tree {
    Tree::Group(delimiter(rng), words(rng, depth))
}

/// Returns a random sort of brackets; invisible ones are what `macro_rules!` puts around its fragments.
pub fn delimiter(rng: &mut Generator) -> Delimiter {
    let all = [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];
    *all.choose(rng).unwrap_or(&Delimiter::Parenthesis)
}
