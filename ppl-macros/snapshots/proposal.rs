fn proposal(
    _sigma: &[f64],
) -> impl ::ppl::Guide<Sites = proposal::Sites, Element = ::core::primitive::f64, Output = ()> {
    ::ppl::__private::guide::<proposal::Sites, ::core::primitive::f64, (), _>(move || -> () {
        ::ppl::__private::remember!(_sigma);
        ::ppl::__private::guide_site::<
            ::core::primitive::f64,
            <Normal as ::ppl::__private::Declared>::Support,
            _,
        >(
            ::ppl::__private::Name::new("mu"),
            ::ppl::__private::beside::<<Normal as ::ppl::__private::Declared>::Support, _>(Normal::new(
                ::ppl::__private::param::<::core::primitive::f64, _, _>(
                    ::ppl::__private::Name::new("mu_loc"),
                    || 0.0,
                    ::ppl::__private::RealLine,
                ),
                ::ppl::__private::param::<::core::primitive::f64, _, _>(
                    ::ppl::__private::Name::new("mu_scale"),
                    || 1.0,
                    Positive,
                ),
            )),
        )
        .draw();
        let noise = ::ppl::__private::guide_site::<
            ::core::primitive::f64,
            <Normal as ::ppl::__private::Declared>::Support,
            _,
        >(
            ::ppl::__private::Name::new("noise"),
            ::ppl::__private::beside::<<Normal as ::ppl::__private::Declared>::Support, _>(Normal::new(
                0.0, 1.0,
            )),
        )
        .auxiliary()
        .draw();
        ::ppl::__private::guide_site::<
            ::core::primitive::f64,
            <LogNormal as ::ppl::__private::Declared>::Support,
            _,
        >(
            ::ppl::__private::Name::new("tau"),
            ::ppl::__private::beside::<<LogNormal as ::ppl::__private::Declared>::Support, _>(
                LogNormal::new(noise, 1.0),
            ),
        )
        .by::<_>(Score::baseline(DecayingAverage::new(0.9)))
        .draw();
        ::ppl::__private::plate::<::core::primitive::f64, _, _, _>(
            ::ppl::__private::Name::new("school"),
            8,
            ::ppl::__private::Subsample(4),
            |_i| {
                ::ppl::__private::guide_site::<
                    ::core::primitive::f64,
                    <Normal as ::ppl::__private::Declared>::Support,
                    _,
                >(
                    ::ppl::__private::Name::new("eta"),
                    ::ppl::__private::beside::<<Normal as ::ppl::__private::Declared>::Support, _>(
                        Normal::new(0.0, 1.0),
                    ),
                )
                .draw()
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
mod proposal {
    pub enum Sites {}
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::Answers<models::schools::site::mu> for proposal::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::Answers<models::schools::site::tau> for proposal::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::Answers<models::schools::site::eta> for proposal::Sites {}
impl ::ppl::__private::GuideOf for proposal::Sites {
    type Model = models::schools::Sites;
}
impl ::ppl::__private::GuideFor<models::schools::Sites> for proposal::Sites {}
const _: fn() = ::ppl::__private::owed::<
    <proposal::Sites as ::ppl::__private::GuideOf>::Model,
    models::schools::site::mu,
>;
const _: fn() = ::ppl::__private::proposal::<
    <<proposal::Sites as ::ppl::__private::GuideOf>::Model as ::ppl::__private::SiteOf<
        models::schools::site::mu,
    >>::Support,
    <Normal as ::ppl::__private::Declared>::Support,
>;
const _: fn() = ::ppl::__private::gives_no_labels::<
    <proposal::Sites as ::ppl::__private::GuideOf>::Model,
    models::schools::site::mu,
>;
const _: fn() = ::ppl::__private::owed::<
    <proposal::Sites as ::ppl::__private::GuideOf>::Model,
    models::schools::site::tau,
>;
const _: fn() = ::ppl::__private::proposal::<
    <<proposal::Sites as ::ppl::__private::GuideOf>::Model as ::ppl::__private::SiteOf<
        models::schools::site::tau,
    >>::Support,
    <LogNormal as ::ppl::__private::Declared>::Support,
>;
const _: fn() = ::ppl::__private::gives_no_labels::<
    <proposal::Sites as ::ppl::__private::GuideOf>::Model,
    models::schools::site::tau,
>;
const _: fn() = ::ppl::__private::owed::<
    <proposal::Sites as ::ppl::__private::GuideOf>::Model,
    models::schools::site::eta,
>;
const _: fn() = ::ppl::__private::proposal::<
    <<proposal::Sites as ::ppl::__private::GuideOf>::Model as ::ppl::__private::SiteOf<
        models::schools::site::eta,
    >>::Support,
    <Normal as ::ppl::__private::Declared>::Support,
>;
const _: fn() = ::ppl::__private::gives_no_labels::<
    <proposal::Sites as ::ppl::__private::GuideOf>::Model,
    models::schools::site::eta,
>;
const _: fn() = ::ppl::__private::answered::<models::schools::Sites, proposal::Sites>;
