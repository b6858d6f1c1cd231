//! How a guide leaves sites to the library: all alike, or by their names.

use super::Automatic;
use crate::pattern::Pattern;
use std::sync::Arc;

/// How the sites of each of several patterns are left, and how the others are.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub struct SitePlan {
    pub(crate) others: Automatic,
    pub(crate) rules: Arc<[SiteRule]>,
}

/// How the sites of a pattern are left.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SiteRule {
    pub(crate) pattern: Pattern,
    pub(crate) how: Automatic,
}

impl SitePlan {
    /// Returns that of all sites alike.
    pub(crate) fn of(how: Automatic) -> SitePlan {
        SitePlan { others: how, rules: Arc::new([]) }
    }

    /// Returns how a site is left: as the first pattern that it matches says.
    pub(crate) fn of_site(&self, name: &str) -> Automatic {
        self.rules.iter().find(|rule| rule.pattern.is_of(name)).map_or(self.others, |rule| rule.how)
    }

    fn all(&self) -> impl Iterator<Item = Automatic> {
        std::iter::once(self.others).chain(self.rules.iter().map(|rule| rule.how))
    }

    /// Returns how the sites that are proposed together are left, if there are any.
    pub(crate) fn joint(&self) -> Option<Automatic> {
        self.all().find(Automatic::is_joint)
    }

    /// Returns whether it proposes anything in a frame, and not at a point.
    pub(crate) fn has_frame(&self) -> bool {
        self.all().any(|how| how.has_frame())
    }

    /// Refuses patterns that no name could match, and two ways of proposing sites together.
    ///
    /// # Errors
    ///
    /// A sentence with the requirement.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.rules.iter().try_for_each(|rule| rule.pattern.check())?;
        let joint = self.joint();
        match self.all().filter(Automatic::is_joint).all(|how| Some(how) == joint) {
            true => Ok(()),
            false => Err("`auto::by_site` proposes sites together in two ways; all of them are one block, `FullRank` or `LowRank` of one rank".to_owned()),
        }
    }
}
