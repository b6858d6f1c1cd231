use super::program::conditions;
use super::sites;
use super::statement::declared;
use crate::ir::{Form, Program};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// Returns the impls that say what a guide of the model owes, and what a model that calls it owes.
pub(super) fn impls(program: &Program) -> TokenStream {
    let conditions = conditions(program);
    let model = &program.signature.ident;
    let latent = sites::latent(program);
    let owed = latent.iter().map(|(statement, address)| {
        let site = address.ident();
        match &statement.form {
            Some(Form::Call(call)) => {
                let callee = &call.callee;
                quote_spanned!(callee.span()=> #callee::Sites: ::ppl::__private::AnsweredIn<G, #model::site::#site>)
            }
            _ => quote_spanned!(address.span()=> G: ::ppl::__private::Answers<#model::site::#site>),
        }
    });
    let calls: Vec<TokenStream> = latent
        .iter()
        .filter_map(|(statement, _)| match &statement.form {
            // A model that calls itself asks nothing more of a guide than it does anyway, and rustc would not end.
            Some(Form::Call(call)) if call.callee.is_ident(model) => Some(TokenStream::new()),
            Some(Form::Call(call)) => {
                let callee = &call.callee;
                Some(quote_spanned!(callee.span()=> #callee::Sites: ::ppl::__private::AnsweredIn<G, S>,))
            }
            _ => None,
        })
        .collect();
    // A model with a site of its own is answered as a whole. One without asks only what the programs that it calls ask,
    // and so a network without latent sites asks nothing.
    let answered = match calls.len() == latent.len() {
        true => quote!(#(#calls)*),
        false => quote!(G: ::ppl::__private::Answers<S>,),
    };
    quote! {
        #conditions
        impl<G: ?::core::marker::Sized> ::ppl::__private::AnsweredBy<G> for #model::Sites
        where
            #(#owed,)*
        {
        }
        #conditions
        impl<G> ::ppl::__private::GuidedBy<G> for #model::Sites
        where
            G: ::ppl::__private::GuideFor<#model::Sites> + ?::core::marker::Sized,
        {
        }
        #conditions
        impl<G: ?::core::marker::Sized, S: ?::core::marker::Sized> ::ppl::__private::AnsweredIn<G, S>
            for #model::Sites
        where
            #answered
        {
        }
    }
}

/// Returns the impls of a model with mistakes, which asks nothing of its guides.
pub(super) fn unasked(program: &Program) -> TokenStream {
    let conditions = conditions(program);
    let model = &program.signature.ident;
    quote! {
        #conditions
        impl<G: ?::core::marker::Sized> ::ppl::__private::GuidedBy<G> for #model::Sites {}
        #conditions
        impl<G: ?::core::marker::Sized> ::ppl::__private::AnsweredBy<G> for #model::Sites {}
        #conditions
        impl<G: ?::core::marker::Sized, S: ?::core::marker::Sized> ::ppl::__private::AnsweredIn<G, S>
            for #model::Sites
        {
        }
    }
}

/// Returns the items that ask rustc whether the guide fits its model, each at the token that owes it.
pub(super) fn checks(program: &Program) -> TokenStream {
    let Some(model) = &program.model else { return TokenStream::new() };
    let conditions = conditions(program);
    let guide = &program.signature.ident;
    let proposals = sites::occurrences(program).into_iter().filter_map(|(statement, address)| {
        let site = address.ident();
        let site = quote_spanned!(address.span()=> #model::site::#site);
        // By way of the guide the model has the span of the site, not that of its name in the attribute.
        let asked = |span| {
            let mut guide = guide.clone();
            guide.set_span(span);
            quote_spanned!(span=> <#guide::Sites as ::ppl::__private::GuideOf>::Model)
        };
        let model = asked(address.span());
        let owed = quote_spanned!(address.span()=> ::ppl::__private::owed::<#model, #site>);
        let fits = match &statement.form {
            Some(Form::Sample(sample)) => {
                let support = sample.support.as_ref()?;
                let proposal = declared(support);
                let asked = asked(address.span());
                let site = quote_spanned!(address.span()=>
                    <#asked as ::ppl::__private::SiteOf<#site>>::Support
                );
                Some(quote_spanned!(support.span()=> ::ppl::__private::proposal::<#site, #proposal>))
            }
            Some(Form::Call(call)) => {
                let callee = &call.callee;
                let asked = asked(callee.span());
                let site = quote_spanned!(callee.span()=>
                    <#asked as ::ppl::__private::CallOf<#site>>::Model
                );
                Some(quote_spanned!(callee.span()=> ::ppl::__private::guided::<#site, #callee::Sites>))
            }
            _ => None,
        };
        let labels = match &statement.form {
            Some(Form::Sample(sample)) => {
                let (at, check) = match &sample.given {
                    Some(given) => (given.word.span(), "gives_labels"),
                    None => (address.span(), "gives_no_labels"),
                };
                let (check, model) = (Ident::new(check, at), asked(at));
                Some(quote_spanned!(at=> ::ppl::__private::#check::<#model, #site>))
            }
            _ => None,
        };
        Some([Some(owed), Some(fits?), labels].into_iter().flatten())
    });
    let proposals = proposals.flatten();
    let answered = quote_spanned!(model.span()=> ::ppl::__private::answered::<#model::Sites, #guide::Sites>);
    quote! {
        #conditions
        impl ::ppl::__private::GuideOf for #guide::Sites {
            type Model = #model::Sites;
        }
        #conditions
        impl ::ppl::__private::GuideFor<#model::Sites> for #guide::Sites {}
        #(
            #conditions
            const _: fn() = #proposals;
        )*
        #conditions
        const _: fn() = #answered;
    }
}
