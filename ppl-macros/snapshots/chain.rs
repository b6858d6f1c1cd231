#[cfg(test)]
fn chain<T>(
    steps: usize,
) -> impl ::ppl::Model<Sites = chain::Sites, Element = ::core::primitive::f32, Output = Real<f32>> {
    ::ppl::__private::model::<chain::Sites, ::core::primitive::f32, Real<f32>, _>(move || -> Real<f32> {
        ::ppl::__private::remember!(steps);
        let mut x = if steps > 3 {
            ::ppl::__private::model_site::<
                ::core::primitive::f32,
                <Normal as ::ppl::__private::Declared>::Support,
                _,
            >(
                ::ppl::__private::Name::new("x"),
                ::ppl::__private::beside::<<Normal as ::ppl::__private::Declared>::Support, _>(Normal::new(
                    0.0, 1.0,
                )),
            )
            .draw()
        } else {
            ::ppl::__private::model_site::<
                ::core::primitive::f32,
                <chain::Sites as ::ppl::__private::SiteOf<chain::site::x>>::Support,
                _,
            >(
                ::ppl::__private::Name::new("x"),
                ::ppl::__private::beside::<
                    <chain::Sites as ::ppl::__private::SiteOf<chain::site::x>>::Support,
                    _,
                >(Normal::new(0.0, 2.0)),
            )
            .draw()
        };
        for t in 0..steps {
            x = ::ppl::__private::call(::ppl::__private::Name::new("step").at(t), models::step::<T>(x));
        }
        x
    })
}
#[cfg(test)]
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
mod chain {
    pub enum Sites {}
    pub mod site {
        pub(in super::super) struct x;
        impl ::ppl::__private::SiteName for x {
            const NAME: &'static ::core::primitive::str = "x";
        }
        pub(in super::super) struct step;
        impl ::ppl::__private::SiteName for step {
            const NAME: &'static ::core::primitive::str = "step";
        }
    }
}
#[cfg(test)]
#[diagnostic::do_not_recommend]
impl ::ppl::__private::SiteOf<chain::site::x> for chain::Sites {
    type Support = <Normal as ::ppl::__private::Declared>::Support;
}
#[cfg(test)]
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<chain::site::x> for chain::Sites {}
#[cfg(test)]
#[diagnostic::do_not_recommend]
impl ::ppl::__private::CallOf<chain::site::step> for chain::Sites {
    type Model = models::step::Sites;
}
#[cfg(test)]
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesLabels<chain::site::step> for chain::Sites {}
#[cfg(test)]
#[diagnostic::do_not_recommend]
impl ::ppl::__private::GivesNoLabels<chain::site::step> for chain::Sites {}
#[cfg(test)]
impl<G: ?::core::marker::Sized> ::ppl::__private::AnsweredBy<G> for chain::Sites
where
    G: ::ppl::__private::Answers<chain::site::x>,
    models::step::Sites: ::ppl::__private::AnsweredIn<G, chain::site::step>,
{
}
#[cfg(test)]
impl<G> ::ppl::__private::GuidedBy<G> for chain::Sites where
    G: ::ppl::__private::GuideFor<chain::Sites> + ?::core::marker::Sized
{
}
#[cfg(test)]
impl<G: ?::core::marker::Sized, S: ?::core::marker::Sized> ::ppl::__private::AnsweredIn<G, S> for chain::Sites where
    G: ::ppl::__private::Answers<S>
{
}
