//! Sites that are summed out or give plain values, masks, and chains.

use super::{assert_contains, expansion, in_guide, in_model, none, one, sound};
use crate::ir::{Frame, Keyword, Kind};
use proc_macro2::TokenStream;
use quote::quote;

fn program(kind: Kind, body: TokenStream) -> String {
    expansion(kind, quote!(fn f() { #body }))
}

/// Returns a site `z` of `D`: how it begins, and the options that it takes after the distribution.
fn site(begin: TokenStream, options: TokenStream) -> TokenStream {
    let support = quote!(<D as ::ppl::__private::Declared>::Support);
    quote! {
        ::ppl::__private::#begin::<::core::primitive::f64, #support, _>(
            ::ppl::__private::Name::new("z"),
            ::ppl::__private::beside::<#support, _>(D::new())
        ) #options.draw()
    }
}

#[track_caller]
fn assert_site(kind: Kind, written: TokenStream, options: TokenStream) {
    let found = program(kind, quote!(sample!("z", D::new(), #written);));
    let begin = if kind == Kind::Model { quote!(model_site) } else { quote!(guide_site) };
    assert_contains(&found, site(begin, options));
}

#[test]
fn sites_of_a_model() {
    let latent = |written: &TokenStream| {
        program(Kind::Model, quote!(sample!("z", D::new(), #written);)).contains("SiteNameforz")
    };
    for (written, options, is_latent) in [
        (quote!(enumerate), quote!(.enumerated()), false),
        (quote!(given(x), enumerate), quote!(.enumerated().given::<_>(x)), false),
        (quote!(given(x)), quote!(.given::<_>(x)), true),
        (quote!(concrete), quote!(.concrete()), true),
        (quote!(enumerate, concrete), quote!(.enumerated().concrete()), false),
        (quote!(concrete, enumerate), quote!(.enumerated().concrete()), false),
    ] {
        assert_eq!(latent(&written), is_latent, "{written}");
        assert_site(Kind::Model, written, options);
    }
}

#[test]
fn a_guide_owes_nothing_that_is_summed_out() {
    let found = program(Kind::Model, quote!(sample!("z", D::new(), enumerate);));
    assert!(!found.contains("SiteName") && !found.contains("Answers<f::site::z>"), "{found}");
}

#[test]
fn sites_of_a_guide() {
    for (written, options) in [
        (quote!(enumerate), quote!(.enumerated())),
        (quote!(Score), quote!(.by::<_>(Score))),
        (quote!(Score, given(x)), quote!(.given::<_>(x).by::<_>(Score))),
        (quote!(enumerate, given(x)), quote!(.enumerated().given::<_>(x))),
        (quote!(concrete), quote!(.concrete())),
        (quote!(concrete, Score), quote!(.concrete().by::<_>(Score))),
        (quote!(concrete, enumerate), quote!(.enumerated().concrete())),
        (quote!(auxiliary, enumerate), quote!(.auxiliary().enumerated())),
        (quote!(auxiliary, concrete), quote!(.auxiliary().concrete())),
        (quote!(auxiliary, concrete, enumerate), quote!(.auxiliary().enumerated().concrete())),
    ] {
        assert_site(Kind::Guide, written, options);
    }
}

#[test]
fn an_enumerated_site_of_a_guide_answers_the_models() {
    let item = quote!(
        fn g() {
            sample!("z", D::new(), enumerate);
        }
    );
    let found = super::text(crate::expand::attribute(Kind::Guide, quote!(m), item));
    assert_contains(&found, quote!(impl ::ppl::__private::Answers<m::site::z> for g::Sites {}));
    assert_contains(&found, quote!(::ppl::__private::SiteOf < m::site::z >> ::Support));
}

#[test]
fn masks_wrap_the_call() {
    let call = site(quote!(model_site), quote!(.enumerated()));
    assert_contains(
        &program(Kind::Model, quote!(sample!("z", D::new(), enumerate, mask(m[0]));)),
        quote!(::ppl::__private::masked(m[0], || #call)),
    );
    assert_contains(
        &program(Kind::Model, quote!(observe!("x", d, 1.0, mask(m));)),
        quote!(::ppl::__private::masked(m, || ::ppl::__private::observe::<::core::primitive::f64, _, _>(
            ::ppl::__private::Name::new("x"),
            d,
            1.0
        ))),
    );
    assert_contains(
        &program(Kind::Guide, quote!(plate!("n", 3, subsample(2), mask(m), move |_i: Index| -> Real { 1 });)),
        quote! {
            ::ppl::__private::plate::<::core::primitive::f64, _, _, _>(
                ::ppl::__private::Name::new("n"),
                3,
                ::ppl::__private::Subsample(2),
                move |index| -> Real {
                    ::ppl::__private::masked(::ppl::__private::element_of(&m, index), || -> Real {
                        let _i: Index = index;
                        1
                    })
                }
            )
        },
    );
}

#[test]
fn a_chain_is_summed_out_if_one_of_its_own_sites_is() {
    let function = |body: TokenStream| {
        let found = program(Kind::Model, quote!(markov!("c", 9, start, |prev, t| #body);));
        match (found.contains("markov_chain::<"), found.contains("markov_steps::<")) {
            (chain, false) => chain,
            (false, true) => false,
            _ => panic!("two chains in {found}"),
        }
    };
    assert!(function(quote!(sample!("z", D::new(), enumerate))));
    assert!(function(quote!(plate!("n", 3, |i| f(sample!("z", D::new(), enumerate, given(1)))))));
    assert!(!function(quote!(sample!("z", D::new()))));
    assert!(!function(quote!(prev)));
}

#[test]
fn a_chain_does_not_answer_for_one_inside_it() {
    let inner = quote!(markov!("d", 2, start, |prev, t| sample!("z", D::new(), enumerate)));
    let found = program(Kind::Model, quote!(markov!("c", 9, start, |prev, t| { #inner; prev });));
    assert!(found.contains("markov_steps::<") && found.contains("markov_chain::<"), "{found}");
}

#[test]
fn chains() {
    let chain = |function, lengths, body| {
        quote! {
            ::ppl::__private::#function::<::core::primitive::f64, _, _, _>(
                ::ppl::__private::Name::new("c"), 9, start, #lengths, #body
            )
        }
    };
    assert_contains(
        &program(Kind::Model, quote!(markov!("c", 9, start, |(a, b), _| (b, a));)),
        chain(quote!(markov_steps), quote!(::ppl::__private::Unending), quote!(|(a, b), _| (b, a))),
    );
    let body = site(quote!(guide_site), quote!(.enumerated()));
    assert_contains(
        &program(
            Kind::Guide,
            quote!(markov!("c", 9, start, lengths(n), |prev, t| sample!("z", D::new(), enumerate));),
        ),
        chain(quote!(markov_chain), quote!(n), quote!(|prev, t| #body)),
    );
}

#[test]
fn sites_of_a_chain_need_no_index_of_their_own() {
    none(in_model(quote! {
        plate!("n", 3, |i| markov!("c", 9, start, |prev, t| {
            plate!("m", 2, |j| sample!("z", D::new(), enumerate));
            observe!("x", D::new(), x.at(i).at(t));
            prev
        }));
    }));
    none(in_guide(quote!(for k in 0..3 {
        markov!("c", 9, start, |prev, t| sample!("z"[k], D::new()));
    })));
    let z = quote!(sample!("z", D::new()));
    one(
        in_guide(quote!(for k in 0..3 {
            markov!("c", 9, start, |prev, t| #z);
        })),
        "without an index",
    );
    one(in_model(quote!(markov!("c", 9, start, |prev, t| run(|| #z));)), "in a closure");
    one(in_model(quote!(markov!("c", 9, start, |prev, t| #z); #z;)), "stands twice");
    let found = sound(
        Kind::Model,
        quote!(
            fn f() {
                markov!("c", 9, start, |prev, t| #z);
            }
        ),
    );
    assert_eq!(found.statements[0].keyword, Keyword::Markov);
    assert_eq!(found.statements[1].place.0, [Frame::Markov]);
}

#[test]
fn bodies_of_chains() {
    one(in_model(quote!(markov!("c", 9, start, f);)), "a closure of the state before and the time");
    one(in_model(quote!(markov!("c", 9, start, |prev| 1);)), "takes two parameters");
    one(in_model(quote!(markov!("c", 9, start, || 1);)), "`|prev, t| ..`, got 0");
    one(in_model(quote!(markov!("c", 9, start, async |prev, t| 1);)), "body of a chain cannot be `async`");
    one(in_model(quote!(markov!("c", 9, |prev, t| 1);)), "has too few arguments; write `markov!(");
    one(in_model(quote!(markov!("c", 9, start, length(n), |prev, t| 1);)), "did you mean `lengths(n)`?");
    one(in_model(quote!(markov!("c", 9, start, lengths, |prev, t| 1);)), "takes one value: `lengths(n)`");
    one(in_model(quote!(markov!("c", 9, s, lengths(n), lengths(n), |p, t| 1);)), "`lengths` given twice");
    one(in_model(quote!(markov!("c", 9, start, 4, |prev, t| 1);)), "takes no further argument");
}

#[test]
fn what_the_words_ask_of_each_other() {
    one(in_model(quote!(sample!("z", D::new(), enumerate, concrete, given(x));)), "remove `concrete`");
    one(in_guide(quote!(sample!("z", D::new(), concrete, given(x));)), "remove `concrete`");
    one(in_guide(quote!(sample!("z", D::new(), auxiliary, given(x));)), "nothing observes its labels");
    one(in_guide(quote!(sample!("z", D::new(), enumerate, Score);)), "needs no estimator");
    one(in_model(quote!(sample!("z", D::new(), enumerate, Score);)), "no gradient estimator");
    one(in_guide(quote!(sample!("z", D::new(), concrete, Pathwise);)), "has no pathwise gradient");
    one(in_guide(quote!(sample!("z", D::new(), ppl::Pathwise, concrete);)), "has no pathwise gradient");
}

#[test]
fn a_concrete_site_stands_in_nothing_that_is_batched() {
    let z = quote!(sample!("z", D::new(), concrete));
    one(in_model(quote!(plate!("n", 3, |i| if a { #z });)), "cannot stand in a plate");
    one(in_guide(quote!(markov!("c", 3, s, |prev, t| #z);)), "cannot stand in a chain");
    one(in_model(quote!(for i in 0..3 { #z; })), "without an index");
    none(in_model(quote!(while sample!("z"[i], D::new(), concrete) {
        i += 1;
    })));
}

#[test]
fn a_name_is_summed_out_in_every_branch_or_in_none() {
    let (latent, summed) = (quote!(sample!("z", D::new())), quote!(sample!("z", D::new(), enumerate)));
    one(in_model(quote!(if a { #latent } else { #summed })), "summed out in one branch");
    one(in_model(quote!(match a { 0 => #summed, _ => #latent })), "summed out in one branch");
    one(in_model(quote!(#summed; #latent;)), "stands twice");
    none(in_model(quote!(if a { #summed } else { #summed })));
    none(in_guide(quote!(if a { #summed } else { #latent })));
}

#[test]
fn options_are_known_and_given_once() {
    one(in_model(quote!(sample!("z", D::new(), enumrate);)), "did you mean `enumerate`?");
    one(in_guide(quote!(sample!("z", D::new(), concret);)), "did you mean `concrete`?");
    one(in_model(quote!(sample!("z", D::new(), enumerate, givn(x));)), "did you mean `given(label)`?");
    one(in_model(quote!(sample!("z", D::new(), enumerate, enumerate);)), "`enumerate` given twice");
    one(in_model(quote!(sample!("z", D::new(), mask(a), mask(b));)), "`mask` given twice");
    one(in_model(quote!(sample!("z", D::new(), enumerate(3));)), "`enumerate` takes no argument");
    one(in_model(quote!(sample!("z", D::new(), enumerate, given);)), "takes one value: `given(label)`");
    one(in_guide(quote!(sample!("z", D::new(), mask());)), "takes one value: `mask(keep)`");
    one(in_model(quote!(observe!("z", D::new(), 1.0, masc(m));)), "did you mean `mask(keep)`?");
    one(in_model(quote!(observe!("z", D::new(), 1.0, mask(m), mask(m));)), "`mask` given twice");
    one(in_model(quote!(observe!("z", D::new(), 1.0, enumerate);)), "unknown option `enumerate`");
    one(in_model(quote!(plate!("n", 3, mask(a), mask(b), |i| 1);)), "`mask` given twice");
    one(in_model(quote!(plate!("n", 3, mask, |i| 1);)), "takes one value: `mask(keep)`");
    // A guide's function may return an estimator.
    none(in_guide(quote!(sample!("z", D::new(), make(3));)));
}
