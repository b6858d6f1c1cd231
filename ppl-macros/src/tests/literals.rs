//! Lists of literal numbers that a program indexes.

use super::{assert_contains, text};
use crate::expand;
use crate::ir::Kind;
use proc_macro2::TokenStream;
use quote::quote;

fn expanded(arguments: TokenStream, body: TokenStream) -> String {
    text(expand::attribute(Kind::Model, arguments, quote!(fn program(k: usize) { #body })))
}

#[test]
fn numbers_of_an_indexed_list_are_of_the_element() {
    let body = quote! { let x = [0.0, -3.5, 1e3].at(k); };
    assert_contains(&expanded(quote!(), body.clone()), quote!([0f64, -3.5f64, 1000f64].at(k)));
    if cfg!(feature = "f32") {
        assert_contains(&expanded(quote!(f32), body), quote!([0f32, -3.5f32, 1000f32].at(k)));
    }
    // Lists in lists, references, repetitions.
    let body = quote! { let x = (&[[0.5, 1.], [2.5; 2]]).at(k); };
    assert_contains(&expanded(quote!(), body), quote!((&[[0.5f64, 1f64], [2.5f64; 2]]).at(k)));
}

#[test]
fn so_are_those_of_a_list_with_a_name() {
    let body = quote! {
        let table = [0.5, 1.5];
        let other = [0.5, 1.5];
        observe!("x", Normal::new(table.at(k), 1.0), 0.5);
    };
    let found = expanded(quote!(), body);
    assert_contains(&found, quote!(let table = [0.5f64, 1.5f64];));
    assert_contains(&found, quote!(let other = [0.5, 1.5];));
    // In a statement's arguments too.
    let body = quote! { observe!("x", Normal::new([0.5, 1.5].at(k), 1.0), 0.5); };
    assert_contains(&expanded(quote!(), body), quote!([0.5f64, 1.5f64].at(k)));
}

#[test]
fn what_has_a_type_and_what_is_not_indexed_stay() {
    let body = quote! { let x = [0.5_f32, 1.5_f32].at(k); let y = [1, 2].at(k); let z = [0.5].len(); };
    let found = expanded(quote!(), body);
    assert_contains(&found, quote!([0.5_f32, 1.5_f32].at(k)));
    assert_contains(&found, quote!([1, 2].at(k)));
    assert_contains(&found, quote!([0.5].len()));
}
