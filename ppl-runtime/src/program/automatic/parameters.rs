//! The parameters of the sites that a guide leaves to the library.

use super::block::Block;
use super::named::{Start, Values};
use super::way::Way;
use super::{Automatic, SitePlan, SiteRule};
use crate::element::Element;
use crate::error::Error;
use crate::pattern::Pattern;
use crate::program::address::Subject;
use crate::program::run::Run;
use crate::shape::{Dims, Shape};
use crate::support::{Bijection, Positive, RealLine};
use std::collections::HashMap;

/// Where a site's unconstrained numbers lie, roughly: they are proposed in this frame, so that steps of all have like lengths.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// A number for each element of every row.
    pub(crate) centre: Vec<f64>,
    /// The same.
    pub(crate) unit: Vec<f64>,
}

/// The parameters of a site, by their numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    pub(super) loc: u32,
    pub(super) scale: Option<u32>,
    /// The centre and the unit of its frame.
    pub(super) frame: Option<[u32; 2]>,
    /// Between what its values lie, as far as it is known before a run.
    pub(super) ends: (f64, f64),
}

/// What a session knows of the sites that its guide leaves to the library.
#[derive(Debug, Default)]
pub(crate) struct OwnSites {
    /// Whether its guide leaves any.
    pub(crate) on: bool,
    /// How, by the names of sites.
    pub(crate) plan: Option<SitePlan>,
    /// Whether the names of its patterns have been looked for.
    pub(crate) is_looked_through: bool,
    /// How each site is left, by its number, where that depends on its name.
    by_name: Vec<Option<Automatic>>,
    /// The parameters of each site, by its number.
    own: Vec<Option<Own>>,
    /// The sites that have parameters, in the order in which they were met.
    pub(crate) order: Vec<u32>,
    /// The vector that all sites are parts of, where they are.
    pub(crate) block: Block,
    /// The frames of sites, by their names.
    pub(crate) frames: HashMap<String, Frame>,
}

impl OwnSites {
    pub(super) fn get(&self, site: u32) -> Option<Own> {
        self.own.get(site as usize).copied().flatten()
    }

    /// Returns the number of the parameter that is a site's location.
    pub(crate) fn location_of(&self, site: u32) -> Option<u32> {
        self.get(site).map(|own| own.loc)
    }

    /// Returns the ends between which a site's values lie, as far as they are known before a run.
    pub(crate) fn ends_of(&self, site: u32) -> (f64, f64) {
        self.get(site).map_or((f64::NEG_INFINITY, f64::INFINITY), |own| own.ends)
    }

    fn set(&mut self, site: u32, own: Own) {
        let at = site as usize;
        if at >= self.own.len() {
            self.own.resize(at + 1, None);
        }
        self.own[at] = Some(own);
        self.order.push(site);
    }
}

impl<E: Element> Run<E> {
    /// Returns how a site is left to the library, of which the guide says `how` of most.
    pub(super) fn how_of(&mut self, site: u32, how: Automatic) -> Automatic {
        let automatic = &mut self.session.automatic;
        let Some(plan) = automatic.plan.as_ref().filter(|plan| !plan.rules.is_empty()) else { return how };
        let at = site as usize;
        if at >= automatic.by_name.len() {
            automatic.by_name.resize(at + 1, None);
        }
        if let Some(known) = automatic.by_name[at] {
            return known;
        }
        let found = plan.of_site(self.session.addresses.text(Subject::Site, site));
        *self.session.automatic.by_name[at].insert(found)
    }

    /// Reports a pattern of the guide that names no site of the model, after the first run of both.
    pub(crate) fn refuse_idle_patterns(&mut self) {
        let automatic = &self.session.automatic;
        if !automatic.on || automatic.is_looked_through || self.tape.error.is_some() {
            return;
        }
        let names = || self.session.addresses.all(Subject::Site).map(|(_, text)| text);
        let idle = automatic.plan.iter().flat_map(|plan| plan.rules.iter());
        let mut idle = idle.filter(|rule| !names().any(|name| rule.pattern.is_of(name)));
        if let Some(SiteRule { pattern: Pattern(pattern), .. }) = idle.next() {
            let error = Error::unknown("latent site", "in the model", pattern, names());
            self.tape.fail(error);
        }
        self.session.automatic.is_looked_through = true;
    }

    /// Makes the parameters of a site, with values of this shape.
    #[cold]
    pub(super) fn make_own(
        &mut self,
        how: Automatic,
        site: u32,
        way: &Way<E>,
        shape: Shape,
    ) -> Result<Own, String> {
        let (map, ends) = (way.map, way.ends());
        let dims = Dims::of(shape);
        let free = Bijection::<E>::unconstrained_shape(&map, dims.as_slice())?;
        let name = self.session.site_name(site).to_owned();
        let frame = self.session.automatic.frames.remove(&name);
        let everywhere = |value| Start { shape: &free, values: Values::Everywhere(value) };
        let (real, positive) = (RealLine.into(), Positive.into());
        let own = match how {
            Automatic::FullRank { .. } | Automatic::LowRank { .. } => {
                return Err("is a part of one vector".to_owned());
            }
            Automatic::Point | Automatic::Recalled => Own {
                loc: self.make_named(site, "", &everywhere(0.0), real)?,
                scale: None,
                frame: None,
                ends,
            },
            Automatic::Mode => {
                let mut first = vec![E::zero(); shape.len()];
                map.forward(&vec![E::zero(); free.iter().product()], dims.as_slice(), &mut first);
                let first: Vec<f64> = first.iter().map(|y| y.as_f64()).collect();
                let start = Start { shape: dims.as_slice(), values: Values::Row(&first) };
                Own { loc: self.make_named(site, "", &start, map)?, scale: None, frame: None, ends }
            }
            Automatic::MeanField { scale } => {
                let loc = self.make_named(site, ".loc", &everywhere(0.0), real)?;
                let first = if frame.is_some() { 1.0 } else { scale };
                let scale = self.make_named(site, ".scale", &everywhere(first), positive)?;
                let frame = match &frame {
                    None => None,
                    Some(Frame { centre, unit }) => {
                        let each = |values| Start { shape: &free, values: Values::Each(values) };
                        let centre = self.make_held(site, ".centre", &each(centre))?;
                        Some([centre, self.make_held(site, ".unit", &each(unit))?])
                    }
                };
                Own { loc, scale: Some(scale), frame, ends }
            }
        };
        self.session.automatic.set(site, own);
        Ok(own)
    }
}
