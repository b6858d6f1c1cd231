//! From a function's body to statements: finds every statement of the language, reads it, notes where it stands, and
//! leaves a placeholder.

use crate::ir::{Form, Frame, Keyword, Place, Program, Rows, Scope, Statement};
use crate::literals::Literals;
use crate::parse::{self, Parsed};
use crate::{placeholder, report::Report};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, Local, Macro, Stmt, Token};

/// Fills in `program.statements` and puts placeholders into its body.
pub(crate) fn lower(program: &mut Program, report: &mut Report) {
    let mut lowering = Lowering {
        scope: Scope::of(program, |call| {
            expressions(call.tokens.clone()).map_or_else(Vec::new, |(list, _)| list.into_iter().collect())
        }),
        frames: Vec::new(),
        groups: 0,
        statements: Vec::new(),
        literals: Literals::of(program.element.clone(), program.body.to_token_stream()),
        report,
    };
    lowering.visit_block_mut(&mut program.body);
    program.statements = lowering.statements.into_iter().flatten().collect();
}

struct Lowering<'report> {
    scope: Scope,
    frames: Vec<Frame>,
    groups: usize,
    /// A statement's number is taken before the statements inside its arguments take theirs.
    statements: Vec<Option<Statement>>,
    literals: Literals,
    report: &'report mut Report,
}

impl Lowering<'_> {
    fn within(&mut self, frame: Frame, visit: impl FnOnce(&mut Self)) {
        self.frames.push(frame);
        visit(self);
        self.frames.pop();
    }

    fn next_group(&mut self) -> usize {
        self.groups += 1;
        self.groups
    }

    /// Reads a statement of the language and returns what stands for it, or nothing if the macro is another's.
    fn statement(&mut self, call: &Macro) -> Option<Expr> {
        let (keyword, span) = keyword_of(call)?;
        let before = self.report.count();
        let Parsed { address, form } = parse::statement(keyword, span, call, &self.scope, self.report);
        let number = self.statements.len();
        self.statements.push(None);
        let mistake = self.report.first_after(before).cloned();
        let place = Place(self.frames.clone());
        let mut statement = Statement { keyword, span, place, address, form, mistake };
        self.arguments(&mut statement);
        self.statements[number] = Some(statement);
        Some(placeholder::expression(number))
    }

    /// Lowers the statements inside a statement's arguments.
    fn arguments(&mut self, statement: &mut Statement) {
        if let Some(index) = statement.address.as_mut().and_then(|address| address.index.as_mut()) {
            self.visit_expr_mut(index);
        }
        match &mut statement.form {
            None => {}
            Some(Form::Sample(sample)) => {
                self.visit_expr_mut(&mut sample.distribution);
                let given = sample.given.as_mut().map(|given| &mut given.value);
                let weight = sample.weight.as_mut().map(|weight| &mut weight.value);
                let free_bits = sample.free_bits.as_mut().map(|free_bits| &mut free_bits.value);
                let up_to = sample.up_to.as_mut().map(|up_to| &mut up_to.value);
                let options =
                    [sample.estimator.as_mut(), given, sample.mask.as_mut(), weight, free_bits, up_to];
                for expr in options.into_iter().flatten() {
                    self.visit_expr_mut(expr);
                }
            }
            Some(Form::Observe(observe)) => {
                self.visit_expr_mut(&mut observe.distribution);
                self.visit_expr_mut(&mut observe.value);
                for expr in [&mut observe.mask, &mut observe.weight].into_iter().flatten() {
                    self.visit_expr_mut(expr);
                }
            }
            Some(Form::Factor(stated) | Form::Penalty(stated)) => {
                self.visit_expr_mut(&mut stated.value);
                if let Some(mask) = &mut stated.mask {
                    self.visit_expr_mut(mask);
                }
            }
            Some(Form::Deterministic(value) | Form::Module(value)) => self.visit_expr_mut(value),
            Some(Form::Noise(noise)) => {
                self.visit_expr_mut(&mut noise.distribution);
                if let Some(value) = &mut noise.evaluation {
                    self.visit_expr_mut(value);
                }
            }
            Some(Form::Param(param)) => {
                self.within(Frame::Initial, |inner| inner.visit_expr_mut(&mut param.initial));
                if let Some(support) = &mut param.support {
                    self.visit_expr_mut(support);
                }
            }
            Some(Form::Plate(plate)) => {
                self.visit_expr_mut(&mut plate.size);
                match &mut plate.rows {
                    Rows::Subsample(number) | Rows::InOrder(number) | Rows::Of(number) => {
                        self.visit_expr_mut(number)
                    }
                    Rows::Whole => {}
                }
                if let Some(mask) = &mut plate.mask {
                    // It is evaluated in the body, where its element is taken.
                    self.within(Frame::Plate, |inner| inner.visit_expr_mut(mask));
                }
                if let Expr::Closure(closure) = &mut plate.body {
                    self.within(Frame::Plate, |inner| inner.visit_expr_mut(&mut closure.body));
                }
            }
            Some(Form::Markov(markov)) => {
                self.visit_expr_mut(&mut markov.steps);
                self.visit_expr_mut(&mut markov.init);
                if let Some(lengths) = &mut markov.lengths {
                    self.visit_expr_mut(lengths);
                }
                let first = self.statements.len();
                if let Expr::Closure(closure) = &mut markov.body {
                    self.within(Frame::Markov, |inner| inner.visit_expr_mut(&mut closure.body));
                }
                markov.summed_out = self.sums_out(first);
            }
            Some(Form::Call(call)) => self.visit_expr_mut(&mut call.program),
        }
    }

    /// Returns whether the chain that stands here, whose first statement has this number, has a site that is summed out
    /// in one run. Those of a chain in its body are that chain's.
    fn sums_out(&self, first: usize) -> bool {
        let inside = self.frames.len() + 1;
        self.statements[first..].iter().flatten().any(|statement| {
            matches!(&statement.form, Some(Form::Sample(sample)) if sample.is_batched_sum())
                && !statement.place.0[inside..].contains(&Frame::Markov)
        })
    }

    /// Lowers the statements among the arguments of a macro that takes expressions, as `vec!` and `println!` do.
    fn foreign(&mut self, call: &mut Macro) {
        if !mentions_keyword(call.tokens.clone()) {
            return;
        }
        let Some((mut list, separator)) = expressions(call.tokens.clone()) else { return };
        for expr in &mut list {
            self.visit_expr_mut(expr);
        }
        call.tokens = match separator {
            Separator::Comma => list.into_token_stream(),
            Separator::Semicolon => {
                let items = list.into_iter();
                quote!(#(#items);*)
            }
        };
    }
}

