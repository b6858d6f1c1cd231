//! Statements about sites: what an expansion says of one, option by option, and the same without types for the run.
//!
//! `site(name, distribution)` begins a statement, each option is a method, and `draw` or `observe` ends it. A user's crate
//! compiles these few lines for each distribution; what a run does with the statement is compiled once.

use super::address::{Name, Subject};
use super::label::Label;
use super::observation::Observation;
use super::retrace::{Statement, What};
use super::run::Run;
use super::sites::StatedAs;
use super::slot;
use crate::dist::law::Law;
use crate::dist::{CanBeDrawn, Distribution, FiniteOutcomes, UpToLaw};
use crate::element::Element;
use crate::error::Place;
use crate::estimator::{DefaultEstimator, Draft, Estimator, Method, OfConcrete};
use crate::program::notes::Described;
use crate::support::{Endless, Plain, Support};
use crate::tape::node::NodeId;
use crate::value::{Discrete, Followed, Handle, Value};
use std::marker::PhantomData;
use std::panic::Location;

/// In which program a site stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Model,
    Guide,
    /// In a guide, and answering none of the model's.
    Auxiliary,
}

/// A statement about a latent site, without types.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct SiteStatement<'a, E: Element> {
    pub(crate) name: Name,
    pub(crate) law: Law<'a, E>,
    pub(crate) role: Role,
    pub(crate) method: Method,
    /// Whether every value is tried.
    pub(crate) enumerated: bool,
    /// The last value that is, of a list without an end.
    pub(crate) up_to: Option<usize>,
    /// Where the value is known.
    pub(crate) label: Option<Value<E>>,
    pub(crate) place: Place,
    pub(crate) described: fn() -> Described,
}

/// How the plain value of a concrete site is read.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct PlainReading {
    pub(crate) accepts: fn(f64) -> bool,
    pub(crate) expected: fn() -> &'static str,
}

/// The plain value of a concrete site.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(hidden)]
pub enum PlainValue {
    Number(f64),
    /// There is none: the program goes on with either of two arbitrary ones, and its run is an error.
    Arbitrary(bool),
}

/// A statement about an observed site, without types.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Observed<'a, E: Element> {
    pub(crate) name: Name,
    pub(crate) law: Law<'a, E>,
    pub(crate) value: Value<E>,
    pub(crate) place: Place,
    pub(crate) described: fn() -> Described,
}

impl<E: Element> SiteStatement<'_, E> {
    /// Takes the statement in the run in progress; returns an orphan where none runs.
    pub(crate) fn take(&self) -> Value<E> {
        let value = slot::with_compared(|run: &mut Run<E>| {
            let id = match self.compared() {
                Some(statement) => match run.follow(&statement) {
                    Some(result) => NodeId(result),
                    None => self.record(run, Some(statement)),
                },
                None => self.record(run, None),
            };
            Value::of_node(id, &run.tape)
        });
        value.unwrap_or_else(Value::orphan)
    }

    /// Returns the statement as it is compared with that of the run before, if it may be one that is: at one place the options
    /// and the estimator's type are always the same.
    #[inline(always)]
    fn compared(&self) -> Option<Statement<'_, E>> {
        if self.enumerated || self.label.is_some() || !self.method.may_be_followed() {
            return None;
        }
        let member = self.law.plain_member()?;
        let family = member.family_address();
        let what = What::latent(self.role == Role::Model, family);
        Some(Statement::new(what, self.place.0, member.operands()).named(self.name))
    }

    #[inline(never)]
    fn record(&self, run: &mut Run<E>, statement: Option<Statement<'_, E>>) -> NodeId {
        let law = self.law.with_all_digits(&mut run.tape, self.place.0);
        let this = &SiteStatement { law: self.first_of(&law), ..*self };
        // A draw of the guide is a function of its parameters, or the run cannot be followed.
        match statement.filter(|_| self.role == Role::Model || self.law.is_pathwise()) {
            Some(statement) => {
                let mark = run.mark_noted();
                let id = run.latent_site(this);
                run.note(statement, mark, id.0);
                id
            }
            None => {
                run.interrupt();
                run.latent_site(this)
            }
        }
    }

    /// Takes the statement as that of a site on whose value the program may branch.
    pub(crate) fn take_plain(&self, reading: PlainReading) -> PlainValue {
        slot::with(|run: &mut Run<E>| {
            let law = self.law.with_all_digits(&mut run.tape, self.place.0);
            run.concrete_site(&SiteStatement { law: self.first_of(&law), ..*self }, reading)
        })
        .unwrap_or(PlainValue::Arbitrary(false))
    }

    /// Returns the distribution as that of the values that are tried, if these are not all.
    fn first_of<'b>(&self, law: &'b Law<'b, E>) -> Law<'b, E> {
        let cut_off = self.role != Role::Model;
        self.up_to.map_or(*law, |last| Law::UpTo(UpToLaw::new(law, last, cut_off)))
    }

    /// Returns whether the model sums the site out, so that no guide has it.
    fn is_summed_out(&self) -> bool {
        self.role == Role::Model && self.enumerated
    }

    /// Returns what an estimator is told of the site.
    pub(crate) fn draft(&self) -> Draft<'_, E> {
        let auxiliary = self.role == Role::Auxiliary;
        Draft { name: self.name, dist: &self.law, auxiliary, place: self.place }
    }
}

