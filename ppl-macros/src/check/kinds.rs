//! What only a model has, and what only a guide has.

use crate::ir::{Form, Keyword, Kind, Program};
use crate::{messages, report::Report};

pub(super) fn check(program: &Program, report: &mut Report) {
    for statement in &program.statements {
        match (program.kind, &statement.form) {
            (Kind::Guide, _) if statement.keyword == Keyword::Observe => {
                if let Some(address) = &statement.address {
                    report.add(messages::observe_in_guide(&address.name(), address.span()));
                }
            }
            (Kind::Guide, _) if statement.keyword == Keyword::Factor => {
                if let Some(address) = &statement.address {
                    report.add(messages::factor_in_guide(&address.name(), address.span()));
                }
            }
            (Kind::Guide, Some(Form::Sample(sample))) => {
                for said in [&sample.weight, &sample.free_bits].into_iter().flatten() {
                    report.add(messages::tempered_in_guide(&said.word.to_string(), said.word.span()));
                }
            }
            (Kind::Model, Some(Form::Sample(sample))) => {
                if let Some(estimator) = &sample.estimator {
                    report.add(messages::estimator_in_model(estimator));
                }
                if let Some(word) = &sample.auxiliary {
                    report.add(messages::auxiliary_in_model(word.span()));
                }
            }
            (Kind::Model, Some(Form::Call(call))) => {
                if let Some(word) = &call.auxiliary {
                    report.add(messages::auxiliary_in_model(word.span()));
                }
            }
            _ => {}
        }
    }
}
