//! What a run recorded: a value for each site, and the terms of the objective.

use super::address::Subject;
use super::automatic::Automatic;
use super::enumerate::Enumeration;
use super::markov::{Chain, Ends, Pair};
use super::overlay::Overlays;
use super::pass::Terms;
use super::quantity::StatedQuantity;
use super::run::Run;
use crate::dist::form::Form;
use crate::element::Element;
use crate::eliminate::{Elimination, Weights};
use crate::error::Place;
use crate::estimator::rule::ScoreSites;
use crate::program::notes::Notes;
use crate::tape::Tape;
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use crate::tape::ops::summand::Use;
use crate::tape::walk::Extent;

/// What a term is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A log-density of data.
    Likelihood,
    /// A log-weight that the model states itself.
    Factor,
    /// A log-density of the model at a latent site.
    Prior,
    /// A log-density of the guide; it counts negatively.
    Proposal,
    /// A closed divergence of the guide from the model at a site; it counts negatively.
    Divergence,
    /// What is left of the factors around discrete sites that were summed out: a log-probability of data.
    Evidence,
    /// The same of factors of which none is of data: a log-density of latent sites, or zero.
    Marginal,
    /// What a divergence lacks of its free bits; it is minimised, and in no bound.
    Floor,
    /// What a program adds to what is minimised, and to no bound.
    Penalty,
}

impl Part {
    /// Returns the sign with which it enters the objective.
    pub(crate) fn sign(self) -> f64 {
        match self {
            Part::Likelihood | Part::Factor | Part::Prior | Part::Evidence | Part::Marginal => 1.0,
            Part::Proposal | Part::Divergence | Part::Floor | Part::Penalty => -1.0,
        }
    }

    /// Returns whether it is a part of the divergence of the guide from the prior, or of its floor.
    #[inline(always)]
    pub(crate) fn is_of_divergence(self) -> bool {
        matches!(self, Part::Prior | Part::Proposal | Part::Divergence | Part::Marginal | Part::Floor)
    }

    /// Returns what its statement has a number among.
    pub(crate) fn subject(self) -> Subject {
        match self {
            Part::Likelihood | Part::Factor => Subject::Observation,
            Part::Penalty => Subject::Penalty,
            _ => Subject::Site,
        }
    }
}

/// One summand of the objective.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub(crate) node: NodeId,
    pub(crate) part: Part,
    /// The site's number, among latent sites or (for a likelihood) among observations.
    pub(crate) site: u32,
    /// The factor of subsampled plates, of elements that the node does not spell out, and of `scale`.
    pub(crate) scale: f64,
    /// By how much more it counts in what a step minimises than in the bound.
    pub(crate) weight: f64,
    /// The particles and the plates that were open at the statement.
    pub(crate) open: AxisSet,
    /// For a term with axes of the guide's discrete sites: its elements before the expectation over them, and the
    /// logarithm of the weights. Else nothing.
    pub(crate) outcomes: Option<(NodeId, NodeId)>,
    pub(crate) place: Place,
}

/// What is known of a proposal's log-density.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proposal<E: 'static> {
    /// Not asked for, or already among the terms.
    Settled,
    /// Not among the terms yet, because a closed divergence may replace it: its closed form, and its node if that was
    /// computed already. One of them is there.
    Pending { form: Option<Form<E>>, node: Option<NodeId> },
    /// It is noise, which has none.
    Noise,
}

/// A latent site in one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<E: 'static> {
    /// The recording that it belongs to.
    pub(crate) stamp: u32,
    pub(crate) value: NodeId,
    pub(crate) proposal: Proposal<E>,
    /// Whether the model has met it (or need not, for an auxiliary site).
    pub(crate) answered: bool,
    /// The plates around it in the guide.
    pub(crate) axes: AxisSet,
    pub(crate) scale: f64,
    /// By how much more its terms count in what a step minimises, as the model says.
    pub(crate) weight: f64,
    /// What the guide's masks leave of its elements.
    pub(crate) mask: Option<NodeId>,
    /// Its labels in the guide, which its value has where they are known.
    pub(crate) labels: Option<NodeId>,
    pub(crate) place: Option<Place>,
}

