//! Runs that take the statements of the run before: these are compared, and then computed again in one go.
//!
//! Most programs take the same statements in every step, on other draws and parameters. Of a run that can be followed each
//! statement is noted, with the place of its results in the recording. In the next run a statement that is the same as the
//! noted one gets the same result, and nothing is computed yet, since a program cannot read numbers. When both programs have
//! ended, the operations are computed in their order. Where a statement differs, the recording is cut back to it, what is
//! left is computed, and from there on the run is recorded as ever: a program may do something else in each step.
//!
//! The law: a session has the same bits whether its runs are followed or recorded. A statement that does not say how it is
//! compared ([`slot::with`](super::slot::with)) ends the following for the session.

mod call;
mod mark;

pub(crate) use call::{Statement, What};

use super::run::Run;
use super::trace::Entry;
use crate::element::Element;
use crate::program::pass::{Coverage, Pass};
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;
use call::Call;
use mark::Mark;

/// What the run in progress does with its statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// It records.
    #[default]
    Recording,
    /// It records, and notes each statement.
    Noting,
    /// It compares.
    Following,
}

/// The statements of the last run, if they can be followed.
#[derive(Debug)]
pub(crate) struct Retrace<E: 'static> {
    mode: Mode,
    /// Whether the run that begins next is that of a step, which may follow and be followed.
    pub(crate) wanted: bool,
    /// Whether the session's programs cannot be followed.
    refused: bool,
    calls: Vec<Call<E>>,
    /// The number of statements taken by a run that follows.
    taken: usize,
    /// Where the recording stood when the programs had ended.
    end: Mark,
    /// What the recording was made for, if there is one to follow.
    ready: Option<Made<E>>,
}

/// What a recording depends on besides its statements.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Made<E> {
    pass: Pass,
    particles: usize,
    parameters: *const E,
}

impl<E> Default for Retrace<E> {
    fn default() -> Self {
        Retrace {
            mode: Mode::Recording,
            wanted: false,
            refused: false,
            calls: Vec::new(),
            taken: 0,
            end: Mark::default(),
            ready: None,
        }
    }
}

impl<E> Retrace<E> {
    /// Returns how many statements the last run took from the one before: none if it was not followed to its end.
    pub(crate) fn followed(&self) -> usize {
        if self.ready.is_some() { self.taken } else { 0 }
    }
}

impl<E: Element> Run<E> {
    /// Forgets what was remembered of the programs' arguments: others come next.
    pub(crate) fn forget_arguments(&mut self) {
        self.session.memory.forget();
        self.session.retrace.ready = None;
    }

    /// Decides how a run takes its statements, and returns whether it follows the last one.
    pub(super) fn begin_following(&mut self, pass: Pass, particles: usize) -> bool {
        let parameters = self.session.params.values.as_ptr();
        let retrace = &mut self.session.retrace;
        let ready = retrace.ready.take();
        let wanted = std::mem::take(&mut retrace.wanted);
        // Draws that are made again are those of whole blocks.
        let by_element = matches!(pass.coverage, Coverage::ByElement(_));
        let fits = wanted && !by_element && !pass.is_checked() && !retrace.refused;
        retrace.taken = 0;
        if fits && ready == Some(Made { pass, particles, parameters }) {
            // It stays ready if the program panics, and if all its statements are the same.
            retrace.ready = ready;
            retrace.mode = Mode::Following;
            return true;
        }
        retrace.calls.clear();
        retrace.mode = if fits { Mode::Noting } else { Mode::Recording };
        false
    }

    /// Returns whether this run follows the last one.
    #[inline(always)]
    pub(crate) fn is_following(&self) -> bool {
        self.session.retrace.mode == Mode::Following
    }

    /// Returns the result of a statement, if this run follows the last one and the statement is the same. If it is another, the
    /// run still follows, until the statement is [taken](Run::follow).
    #[inline(always)]
    pub(crate) fn followed(&mut self, statement: &Statement<'_, E>) -> Option<u32> {
        let retrace = &mut self.session.retrace;
        if retrace.mode != Mode::Following {
            return None;
        }
        let call = retrace.calls.get(retrace.taken)?;
        if !call.is(statement, self.tape.generation) {
            return None;
        }
        retrace.taken += 1;
        Some(call.result)
    }

    /// Returns the result of a statement, if this run follows the last one and the statement is the same. If it is another, the
    /// run records from here on.
    #[inline(always)]
    pub(crate) fn follow(&mut self, statement: &Statement<'_, E>) -> Option<u32> {
        let followed = self.followed(statement);
        if followed.is_none() && self.is_following() {
            self.diverge();
        }
        followed
    }