impl<E: Element> Observed<'_, E> {
    /// Takes the statement in the run in progress, if there is one.
    pub(crate) fn take(&self) {
        slot::with_compared(|run: &mut Run<E>| match self.law.plain_member() {
            Some(member) => {
                let what = What::observe(member.family_address());
                let statement = Statement::new(what, self.place.0, member.operands());
                let statement = statement.of(self.value).named(self.name);
                if run.follow(&statement).is_none() {
                    let mark = run.mark_noted();
                    self.record(run);
                    run.note(statement, mark, NodeId::NONE.0);
                }
            }
            None => {
                run.interrupt();
                self.record(run);
            }
        });
    }

    #[inline(never)]
    fn record(&self, run: &mut Run<E>) {
        run.describe_statement(self.described);
        let law = self.law.with_all_digits(&mut run.tape, self.place.0);
        run.observe(self.name, &law, self.value, self.place);
    }
}

/// Returns what a statement about a latent site gave in the run before, if this run follows that one and the statement is the
/// same. What the statement says besides is then not even put together.
pub(crate) fn follow<E: Element>(
    is_of_model: bool,
    family: usize,
    operands: &[Value<E>],
    name: &Name,
    place: &'static Location<'static>,
) -> Followed {
    let what = What::latent(is_of_model, family);
    Followed::of(slot::followed(&Statement::new(what, place, operands).named(*name)))
}

/// Returns whether this run follows the one before and a statement about an observed site is the same.
pub(crate) fn follow_observed<E: Element>(
    family: usize,
    operands: &[Value<E>],
    value: &Value<E>,
    name: &Name,
    place: &'static Location<'static>,
) -> bool {
    let statement = Statement::new(What::observe(family), place, operands).of(*value).named(*name);
    slot::followed(&statement).is_some()
}

impl<E: Element> Run<E> {
    fn describe_statement(&mut self, described: fn() -> Described) {
        if self.pass.is_explained() || self.trace.automatic.is_some() {
            self.trace.notes.described = described();
        }
    }

    /// Draws a latent site of the guide, or meets one of the model.
    fn latent_site(&mut self, statement: &SiteStatement<'_, E>) -> NodeId {
        self.describe_statement(statement.described);
        match statement.label {
            Some(label) if !statement.is_summed_out() => self.site_with_labels(statement, label),
            _ => self.whole_site(statement),
        }
    }

    /// Draws or meets all elements of a site.
    pub(crate) fn whole_site(&mut self, statement: &SiteStatement<'_, E>) -> NodeId {
        let &SiteStatement { name, ref law, role, place, label, .. } = statement;
        match (role, statement.enumerated) {
            (Role::Model, false) => self.meet(name, law, false, place),
            (Role::Model, true) => self.sum_out(name, law, label, place),
            (_, false) => self.propose_by(statement.method, statement.draft()),
            (_, true) => self.average_over(name, law, role == Role::Auxiliary, place),
        }
    }

