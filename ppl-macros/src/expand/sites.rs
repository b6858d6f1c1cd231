use super::program::conditions;
use super::statement::declared;
use crate::ir::{Address, Form, Keyword, Kind, Program, Statement};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::HashSet;
use syn::Visibility;
use syn::spanned::Spanned;

/// Returns the statements with a latent site of the program: one for each name.
pub(super) fn latent(program: &Program) -> Vec<(&Statement, &Address)> {
    let mut seen = HashSet::new();
    occurrences(program).into_iter().filter(|(_, address)| seen.insert(address.name())).collect()
}

/// Returns the statements with a latent site: all of them, so that a name may occur in several branches.
///
/// A site that the model sums out is owed by no guide, and the auxiliary sites of a guide answer nothing: they are not
/// among them.
pub(super) fn occurrences(program: &Program) -> Vec<(&Statement, &Address)> {
    let site = |statement: &Statement| match &statement.form {
        Some(Form::Sample(sample)) => match program.kind {
            Kind::Model => sample.enumerate.is_none(),
            Kind::Guide => sample.auxiliary.is_none(),
            Kind::Module => false,
        },
        Some(Form::Call(call)) => program.kind == Kind::Model || call.auxiliary.is_none(),
        // The name of what could not be read still stands, so that a mistake has no second error elsewhere.
        None => matches!(statement.keyword, Keyword::Sample | Keyword::Call),
        Some(_) => false,
    };
    program
        .statements
        .iter()
        .filter(|statement| site(statement))
        .filter_map(|statement| Some((statement, statement.address.as_ref()?)))
        .collect()
}

/// Returns the names of the sites that a model sums out, which no guide proposes.
fn summed(program: &Program) -> Vec<Ident> {
    let mut seen: HashSet<_> = latent(program).iter().map(|(_, address)| address.name()).collect();
    let summed = |statement: &Statement| match &statement.form {
        Some(Form::Sample(sample)) => program.kind == Kind::Model && sample.enumerate.is_some(),
        _ => false,
    };
    program
        .statements
        .iter()
        .filter(|statement| summed(statement))
        .filter_map(|statement| statement.address.as_ref())
        .filter(|address| seen.insert(address.name()))
        .map(Address::ident)
        .collect()
}

/// Returns the visibility of a program two modules further in. What a marker's impl says may name a type of the user's that is no more
/// visible than the program.
fn as_visible(visibility: &Visibility) -> TokenStream {
    let path = match visibility {
        Visibility::Inherited => return quote!(pub(in super::super)),
        Visibility::Restricted(restricted) => &restricted.path,
        Visibility::Public(_) => return quote!(pub),
    };
    match path.segments.first() {
        Some(first) if first.ident == "crate" => quote!(#visibility),
        Some(first) if first.ident == "super" => quote!(pub(in super::super::#path)),
        _ => quote!(pub(in super::super)),
    }
}

/// Returns the module of the program's name, which holds no path of the user's: a program may stand inside a function.
pub(super) fn module(program: &Program) -> TokenStream {
    let conditions = conditions(program);
    let visibility = &program.visibility;
    let name = &program.signature.ident;
    let names: Vec<Ident> = match program.kind {
        Kind::Model => latent(program).iter().map(|(_, address)| address.ident()).collect(),
        Kind::Guide | Kind::Module => Vec::new(),
    };
    let texts = names.iter().map(Ident::to_string);
    // Their markers have no `SiteName`, by which a guide that proposes one is told so.
    let summed = summed(program);
    let as_visible = as_visible(visibility);
    let markers = (program.kind == Kind::Model).then(|| {
        quote! {
            pub mod site {
                #(
                    #as_visible struct #names;
                    impl ::ppl::__private::SiteName for #names {
                        const NAME: &'static ::core::primitive::str = #texts;
                    }
                )*
                #(#as_visible struct #summed;)*
            }
        }
    });
    quote! {
        #conditions
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
        #visibility mod #name {
            pub enum Sites {}
            #markers
        }
    }
}

/// Returns what the model says about each of its sites, beside the function where the user's paths mean what they say.
pub(super) fn impls(program: &Program) -> TokenStream {
    let conditions = conditions(program);
    let model = &program.signature.ident;
    let impls = latent(program).into_iter().map(|(statement, address)| {
        let site = address.ident();
        let unknown = || quote!(::ppl::__private::Unknown);
        let (says, what, said) = match (&statement.form, statement.keyword) {
            (Some(Form::Call(call)), _) => {
                let callee = &call.callee;
                (quote!(CallOf), quote!(Model), quote_spanned!(callee.span()=> #callee::Sites))
            }
            (None, Keyword::Call) => (quote!(CallOf), quote!(Model), unknown()),
            (Some(Form::Sample(sample)), _) => {
                let support = sample.support.as_ref().map_or_else(unknown, declared);
                (quote!(SiteOf), quote!(Support), support)
            }
            _ => (quote!(SiteOf), quote!(Support), unknown()),
        };
        let labels = labels(program, statement, &site);
        quote! {
            #conditions
            #[diagnostic::do_not_recommend]
            impl ::ppl::__private::#says<#model::site::#site> for #model::Sites {
                type #what = #said;
            }
            #labels
        }
    });
    // What a guide proposes for a site that is summed out has an error of its own, and no second one for its support.
    let summed = summed(program).into_iter().map(|site| {
        let both = say_of_labels(program, &["GivesLabels", "GivesNoLabels"], &site);
        quote! {
            #conditions
            #[diagnostic::do_not_recommend]
            impl ::ppl::__private::SiteOf<#model::site::#site> for #model::Sites {
                type Support = ::ppl::__private::Unknown;
            }
            #both
        }
    });
    quote!(#(#impls)* #(#summed)*)
}

/// Returns what the model says of a site's labels: that it has them or that it has none, or either where that has an error of its own.
fn labels(program: &Program, statement: &Statement, site: &Ident) -> TokenStream {
    let says: &[&str] = match &statement.form {
        Some(Form::Sample(sample)) if sample.given.is_some() => &["GivesLabels"],
        Some(Form::Sample(_)) => &["GivesNoLabels"],
        _ => &["GivesLabels", "GivesNoLabels"],
    };
    say_of_labels(program, says, site)
}

fn say_of_labels(program: &Program, says: &[&str], site: &Ident) -> TokenStream {
    let (conditions, model) = (conditions(program), &program.signature.ident);
    let says = says.iter().map(|says| {
        let says = Ident::new(says, site.span());
        quote! {
            #conditions
            #[diagnostic::do_not_recommend]
            impl ::ppl::__private::#says<#model::site::#site> for #model::Sites {}
        }
    });
    quote!(#(#says)*)
}
