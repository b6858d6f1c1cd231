//! What outlives a run: everything that a session knows from one step to the next.

use super::address::Addresses;
use super::apart::Apart;
use super::automatic::OwnSites;
use super::left_out::Above;
use super::limits::RunLimits;
use super::markov::StateSizes;
use super::memory::Memory;
use super::module::Modules;
use super::param::Params;
use super::paths::Paths;
use super::plate::Plates;
use super::retrace::Retrace;
use crate::element::Element;
use crate::random::Occasion;
use crate::values::Values;

/// What outlives a run.
#[derive(Debug)]
pub(crate) struct Session<E: 'static> {
    /// The names of sites, parameters and plates, and the order in which programs say them.
    pub(crate) addresses: Addresses,
    pub(crate) plates: Plates,
    pub(crate) params: Params<E>,
    /// The modules that the programs have made.
    pub(crate) modules: Modules,
    /// What is known of the arrays that arguments own.
    pub(crate) memory: Memory<E>,
    /// The seed of the random streams.
    pub(crate) seed: u64,
    /// The weight of the divergence in the step in progress.
    pub(crate) kl_weight: f64,
    /// The number of steps taken before the one in progress, by which weights change.
    pub(crate) steps: u64,
    /// What is known of the sites that the guide leaves to the library.
    pub(crate) automatic: OwnSites,
    /// Whether the model states quantities, so that draws of them need a run of it.
    pub(crate) model_has_quantities: bool,
    /// Whether nothing is known yet of the programs that are to be run, although the session has run others.
    pub(crate) programs_are_new: bool,
    /// The factors that predictions have passed over.
    pub(crate) unweighed: Vec<u32>,
    /// Whether the model sums over the first values of a site alone.
    pub(crate) sums_first_counts: bool,
    /// What such sums left out in the evaluation in progress.
    pub(crate) left_out: Vec<Above>,
    /// How far programs may go.
    pub(crate) limits: RunLimits,
    /// Whether passes have looked for what is wrong in the programs although every density is finite.
    pub(crate) checked: bool,
    /// The numbers of outcomes of each chain's state.
    pub(crate) state_sizes: Vec<StateSizes>,
    /// The particles that are run apart, if they are, and what the recordings of a step have added up to.
    pub(crate) apart: Apart<E>,
    /// The paths through the outcomes of concrete sites, and the one in progress.
    pub(crate) paths: Paths,
    /// Which run of the session it is, for its random streams.
    pub(crate) occasion: Occasion,
    /// The values at which a guide is asked for its log-density in the sleep phase.
    pub(crate) dream: Values,
    /// The statements of the last run, to be followed.
    pub(crate) retrace: Retrace<E>,
    /// A list of outcomes that estimators reuse.
    pub(crate) order: Vec<u32>,
}

impl<E: Element> Session<E> {
    pub(crate) fn new(seed: u64) -> Session<E> {
        Session {
            addresses: Addresses::default(),
            plates: Plates::default(),
            params: Params::new(),
            modules: Modules::default(),
            memory: Memory::default(),
            seed,
            kl_weight: 1.0,
            steps: 0,
            automatic: OwnSites::default(),
            model_has_quantities: false,
            programs_are_new: false,
            unweighed: Vec::new(),
            sums_first_counts: false,
            left_out: Vec::new(),
            limits: RunLimits::default(),
            checked: false,
            state_sizes: Vec::new(),
            apart: Apart::default(),
            paths: Paths::default(),
            occasion: Occasion::default(),
            dream: Values::new(),
            retrace: Retrace::default(),
            order: Vec::new(),
        }
    }

    /// Returns a session that knows the same names, plates and parameters, and has no memory in common.
    pub(crate) fn twin(&self) -> Session<E> {
        let mut twin = Session::new(self.seed);
        // Addresses that a session has are always ones that a file may have.
        twin.addresses = Addresses::restored(&self.addresses.saved()).unwrap_or_default();
        (twin.kl_weight, twin.steps) = (self.kl_weight, self.steps);
        twin.limits = self.limits;
        twin.modules = self.modules.clone();
        twin.params = self.params.twin();
        twin.plates = self.plates.twin();
        (twin.apart.needed, twin.apart.has_scores) = (self.apart.needed, self.apart.has_scores);
        twin
    }
}