    /// Draws or meets a site on whose value the program may branch.
    fn concrete_site(&mut self, statement: &SiteStatement<'_, E>, reading: PlainReading) -> PlainValue {
        self.describe_statement(statement.described);
        let &SiteStatement { name, ref law, role, place, .. } = statement;
        let auxiliary = role == Role::Auxiliary;
        let (site, value) = match (role, statement.enumerated) {
            (Role::Model, false) => {
                let value = self.meet(name, law, true, place);
                (self.session.addresses.resolve(Subject::Site, name), value)
            }
            (Role::Model, true) => self.sum_paths(name, law, place),
            (_, false) => {
                // A branch has no pathwise gradient, so the score function is the default.
                let baseline = statement.method.baseline().unwrap_or_default();
                let value = self.propose(name, law, Some(baseline), auxiliary, place);
                (self.session.addresses.resolve(Subject::Site, name), value)
            }
            (_, true) => self.propose_path(name, law, auxiliary, place),
        };
        self.make_plain(site, value, law, reading, place)
    }
}

/// The value of a site is a handle.
#[derive(Clone, Copy, Debug)]
pub enum Traced {}

/// Every value of a site is tried.
#[derive(Clone, Copy, Debug)]
pub enum Enumerated {}

/// The value of a site is a plain number.
#[derive(Clone, Copy, Debug)]
pub enum Concrete {}

/// A statement about a site, as an expansion builds it.
#[derive(Clone, Copy, Debug)]
pub struct Site<E: Element, D, How = Traced> {
    name: Name,
    dist: D,
    role: Role,
    method: Method,
    enumerated: bool,
    up_to: Option<usize>,
    label: Option<Value<E>>,
    place: Place,
    described: fn() -> Described,
    how: PhantomData<How>,
}

/// Begins a statement about a latent site of a model.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn model_site<E, Declared, D>(name: Name, dist: D) -> Site<E, D>
where
    E: Element,
    D: Distribution<E>,
    D::Support: StatedAs<Declared>,
{
    Site::new(name, dist, Role::Model, Place(Location::caller()))
}

/// Begins a statement about a site of a guide.
#[doc(hidden)]
#[inline]
#[track_caller]
pub fn guide_site<E, Declared, D>(name: Name, dist: D) -> Site<E, D>
where
    E: Element,
    D: Distribution<E>,
    D::Support: StatedAs<Declared>,
    D::Propriety: CanBeDrawn,
{
    Site::new(name, dist, Role::Guide, Place(Location::caller()))
}

/// Meets an observed site: the body of `observe!`.
#[doc(hidden)]
#[track_caller]
pub fn observe<E, D, V>(name: Name, dist: D, value: V)
where
    E: Element,
    D: Distribution<E>,
    V: Observation<E, <D::Support as Support>::Kind>,
{
    let place = Place(Location::caller());
    let value = value.observed();
    let law = dist.law();
    if let Law::Member(member) = &law
        && E::follow_observed(member.family_address(), member.operands(), &value, &name, place.0)
    {
        return;
    }
    E::take_observed(&Observed { name, law, value, place, described: described::<E, D, Unestimated> });
}

/// What a run may be told of a statement's types.
fn described<E: Element, D: Distribution<E>, S>() -> Described {
    let estimator = std::any::type_name::<S>();
    let is_estimated = estimator != std::any::type_name::<Unestimated>();
    Described::of::<E, D>(is_estimated.then_some(estimator))
}

/// In the place of an estimator, where there is none to tell of.
enum Unestimated {}

impl<E: Element, D: Distribution<E>> Site<E, D> {
    fn new(name: Name, dist: D, role: Role, place: Place) -> Self {
        let described = match role {
            Role::Model => described::<E, D, Unestimated>,
            _ => described::<E, D, DefaultEstimator>,
        };
        let (method, how) = (Method::Default, PhantomData);
        Site { name, dist, role, method, enumerated: false, up_to: None, label: None, place, described, how }
    }
}

impl<E: Element, D, How> Site<E, D, How> {
    /// Says where the value is known.
    #[must_use]
    #[track_caller]
    pub fn given<L>(self, label: L) -> Self
    where
        D: Distribution<E>,
        L: Label<E, <D::Support as Support>::Kind>,
    {
        Site { label: Some(label.label()), ..self }
    }

    /// Says that the site answers none of the model's.
    #[must_use]
    pub fn auxiliary(self) -> Self {
        Site { role: Role::Auxiliary, ..self }
    }

