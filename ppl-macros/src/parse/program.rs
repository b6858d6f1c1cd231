use crate::ir::{Element, Kind, Program};
use crate::{messages, placeholder, report::Report};
use proc_macro2::{Span, TokenStream};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{FnArg, Item, ItemFn, Pat, Path, ReturnType, Safety, Signature, Token, TypeImplTrait, parse_quote};

/// Reads the attribute's arguments and the function; its body is not lowered yet.
///
/// There is nothing to fall back to if the item is no function.
pub(crate) fn program(
    kind: Kind,
    arguments: TokenStream,
    item: TokenStream,
    report: &mut Report,
) -> Option<Program> {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let other = syn::parse2::<Item>(item).is_ok();
            report.add(if other { messages::not_a_function(kind, Span::call_site()) } else { error });
            return None;
        }
    };
    let mut body = *function.block;
    if let Some(at) = placeholder::written(item) {
        report.add(messages::reserved_name(at));
        // In the body the name would be taken for a statement.
        body = parse_quote!({ ::ppl::__private::failed() });
    }
    let (model, element) = attribute(kind, &function.sig, arguments, report);
    signature(kind, &function.sig, report);
    Some(Program {
        kind,
        element,
        model,
        attributes: function.attrs,
        visibility: function.vis,
        signature: function.sig,
        body,
        statements: Vec::new(),
    })
}

fn attribute(
    kind: Kind,
    signature: &Signature,
    arguments: TokenStream,
    report: &mut Report,
) -> (Option<Path>, Element) {
    let (mut model, mut element) = (None, None);
    let parsed = Punctuated::<Path, Token![,]>::parse_terminated.parse2(arguments.clone());
    let Ok(paths) = parsed else {
        report.add(messages::unknown_attribute_argument(kind, arguments));
        return (model, Element::F64);
    };
    for (position, path) in paths.into_iter().enumerate() {
        let of_module = if kind == Kind::Module { type_parameter(signature, &path) } else { None };
        match of_module.or_else(|| element_named_by(&path)) {
            Some(found) if element.is_none() => {
                if !found.is_compiled() {
                    report.add(messages::not_compiled(path));
                }
                element = Some(found);
            }
            None if kind == Kind::Guide && position == 0 && names_an_item(&path) => model = Some(path),
            _ => report.add(messages::unknown_attribute_argument(kind, path)),
        }
    }
    (model, element.unwrap_or(Element::F64))
}

/// Returns the type parameter of the function that the path names, if it does.
fn type_parameter(signature: &Signature, path: &Path) -> Option<Element> {
    let name = path.get_ident()?;
    let declared = signature.generics.type_params().any(|parameter| parameter.ident == *name);
    declared.then(|| Element::Parameter(name.clone()))
}

/// Returns whether the path may be that of a function: syn reads `try` as a name, which it was before the edition of 2018.
fn names_an_item(path: &Path) -> bool {
    !path.segments.iter().any(|segment| segment.ident == "try")
}

fn element_named_by(path: &Path) -> Option<Element> {
    if path.is_ident("f32") {
        Some(Element::F32)
    } else if path.is_ident("f64") {
        Some(Element::F64)
    } else {
        None
    }
}

fn signature(kind: Kind, signature: &Signature, report: &mut Report) {
    if let Some(word) = &signature.constness {
        report.add(messages::qualifier("const", word));
    }
    if let Some(word) = &signature.asyncness {
        report.add(messages::qualifier("async", word));
    }
    match &signature.safety {
        Safety::Unsafe(word) => report.add(messages::qualifier("unsafe", word)),
        Safety::Safe(word) => report.add(messages::qualifier("safe", word)),
        Safety::Default => {}
    }
    if let Some(abi) = &signature.abi {
        report.add(messages::qualifier("extern", abi));
    }
    if let Some(dots) = &signature.variadic {
        report.add(messages::variadic(dots));
    }
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => report.add(messages::method(receiver)),
            FnArg::Typed(typed) => {
                // A module's body runs once for each of its values.
                if kind != Kind::Module
                    && let Pat::Ident(pattern) = &*typed.pat
                    && let Some(word) = &pattern.mutability
                {
                    report.add(messages::mutable_argument(word));
                }
            }
        }
    }
    if let Some(unnamed) = unnamed_type(&signature.output) {
        report.add(messages::unnamed_output(unnamed));
    }
}

/// Returns the `impl Trait` in a return type, if there is one.
pub(crate) fn unnamed_type(output: &ReturnType) -> Option<&TypeImplTrait> {
    #[derive(Default)]
    struct Unnamed<'ast>(Option<&'ast TypeImplTrait>);
    impl<'ast> Visit<'ast> for Unnamed<'ast> {
        fn visit_type_impl_trait(&mut self, found: &'ast TypeImplTrait) {
            self.0 = self.0.or(Some(found));
        }
    }
    let mut unnamed = Unnamed::default();
    unnamed.visit_return_type(output);
    unnamed.0
}
