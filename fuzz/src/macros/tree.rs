//! Token trees that can be taken apart, which those of `proc_macro2` cannot.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// One token, or a group with what stands in it.
#[derive(Clone, Debug)]
pub enum Tree {
    Leaf(TokenTree),
    Group(Delimiter, Vec<Tree>),
}

/// Returns the trees of a stream.
pub fn trees(tokens: TokenStream) -> Vec<Tree> {
    let tree = |token| match token {
        TokenTree::Group(group) => Tree::Group(group.delimiter(), trees(group.stream())),
        leaf => Tree::Leaf(leaf),
    };
    tokens.into_iter().map(tree).collect()
}

/// Returns the stream of trees.
pub fn tokens(trees: &[Tree]) -> TokenStream {
    let token = |tree: &Tree| match tree {
        Tree::Group(delimiter, inside) => TokenTree::Group(Group::new(*delimiter, tokens(inside))),
        Tree::Leaf(leaf) => leaf.clone(),
    };
    trees.iter().map(token).collect()
}

/// Returns the lists that are left when some trees are taken away: the larger parts first, then what stands in groups.
pub fn fewer(trees: &[Tree]) -> Vec<Vec<Tree>> {
    let mut found = Vec::new();
    let mut width = trees.len();
    while width > 0 {
        for from in (0..trees.len()).step_by(width) {
            let mut rest = trees.to_vec();
            rest.drain(from..(from + width).min(trees.len()));
            found.push(rest);
        }
        width /= 2;
    }
    for (at, tree) in trees.iter().enumerate() {
        if let Tree::Group(delimiter, inside) = tree {
            for smaller in fewer(inside) {
                let mut rest = trees.to_vec();
                rest[at] = Tree::Group(*delimiter, smaller);
                found.push(rest);
            }
        }
    }
    found
}