    fn becomes<Other>(self) -> Site<E, D, Other> {
        let Site { name, dist, role, method, enumerated, up_to, label, place, described, .. } = self;
        Site { name, dist, role, method, enumerated, up_to, label, place, described, how: PhantomData }
    }

    fn statement(&self) -> SiteStatement<'_, E>
    where
        D: Distribution<E>,
    {
        let &Site { name, ref dist, role, method, enumerated, up_to, label, place, described, .. } = self;
        SiteStatement { name, law: dist.law(), role, method, enumerated, up_to, label, place, described }
    }
}

// The bounds stand at the methods, and none is needed to name what they return: where one is not met, it is that trait's
// own message that is given.
impl<E: Element, D> Site<E, D, Traced> {
    /// Says how the gradient is estimated.
    #[must_use]
    pub fn by<S: Estimator<E, D>>(self, estimator: S) -> Self
    where
        D: Distribution<E>,
    {
        Site { method: estimator.method(), described: described::<E, D, S>, ..self }
    }

    /// Says that every value is tried.
    #[must_use]
    pub fn enumerated(self) -> Site<E, D, Enumerated>
    where
        D: Distribution<E> + FiniteOutcomes<E>,
    {
        Site { enumerated: true, described: described::<E, D, Unestimated>, ..self }.becomes()
    }

    /// Says that every value up to a last one is tried.
    #[must_use]
    pub fn enumerated_up_to(self, last: usize) -> Site<E, D, Enumerated>
    where
        D: Distribution<E, Support: Endless>,
    {
        let described = described::<E, D, Unestimated>;
        Site { enumerated: true, up_to: Some(last), described, ..self }.becomes()
    }

    /// Says that the value is a plain one.
    #[must_use]
    pub fn concrete(self) -> Site<E, D, Concrete>
    where
        D: Distribution<E, Support: Plain>,
    {
        Site { described: described::<E, D, Unestimated>, ..self }.becomes()
    }

    /// Takes the statement.
    #[inline(always)]
    pub fn draw<V: Handle<E>>(self) -> V
    where
        D: Distribution<E, Value = V>,
    {
        if let Law::Member(member) = &self.dist.law()
            && self.label.is_none()
            && self.method.may_be_followed()
        {
            let (family, is_of_model) = (member.family_address(), self.role == Role::Model);
            let followed = E::follow_site(is_of_model, family, member.operands(), &self.name, self.place.0);
            if let Some(value) = followed.value() {
                return Handle::from_value(value);
            }
        }
        self.draw_anew()
    }

    /// Takes a statement that is not followed: apart, so that one that is followed does not put together what it says.
    #[inline(never)]
    fn draw_anew<V: Handle<E>>(self) -> V
    where
        D: Distribution<E, Value = V>,
    {
        Handle::from_value(E::take_site(&self.statement()))
    }
}

impl<E: Element, D> Site<E, D, Enumerated> {
    /// Says that the value is a plain one: the program is run once for each path.
    #[must_use]
    pub fn concrete(self) -> Site<E, D, Concrete>
    where
        D: Distribution<E, Support: Plain>,
    {
        Site { described: described::<E, D, Unestimated>, ..self }.becomes()
    }

    /// Takes the statement.
    pub fn draw(self) -> Discrete
    where
        D: Distribution<E>,
    {
        Discrete::from_value(E::take_site(&self.statement()))
    }
}

impl<E: Element, D: Distribution<E>> Site<E, D, Concrete>
where
    D::Support: Plain,
{
    /// Says how the gradient is estimated.
    #[must_use]
    pub fn by<S: Estimator<E, D> + OfConcrete>(self, estimator: S) -> Self {
        Site { method: estimator.method(), ..self }
    }

    /// Takes the statement.
    pub fn draw(self) -> <D::Support as Plain>::Value {
        let reading = PlainReading {
            accepts: |number| D::Support::read(number).is_some(),
            expected: D::Support::expected,
        };
        let arbitrary = match E::take_plain_site(&self.statement(), reading) {
            PlainValue::Number(number) => match D::Support::read(number) {
                Some(value) => return value,
                None => false,
            },
            PlainValue::Arbitrary(coin) => coin,
        };
        D::Support::arbitrary(arbitrary)
    }
}