impl<E> Entry<E> {
    /// Returns whether it is noise, and no site.
    pub(crate) fn is_noise(&self) -> bool {
        matches!(self.proposal, Proposal::Noise)
    }

    pub(crate) const EMPTY: Entry<E> = Entry {
        stamp: 0,
        value: NodeId::NONE,
        proposal: Proposal::Settled,
        answered: false,
        axes: AxisSet::EMPTY,
        scale: 1.0,
        weight: 1.0,
        mask: None,
        labels: None,
        place: None,
    };
}

/// The sites and terms of a run.
#[derive(Debug)]
pub(crate) struct Trace<E: 'static> {
    pub(crate) entries: Vec<Entry<E>>,
    /// How the guide leaves the sites that it does not propose to the library, if it does.
    pub(crate) automatic: Option<Automatic>,
    /// The latent sites of this run, in the order in which they were drawn.
    pub(crate) order: Vec<u32>,
    /// The noise that this run has drawn.
    pub(crate) noises: Vec<u32>,
    /// The quantities that this run states.
    pub(crate) quantities: Vec<StatedQuantity>,
    /// The observations of this run, with their values.
    pub(crate) observations: Vec<(u32, NodeId)>,
    pub(crate) terms: Vec<Term>,
    pub(crate) enumerations: Vec<Enumeration>,
    pub(crate) chains: Vec<Chain<E>>,
    /// What probes have been added for states that follow each other.
    pub(crate) pairs: Vec<Pair>,
    pub(crate) scores: ScoreSites,
    /// The bits of the sites whose gradient is estimated from costs, or that are tried at every value: those without a
    /// pathwise gradient.
    pub(crate) score_bits: u64,
    /// How many concrete sites the program in progress has met.
    pub(crate) concrete_sites: usize,
    /// Whether a program of the run was stopped, so that the recording ends in the middle of it.
    pub(crate) stopped: bool,
    /// The steps of chains after which some rows had ended.
    pub(crate) ends: Ends,
    pub(crate) elimination: Elimination,
    /// The joint weights of the guide's outcomes.
    pub(crate) weights: Weights,
    /// What handlers say of the sites around which they stand.
    pub(crate) overlays: Overlays,
    /// What an explaining or checking run notes of each site.
    pub(crate) notes: Notes,
}

impl<E: Copy> Trace<E> {
    #[cold]
    fn make_entries(&mut self, site: u32) {
        self.entries.resize(site as usize + 1, Entry::EMPTY);
    }
}

