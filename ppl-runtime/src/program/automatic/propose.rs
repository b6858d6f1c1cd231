//! The proposal of a site that a guide leaves to the library.

use super::Automatic;
use super::parameters::Own;
use super::way::Way;
use crate::dist::delta::Certain;
use crate::dist::law::{HasLaw, Law};
use crate::dist::member::Member;
use crate::dist::transformed::TransformedLaw;
use crate::dist::transforms::{Affine, Function};
use crate::element::Element;
use crate::error::Place;
use crate::family::log_normal::LogNormalFamily;
use crate::family::normal::NormalFamily;
use crate::program::address::Subject;
use crate::program::notes::Described;
use crate::program::overlay::Meeting;
use crate::program::pass::Latents;
use crate::program::run::Run;
use crate::program::trace::{Part, Proposal};
use crate::shape::Dims;
use crate::support::{Bijection, Onto, Positive, RealLine};
use crate::tape::node::{Arg, NodeId};
use crate::tape::ops::{Binary, Unary};
use crate::value::Value;

/// A law that others are made of.
struct Inner<'a, E: Element>(Law<'a, E>);

impl<E: Element> HasLaw<E> for Inner<'_, E> {
    fn law(&self) -> Law<'_, E> {
        self.0
    }
}

impl<E: Element> Run<E> {
    /// Returns how the guide leaves the sites of this run to the library, if it does.
    #[inline(always)]
    pub(crate) fn leaves_sites(&self) -> Option<Automatic> {
        // Values that are given, and those of a dream, are all there.
        self.trace.automatic.filter(|_| !matches!(self.pass.latents, Latents::Given | Latents::Dreamt))
    }

    /// Proposes a site for which the guide has left that to the library; reports a site for which it cannot be.
    pub(crate) fn propose_own(&mut self, how: Automatic, meeting: &Meeting<'_, E>) {
        if let Err(detail) = self.try_to_propose(how, meeting) {
            self.fail_at(Subject::Site, meeting.site, meeting.place, detail);
        }
    }

    fn try_to_propose(&mut self, how: Automatic, meeting: &Meeting<'_, E>) -> Result<(), String> {
        let &Meeting { site, shape, place, .. } = meeting;
        let way = self.way_to(meeting)?;
        let how = self.how_of(site, how);
        if how.is_joint() {
            let part = self.part_of_block(way.map, meeting)?;
            self.propose_image(part, &way, meeting);
            return Ok(());
        }
        let own = match self.session.automatic.get(site) {
            Some(own) => own,
            None => self.make_own(how, site, &way, shape)?,
        };
        match how {
            Automatic::Mode => {
                let y = self.known_parameter(own.loc, way.map)?;
                self.propose_at_point(y, &way, meeting);
                return Ok(());
            }
            Automatic::Recalled => return self.take_recalled(&own, &way, meeting),
            _ => {}
        }
        let loc = self.located(&own, place)?;
        match own.scale {
            None => self.take_point(loc, &way, meeting),
            Some(scale) => {
                let scale = self.scaled(&own, scale, place)?;
                self.propose_normal(&way, [loc, scale], meeting);
            }
        }
        Ok(())
    }

    /// Proposes what the numbers of a normal distribution are taken to.
    fn propose_normal(&mut self, way: &Way<E>, [loc, scale]: [NodeId; 2], meeting: &Meeting<'_, E>) {
        let mut functions = way.functions().into_iter().flatten().peekable();
        let mut moments = [loc, scale];
        if let Some(Function::Affine(affine)) = functions.next_if(|f| matches!(f, Function::Affine(_))) {
            moments = self.moments_of_image(&affine, moments, meeting.place);
        }
        let operands = moments.map(|id| Value::of_node(id, &self.tape));
        let is_exp = |f: &Function<E>| matches!(f, Function::Bijection(map) if *map == Positive.into());
        let (base, called) = match functions.next_if(is_exp) {
            Some(_) => (Member::together(E::family::<LogNormalFamily>(), &operands), "LogNormal"),
            None => (Member::together(E::family::<NormalFamily>(), &operands), "Normal"),
        };
        // The image of an image, at most.
        let base = Inner(Law::Member(base));
        let image = functions.next().map(|f| Inner(Law::Transformed(TransformedLaw::of(&base, f, f.name()))));
        let once = image.as_ref().unwrap_or(&base);
        let image = functions.next().map(|f| Inner(Law::Transformed(TransformedLaw::of(once, f, f.name()))));
        let law = image.as_ref().unwrap_or(once).0;
        let called = if matches!(law, Law::Member(_)) { called } else { "Transformed<Normal>" };
        self.make_proposal(called, &law, meeting);
    }

