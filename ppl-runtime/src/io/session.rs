//! Saving a session and going on with a saved one.

use super::array::Array;
use super::check::differences;
use super::file::{SavedState, refused};
use super::layout::{parameters, values};
use super::read::Reader;
use super::schema::{FORMAT, SavedParameter, Schema};
use super::write::copy;
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Difference;
use crate::error::Error;
use crate::objective::Objective;
use crate::optim::Optimiser;
use crate::pattern::Pattern;
use crate::program::run::Run;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};
use crate::svi::Svi;
use crate::svi::core::Fit;
use crate::svi::freezing::Freezing;
use std::path::Path;

const OPTIMISER: &str = "optimiser/";
const OBJECTIVE: &str = "objective/";

/// More steps than any session takes; higher numbers mark random streams that are not those of steps.
const MOST_STEPS: u64 = 1 << 60;

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Writes the session to a file, from which [`load`](Svi::load) goes on as if it had never stopped.
    ///
    /// The file has the parameters, what of them is frozen, the state of the optimiser and of the objective, the seed and the number of steps; it
    /// does not have programs, data, learning rates and other settings. It is a `safetensors` file, which other languages read
    /// too: the parameters are the arrays `parameters/NAME`, in unconstrained space, and the entry `ppl` of the metadata
    /// gives their supports.
    ///
    /// The new file takes the place of an old one as a whole. If saving fails, or the process ends meanwhile, the old file is
    /// still there. A link is replaced by the file.
    ///
    /// # Errors
    ///
    /// If no step has been taken and no parameter been set, the file cannot be written, or the optimiser is one of the
    /// user's own that does not show its state ([`Optimiser::state`]).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let path = std::env::temp_dir().join(format!("ppl-save-{}.safetensors", std::process::id()));
    /// let error = svi.save(&path).unwrap_err();
    /// assert_eq!(error.to_string(), "there is nothing to save before the first step");
    /// for _ in 0..100 {
    ///     svi.step()?;
    /// }
    /// svi.save(&path)?;
    ///
    /// // Perhaps on another day, in another process.
    /// let mut resumed = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.01));
    /// resumed.load(&path)?;
    /// for _ in 0..100 {
    ///     assert_eq!(resumed.step()?, svi.step()?);
    /// }
    /// assert_eq!(resumed.parameters(), svi.parameters());
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn save(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        M::Element::save(self.fit(), path.as_ref())
    }

    /// Goes on with the session that [`save`](Svi::save) wrote: the next steps have the same bits as those of a session that
    /// never stopped.
    ///
    /// The programs, their data and the settings are this session's. Everything else comes from the file, the seed too,
    /// and what this session has learnt so far is forgotten. A file fits if it has the parameters that the programs make, with
    /// their shapes, plates, supports and number type, and the same kinds of optimiser and objective. Parameters that programs make
    /// only after some outcome of a `concrete` site may be absent.
    ///
    /// To know their parameters, the programs are run once.
    ///
    /// # Errors
    ///
    /// If the file does not fit ([`Error::Unlike`] lists each difference), cannot be read, or is not the whole of a file that
    /// was saved. Also if the programs cannot be run. The session is then as it was.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.step()?;
    /// let path = std::env::temp_dir().join(format!("ppl-load-{}.safetensors", std::process::id()));
    /// svi.save(&path)?;
    /// let mut other = Svi::new(&coin, &proposal, Elbo::default(), Sgd::new(0.01));
    /// let error = other.load(&path).unwrap_err().to_string();
    /// assert!(error.ends_with("does not fit this session\n  expected the optimiser Sgd, the file has Adam"));
    /// # use ppl_runtime::optim::Sgd;
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn load(&mut self, path: impl AsRef<Path>) -> Result<(), Error> {
        M::Element::load(self.fit(), path.as_ref())
    }
}

