use super::{in_guide, in_model, mistakes, none, one};
use crate::expand;
use crate::ir::Kind;
use proc_macro2::TokenStream;
use quote::quote;

fn site(name: &str) -> TokenStream {
    quote!(sample!(#name, Normal::new(0.0, 1.0)))
}

#[test]
fn programs_of_f32_need_the_feature() {
    let mistakes = |arguments| {
        let (_, error) = expand::read(
            Kind::Model,
            arguments,
            quote!(
                fn program() {}
            ),
        );
        error.into_iter().flatten().map(|error| error.to_string()).collect()
    };
    none(mistakes(quote!(f64)));
    if cfg!(feature = "f32") {
        none(mistakes(quote!(f32)));
    } else {
        one(mistakes(quote!(f32)), "need the feature `f32`");
    }
}

#[test]
fn names_are_literals_that_are_identifiers() {
    one(in_model(quote!(sample!(name, Normal::new(0.0, 1.0));)), "a string literal");
    one(in_model(quote!(sample!(b"z", Normal::new(0.0, 1.0));)), "a string literal");
    one(in_model(quote!(sample!(names[0], Normal::new(0.0, 1.0));)), "a string literal");
    for name in ["", " ", "a b", "a.b", "1", "-", "a-b", "r#a", "_", "a\n", "a/* */"] {
        one(in_model(site(name)), "is not an identifier");
    }
    for name in ["fn", "self", "Self", "crate", "async", "gen", "dyn"] {
        one(in_model(site(name)), "is a word of Rust");
    }
    for name in ["z", "_z", "Z9", "str", "union", "auto", "größe"] {
        none(in_model(site(name)));
    }
    none(in_model(quote!(sample!("z"[0], Normal::new(0.0, 1.0));)));
}

#[test]
fn a_name_belongs_to_one_site() {
    let found = in_model(quote! { sample!("z", N::new()); observe!("z", N::new(), 1.0); });
    assert_eq!(found, ["site `z` stands twice in this model; give the second its own name"]);
    one(in_guide(quote! { sample!("z", N::new()); { call!("z", f()) } }), "stands twice in this guide");
    none(in_model(quote! { param!("z", 1.0); param!("z", 1.0); sample!("z", N::new()); }));
    none(in_model(quote! { plate!("n", 3, |i| 1); plate!("n", 3, |i| 1); }));
}

#[test]
fn branches_exclude_each_other() {
    let z = site("z");
    none(in_model(quote!(if a { #z } else if b { #z } else { #z })));
    none(in_model(quote!(match a { 0 => #z, 1 => { #z } _ => if b { #z } else { #z } })));
    // A condition runs before its branches, a guard before later arms.
    one(in_model(quote!(if f(#z) { #z })), "stands twice");
    one(in_model(quote!(match a { _ if f(#z) => 0, _ => #z })), "stands twice");
    // Two branches one after the other may both be taken.
    one(in_model(quote!(if a { #z } if b { #z })), "stands twice");
}

#[test]
fn a_prefix_calls_one_program() {
    one(in_model(quote!(if a { call!("c", f()) } else { call!("c", g()) })), "calls another program");
    none(in_model(quote!(if a { call!("c", f(1)) } else { call!("c", f::<T>(2)) })));
}

#[test]
fn loops_need_an_index() {
    let z = site("z");
    for repeated in
        [quote!(for i in 0..3 { #z; }), quote!(while a { { #z; } }), quote!(loop { if a { #z; } break; })]
    {
        one(in_model(repeated), "add one: `sample!(\"z\"[i], ..)`");
    }
    // A plate met again is the same one; what it draws is not.
    none(in_model(quote!(for i in 0..3 {
        plate!("n", 3, |i| param!("p", 1.0));
    })));
    one(
        in_model(quote!(for i in 0..3 {
            plate!("n", 3, |i| #z);
        })),
        "sample!(\"z\"[i], ..)",
    );
    one(
        in_guide(quote!(for i in 0..3 {
            call!("c", f());
        })),
        "call!(\"c\"[i], ..)",
    );
    none(in_model(quote!(for i in 0..3 {
        sample!("z"[i], N::new());
        param!("p", 1.0);
    })));
    none(in_model(quote!(for i in f(#z) { g(i) })));
    one(in_model(quote!(while f(#z) {})), "in a loop without an index");
}

#[test]
fn sites_stand_in_no_closure_but_a_plates() {
    let z = site("z");
    one(in_model(quote!((0..3).map(|_| #z);)), "in a closure that is not a plate's body");
    one(in_model(quote!(for i in 0..3 { run(|| #z); })), "in a closure that is not a plate's body");
    one(in_model(quote!(plate!("n", 3, |i| run(|| #z));)), "in a closure that is not a plate's body");
    one(in_model(quote!(param!("p", #z);)), "in the initial value of a parameter");
    none(in_model(quote!(plate!("n", 3, |i| plate!("m", 4, move |j| #z));)));
    none(in_model(quote!(run(|| param!("p", 1.0));)));
}

#[test]
fn what_a_model_and_a_guide_do_not_have() {
    one(in_guide(quote!(observe!("x", N::new(), 1.0);)), "only a model has observations");
    one(in_model(quote!(sample!("z", N::new(), Score::new());)), "no gradient estimator");
    one(in_model(quote!(sample!("z", N::new(), auxiliary);)), "a model has none");
    one(in_model(quote!(call!("c", f(), auxiliary);)), "a model has none");
    none(in_guide(quote!(call!("c", f(), auxiliary);)));
}

#[test]
fn options() {
    one(in_guide(quote!(sample!("z", N::new(), auxilary);)), "did you mean `auxiliary`?");
    one(in_guide(quote!(sample!("z", N::new(), enumrate);)), "did you mean `enumerate`?");
    one(in_model(quote!(sample!("z", N::new(), concret);)), "did you mean `concrete`?");
    one(in_guide(quote!(sample!("z", N::new(), gibberish);)), "unknown option `gibberish`, expected");
    one(in_guide(quote!(sample!("z", N::new(), om(Positive));)), "did you mean `on(Support)`?");
    one(in_model(quote!(sample!("z", N::new(), concrete, given(x));)), "remove `concrete`");
    one(
        in_model(quote!(sample!("z", N::new(), free_bits(x), free_bits(y).of_mean());)),
        "`free_bits` given twice",
    );
    one(in_guide(quote!(sample!("z", N::new(), free_bits(y).of_mean());)), "`free_bits`");
    one(in_guide(quote!(sample!("z", N::new(), auxiliary, auxiliary);)), "`auxiliary` given twice");
    one(in_guide(quote!(sample!("z", N::new(), on(A), on(B));)), "`on` given twice");
    one(in_guide(quote!(sample!("z", N::new(), A::new(), B);)), "`a gradient estimator` given twice");
    one(in_guide(quote!(sample!("z", N::new(), on());)), "`on` takes one support");
    one(in_guide(quote!(sample!("z", N::new(), on(A, B));)), "`on` takes one support");
    one(in_guide(quote!(call!("z", f(), auxiliry);)), "did you mean `auxiliary`?");
    none(in_guide(quote!(let mine = f(); sample!("z", N::new(), mine);)));
    none(in_guide(quote!(sample!("z", N::new(), make_estimator(3)); sample!("y", N::new(), LeaveOneOut);)));
    none(in_guide(quote!(sample!("z", n, auxiliary, on(Pair<A, B>), E::new(),);)));
}

#[test]
fn plates() {
    one(in_model(quote!(plate!("n", 3, f);)), "a closure of the index");
    one(in_model(quote!(plate!("n", 3, || 1);)), "takes one parameter, its index: `|i| ..`, got 0");
    one(in_model(quote!(plate!("n", 3, |i, j| 1);)), "got 2");
    one(in_model(quote!(plate!("n", 3, async |i| 1);)), "cannot be `async`");
    one(in_model(quote!(plate!("n", 3, subsamples(2), |i| 1);)), "did you mean `subsample(m)`?");
    one(in_model(quote!(plate!("n", 3, subsample, |i| 1);)), "takes the number of rows");
    one(in_model(quote!(plate!("n", 3, in_order(), |i| 1);)), "takes the number of rows");
    one(in_model(quote!(plate!("n", 3, of, |i| 1);)), "takes the number of rows");
    one(in_model(quote!(plate!("n", 3, subsample(1), of(2), |i| 1);)), "given twice");
    one(in_model(quote!(plate!("n", 3, subsample(1), in_order(2), |i| 1);)), "given twice");
    one(in_model(quote!(plate!("n", 3, 4, |i| 1);)), "takes no further argument");
    none(in_model(quote!(plate!("n", 3, in_order(2), |(i)| 1);)));
}

#[test]
fn arguments() {
    for few in [
        quote!(sample!("z");),
        quote!(observe!("z", N::new());),
        quote!(param!("z",);),
        quote!(plate!("z", |i| 1);),
        quote!(call!("z");),
    ] {
        one(in_model(few), "has too few arguments; write");
    }
    one(in_model(quote!(sample!();)), "`sample!` has no arguments; write `sample!(\"name\", distribution)`");
    one(in_model(quote!(param!("z", 1, 2, 3);)), "takes no further argument");
    one(in_model(quote!(observe!("z", N::new(), 2, 3);)), "takes no further argument");
    one(in_model(quote!(sample!("z" N::new());)), "expected `,`");
    one(in_model(quote!(sample!("z", let);)), "an argument of `sample!` is not an expression; write");
    one(in_model(quote!(call!("z", f);)), "the call of a program by its path");
    one(in_model(quote!(call!("z", (f)());)), "the call of a program by its path");
    one(in_model(quote!(call!("z", <A as B>::f());)), "the call of a program by its path");
}

#[test]
fn supports_are_read_off_constructors_only() {
    for unreadable in [
        quote!(prior),
        quote!(normal(0.0)),
        quote!(priors::normal(0.0)),
        quote!(Normal::new(0.0, 1.0).wide()),
        quote!(<N as D>::new()),
        quote!(if a { N::new() } else { N::new() }),
        quote!(Self::new()),
    ] {
        one(in_model(quote!(sample!("z", #unreadable);)), "cannot be read off");
        none(in_model(quote!(sample!("z", #unreadable, on(RealLine));)));
    }
    for readable in [
        quote!(Normal::new(0.0, 1.0).expand(&[3])),
        quote!((Normal::new(0.0, 1.0).expand(&[3])).expand(&[3])),
        quote!(dist::Normal::new(0.0, 1.0)),
    ] {
        none(in_model(quote!(sample!("z", #readable);)));
    }
    one(in_model(quote!(sample!("z", prior.expand(&[3]));)), "cannot be read off");
    none(in_model(quote!(match kind {
        Normal => 0,
        _ => sample!("z", Normal::new(0.0, 1.0)),
    })));
    let generic = quote!(
        fn program<D: New>() {
            sample!("z", D::new());
        }
    );
    one(mistakes(Kind::Model, generic), "cannot be read off");
}

#[test]
fn signatures() {
    // As text, because rustfmt would lay out each item over several lines.
    let model = |item: &str| mistakes(Kind::Model, item.parse().expect("tokens"));
    one(model("async fn f() {}"), "cannot be `async`");
    one(model("unsafe fn f() {}"), "cannot be `unsafe`");
    one(model("const fn f() {}"), "cannot be `const`");
    one(model("extern \"C\" fn f() {}"), "cannot be `extern`");
    one(model("fn f(&self) {}"), "cannot be a method");
    one(model("fn f(mut a: f64) {}"), "cannot be `mut`");
    one(model("fn f(a: f64, ...) {}"), "cannot be variadic");
    one(model("fn f() -> impl Fn() {}"), "name the type that it returns");
    one(model("fn f() -> Vec<(u8, impl Fn())> {}"), "name the type that it returns");
    one(model("struct S;"), "belongs on a free function with a body");
    one(model("fn f();"), "belongs on a free function with a body");
    one(model("fn f() { 1 + }"), "expected an expression");
}

#[test]
fn a_word_of_rust_is_no_model() {
    for arguments in [quote!(try), quote!(models::try), quote!(3), quote!(if)] {
        let (_, error) = expand::read(
            Kind::Guide,
            arguments,
            quote!(
                fn f() {}
            ),
        );
        let found = error.into_iter().flatten().map(|error| error.to_string()).collect();
        one(found, "not expected here; `#[guide]` takes");
    }
}

#[test]
fn the_name_of_a_placeholder_is_taken() {
    // It would stand for the statement that it stands in.
    let found = in_model(quote!(sample!("z", f(__ppl_statement!(0)), on(RealLine));));
    one(found, "one of the library's own");
    one(in_guide(quote!(let __ppl_statement = 1;)), "one of the library's own");
}

#[test]
fn every_mistake_is_reported_at_once() {
    let found = in_guide(quote! {
        sample!("1", N::new());
        for i in 0..3 { sample!("z", n); }
        observe!("x", N::new(), 1.0);
    });
    assert_eq!(found.len(), 4, "{found:#?}");
}
