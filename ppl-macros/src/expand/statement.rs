use super::program::element;
use super::{expanded, sites};
use crate::ir::{Address, Form, Kind, Plate, Program, Rows, Sample, Stated, Statement, Support};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Stmt};

/// Returns the call of the runtime that a statement is, if all of the statement could be read.
pub(super) fn expand(program: &Program, statement: &Statement) -> Option<TokenStream> {
    let span = statement.span;
    let element = element(program);
    let address = statement.address.as_ref()?;
    let name = name(program, address, span);
    let user = |expr: &dyn ToTokens| expanded(program, expr.to_token_stream());
    Some(match statement.form.as_ref()? {
        Form::Sample(sample) => return sample_call(program, statement, sample, name),
        Form::Observe(observe) => {
            let (of, seen) = (inferred(&observe.distribution), inferred(&observe.value));
            let (distribution, value) = (user(&observe.distribution), user(&observe.value));
            let call = quote_spanned! {span=>
                ::ppl::__private::observe::<#element, #of, #seen>(#name, #distribution, #value)
            };
            let call = tempered(program, span, "weighed", observe.weight.as_ref(), call);
            masked(program, span, observe.mask.as_ref(), call)
        }
        Form::Factor(stated) => stated_call(program, span, "factor", stated, &name),
        Form::Penalty(stated) => stated_call(program, span, "penalty", stated, &name),
        Form::Deterministic(value) => {
            let (of, value) = (inferred(value), user(value));
            quote_spanned!(span=> ::ppl::__private::deterministic::<#element, #of>(#name, #value))
        }
        Form::Noise(noise) => {
            let (of, distribution) = (inferred(&noise.distribution), user(&noise.distribution));
            let evaluation = match &noise.evaluation {
                Some(value) => {
                    let value = user(value);
                    quote_spanned!(span=> ::core::option::Option::Some(#value))
                }
                None => quote_spanned!(span=> ::core::option::Option::None),
            };
            quote_spanned!(span=> ::ppl::__private::noise::<#element, #of>(#name, #distribution, #evaluation))
        }
        Form::Param(param) => {
            let first = inferred(&param.initial);
            let initial = user(&param.initial);
            let (on, support) = match &param.support {
                Some(support) => (inferred(support), user(support)),
                None => (quote!(_), quote_spanned!(span=> ::ppl::__private::RealLine)),
            };
            // A closure, because the value is asked for the first time only.
            quote_spanned! {span=>
                ::ppl::__private::param::<#element, #first, #on>(#name, || #initial, #support)
            }
        }
        Form::Plate(plate) => plate_call(program, plate, span, &name),
        Form::Markov(markov) => {
            let function = if markov.summed_out { "markov_chain" } else { "markov_steps" };
            let function = Ident::new(function, span);
            let state = inferred(&markov.init);
            let (steps, init, body) = (user(&markov.steps), user(&markov.init), user(&markov.body));
            let (ends, lengths) = match &markov.lengths {
                Some(lengths) => (inferred(lengths), user(lengths)),
                None => (quote!(_), quote_spanned!(span=> ::ppl::__private::Unending)),
            };
            quote_spanned! {span=>
                ::ppl::__private::#function::<#element, #state, #ends, _>(#name, #steps, #init, #lengths, #body)
            }
        }
        Form::Call(call) => {
            let called = user(&call.program);
            match program.kind {
                Kind::Model => quote_spanned!(span=> ::ppl::__private::call(#name, #called)),
                Kind::Guide => quote_spanned!(span=> ::ppl::__private::call_guide(#name, #called)),
                // It has been refused.
                Kind::Module => return None,
            }
        }
        Form::Module(module) => {
            let (of, made) = (inferred(module), user(module));
            match address.of_session() {
                None => quote_spanned!(span=> ::ppl::__private::module::<#element, #of, _>(#name, #made)),
                Some(literal) => {
                    let name = self::name(program, &Address { literal, index: address.index.clone() }, span);
                    quote_spanned!(span=> ::ppl::__private::module_of_session::<#element, #of, _>(#name, #made))
                }
            }
        }
    })
}

fn stated_call(
    program: &Program,
    span: Span,
    function: &str,
    stated: &Stated,
    name: &TokenStream,
) -> TokenStream {
    let (element, function) = (element(program), Ident::new(function, span));
    let (of, value) = (inferred(&stated.value), expanded(program, &stated.value));
    let call = quote_spanned!(span=> ::ppl::__private::#function::<#element, #of>(#name, #value));
    masked(program, span, stated.mask.as_ref(), call)
}

fn plate_call(program: &Program, plate: &Plate, span: Span, name: &TokenStream) -> TokenStream {
    let element = element(program);
    let returned = match &plate.body {
        Expr::Closure(closure) => inferred(last(&closure.body)),
        body => inferred(body),
    };
    let size = expanded(program, &plate.size);
    let rows = match &plate.rows {
        Rows::Whole => quote_spanned!(span=> ::ppl::__private::Whole),
        Rows::Subsample(number) => {
            let number = expanded(program, number);
            quote_spanned!(span=> ::ppl::__private::Subsample(#number))
        }
        Rows::InOrder(number) => {
            let number = expanded(program, number);
            quote_spanned!(span=> ::ppl::__private::InOrder(#number))
        }
        Rows::Of(number) => {
            let number = expanded(program, number);
            quote_spanned!(span=> ::ppl::__private::OfStream(#number))
        }
    };
    let body = match (&plate.body, &plate.mask) {
        (Expr::Closure(body), Some(mask)) => masked_body(program, body, mask, span),
        (body, _) => expanded(program, body),
    };
    quote_spanned!(span=> ::ppl::__private::plate::<#element, #returned, _, _>(#name, #size, #rows, #body))
}

/// Returns a plate's body under the mask of its element. The mask stands before the closure: it does not see the index
/// by the user's name.
fn masked_body(program: &Program, closure: &ExprClosure, mask: &Expr, span: Span) -> TokenStream {
    let index = Ident::new("index", Span::mixed_site().located_at(span));
    let (moved, parameter, output) = (&closure.capture, closure.inputs.first(), &closure.output);
    let mask = expanded(program, mask);
    let body = match &*closure.body {
        // Rustc would find a second pair of braces one too many.
        Expr::Block(body) if body.label.is_none() && body.attrs.is_empty() => {
            let stmts = &body.block.stmts;
            expanded(program, quote!(#(#stmts)*))
        }
        body => expanded(program, body),
    };
    quote_spanned! {span=>
        #moved |#index| #output {
            ::ppl::__private::masked(::ppl::__private::element_of(&#mask, #index), || #output {
                let #parameter = #index;
                #body
            })
        }
    }
}

fn sample_call(
    program: &Program,
    statement: &Statement,
    sample: &Sample,
    name: TokenStream,
) -> Option<TokenStream> {
    let span = statement.span;
    let element = element(program);
    let support = support(program, statement, sample.support.as_ref()?);
    let drawn = inferred(&sample.distribution);
    let distribution = expanded(program, &sample.distribution);
    let distribution = quote_spanned! {sample.distribution.span()=>
        ::ppl::__private::beside::<#support, _>(#distribution)
    };
    let (estimator, given) = (sample.estimator.as_ref(), sample.given.as_ref().map(|given| &given.value));
    let estimator_asked = estimator.filter(|_| program.kind == Kind::Guide && sample.enumerate.is_none());
    let given_asked = given.filter(|_| sample.concrete.is_none() && sample.auxiliary.is_none());
    // What stands there by mistake is still mentioned, so that what it uses is not unused.
    let is_asked = |expr: &Expr| {
        [estimator_asked, given_asked].into_iter().flatten().any(|asked| std::ptr::eq(asked, expr))
    };
    let unasked: Vec<TokenStream> = [estimator, given]
        .into_iter()
        .flatten()
        .filter(|expr| !is_asked(expr))
        .map(|expr| expanded(program, expr))
        .collect();
    let begin = Ident::new(if program.kind == Kind::Model { "model_site" } else { "guide_site" }, span);
    // One method for each option, in the order in which the runtime takes them.
    let option = |word: Option<&Ident>, method: &str| {
        let method = Ident::new(method, word?.span());
        Some(quote_spanned!(span=> .#method()))
    };
    let auxiliary = option(sample.auxiliary.as_ref().filter(|_| program.kind == Kind::Guide), "auxiliary");
    let enumerated = option(sample.enumerate.as_ref().filter(|_| sample.up_to.is_none()), "enumerated");
    let concrete = option(sample.concrete.as_ref(), "concrete");
    let with = |method: &str, asked: Option<&Expr>| {
        let (method, asked) = (Ident::new(method, span), asked?);
        let (by, asked) = (inferred(asked), expanded(program, asked));
        Some(quote_spanned!(span=> .#method::<#by>(#asked)))
    };
    let (by, given) = (with("by", estimator_asked), with("given", given_asked));
    let up_to = sample.up_to.as_ref().map(|up_to| {
        let method = Ident::new("enumerated_up_to", up_to.word.span());
        let last = expanded(program, &up_to.value);
        quote_spanned!(span=> .#method(#last))
    });
    let call = quote_spanned! {span=>
        ::ppl::__private::#begin::<#element, #support, #drawn>(#name, #distribution)
            #auxiliary #enumerated #up_to #given #concrete #by.draw()
    };
    let mut call = call;
    if program.kind == Kind::Model {
        for (function, by) in [("floored", &sample.free_bits), ("weighed", &sample.weight)] {
            call = tempered(program, span, function, by.as_ref().map(|by| &by.value), call);
        }
    }
    let call = masked(program, span, sample.mask.as_ref(), call);
    Some(match unasked.is_empty() {
        true => call,
        false => quote!({ #(let _ = &#unasked;)* #call }),
    })
}

/// Returns the call as it is where a mask is given.
fn masked(program: &Program, span: Span, mask: Option<&Expr>, call: TokenStream) -> TokenStream {
    let Some(mask) = mask else { return call };
    let mask = expanded(program, mask);
    quote_spanned!(span=> ::ppl::__private::masked(#mask, || #call))
}

/// Returns the call inside of what a number or a schedule tempers it by, if that is given.
fn tempered(
    program: &Program,
    span: Span,
    function: &str,
    by: Option<&Expr>,
    call: TokenStream,
) -> TokenStream {
    let Some(by) = by else { return call };
    let function = Ident::new(function, span);
    let (of, by) = (inferred(by), expanded(program, by));
    quote_spanned!(span=> ::ppl::__private::#function::<#of, _>(#by, || #call))
}

/// Returns the support that the value is asserted to have. A model's site says it where it stands first; in another
/// branch it is the same site, so the same support is asked for.
fn support(program: &Program, statement: &Statement, stated: &Support) -> TokenStream {
    let first = sites::latent(program).into_iter().find(|(first, _)| {
        first.address.as_ref().map(Address::name) == statement.address.as_ref().map(Address::name)
    });
    match first {
        Some((first, address)) if program.kind == Kind::Model && !std::ptr::eq(first, statement) => {
            let model = &program.signature.ident;
            let site = address.ident();
            quote_spanned! {stated.span()=>
                <#model::Sites as ::ppl::__private::SiteOf<#model::site::#site>>::Support
            }
        }
        _ => declared(stated),
    }
}

/// Returns the type of an expression, for rustc to find: what it asks of that type it asks at the expression.
fn inferred(expr: &Expr) -> TokenStream {
    quote_spanned!(expr.span()=> _)
}

/// Returns the expression that is the value of a block, or the expression itself.
fn last(expr: &Expr) -> &Expr {
    match expr {
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Expr(value, None)) => last(value),
            _ => expr,
        },
        _ => expr,
    }
}

/// Returns a support as a type.
pub(super) fn declared(support: &Support) -> TokenStream {
    match support {
        Support::Stated(stated) => quote!(#stated),
        Support::Of(distribution) => {
            quote_spanned!(distribution.span()=> <#distribution as ::ppl::__private::Declared>::Support)
        }
    }
}

fn name(program: &Program, address: &Address, span: Span) -> TokenStream {
    let literal = &address.literal;
    match &address.index {
        None => quote_spanned!(span=> ::ppl::__private::Name::new(#literal)),
        Some(index) => {
            let at = index.span();
            let index = expanded(program, index);
            let name = quote_spanned!(span=> ::ppl::__private::Name::new(#literal));
            let at = quote_spanned!(at=> at(#index));
            quote!(#name.#at)
        }
    }
}
