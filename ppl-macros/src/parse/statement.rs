use super::options::{self, Argument, Options};
use super::{markov, plate};
use crate::ir::{Address, Call, Form, Keyword, Noise, Observe, Param, Sample, Scope, Stated, Support};
use crate::{messages, report::Report};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, Macro, Path, PathArguments, Token};

/// What was read of a statement; what could not be read is in the report.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) address: Option<Address>,
    pub(crate) form: Option<Form>,
}

/// Reads the arguments of `invocation`, the macro `keyword`, whose name stands at `span`.
pub(crate) fn statement(
    keyword: Keyword,
    span: Span,
    invocation: &Macro,
    scope: &Scope,
    report: &mut Report,
) -> Parsed {
    let (arguments, error) = arguments(keyword, invocation);
    let complete = error.is_none();
    if let Some(error) = error {
        report.add(error);
    }
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(name)) = arguments.next() else {
        if complete {
            report.add(messages::no_arguments(keyword, span));
        }
        return Parsed { address: None, form: None };
    };
    let address = report.take(address(keyword, name.clone()));
    let arguments: Vec<Argument> = arguments.collect();
    if arguments.len() < least_arguments(keyword) {
        if complete {
            report.add(match arguments.last() {
                Some(Argument::Expr(last)) => messages::too_few_arguments(keyword, last),
                _ => messages::too_few_arguments(keyword, &name),
            });
        }
        return Parsed { address, form: None };
    }
    let form = match keyword {
        Keyword::Sample => sample(arguments, scope, report),
        Keyword::Observe => observe(arguments, report),
        Keyword::Factor => stated(keyword, arguments, report).map(Form::Factor),
        Keyword::Penalty => stated(keyword, arguments, report).map(Form::Penalty),
        Keyword::Deterministic => {
            exactly(keyword, arguments, report).map(|[value]| Form::Deterministic(value))
        }
        Keyword::Noise => noise(arguments, report),
        Keyword::Param => param(arguments, report),
        Keyword::Plate => plate::plate(arguments, report),
        Keyword::Markov => markov::markov(arguments, report),
        Keyword::Call => call(arguments, report),
        Keyword::Module => exactly(keyword, arguments, report).map(|[module]| Form::Module(module)),
    };
    // The rest of a list that did not parse is not known, so the statement is not either.
    Parsed { address, form: form.filter(|_| complete) }
}

/// Returns how many arguments follow the name at least.
fn least_arguments(keyword: Keyword) -> usize {
    match keyword {
        Keyword::Sample
        | Keyword::Factor
        | Keyword::Penalty
        | Keyword::Deterministic
        | Keyword::Noise
        | Keyword::Param
        | Keyword::Call
        | Keyword::Module => 1,
        Keyword::Observe | Keyword::Plate => 2,
        Keyword::Markov => 3,
    }
}

/// Returns the arguments up to the first that does not parse, and its error.
fn arguments(keyword: Keyword, invocation: &Macro) -> (Vec<Argument>, Option<syn::Error>) {
    let mut arguments = Vec::new();
    let read = |input: ParseStream| -> syn::Result<()> {
        while !input.is_empty() {
            let options = keyword == Keyword::Sample && arguments.len() >= 2;
            arguments.push(if options { Argument::with_options(input)? } else { input.parse()? });
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    // Read as the macro's body, a list that ends too early is blamed on its closing bracket.
    let error = invocation.parse_body_with(read).err();
    let error = error.map(|error| match error.to_string().contains("expected one of") {
        // A list of every token that may begin or go on in an expression helps nobody.
        true => messages::not_an_expression(keyword, error.span()),
        false => error,
    });
    (arguments, error)
}

fn address(keyword: Keyword, expr: Expr) -> syn::Result<Address> {
    let (name, index) = match ungrouped(expr) {
        Expr::Index(indexed) => (ungrouped(*indexed.expr), Some(*indexed.index)),
        expr => (expr, None),
    };
    let Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) = name else {
        return Err(messages::name_not_literal(keyword, name));
    };
    if !literal.suffix().is_empty() {
        return Err(messages::name_not_literal(keyword, literal));
    }
    let name = literal.value();
    let local = match keyword {
        Keyword::Module => name.strip_prefix('/').unwrap_or(&name),
        _ => &name,
    };
    match identifier(local) {
        Name::Identifier => Ok(Address { literal, index }),
        Name::Keyword => Err(messages::name_is_keyword(local, literal)),
        Name::Neither => Err(messages::name_not_identifier(&name, literal)),
    }
}

enum Name {
    Identifier,
    Keyword,
    Neither,
}

/// Classifies a name. It has to be spelt as the identifier is: spaces and comments around it would be parsed away.
fn identifier(name: &str) -> Name {
    let spelt = |word: syn::Result<Ident>| word.is_ok_and(|word| word == name);
    // Syn takes `gen` for a name, which it was before the edition of 2024.
    if name != "gen" && !name.starts_with("r#") && spelt(syn::parse_str(name)) {
        Name::Identifier
    } else if name != "_" && !name.starts_with("r#") && spelt(Ident::parse_any.parse_str(name)) {
        Name::Keyword
    } else {
        Name::Neither
    }
}

/// Returns the expression inside the invisible groups that `macro_rules!` puts around what it is given.
pub(super) fn ungrouped(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungrouped(*group.expr),
        expr => expr,
    }
}

