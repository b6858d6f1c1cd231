//! What stands in a lowered body in place of a statement of the language, and how the statement's expansion gets there.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, parse_quote};

const NAME: &str = "__ppl_statement";

/// Returns the expression that stands for the statement with this number.
pub(crate) fn expression(number: usize) -> Expr {
    let name = Ident::new(NAME, Span::mixed_site());
    let number = Literal::usize_unsuffixed(number);
    parse_quote!(#name!(#number))
}

/// Returns where the user wrote the placeholder's name, if it was written: a statement inside itself would have no end.
pub(crate) fn written(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == NAME => Some(ident.span()),
        TokenTree::Group(group) => written(group.stream()),
        _ => None,
    })
}

/// Returns `tokens` with `statement(number)` wherever a placeholder stands.
pub(crate) fn replace(tokens: TokenStream, statement: &dyn Fn(usize) -> Option<TokenStream>) -> TokenStream {
    if written(tokens.clone()).is_none() {
        return tokens;
    }
    let mut out = TokenStream::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Ident(ident) if ident == NAME => {
                let bang = rest.next();
                let number = rest.next();
                match number.as_ref().and_then(read_number).and_then(statement) {
                    Some(expansion) => out.extend(expansion),
                    None => out.extend(quote!(#ident #bang #number)),
                }
            }
            // A group without placeholders keeps the spans of its delimiters.
            TokenTree::Group(group) if written(group.stream()).is_some() => {
                let mut replaced = Group::new(group.delimiter(), replace(group.stream(), statement));
                replaced.set_span(group.span());
                out.extend([TokenTree::Group(replaced)]);
            }
            token => out.extend([token]),
        }
    }
    out
}

fn read_number(token: &TokenTree) -> Option<usize> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            group.stream().to_string().parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;

    #[test]
    fn placeholders_are_replaced_at_any_depth() {
        let (first, second) = (expression(0), expression(1));
        let body = quote!({ let x = f([#first], 1); #second });
        let replaced = replace(body, &|number| Some(if number == 0 { quote!(a()) } else { quote!(b()) }));
        assert_eq!(
            replaced.to_string(),
            quote!({
                let x = f([a()], 1);
                b()
            })
            .to_string()
        );
    }

    #[test]
    fn unknown_numbers_stay() {
        let tokens = expression(7).into_token_stream();
        assert_eq!(replace(tokens.clone(), &|_| None).to_string(), tokens.to_string());
    }
}