impl VisitMut for Lowering<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let last = block.stmts.len().saturating_sub(1);
        for (position, stmt) in block.stmts.iter_mut().enumerate() {
            let Stmt::Macro(call) = stmt else {
                self.visit_stmt_mut(stmt);
                continue;
            };
            match self.statement(&call.mac) {
                Some(expr) => {
                    // In braces a statement ends itself, unless it is the block's value.
                    let ended = call.semi_token.is_some() || position < last;
                    let attributes = std::mem::take(&mut call.attrs);
                    let semicolon = ended.then(|| call.semi_token.unwrap_or_default());
                    *stmt = Stmt::Expr(with_attributes(expr, attributes), semicolon);
                }
                None => self.foreign(&mut call.mac),
            }
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Macro(call) => match self.statement(&call.mac) {
                Some(found) => *expr = with_attributes(found, std::mem::take(&mut call.attrs)),
                None => self.foreign(&mut call.mac),
            },
            Expr::MethodCall(call) => {
                self.literals.settle_call(call);
                visit_mut::visit_expr_method_call_mut(self, call);
            }
            Expr::If(branch) => {
                let group = self.next_group();
                self.visit_expr_mut(&mut branch.cond);
                self.within(Frame::Branch { group, arm: 0 }, |inner| {
                    inner.visit_block_mut(&mut branch.then_branch);
                });
                if let Some((_, otherwise)) = &mut branch.else_branch {
                    self.within(Frame::Branch { group, arm: 1 }, |inner| inner.visit_expr_mut(otherwise));
                }
            }
            Expr::Match(branch) => {
                let group = self.next_group();
                self.visit_expr_mut(&mut branch.expr);
                for (arm, taken) in branch.arms.iter_mut().enumerate() {
                    // The pattern holds the guard, which runs before it is known which arm is taken.
                    self.visit_pat_mut(&mut taken.pat);
                    self.within(Frame::Branch { group, arm }, |inner| inner.visit_expr_mut(&mut taken.body));
                }
            }
            Expr::ForLoop(repeated) => {
                self.visit_expr_mut(&mut repeated.expr);
                self.within(Frame::Loop, |inner| inner.visit_block_mut(&mut repeated.body));
            }
            Expr::While(_) | Expr::Loop(_) => {
                self.within(Frame::Loop, |inner| visit_mut::visit_expr_mut(inner, expr));
            }
            Expr::Closure(_) | Expr::Async(_) | Expr::Const(_) => {
                self.within(Frame::Closure, |inner| visit_mut::visit_expr_mut(inner, expr));
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        self.literals.settle_variable(local);
        visit_mut::visit_local_mut(self, local);
    }

    /// An item inside the body is no part of the program.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Returns the statement that a macro of this path is, by its last segment, and where that stands.
fn keyword_of(call: &Macro) -> Option<(Keyword, Span)> {
    let last = &call.path.segments.last()?.ident;
    let keyword = Keyword::ALL.into_iter().find(|keyword| last == keyword.name())?;
    Some((keyword, last.span()))
}

fn mentions_keyword(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => Keyword::ALL.iter().any(|keyword| ident == keyword.name()),
        TokenTree::Group(group) => mentions_keyword(group.stream()),
        _ => false,
    })
}

/// What stands between the expressions of a macro's arguments.
enum Separator {
    Comma,
    Semicolon,
}

fn expressions(tokens: TokenStream) -> Option<(Punctuated<Expr, Token![,]>, Separator)> {
    if let Ok(list) = Punctuated::parse_terminated.parse2(tokens.clone()) {
        return Some((list, Separator::Comma));
    }
    let repeated = Punctuated::<Expr, Token![;]>::parse_separated_nonempty.parse2(tokens).ok()?;
    Some((repeated.into_iter().collect(), Separator::Semicolon))
}

fn with_attributes(mut expr: Expr, attributes: Vec<syn::Attribute>) -> Expr {
    if let Expr::Macro(call) = &mut expr {
        call.attrs = attributes;
    }
    expr
}
