fn regimes(
    y: &[f64],
    seen: &[bool],
    labels: &[Option<usize>],
) -> impl ::ppl::Model<Sites = regimes::Sites, Element = ::core::primitive::f64, Output = ()> {
    ::ppl::__private::model::<regimes::Sites, ::core::primitive::f64, (), _>(move || -> () {
        ::ppl::__private::remember!(y);
        ::ppl::__private::remember!(seen);
        ::ppl::__private::remember!(labels);
        ::ppl::__private::plate::<::core::primitive::f64, _, _, _>(
            ::ppl::__private::Name::new("word"),
            labels.len(),
            ::ppl::__private::Whole,
            |index| {
                ::ppl::__private::masked(::ppl::__private::element_of(&seen, index), || {
                    let i = index;
                    ::ppl::__private::model_site::<
                        ::core::primitive::f64,
                        <Categorical as ::ppl::__private::Declared>::Support,
                        _,
                    >(
                        ::ppl::__private::Name::new("tag"),
                        ::ppl::__private::beside::<<Categorical as ::ppl::__private::Declared>::Support, _>(
                            Categorical::new(rates()),
                        ),
                    )
                    .enumerated()
                    .given::<_>(labels.at(i))
                    .draw();
                })
            },
        );
        ::ppl::__private::markov_chain::<::core::primitive::f64, _, _, _>(
            ::ppl::__private::Name::new("day"),
            y.len(),
            first(),
            ::ppl::__private::Unending,
            |prev, t| {
                let regime = ::ppl::__private::model_site::<
                    ::core::primitive::f64,
                    <Categorical as ::ppl::__private::Declared>::Support,
                    _,
                >(
                    ::ppl::__private::Name::new("regime"),
                    ::ppl::__private::beside::<<Categorical as ::ppl::__private::Declared>::Support, _>(
                        Categorical::new(rates().at(prev)),
                    ),
                )
                .enumerated()
                .draw();
                ::ppl::__private::observe::<::core::primitive::f64, _, _>(
                    ::ppl::__private::Name::new("y"),
                    Normal::new(regime, 1.0),
                    y.at(t),
                );
                regime
            },
        );
        let start = ::ppl::__private::model_site::<
            ::core::primitive::f64,
            <Bernoulli as ::ppl::__private::Declared>::Support,
            _,
        >(
            ::ppl::__private::Name::new("start"),
            ::ppl::__private::beside::<<Bernoulli as ::ppl::__private::Declared>::Support, _>(
                Bernoulli::new(0.5),
            ),
        )
        .concrete()
        .draw();
        let seed = if start { 1.0 } else { 0.0 };
        ::ppl::__private::markov_steps::<::core::primitive::f64, _, _, _>(
            ::ppl::__private::Name::new("step"),
            3,
            (seed, seed),
            2,
            |(a, _), _t| {
                (
                    ::ppl::__private::model_site::<
                        ::core::primitive::f64,
                        <Normal as ::ppl::__private::Declared>::Support,
                        _,
                    >(
                        ::ppl::__private::Name::new("walk"),
                        ::ppl::__private::beside::<<Normal as ::ppl::__private::Declared>::Support, _>(
                            Normal::new(a, 1.0),
                        ),
                    )
                    .draw(),
                    a,
                )
            },
        );
    })
}
#[doc(hidden)]
#[allow(
    missing_docs,
    missing_copy_implementations,
    missing_debug_implementations,
    non_camel_case_types,
    non_snake_case,
    dead_code,
    unreachable_pub,
    clippy::all,
    clippy::pedantic
)]
mod regimes {
    pub enum Sites {}
    pub mod site {
        pub(in super::super) struct start;
        impl ::ppl::__private::SiteName for start {
            const NAME: &'static ::core::primitive::str = "start";
        }
        pub(in super::super) struct walk;
        impl ::ppl::__private::SiteName for walk {
            const NAME: &'static ::core::primitive::str = "walk";
        }
        pub(in super::super) struct tag;
        pub(in super::super) struct regime;
    }
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<regimes::site::start> for regimes::Sites {
    type Support = <Bernoulli as ::ppl::__private::Declared>::Support;
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<regimes::site::start> for regimes::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<regimes::site::walk> for regimes::Sites {
    type Support = <Normal as ::ppl::__private::Declared>::Support;
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<regimes::site::walk> for regimes::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<regimes::site::tag> for regimes::Sites {
    type Support = ::ppl::__private::Unknown;
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesLabels<regimes::site::tag> for regimes::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<regimes::site::tag> for regimes::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<regimes::site::regime> for regimes::Sites {
    type Support = ::ppl::__private::Unknown;
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesLabels<regimes::site::regime> for regimes::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<regimes::site::regime> for regimes::Sites {}
impl<G: ?::core::marker::Sized> ::ppl::__private::AnsweredBy<G> for regimes::Sites
where
    G: ::ppl::__private::Answers<regimes::site::start>,
    G: ::ppl::__private::Answers<regimes::site::walk>,
{
}
impl<G> ::ppl::__private::GuidedBy<G> for regimes::Sites where
    G: ::ppl::__private::GuideFor<regimes::Sites> + ?::core::marker::Sized
{
}
impl<G: ?::core::marker::Sized, S: ?::core::marker::Sized> ::ppl::__private::AnsweredIn<G, S>
    for regimes::Sites
where
    G: ::ppl::__private::Answers<S>,
{
}
