use super::program::conditions;
use super::sites;
use crate::ir::Program;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// Returns one impl for each latent site of the model that the guide answers. A guide without a model answers whatever
/// it is asked: it is checked when it runs.
pub(super) fn answers(program: &Program) -> TokenStream {
    let Some(model) = &program.model else { return answers_all(program) };
    let conditions = conditions(program);
    let guide = &program.signature.ident;
    let impls = sites::latent(program).into_iter().map(|(_, address)| {
        let site = address.ident();
        quote_spanned! {address.span()=>
            #conditions
            #[diagnostic::do_not_recommend]
            impl ::ppl::__private::Answers<#model::site::#site> for #guide::Sites {}
        }
    });
    quote!(#(#impls)*)
}

/// Returns the impls of a guide that answers every site of every model.
pub(super) fn answers_all(program: &Program) -> TokenStream {
    let conditions = conditions(program);
    let guide = &program.signature.ident;
    quote! {
        #conditions
        impl<S: ?::core::marker::Sized> ::ppl::__private::Answers<S> for #guide::Sites {}
        #conditions
        impl<M: ?::core::marker::Sized> ::ppl::__private::GuideFor<M> for #guide::Sites {}
    }
}
