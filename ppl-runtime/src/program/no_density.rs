//! Guides that are no density of the model's sites: looked for before a session's first step.
//!
//! An auxiliary site is a part of the guide's density. Where its draw is handed on by a `Delta`, as it is, the density is that
//! of the site that gets it. Of what is computed from a draw `Delta` has no density: that of the draw lacks the Jacobian of the computation, and the bound
//! is one of another guide. An auxiliary site on which nothing depends has a bound that rises without end as its proposal spreads.

use super::address::Subject;
use super::run::Run;
use super::trace::Part;
use crate::element::Element;
use crate::error::{Error, Place};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use std::collections::{HashMap, HashSet};

/// What a checking run notes of a site of the guide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotedProposal {
    pub(crate) site: u32,
    pub(crate) value: NodeId,
    pub(crate) place: Place,
    /// Whether all its probability lies at one value.
    pub(crate) is_certain: bool,
    pub(crate) auxiliary: bool,
}

impl<E: Element> Run<E> {
    /// Refuses a guide whose auxiliary sites make it no density of the model's sites; the run is a checking one.
    pub(crate) fn refuse_no_density(&self) -> Result<(), Error> {
        let noted = &self.trace.notes.proposals;
        // The sites past the last bit share it, so that nothing is known of them.
        let auxiliary =
            || noted.iter().filter(|p| p.auxiliary && !p.is_certain && !Deps::is_shared(p.site as usize));
        if auxiliary().next().is_none() {
            return Ok(());
        }
        for proposal in auxiliary() {
            // Another branch of a program with concrete sites may use it.
            if !self.session.apart.needed && !self.is_used(proposal.site) {
                let detail = "is auxiliary, and nothing depends on it: the loss would fall without end as its proposal spreads; \
                              remove it, or hand its draw on";
                return Err(self.no_density(proposal, detail.to_owned()));
            }
        }
        let bits = auxiliary().fold(0, |bits, proposal| bits | Deps::bit(proposal.site as usize));
        let mut handed = Handed::of(auxiliary().map(|proposal| self.tape.value(proposal.value)));
        for proposal in noted.iter().filter(|p| p.is_certain) {
            let own = self.tape.node(proposal.value).deps.all() & bits;
            if own == 0 {
                continue;
            }
            for element in self.tape.value(proposal.value) {
                let found = handed.take(element.as_f64());
                if found == Taken::Unknown && self.is_without(bits, element.as_f64()) {
                    continue;
                }
                if found != Taken::Once {
                    let site =
                        auxiliary().find(|p| own & Deps::bit(p.site as usize) != 0).map_or(0, |p| p.site);
                    return Err(
                        self.no_density(proposal, handed_wrongly(found, self.session.site_name(site)))
                    );
                }
            }
        }
        Ok(())
    }

    /// Refuses a guide whose draws have no density beside the model's, and so no importance weights; the run is a checking one.
    ///
    /// Its auxiliary draws must be those that its `Delta`s hand on, element by element: then the density of the first is that of the
    /// sites that get them.
    pub(crate) fn refuse_no_weights(&self) -> Result<(), Error> {
        self.refuse_no_density()?;
        let noted = &self.trace.notes.proposals;
        let auxiliary = || noted.iter().filter(|p| p.auxiliary && !p.is_certain);
        let mut handed = Handed::of(auxiliary().map(|proposal| self.tape.value(proposal.value)));
        for proposal in noted.iter().filter(|p| p.is_certain && !p.auxiliary) {
            if self.tape.value(proposal.value).iter().any(|v| handed.take(v.as_f64()) == Taken::Unknown) {
                let detail = "is proposed by `Delta` at a value that no auxiliary site draws: all probability at one value is no density beside \
                              the model's, so that the guide's draws have no weights; make the value a `param!` of the model, or \
                              `condition` the model on it";
                return Err(self.no_density(proposal, detail.to_owned()));
            }
        }
        let left =
            |p: &&NotedProposal| self.tape.value(p.value).iter().any(|v| !handed.has_taken(v.as_f64()));
        match auxiliary().find(left) {
            None => Ok(()),
            Some(proposal) => {
                let detail = "is auxiliary, and no `Delta` hands all of its draw on: the guide's density is one of it too, of which the model \
                              has none, so that draws have no weights; let the model draw it too, from any distribution of its \
                              values";
                Err(self.no_density(proposal, detail.to_owned()))
            }
        }
    }

    /// Returns whether another draw or a term depends on a site.
    fn is_used(&self, site: u32) -> bool {
        let depends = |node: NodeId| self.tape.node(node).deps.all() & Deps::bit(site as usize) != 0;
        let mut drawn = self.trace.order.iter().filter(|&&other| other != site);
        drawn.any(|&other| depends(self.trace.entries[other as usize].value))
            || self.trace.terms.iter().any(|term| {
                let own = term.site == site && term.part == Part::Proposal;
                !own && depends(term.node)
            })
    }

    /// Returns whether a value that depends on none of these sites has this element.
    fn is_without(&self, bits: u64, element: f64) -> bool {
        let nodes = (0..self.tape.nodes.len() as u32).map(NodeId);
        let mut without = nodes.filter(|&id| self.tape.node(id).deps.all() & bits == 0);
        without.any(|id| self.tape.value(id).iter().any(|v| v.as_f64().to_bits() == element.to_bits()))
    }

    fn no_density(&self, proposal: &NotedProposal, detail: String) -> Error {
        let site = self.session.addresses.text(Subject::Site, proposal.site).to_owned();
        Error::Site { place: proposal.place, site, detail }
    }
}

#[cold]
fn handed_wrongly(found: Taken, auxiliary: &str) -> String {
    match found {
        Taken::Again => format!(
            "is proposed by `Delta` at an element of the auxiliary site `{auxiliary}` that another site, or element, has been given already: both \
             together have no density; give each an element of its own"
        ),
        _ => format!(
            "is proposed by `Delta` at a value that is computed from the auxiliary site `{auxiliary}`, where it has no density: the bound would lack the \
             Jacobian; hand elements of the draw on as they are, and draw it from a distribution of this site's values, such as \
             `Transformed::new(.., Exp)`"
        ),
    }
}

/// How an element of a draw was handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Once,
    Again,
    /// It is no element of a draw.
    Unknown,
}

/// The elements of auxiliary draws, and which have been handed on. Draws of continuous distributions are told apart by their bits.
struct Handed {
    elements: HashMap<u64, bool>,
    /// Elements that occur several times in one draw, which cannot be told apart.
    alike: HashSet<u64>,
}

impl Handed {
    /// Returns what draws there are to hand on.
    fn of<'a, E: Element>(draws: impl Iterator<Item = &'a [E]>) -> Handed {
        let mut handed = Handed { elements: HashMap::new(), alike: HashSet::new() };
        for element in draws.flatten() {
            let bits = element.as_f64().to_bits();
            if handed.elements.insert(bits, false).is_some() {
                handed.alike.insert(bits);
            }
        }
        handed
    }

    fn has_taken(&self, element: f64) -> bool {
        self.elements.get(&element.to_bits()).is_some_and(|&taken| taken)
    }

    fn take(&mut self, element: f64) -> Taken {
        match self.elements.get_mut(&element.to_bits()) {
            None => Taken::Unknown,
            Some(taken) if *taken && !self.alike.contains(&element.to_bits()) => Taken::Again,
            Some(taken) => {
                *taken = true;
                Taken::Once
            }
        }
    }
}
