use super::{assert_contains, expansion};
use crate::ir::Kind;
use quote::quote;

#[test]
fn a_program_with_a_mistake_keeps_its_signature_and_its_names() {
    let found = expansion(
        Kind::Model,
        quote!(
            pub fn f(mut a: f64, (b, c): (u8, u8)) {
                sample!("z");
            }
        ),
    );
    assert_contains(&found, quote!(::core::compile_error!));
    assert_contains(&found, quote!(pub fn f(a: f64, (b, c): (u8, u8)) -> impl ::ppl::Model<Sites = f::Sites));
    assert_contains(&found, quote!(let _ = &a; let _ = &b; let _ = &c; ::ppl::__private::failed()));
    assert_contains(
        &found,
        quote!(
            pub struct z;
        ),
    );
    assert_contains(
        &found,
        quote! {
            impl ::ppl::__private::SiteOf<f::site::z> for f::Sites { type Support = ::ppl::__private::Unknown; }
        },
    );
    assert_contains(&found, quote!(::ppl::__private::GuidedBy<G> for f::Sites {}));
}

#[test]
fn a_mistake_stands_in_place_of_its_statement() {
    let found = expansion(
        Kind::Model,
        quote!(
            fn f() {
                let z = sample!("z").exp();
                g(z)
            }
        ),
    );
    assert_contains(&found, quote!(let z = ::core::compile_error!));
    assert_contains(&found, quote!(.exp(); g(z)));
}

#[test]
fn what_could_be_read_is_still_expanded() {
    let found = expansion(
        Kind::Model,
        quote!(
            fn f() {
                for i in 0..3 {
                    sample!("z", Normal::new(0.0, 1.0));
                }
            }
        ),
    );
    assert_contains(&found, quote!(::ppl::__private::Name::new("z"), ::ppl::__private::beside));
}

#[test]
fn a_guide_with_a_mistake_answers_everything() {
    let found = expansion(
        Kind::Guide,
        quote!(
            fn f() {
                sample!("z");
            }
        ),
    );
    assert_contains(
        &found,
        quote!(
            impl<S: ?::core::marker::Sized> ::ppl::__private::Answers<S> for f::Sites {}
        ),
    );
    assert!(!found.contains("guided::<"));
}

#[test]
fn an_option_that_does_not_belong_is_still_mentioned() {
    let found = expansion(
        Kind::Model,
        quote!(
            fn f(label: bool) {
                sample!("z", Bernoulli::new(0.5), concrete, given(label));
            }
        ),
    );
    assert_contains(&found, quote!(let _ = &label; ::ppl::__private::model_site));
}

#[test]
fn an_item_of_another_sort_stays() {
    let found = expansion(
        Kind::Model,
        quote!(
            struct Coin;
        ),
    );
    assert_contains(
        &found,
        quote!(
            struct Coin;
        ),
    );
    assert_contains(&found, quote!(::core::compile_error!));
}

#[test]
fn a_method_stays_a_method() {
    let found = expansion(
        Kind::Model,
        quote!(
            fn f(&self, a: f64) -> u8 {
                3
            }
        ),
    );
    assert_contains(
        &found,
        quote!(
            fn f(&self, a: f64) -> u8 {
                let _ = &a;
                ::ppl::__private::failed()
            }
        ),
    );
    assert!(!found.contains("modf"));
}
