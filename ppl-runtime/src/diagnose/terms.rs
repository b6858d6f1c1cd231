//! A term of the objective in words, with the values that went into it.

use crate::dist::law::Law;
use crate::dist::overflow::number;
use crate::element::Element;
use crate::error::Place;
use crate::program::address::Subject;
use crate::program::notes::NotedValues;
use crate::program::run::Run;
use crate::program::trace::{Part, Term};
use crate::tape::axes::AxisSet;
use crate::tape::node::{Arg, NodeId};

/// The most numbers of an array that are shown.
const SHOWN: usize = 4;

impl<E: Element> Run<E> {
    /// Notes the value and the operands of a site, and returns their nodes.
    pub(crate) fn note_values(
        &mut self,
        subject: Subject,
        number: u32,
        dist: &Law<'_, E>,
        value: Arg<E>,
        place: Place,
    ) -> Vec<NodeId> {
        // Operands that are lifted as constants are views, which the tape has in their order.
        let first = self.tape.nodes.len() as u32;
        let lifts = std::mem::replace(&mut self.tape.lifts_constants, true);
        let _ = dist.operands(&mut self.tape, place.0);
        self.tape.lifts_constants = lifts;
        let operands: Vec<NodeId> = (first..self.tape.nodes.len() as u32).map(NodeId).collect();
        let in_guide = self.session.addresses.in_guide();
        let mut all = operands.clone();
        all.extend(value.id.is_some().then_some(value.id));
        let (value, constant) = (value.id, value.value.as_f64());
        self.trace.notes.values.push(NotedValues { subject, number, in_guide, value, constant, operands });
        all
    }

    /// Returns what a term is, with its element and its place.
    pub(crate) fn name_term(&self, term: &Term, element: usize) -> String {
        let node = self.tape.node(term.node);
        let at = self.name_element(node.axes, element / node.shape.len().max(1), None);
        self.name_whole_term(term, Some(&at))
    }

    /// Returns what a term is, with its place and, if it is known, its element.
    pub(super) fn name_whole_term(&self, term: &Term, at: Option<&str>) -> String {
        let site = self.part_name(term.part.subject(), term.site);
        let (at, place) = (at.unwrap_or_default(), term.place);
        match term.part {
            Part::Likelihood | Part::Prior => {
                format!("the log-density of site `{site}`{at} under the model ({place})")
            }
            Part::Factor => format!("the log-weight of factor `{site}`{at} ({place})"),
            Part::Penalty => format!("the penalty `{site}`{at} ({place})"),
            Part::Proposal => format!("the log-density of site `{site}`{at} under the guide ({place})"),
            Part::Floor => {
                format!("what the divergence of site `{site}`{at} lacks of its free bits ({place})")
            }
            Part::Divergence => format!("the divergence of site `{site}`{at} ({place})"),
            Part::Evidence | Part::Marginal => {
                format!("what is left of site `{site}`{at} when it is summed out ({place})")
            }
        }
    }

    /// Returns the values that went into an element of a term: `, with the value 1 and the parameters 0, 1e-310 (..)`.
    pub(crate) fn values_in(&self, term: &Term, element: usize) -> String {
        let subject = term.part.subject();
        let in_guide = term.part == Part::Proposal;
        let noted = self.trace.notes.values.iter().find(|values| {
            (values.subject, values.number, values.in_guide) == (subject, term.site, in_guide)
        });
        let Some(values) =
            noted.filter(|_| matches!(term.part, Part::Likelihood | Part::Prior | Part::Proposal))
        else {
            return String::new();
        };
        let node = self.tape.node(term.node);
        let row = element / node.shape.len().max(1);
        let shown = |&id: &NodeId| self.shown(id, node.axes, row);
        let value = match values.value.is_some() {
            true => shown(&values.value),
            false => number(values.constant),
        };
        let parameters: Vec<String> = values.operands.iter().map(shown).collect();
        match &parameters[..] {
            [] => format!(", with the value {value}"),
            all => {
                format!(", with the value {value} and the parameters {} (constants left out)", all.join(", "))
            }
        }
    }

    /// Returns the numbers of a node in a row of `axes`.
    fn shown(&self, id: NodeId, axes: AxisSet, row: usize) -> String {
        let (first, width) = self.row_of(id, axes, row);
        let numbers = &self.tape.value(id)[first..first + width];
        match numbers {
            [one] => number(one.as_f64()),
            many => {
                let mut listed: Vec<String> = many.iter().take(SHOWN).map(|v| number(v.as_f64())).collect();
                listed.extend((many.len() > SHOWN).then(|| "..".to_owned()));
                format!("[{}]", listed.join(", "))
            }
        }
    }
}