    /// Returns the node of a statement: that of the last run where that took the same, else what `record` makes.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        statement: Statement<'_, E>,
        record: impl FnOnce(&mut Run<E>) -> NodeId,
    ) -> NodeId {
        match self.follow(&statement) {
            Some(result) => NodeId(result),
            None => {
                let mark = self.mark_noted();
                let id = record(self);
                self.note(statement, mark, id.0);
                id
            }
        }
    }

    /// Returns where the recording stands, if its statements are noted.
    #[inline(always)]
    pub(crate) fn mark_noted(&self) -> Mark {
        if self.session.retrace.mode == Mode::Noting { self.standing() } else { Mark::default() }
    }

    /// Notes a statement that was recorded from `mark` on.
    #[inline(never)]
    pub(crate) fn note(&mut self, statement: Statement<'_, E>, mark: Mark, result: u32) {
        if self.session.retrace.mode == Mode::Noting {
            let site = statement.what.is_of_site().then(|| {
                let site = self.session.addresses.number_at(mark.cursor());
                (site, *self.trace.entry(site))
            });
            self.session.retrace.calls.push(Call::new(statement, mark, result, site));
        }
    }

    /// Ends the following for this session: a statement has been met that is not compared.
    #[inline(always)]
    pub(crate) fn interrupt(&mut self) {
        if self.session.retrace.mode != Mode::Recording {
            self.give_up_following();
        }
    }

    #[cold]
    fn give_up_following(&mut self) {
        if self.session.retrace.mode == Mode::Following {
            self.diverge();
        }
        self.session.retrace.mode = Mode::Recording;
        self.session.retrace.refused = true;
        self.session.retrace.calls = Vec::new();
    }

    /// Goes on recording where a run that follows takes another way than the last one.
    #[cold]
    fn diverge(&mut self) {
        let taken = self.session.retrace.taken;
        let mark = self.session.retrace.calls.get(taken).map_or(self.session.retrace.end, |call| call.mark);
        self.session.retrace.calls.truncate(taken);
        self.session.retrace.mode = Mode::Noting;
        self.session.retrace.ready = None;
        self.return_to(mark);
        self.become_the_recording(taken);
        self.compute_followed();
    }

    /// Makes this run the one that recorded what it has taken: sites, parameters and plates beyond that are not in it.
    fn become_the_recording(&mut self, taken: usize) {
        let recording = self.tape.generation;
        self.tape.recording = recording;
        self.tape.draw_again_by(self.session.key());
        for &number in &self.session.params.used {
            self.session.params.params[number as usize].stamp = recording;
        }
        self.tape.sites_on.fill(0);
        for k in 0..taken {
            let Call { what, result, site, .. } = self.session.retrace.calls[k];
            if what.opens_plate() {
                self.session.plates.plates[result as usize].stamp = recording;
            }
            if let Some(in_guide) = what.makes_module() {
                self.session.modules.stamp(result, in_guide, recording);
            }
            let Some((site, noted)) = site else { continue };
            *self.trace.entry(site) = Entry { stamp: recording, ..noted };
            if what.proposes() {
                self.tape.place_site(noted.axes, Deps::bit(site as usize));
            }
        }
    }

    /// Ends the programs' part of a run; returns whether it took the statements of the last one, and so is complete.
    pub(crate) fn retraced(&mut self) -> bool {
        if self.session.retrace.mode == Mode::Following {
            if self.session.retrace.taken == self.session.retrace.calls.len() {
                self.session.retrace.mode = Mode::Recording;
                self.compute_followed();
                return true;
            }
            self.diverge();
        }
        self.session.retrace.end = self.standing();
        false
    }

    /// Ends a run that was recorded: the next one may follow it if it succeeded and can be computed again.
    pub(crate) fn end_noting(&mut self, succeeded: bool) {
        let mode = std::mem::take(&mut self.session.retrace.mode);
        if mode != Mode::Noting || !succeeded {
            return;
        }
        if !self.can_be_followed() {
            self.give_up_following();
        } else if !self.session.params.have_moved() {
            self.session.retrace.ready = Some(Made {
                pass: self.pass,
                particles: self.particles(),
                parameters: self.session.params.values.as_ptr(),
            });
        }
    }

    fn can_be_followed(&mut self) -> bool {
        let trace = &self.trace;
        trace.scores.is_empty()
            && trace.enumerations.is_empty()
            && trace.chains.is_empty()
            && trace.observations.is_empty()
            && self.trace.overlays.is_empty()
            && self.scope.masks.is_empty()
            && self.scope.control == 0
            && !self.session.apart.needed
            && self.tape.is_made_of_loops()
    }

    fn compute_followed(&mut self) {
        self.tape.compute_again(self.session.key());
    }
}

#[cfg(test)]
mod tests;
