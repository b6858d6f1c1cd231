#[doc = r" Eight schools."]
pub fn schools(
    sigma: &[f64],
    y: Vec<f64>,
) -> impl ::ppl::Model<Sites = schools::Sites, Element = ::core::primitive::f64, Output = ()> {
    ::ppl::__private::model::<schools::Sites, ::core::primitive::f64, (), _>(move || -> () {
        ::ppl::__private::remember!(sigma);
        ::ppl::__private::remember!(y);
        let mu = ::ppl::__private::model_site::<
            ::core::primitive::f64,
            <Normal as ::ppl::__private::Declared>::Support,
            _,
        >(
            ::ppl::__private::Name::new("mu"),
            ::ppl::__private::beside::<<Normal as ::ppl::__private::Declared>::Support, _>(Normal::new(
                0.0, 5.0,
            )),
        )
        .draw();
        let tau = ::ppl::__private::model_site::<
            ::core::primitive::f64,
            <dist::HalfNormal as ::ppl::__private::Declared>::Support,
            _,
        >(
            ::ppl::__private::Name::new("tau"),
            ::ppl::__private::beside::<<dist::HalfNormal as ::ppl::__private::Declared>::Support, _>(
                dist::HalfNormal::<f64>::new(5.0),
            ),
        )
        .draw();
        ::ppl::__private::plate::<::core::primitive::f64, _, _, _>(
            ::ppl::__private::Name::new("school"),
            sigma.len(),
            ::ppl::__private::Whole,
            |i| {
                let eta = ::ppl::__private::model_site::<::core::primitive::f64, RealLine, _>(
                    ::ppl::__private::Name::new("eta"),
                    ::ppl::__private::beside::<RealLine, _>(prior()),
                )
                .draw();
                ::ppl::__private::observe::<::core::primitive::f64, _, _>(
                    ::ppl::__private::Name::new("y"),
                    Normal::new(mu + tau * eta, sigma.at(i)),
                    y.at(i),
                );
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
pub mod schools {
    pub enum Sites {}
    pub mod site {
        pub struct mu;
        impl ::ppl::__private::SiteName for mu {
            const NAME: &'static ::core::primitive::str = "mu";
        }
        pub struct tau;
        impl ::ppl::__private::SiteName for tau {
            const NAME: &'static ::core::primitive::str = "tau";
        }
        pub struct eta;
        impl ::ppl::__private::SiteName for eta {
            const NAME: &'static ::core::primitive::str = "eta";
        }
    }
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<schools::site::mu> for schools::Sites {
    type Support = <Normal as ::ppl::__private::Declared>::Support;
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<schools::site::mu> for schools::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<schools::site::tau> for schools::Sites {
    type Support = <dist::HalfNormal as ::ppl::__private::Declared>::Support;
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<schools::site::tau> for schools::Sites {}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<schools::site::eta> for schools::Sites {
    type Support = RealLine;
}
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<schools::site::eta> for schools::Sites {}
impl<G: ?::core::marker::Sized> ::ppl::__private::AnsweredBy<G> for schools::Sites
where
    G: ::ppl::__private::Answers<schools::site::mu>,
    G: ::ppl::__private::Answers<schools::site::tau>,
    G: ::ppl::__private::Answers<schools::site::eta>,
{
}
impl<G> ::ppl::__private::GuidedBy<G> for schools::Sites where
    G: ::ppl::__private::GuideFor<schools::Sites> + ?::core::marker::Sized
{
}
impl<G: ?::core::marker::Sized, S: ?::core::marker::Sized> ::ppl::__private::AnsweredIn<G, S>
    for schools::Sites
where
    G: ::ppl::__private::Answers<S>,
{
}
