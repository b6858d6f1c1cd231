//! What the words `enumerate`, `concrete` and `given` ask of each other and of the place where they stand.

use crate::ir::{Form, Frame, Kind, Place, Program, Sample, Statement};
use crate::{messages, report::Report};
use syn::Expr;

pub(super) fn check(program: &mut Program, report: &mut Report) {
    let kind = program.kind;
    for statement in &mut program.statements {
        let Some(Form::Sample(sample)) = &mut statement.form else { continue };
        given(sample, report);
        up_to(sample, report);
        if let (Kind::Model, Some(_), Some(said)) = (kind, &sample.enumerate, &sample.free_bits) {
            report.add(messages::free_bits_and_enumerate(said.word.span()));
        }
        if kind == Kind::Guide {
            estimator(sample, report);
        }
        concrete(&statement.place, sample, report);
    }
    if kind == Kind::Model {
        branches(&program.statements, report);
    }
}

fn given(sample: &Sample, report: &mut Report) {
    let Some(given) = &sample.given else { return };
    if let Some(word) = &sample.concrete {
        report.add(messages::given_and_concrete(word.span()));
    } else if sample.auxiliary.is_some() {
        report.add(messages::given_and_auxiliary(given.word.span()));
    }
}

fn up_to(sample: &Sample, report: &mut Report) {
    if let (Some(said), None) = (&sample.up_to, &sample.enumerate) {
        report.add(messages::up_to_without_enumerate(said.word.span()));
    }
}

fn estimator(sample: &mut Sample, report: &mut Report) {
    let Some(estimator) = &sample.estimator else { return };
    if sample.enumerate.is_some() {
        report.add(messages::estimator_and_enumerate(estimator));
    } else if sample.concrete.is_some() && is_pathwise(estimator) {
        report.add(messages::pathwise_and_concrete(estimator));
        // Rustc is not asked too whether the site has a pathwise gradient.
        sample.estimator = None;
    }
}

/// Returns whether the estimator is written as the path `Pathwise`.
fn is_pathwise(estimator: &Expr) -> bool {
    match estimator {
        Expr::Group(group) => is_pathwise(&group.expr),
        Expr::Paren(paren) => is_pathwise(&paren.expr),
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Pathwise"),
        _ => false,
    }
}

/// A plain value is one value: it cannot be a batch of them.
fn concrete(place: &Place, sample: &Sample, report: &mut Report) {
    let Some(word) = &sample.concrete else { return };
    if place.within(Frame::Markov) {
        report.add(messages::concrete_in_chain(word.span()));
    } else if place.within(Frame::Plate) {
        report.add(messages::concrete_in_plate(word.span()));
    }
}

/// A site that the model sums out is no guide's, so it cannot be latent in another branch.
fn branches(statements: &[Statement], report: &mut Report) {
    let sites = || {
        statements.iter().filter_map(|statement| match (&statement.form, &statement.address) {
            (Some(Form::Sample(sample)), Some(address)) => Some((&statement.place, sample, address)),
            _ => None,
        })
    };
    for (position, (place, sample, address)) in sites().enumerate() {
        let name = address.name();
        let differs = sites().take(position).any(|(first, other, there)| {
            there.name() == name
                && first.excludes(place)
                && other.enumerate.is_some() != sample.enumerate.is_some()
        });
        if differs {
            let at = sample.enumerate.as_ref().map_or_else(|| address.span(), syn::Ident::span);
            report.add(messages::summed_out_in_one_branch(&name, at));
        }
    }
}