    /// Records the mean and the deviation of what a change of location and scale takes normal numbers to: normal numbers as well.
    fn moments_of_image(
        &mut self,
        affine: &Affine<E>,
        [loc, scale]: [NodeId; 2],
        place: Place,
    ) -> [NodeId; 2] {
        let loc = affine.forward(&mut self.tape, place.0, loc);
        let by = self.tape.lift(affine.parameters()[1], place.0);
        [loc, self.tape.combine_alike(Binary::Mul, node(scale), by, place.0)]
    }

    /// Takes the point that unconstrained numbers stand for, with the density of the way there.
    ///
    /// It is no draw, and depends on nothing that is one. So it needs no distribution, and where the way is a function of single numbers every
    /// operation of it is a loop: evaluations follow each other as steps do.
    fn take_point(&mut self, x: NodeId, way: &Way<E>, meeting: &Meeting<'_, E>) {
        let &Meeting { site, shape, place, .. } = meeting;
        let (y, log_dets) = if shape.rank() == 0 && way.map == Positive.into() {
            let exp = self.tape.unary(Unary::Exp, node(x));
            let (y, [_, first, second]) = self.image(exp, [None, way.then[0], way.then[1]], meeting);
            // The logarithm of its derivative is the number itself.
            (y, [if self.pass.has_terms() { x } else { NodeId::NONE }, first, second])
        } else {
            self.image(x, way.functions(), meeting)
        };
        let mask = self.scope.mask();
        self.enter_site(site, (y, mask), Proposal::Settled, false, place);
        self.add_log_dets(log_dets, meeting);
    }

    /// Records what functions take numbers to, and the log-determinants of those that there are, where terms are wanted.
    fn image(
        &mut self,
        x: NodeId,
        functions: [Option<Function<E>>; 3],
        meeting: &Meeting<'_, E>,
    ) -> (NodeId, [NodeId; 3]) {
        let &Meeting { shape, place, .. } = meeting;
        let (mut y, mut log_dets) = (x, [NodeId::NONE; 3]);
        for (log_det, function) in log_dets.iter_mut().zip(functions) {
            let Some(function) = function else { continue };
            let image = function.forward(&mut self.tape, place.0, y, shape);
            if self.pass.has_terms() {
                *log_det = function.log_det(&mut self.tape, place.0, [y, image]);
            }
            y = image;
        }
        (y, log_dets)
    }

    /// Adds what the log-density of a proposal has of the ways to its image: the density of an image is that of the numbers over the
    /// determinant.
    fn add_log_dets(&mut self, log_dets: [NodeId; 3], meeting: &Meeting<'_, E>) {
        for log_det in log_dets.into_iter().filter(|id| id.is_some()) {
            let log_density = self.tape.affine(log_det, -E::one(), E::zero());
            let axes = self.tape.node(log_density).axes;
            self.add_term(log_density, Part::Proposal, meeting.site, axes, meeting.place);
        }
    }

    /// Proposes what unconstrained numbers with a density of their own are taken to.
    fn propose_image(&mut self, x: NodeId, way: &Way<E>, meeting: &Meeting<'_, E>) {
        let (y, log_dets) = self.image(x, way.functions(), meeting);
        self.propose_certain(y, meeting);
        self.add_log_dets(log_dets, meeting);
    }

    /// Proposes a value with all probability.
    fn propose_certain(&mut self, value: NodeId, meeting: &Meeting<'_, E>) {
        let point = Value::of_node(value, &self.tape);
        let law = Law::Member(Member::together(E::family::<Certain>(), &[point]));
        self.make_proposal("Delta", &law, meeting);
    }

