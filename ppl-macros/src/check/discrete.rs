//! What the words `enumerate`, `concrete` and `given` ask of each other and of the place where they stand.

use crate::ir::{Form, Frame, Kind, Place, Program, Sample, Statement};
use crate::{messages, report::Report};
use syn::Expr;

pub(super) fn check(program: &Program, report: &mut Report) {
    let mut earlier: Vec<(&Statement, &Sample)> = Vec::new();
    for statement in &program.statements {
        let Some(Form::Sample(sample)) = &statement.form else { continue };
        given(program.kind, sample, report);
        if program.kind == Kind::Guide {
            estimator(sample, report);
        }
        concrete(&statement.place, sample, report);
        if program.kind == Kind::Model {
            branches(&earlier, statement, sample, report);
        }
        earlier.push((statement, sample));
    }
}

fn given(kind: Kind, sample: &Sample, report: &mut Report) {
    let Some(given) = &sample.given else { return };
    let at = given.word.span();
    if kind == Kind::Guide {
        report.add(messages::given_in_guide(at));
    } else if sample.enumerate.is_none() {
        report.add(messages::given_without_enumerate(at));
    } else if let Some(word) = &sample.concrete {
        report.add(messages::given_and_concrete(word.span()));
    }
}

fn estimator(sample: &Sample, report: &mut Report) {
    let Some(estimator) = &sample.estimator else { return };
    if sample.enumerate.is_some() {
        report.add(messages::estimator_and_enumerate(estimator));
    } else if sample.concrete.is_some() && is_pathwise(estimator) {
        report.add(messages::pathwise_and_concrete(estimator));
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
fn branches(earlier: &[(&Statement, &Sample)], second: &Statement, sample: &Sample, report: &mut Report) {
    let Some(address) = &second.address else { return };
    let name = address.name();
    let differs = |(first, other): &(&Statement, &Sample)| {
        first.address.as_ref().is_some_and(|first| first.name() == name)
            && first.place.excludes(&second.place)
            && other.enumerate.is_some() != sample.enumerate.is_some()
    };
    if earlier.iter().any(differs) {
        let at = sample.enumerate.as_ref().map_or_else(|| address.span(), syn::Ident::span);
        report.add(messages::summed_out_in_one_branch(&name, at));
    }
}