fn sample(arguments: Vec<Argument>, scope: &Scope, report: &mut Report) -> Option<Form> {
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(distribution)) = arguments.next() else { return None };
    let options = options::sample(arguments.collect(), scope, report);
    let mut support = options.support;
    if !options.support_stated {
        support = constructed(&distribution, scope).map(Support::Of);
        if support.is_none() {
            report.add(messages::unreadable_support(&distribution));
        }
    }
    let Options { estimator, auxiliary, enumerate, up_to, concrete, given, mask, weight, free_bits, .. } =
        options;
    let sample = Sample {
        distribution,
        support,
        estimator,
        auxiliary,
        enumerate,
        up_to,
        concrete,
        given,
        mask,
        weight,
        free_bits,
    };
    Some(Form::Sample(Box::new(sample)))
}

/// Returns the type of a bare `Type::constructor(..)`, or of its `.expand(..)`, without its generic arguments: the type's defaults stand for them.
///
/// A type begins with a capital letter; before a small one the last segments are a module and a function. A generic
/// parameter of the program means nothing beside the function, where the support is stated again.
fn constructed(distribution: &Expr, scope: &Scope) -> Option<Path> {
    let call = match distribution {
        Expr::Group(group) => return constructed(&group.expr, scope),
        Expr::Paren(paren) => return constructed(&paren.expr, scope),
        // Copies lie where the one does.
        Expr::MethodCall(method) if method.method == "expand" => {
            return constructed(&method.receiver, scope);
        }
        Expr::Call(call) => call,
        _ => return None,
    };
    let Expr::Path(function) = &*call.func else { return None };
    if function.qself.is_some() {
        return None;
    }
    let mut path = function.path.clone();
    path.segments.pop()?;
    path.segments.pop_punct();
    if !scope.has_meaning_outside(&path.segments.first()?.ident) {
        return None;
    }
    let last = path.segments.last_mut()?;
    last.arguments = PathArguments::None;
    last.ident.to_string().starts_with(char::is_uppercase).then_some(path)
}

fn observe(arguments: Vec<Argument>, report: &mut Report) -> Option<Form> {
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(distribution)) = arguments.next() else { return None };
    let Some(Argument::Expr(value)) = arguments.next() else { return None };
    let [mask, weight] =
        options::values([options::MASK, options::WEIGHT], Keyword::Observe, arguments, report);
    Some(Form::Observe(Observe { distribution, value, mask, weight }))
}

fn stated(keyword: Keyword, arguments: Vec<Argument>, report: &mut Report) -> Option<Stated> {
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(value)) = arguments.next() else { return None };
    let [mask] = options::values([options::MASK], keyword, arguments, report);
    Some(Stated { value, mask })
}

fn noise(arguments: Vec<Argument>, report: &mut Report) -> Option<Form> {
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(distribution)) = arguments.next() else { return None };
    let [evaluation] = options::values([options::EVALUATION], Keyword::Noise, arguments, report);
    Some(Form::Noise(Noise { distribution, evaluation }))
}

fn param(arguments: Vec<Argument>, report: &mut Report) -> Option<Form> {
    if arguments.len() == 1 {
        let [initial] = exactly(Keyword::Param, arguments, report)?;
        return Some(Form::Param(Param { initial, support: None }));
    }
    let [initial, support] = exactly(Keyword::Param, arguments, report)?;
    Some(Form::Param(Param { initial, support: Some(support) }))
}

fn exactly<const N: usize>(
    keyword: Keyword,
    arguments: Vec<Argument>,
    report: &mut Report,
) -> Option<[Expr; N]> {
    let mut expressions: Vec<Expr> = Vec::new();
    for argument in arguments {
        let Argument::Expr(expr) = argument else { return None };
        if expressions.len() == N {
            report.add(messages::too_many_arguments(keyword, &expr));
            return None;
        }
        expressions.push(expr);
    }
    expressions.try_into().ok()
}

fn call(arguments: Vec<Argument>, report: &mut Report) -> Option<Form> {
    let mut arguments = arguments.into_iter();
    let Some(Argument::Expr(program)) = arguments.next() else { return None };
    let auxiliary = options::call(arguments.collect(), report);
    let program = ungrouped(program);
    let callee = match &program {
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
            _ => None,
        },
        _ => None,
    };
    let Some(mut callee) = callee else {
        report.add(messages::call_of_no_path(program));
        return None;
    };
    callee.segments.last_mut()?.arguments = PathArguments::None;
    Some(Form::Call(Call { callee, program, auxiliary }))
}
