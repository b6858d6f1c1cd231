//! Small changes of a program's tokens.

use super::corpus::Corpus;
use super::tree::{Tree, trees};
use super::words::{delimiter, word, words};
use crate::campaign::Generator;
use quote::quote;
use rand::RngExt;
use rand::seq::IndexedRandom;

/// A list longer than this grows no more: what is tested is nesting of words, not the depth of the parser's stack.
const LONGEST: usize = 400;

/// Changes one place of the trees.
pub fn mutate(trees: &mut Vec<Tree>, corpus: &Corpus, rng: &mut Generator) {
    if !trees.is_empty() {
        let at = rng.random_range(0..trees.len());
        if let Tree::Group(_, inside) = &mut trees[at]
            && rng.random_bool(0.85)
        {
            return mutate(inside, corpus, rng);
        }
    }
    change(trees, corpus, rng);
}

fn change(trees: &mut Vec<Tree>, corpus: &Corpus, rng: &mut Generator) {
    let length = trees.len();
    let at = if length == 0 { 0 } else { rng.random_range(0..length) };
    let (grows, some) = (length < LONGEST, length > 0);
    match rng.random_range(0..12) {
        0 | 1 if some => drop(trees.remove(at)),
        2 if some && grows => trees.insert(at, trees[at].clone()),
        3 if some => {
            let other = rng.random_range(0..length);
            trees.swap(at, other);
        }
        4 | 5 if some => trees[at] = word(rng),
        6 if grows => trees.insert(at, word(rng)),
        7 if grows => drop(trees.splice(at..at, statement(corpus, rng))),
        8 if some => drop(trees.splice(at..=at, statement(corpus, rng))),
        9 if some => {
            // One bracket around several trees.
            let end = rng.random_range(at..length.min(at + 6)) + 1;
            let inside = trees.drain(at..end).collect();
            trees.insert(at, Tree::Group(delimiter(rng), inside));
        }
        10 if some => {
            if let Tree::Group(_, inside) = trees[at].clone() {
                if rng.random_bool(0.5) {
                    trees.splice(at..=at, inside);
                } else {
                    trees[at] = Tree::Group(delimiter(rng), inside);
                }
            }
        }
        _ if grows => drop(trees.splice(at..at, words(rng, 2))),
        _ => {}
    }
}

fn statement(corpus: &Corpus, rng: &mut Generator) -> Vec<Tree> {
    if rng.random_bool(0.02) {
        return trees(quote!(__ppl_statement!(0)));
    }
    corpus.statements.choose(rng).cloned().unwrap_or_default()
}
