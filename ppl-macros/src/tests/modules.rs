use super::{assert_contains, expansion, in_guide, in_model, mistakes, none, one, sound};
use crate::expand;
use crate::ir::{Element, Kind};
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the mistakes of a module with this body.
fn in_module(body: TokenStream) -> Vec<String> {
    mistakes(Kind::Module, quote!(fn net() -> Net { #body }))
}

#[test]
fn a_module_has_parameters_and_modules() {
    none(in_module(quote! { Net { w: param!("w", 0.5), inner: module!("inner", dense(3, 2)) } }));
    none(in_module(quote!(for k in 0..3 { layers.push(module!("layer"[k], dense(3, 2))); } Net { layers })));
    for statement in [
        quote!(sample!("z", Normal::new(0.0, 1.0), Score)),
        quote!(observe!("z", Normal::new(0.0, 1.0), 1.0)),
        quote!(factor!("z", 1.0)),
        quote!(penalty!("z", 1.0)),
        quote!(deterministic!("z", 1.0)),
        quote!(noise!("z", Normal::new(0.0, 1.0))),
        quote!(plate!("z", 3, |i| 1.0)),
        quote!(markov!("z", 3, 0.0, |a, t| a)),
        quote!(call!("z", program())),
    ] {
        one(
            in_module(quote!(#statement; #statement)).split_off(1),
            "which has parameters and other modules alone",
        );
    }
}

#[test]
fn a_name_stands_once_in_a_module() {
    one(
        in_module(quote! { param!("w", 0.5); param!("w", 0.5) }),
        "parameter `w` stands twice in this module",
    );
    one(
        in_module(quote! { param!("w", 0.5); module!("w", f()) }),
        "`w` is the name of a parameter of this module; give this module its own name",
    );
    one(
        in_model(quote! { module!("w", f()); factor!("w", 0.5) }),
        "`w` is the name of a module of this model; give this site its own name",
    );
    none(in_module(quote!(if a { param!("w", 0.5) } else { param!("w", 1.5) })));
    one(
        in_module(quote!(for k in 0..3 {
            param!("w", 0.5);
        })),
        "`param!(\"w\"[i], ..)`",
    );
}

#[test]
fn a_module_is_made_once_outside_of_what_repeats() {
    none(in_model(quote! { let net = module!("net", f()); plate!("n", 3, |i| net.apply(i)); }));
    none(in_guide(quote! { let net = module!("/net", f(3)); let other = module!("net", g()); }));
    one(in_model(quote!(plate!("n", 3, |i| module!("net", f()).apply(i)))), "is made in the body of a plate");
    one(
        in_guide(quote!(markov!("t", 3, x, |a, t| module!("net", f()).apply(a)))),
        "is made in the body of a chain",
    );
    one(
        in_model(quote! { module!("net", f()); module!("net", f()) }),
        "module `net` stands twice in this model",
    );
    one(in_model(quote! { module!("/net", f()); module!("/net", f()) }), "module `/net` stands twice");
    one(
        in_guide(quote! { sample!("net", N::new()); module!("net", f()) }),
        "`net` is the name of a site of this guide; give this module its own name",
    );
    one(
        in_model(quote!(for k in 0..3 {
            module!("net", f());
        })),
        "`module!(\"net\"[i], ..)`",
    );
    one(in_model(quote!(param!("w", module!("net", f())))), "initial value of a parameter");
    none(in_model(quote!(let nets: Vec<_> = (0..3).map(|k| module!("net"[k], f())).collect();)));
}

#[test]
fn names_of_modules_are_identifiers_after_a_slash() {
    for name in ["", "/", "//a", "a/b", "/a/b", "1"] {
        one(in_model(quote!(module!(#name, f()))), "is not an identifier");
    }
    one(in_model(quote!(module!("/fn", f()))), "the name `fn` is a word of Rust");
    one(in_model(quote!(sample!("/z", Normal::new(0.0, 1.0)))), "is not an identifier");
    one(
        in_model(quote!(module!("net"))),
        "`module!` has too few arguments; write `module!(\"name\", function(..))`",
    );
    one(in_model(quote!(module!("net", f(), 3))), "takes no further argument");
}

#[test]
fn the_element_may_be_a_type_parameter() {
    let read = |arguments| {
        let (program, error) = expand::read(
            Kind::Module,
            arguments,
            quote!(
                fn net<E: Element>() -> Net<E> {
                    f()
                }
            ),
        );
        (program.unwrap().element, error.into_iter().flatten().map(|e| e.to_string()).collect::<Vec<_>>())
    };
    let (element, found) = read(quote!(E));
    assert!(matches!(element, Element::Parameter(name) if name == "E"));
    none(found);
    one(read(quote!(F)).1, "`#[module]` takes nothing, an element type or a type parameter of the function");
    one(read(quote!(f64, net)).1, "not expected here");
}

#[test]
fn it_becomes_a_function_alone() {
    assert_eq!(
        sound(
            Kind::Module,
            quote!(
                fn net(mut n: usize) -> Net {
                    n += 1;
                    f(n)
                }
            )
        )
        .statements
        .len(),
        0
    );
    let expansion = expansion(
        Kind::Module,
        quote!(
            pub fn net(n: usize) -> Net {
                Net { w: param!("w", 0.5) }
            }
        ),
    );
    assert_contains(
        &expansion,
        quote!(pub fn net(n: usize) -> impl ::ppl::Module<Element = ::core::primitive::f64, Output = Net>),
    );
    assert!(!expansion.contains("modnet"), "{expansion}");
    let of_session = super::expansion(
        Kind::Model,
        quote!(
            fn m() {
                module!("/net"[3], f());
            }
        ),
    );
    assert_contains(&of_session, quote!(::ppl::__private::module_of_session::<::core::primitive::f64, _, _>));
    assert_contains(&of_session, quote!(::ppl::__private::Name::new("net").at(3)));
}
