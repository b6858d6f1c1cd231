//! Parameters that steps leave alone for a while.

use super::core::Fit;
use super::session::Svi;
use super::told::{MATCHING, names};
use crate::element::Element;
use crate::engine::Engine;
use crate::error::Error;
use crate::objective::Objective;
use crate::optim::Optimiser;
use crate::pattern::Pattern;
use crate::program::sites::GuidedBy;
use crate::program::{Guide, Model};

impl<M, G, O, P> Svi<M, G, O, P>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    /// Freezes the parameters whose names match a pattern: from now on no step moves them, until
    /// [`unfreeze`](Svi::unfreeze).
    ///
    /// In a pattern `*` stands for any text, `/` included ([`Group`](crate::optim::Group)). Parameters that programs make later are
    /// frozen too if they match. What the optimiser knows of a frozen parameter stays as it is: its moments, and the number of its
    /// updates. The programs run as before, and [`gradient`](Svi::gradient) has the gradient of every parameter. A
    /// [`run`](Svi::run) speaks of the other parameters alone, and leaves the frozen ones as they are, bit by bit. They may be set
    /// ([`set_parameter`](Svi::set_parameter)). A saved session is resumed with what is frozen in it.
    ///
    /// Names are looked at in the next step, once, so that model and guide may take turns as often as one likes.
    ///
    /// # Errors
    ///
    /// If the pattern is malformed, or matches no parameter; then nothing changes. Before the first step, the programs are run once to learn
    /// which parameters there are, which may fail as a step may.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.freeze("a")?;
    /// svi.step()?;
    /// let parameters = svi.parameters();
    /// assert!((parameters.get("a")?[[]] - 9.0).abs() < 1e-14 && parameters.get("b")?[[]] != 4.0);
    /// let error = svi.freeze("c*").unwrap_err();
    /// assert_eq!(error.to_string(), "no parameter that matches `c*` in this session; there are `a`, `b`");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn freeze(&mut self, pattern: &str) -> Result<(), Error> {
        M::Element::set_frozen(self.fit(), pattern, true)
    }

    /// Lets steps move the parameters whose names match a pattern again.
    ///
    /// Of several patterns that match a parameter the one that was said last counts: after `freeze("net/*")` and `unfreeze("net/bias")`
    /// the bias moves and the rest does not. `unfreeze("*")` takes back all that was frozen.
    ///
    /// # Errors
    ///
    /// As [`freeze`](Svi::freeze). Parameters that are not frozen may be named.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.freeze("*")?;
    /// svi.unfreeze("b")?;
    /// svi.step()?;
    /// let parameters = svi.parameters();
    /// assert!((parameters.get("a")?[[]] - 9.0).abs() < 1e-14 && parameters.get("b")?[[]] != 4.0);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn unfreeze(&mut self, pattern: &str) -> Result<(), Error> {
        M::Element::set_frozen(self.fit(), pattern, false)
    }
}

/// What was said of the parameters of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Freezing {
    pub(crate) pattern: Pattern,
    pub(crate) frozen: bool,
}

/// Returns whether the parameter of this name is frozen: what was said last counts.
pub(super) fn is_frozen(said: &[Freezing], name: &str) -> bool {
    said.iter().rev().find(|freezing| freezing.pattern.is_of(name)).is_some_and(|freezing| freezing.frozen)
}

impl<E: Element> Fit<'_, E> {
    /// Freezes the parameters that match a pattern, or takes that back.
    pub(crate) fn set_frozen(self, pattern: &str, frozen: bool) -> Result<(), Error> {
        let pattern = Pattern(pattern.to_owned());
        pattern.check().map_err(|what| Error::Setup { what })?;
        let core = self.core;
        if !names(&core.run).any(|name| pattern.is_of(name)) {
            crate::density::initialise(&mut core.run, self.programs)?;
        }
        if !names(&core.run).any(|name| pattern.is_of(name)) {
            return Err(Error::unknown(MATCHING, "in this session", &pattern.0, names(&core.run)));
        }
        say(&mut core.freezings, Freezing { pattern, frozen });
        core.registered = None;
        Ok(())
    }
}

/// Adds what is said now, and removes what no longer decides anything, so that the list of a session that takes turns does not grow.
fn say(said: &mut Vec<Freezing>, now: Freezing) {
    let is_all = now.pattern.0 == "*";
    said.retain(|before| !is_all && before.pattern != now.pattern);
    said.push(now);
    let idle = said.iter().take_while(|freezing| !freezing.frozen).count();
    said.drain(..idle);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(all: &[(&str, bool)]) -> Vec<Freezing> {
        let mut said = Vec::new();
        for &(pattern, frozen) in all {
            say(&mut said, Freezing { pattern: Pattern(pattern.to_owned()), frozen });
        }
        said
    }

    #[test]
    fn what_was_said_last_counts() {
        let rules = said(&[("net/*", true), ("net/bias", false)]);
        assert!(
            is_frozen(&rules, "net/weights") && !is_frozen(&rules, "net/bias") && !is_frozen(&rules, "other")
        );
        let rules = said(&[("net/*", true), ("net/bias", false), ("net/*", true)]);
        assert!(is_frozen(&rules, "net/bias"));
    }

    #[test]
    fn turns_do_not_make_the_list_grow() {
        let turn = [("p/*", true), ("q/*", false), ("p/*", false), ("q/*", true)];
        let turns = said(&turn.repeat(50));
        assert!(turns.len() <= 2 && is_frozen(&turns, "q/w") && !is_frozen(&turns, "p/w"));
        assert!(said(&[("a", true), ("b", true), ("*", false)]).is_empty());
        assert_eq!(said(&[("a", false), ("b", true)]).len(), 1);
        assert_eq!(said(&[("a", false), ("b", true), ("*", true)]).len(), 1);
    }
}