impl<E> Trace<E> {
    pub(crate) fn new() -> Trace<E> {
        Trace {
            entries: Vec::new(),
            automatic: None,
            order: Vec::new(),
            noises: Vec::new(),
            quantities: Vec::new(),
            observations: Vec::new(),
            terms: Vec::new(),
            enumerations: Vec::new(),
            chains: Vec::new(),
            pairs: Vec::new(),
            scores: ScoreSites::default(),
            score_bits: 0,
            concrete_sites: 0,
            stopped: false,
            ends: Ends::default(),
            elimination: Elimination::default(),
            weights: Weights::default(),
            overlays: Overlays::default(),
            notes: Notes::default(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.automatic = None;
        self.order.clear();
        self.noises.clear();
        self.quantities.clear();
        self.observations.clear();
        self.terms.clear();
        self.enumerations.clear();
        self.chains.clear();
        self.pairs.clear();
        self.scores.clear();
        self.score_bits = 0;
        self.ends.clear();
        self.overlays.clear();
        self.notes.clear();
    }
}

impl<E: Element> Run<E> {
    /// Returns how a term with these dependencies and axes is to be recorded.
    pub(crate) fn usage(&self, deps: Deps, axes: AxisSet) -> Use {
        if self.pass.terms == Terms::Elements || !self.scope.masks.is_empty() {
            return Use::Seeded;
        }
        if !axes.intersection(AxisSet::OUTCOMES).is_empty() {
            return Use::Seeded;
        }
        if deps.all() & self.trace.score_bits == 0 { Use::Total } else { Use::Elements }
    }

    /// Returns the sites of this run that were drawn or tried at every value, with what is known of them; not those with
    /// given values.
    pub(crate) fn sampled(&self) -> impl Iterator<Item = (u32, &Entry<E>)> {
        let entries = self.trace.entries.iter().enumerate().map(|(k, entry)| (k as u32, entry));
        entries.filter(|(site, entry)| {
            entry.stamp == self.tape.recording
                && self.tape.node(entry.value).deps.all() & Deps::bit(*site as usize) != 0
        })
    }

    /// Enters the draw of the latent site in progress, with what a mask leaves of it.
    #[inline(always)]
    pub(crate) fn enter_site(
        &mut self,
        site: u32,
        (value, mask): (NodeId, Option<NodeId>),
        proposal: Proposal<E>,
        answered: bool,
        place: Place,
    ) {
        let (stamp, axes, scale) = (self.tape.recording, self.scope.axes, self.scope.scale);
        let (weight, labels, place) = (1.0, None, Some(place));
        *self.trace.entry(site) =
            Entry { stamp, value, proposal, answered, axes, scale, weight, mask, labels, place };
        self.trace.order.push(site);
    }

    /// Adds a term for the statement in progress. `axes` are those that its operands have.
    pub(crate) fn add_term(&mut self, node: NodeId, part: Part, site: u32, axes: AxisSet, place: Place) {
        let (node, axes) = self.mask_term(node, axes, E::zero());
        self.add_whole_term(node, part, site, axes, place);
    }

    /// Adds a term that no mask leaves anything out of.
    pub(crate) fn add_whole_term(
        &mut self,
        node: NodeId,
        part: Part,
        site: u32,
        axes: AxisSet,
        place: Place,
    ) {
        if self.scope.control != 0 {
            // Whether there is such a term, and what is in it, depends on the sites that the program has branched on.
            self.tape.cross(node, self.scope.control);
        }
        let scale = self.scope.scale * self.unspelt(axes);
        let (weight, open) = (self.scope.weight, self.scope.axes);
        self.trace.terms.push(Term { node, part, site, scale, weight, open, outcomes: None, place });
    }

    /// Returns the number of elements of the open plates that values with these axes do not spell out.
    fn unspelt(&self, axes: AxisSet) -> f64 {
        self.tape.elements_of(self.scope.axes.minus(axes))
    }

    /// Returns the plates of a set of axes as messages put them behind a shape: `` in plates [school]``, or nothing.
    pub(crate) fn in_plates(&self, axes: AxisSet) -> String {
        let plates = axes.iter().any(|axis| self.session.plates.by_axis(axis).is_some());
        if plates { format!(" in {}", self.plate_names(axes)) } else { String::new() }
    }

    /// Returns an event shape with the plates that it lies in, for messages.
    pub(crate) fn shape_in_plates(&self, extent: Extent) -> String {
        format!("{}{}", extent.shape, self.in_plates(extent.axes))
    }

    /// Returns the plates of a set of axes by name, for messages.
    pub(crate) fn plate_names(&self, axes: AxisSet) -> String {
        let names: Vec<&str> = axes
            .iter()
            .filter_map(|axis| self.session.plates.by_axis(axis))
            .map(|(plate, _)| self.session.addresses.text(Subject::Plate, plate))
            .collect();
        if names.is_empty() { "no plate".to_owned() } else { format!("plates [{}]", names.join(", ")) }
    }
}

impl<E: Element> Trace<E> {
    /// Returns the entry of a site, made if it is new.
    #[inline(always)]
    pub(crate) fn entry(&mut self, site: u32) -> &mut Entry<E> {
        if site as usize >= self.entries.len() {
            self.make_entries(site);
        }
        &mut self.entries[site as usize]
    }
}

impl<E: Element> Tape<E> {
    /// Returns the number of elements along these axes.
    pub(crate) fn elements_of(&self, axes: AxisSet) -> f64 {
        axes.iter().map(|a| f64::from(self.sizes[a.0 as usize])).product()
    }
}