    /// Makes a proposal, of which explanations tell as of a guide's.
    fn make_proposal(&mut self, called: &'static str, law: &Law<'_, E>, meeting: &Meeting<'_, E>) {
        let of_site = self.trace.notes.described;
        self.trace.notes.described = Described::own(called, of_site);
        self.trace.notes.of_guide = true;
        self.propose_at(meeting.site, meeting.name, law, None, false, meeting.place);
        self.trace.notes.of_guide = false;
        self.trace.notes.described = of_site;
    }

    /// Proposes the point of a support to which the image of the bijection is taken.
    fn propose_at_point(&mut self, y: NodeId, way: &Way<E>, meeting: &Meeting<'_, E>) {
        let &Meeting { shape, place, .. } = meeting;
        let functions = way.then.iter().flatten();
        let y = functions.fold(y, |y, function| function.forward(&mut self.tape, place.0, y, shape));
        self.propose_certain(y, meeting);
    }

    /// Takes the value that is given for a site, and keeps its unconstrained numbers as parameters.
    fn take_recalled(&mut self, own: &Own, way: &Way<E>, meeting: &Meeting<'_, E>) -> Result<(), String> {
        let &Meeting { shape, place, .. } = meeting;
        let given = self.recall(meeting);
        let back = way.then.iter().rev().flatten();
        let image = back.fold(given, |y, then| then.inverse(&mut self.tape, place.0, node(y), shape));
        let params = &mut self.session.params;
        let param = &params.params[own.loc as usize];
        let (row, dims, width) = (param.row, Dims::of(shape), shape.len().max(1));
        let image = self.tape.value(image);
        let to = &mut params.values[param.offset..param.offset + param.len];
        for (k, y) in image.chunks_exact(width).enumerate() {
            way.map.check(dims.as_slice(), y).map_err(|e| format!("is given outside of its support: {e}"))?;
            way.map.inverse(y, dims.as_slice(), &mut to[k * row..(k + 1) * row]);
        }
        // What depends on the site is found at the given value itself.
        self.propose_certain(given, meeting);
        Ok(())
    }

    /// Returns the way from unconstrained numbers to a site's values.
    fn way_to(&mut self, meeting: &Meeting<'_, E>) -> Result<Way<E>, String> {
        if meeting.concrete {
            let detail = "decides which statements come next, so that no automatic guide can propose it; write a guide for it";
            return Err(detail.to_owned());
        }
        if meeting.from_standard {
            return self.way_from_standard(meeting.dist, meeting.place);
        }
        match self.trace.notes.described.onto {
            Onto::Map(map) => Ok(map.into()),
            Onto::Bounds => self.way_between_bounds(meeting.dist, meeting.place).ok_or_else(|| {
                "lies between bounds that an automatic guide cannot read off the distribution; write a guide for it".to_owned()
            }),
            Onto::Integers => Err(
                "is discrete, and an automatic guide proposes continuous sites alone; sum it out with the option `enumerate`, or write a \
                 guide for it"
                    .to_owned(),
            ),
            Onto::Unknown => {
                Err("has values that an automatic guide knows no way to; write a guide for it".to_owned())
            }
        }
    }

    /// Records the location of a site's unconstrained numbers.
    fn located(&mut self, own: &Own, place: Place) -> Result<NodeId, String> {
        let loc = self.known_parameter(own.loc, RealLine.into())?;
        let Some([centre, unit]) = own.frame else { return Ok(loc) };
        let [centre, unit] =
            [self.known_parameter(centre, RealLine.into())?, self.known_parameter(unit, RealLine.into())?];
        let stretched = self.tape.combine_alike(Binary::Mul, node(loc), node(unit), place.0);
        Ok(self.tape.combine_alike(Binary::Add, node(stretched), node(centre), place.0))
    }

    /// Records the scale of a site's unconstrained numbers.
    fn scaled(&mut self, own: &Own, scale: u32, place: Place) -> Result<NodeId, String> {
        let scale = self.known_parameter(scale, Positive.into())?;
        let Some([_, unit]) = own.frame else { return Ok(scale) };
        let unit = self.known_parameter(unit, RealLine.into())?;
        Ok(self.tape.combine_alike(Binary::Mul, node(scale), node(unit), place.0))
    }
}

fn node<E: Element>(id: NodeId) -> Arg<E> {
    Arg { id, value: E::zero() }
}