impl<E: Element> Fit<'_, E> {
    /// Writes the session's state to a file.
    pub(crate) fn save(mut self, path: &Path) -> Result<(), Error> {
        let saved = self.saved().map_err(|what| Error::Setup { what })?;
        saved.write(path)
    }

    /// Goes on with the state in a file.
    pub(crate) fn load(mut self, path: &Path) -> Result<(), Error> {
        self.go_on_with(&SavedState::read(path)?, path)
    }

    /// Goes on with a saved state, of which errors say that it is at this path.
    pub(super) fn go_on_with(&mut self, saved: &SavedState, path: &Path) -> Result<(), Error> {
        let differences = self.differences(saved)?;
        if !differences.is_empty() {
            return Err(Error::Unlike { path: path.display().to_string(), differences });
        }
        self.restore(saved).map_err(|detail| refused(path, detail))
    }

    /// Returns the whole state.
    pub(super) fn saved(&mut self) -> Result<SavedState, String> {
        let mut saved = self.saved_rules()?;
        let run = &self.core.run;
        saved.schema.parameters = parameters(run);
        if self.core.attempts == 0 && saved.schema.parameters.is_empty() {
            return Err("there is nothing to save before the first step".to_owned());
        }
        saved.schema.plates = run.session.plates.plates.iter().map(|plate| plate.size).collect();
        saved.schema.addresses = run.session.addresses.saved();
        let said = self.core.freezings.iter();
        saved.schema.frozen = said.map(|freezing| (freezing.pattern.0.clone(), freezing.frozen)).collect();
        (saved.schema.concrete, saved.schema.scores) =
            (run.session.apart.needed, run.session.apart.has_scores);
        saved.arrays.extend(values(run));
        let mut add = |name: &str, array| saved.arrays.insert(format!("session/{name}"), array);
        add("seed", Array::new(Vec::new(), [run.session.seed].into_iter()));
        add("attempts", Array::new(Vec::new(), [self.core.attempts].into_iter()));
        add("updates", Array::new(vec![self.core.updates.len()], self.core.updates.iter().copied()));
        Ok(saved)
    }

    /// Returns the state of the optimiser and of the objective, and nothing of the rest.
    fn saved_rules(&mut self) -> Result<SavedState, String> {
        let optimiser = copy(OPTIMISER, |visitor| self.optimiser.state(visitor))?;
        let objective = copy(OBJECTIVE, |visitor| self.objective.state(visitor))?;
        let schema = Schema {
            format: FORMAT,
            checksum: None,
            element: E::NAME.to_owned(),
            optimiser: optimiser.kinds,
            objective: objective.kinds,
            concrete: false,
            scores: false,
            parameters: Vec::new(),
            plates: Vec::new(),
            addresses: Default::default(),
            frozen: Vec::new(),
        };
        let mut arrays = optimiser.arrays;
        arrays.extend(objective.arrays);
        Ok(SavedState { arrays, schema })
    }

    /// Returns how a file differs from what this session needs.
    fn differences(&mut self, saved: &SavedState) -> Result<Vec<Difference>, Error> {
        let expected = self.expected()?;
        let mut all = differences(&expected, &saved.schema.parameters);
        let (expected, found) = (E::NAME.to_owned(), saved.schema.element.clone());
        let mut of_rules = self.visit(saved, false).map_err(|what| Error::Setup { what })?;
        if expected != found {
            // The arrays are of the other type too; that is one difference, not many.
            of_rules.retain(|difference| !matches!(difference, Difference::State { .. }));
            all.push(Difference::Element { expected, found });
        }
        all.extend(of_rules);
        Ok(all)
    }

    /// Returns the parameters that the programs make, as far as runs have shown.
    fn expected(&self) -> Result<Vec<SavedParameter>, Error> {
        let mut known = parameters(&self.core.run);
        // A run apart from the session's, because a load that fails must not leave parameters there.
        let mut apart = Run::<E>::new(self.core.run.session.seed);
        apart.session.limits = self.core.run.session.limits;
        match crate::density::initialise(&mut apart, self.programs) {
            // The session may have learnt its parameters from other data, which its own programs are not fit for.
            Err(error) if known.is_empty() => return Err(error),
            _ => {}
        }
        for parameter in parameters(&apart) {
            if !known.iter().any(|other| other.name == parameter.name) {
                known.push(parameter);
            }
        }
        Ok(known)
    }

    /// Shows optimiser and objective a visitor that compares them with the file, or replaces their states.
    fn visit(&mut self, saved: &SavedState, replaces: bool) -> Result<Vec<Difference>, String> {
        let SavedState { arrays, schema } = saved;
        let mut reader = Reader::new(OPTIMISER, arrays, &schema.optimiser, replaces);
        self.optimiser.state(&mut reader)?;
        let mut all = reader.finish(|expected, found| Difference::Optimiser { expected, found });
        let mut reader = Reader::new(OBJECTIVE, arrays, &schema.objective, replaces);
        self.objective.state(&mut reader)?;
        all.extend(reader.finish(|expected, found| Difference::Objective { expected, found }));
        Ok(all)
    }

    /// Takes over a state that fits, or stays as it was.
    fn restore(&mut self, saved: &SavedState) -> Result<(), String> {
        let mut run = saved.restored_run()?;
        run.session.limits = self.core.run.session.limits;
        let attempts = saved.count("session/attempts").ok_or("has no number of steps")?;
        let updates = saved.counts("session/updates").ok_or("has no numbers of updates")?;
        if updates.len() > run.session.params.values.len() {
            return Err("has numbers of updates for more values than it has".to_owned());
        }
        if let Some(count) = updates.iter().chain([&attempts]).find(|&&count| count >= MOST_STEPS) {
            return Err(format!("has a count of {count}, which no session reaches"));
        }
        let freezing = |(pattern, frozen): &(String, bool)| Freezing {
            pattern: Pattern(pattern.clone()),
            frozen: *frozen,
        };
        let freezings: Vec<Freezing> = saved.schema.frozen.iter().map(freezing).collect();
        freezings.iter().try_for_each(|freezing| freezing.pattern.check())?;
        // A state may turn out to be none while it is being replaced; then the one before is put back.
        let before = self.saved_rules()?;
        let replaced = self.visit(saved, true).and_then(|differences| match differences.first() {
            None => Ok(()),
            Some(difference) => Err(difference.to_string()),
        });
        if let Err(detail) = replaced {
            self.visit(&before, true)?;
            return Err(detail);
        }
        (self.core.run, self.core.attempts, self.core.updates) = (run, attempts, updates);
        (self.core.freezings, self.core.registered) = (freezings, None);
        self.core.rows.clear();
        Ok(())
    }
}
