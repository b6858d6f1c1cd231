//! What a run notes of each site where it explains or checks: other runs note nothing.

use super::address::Subject;
use super::no_density::NotedProposal;
use super::pass::Listener;
use super::run::Run;
use crate::dist::{Distribution, Operands};
use crate::element::Element;
use crate::error::Place;
use crate::shape::Shape;
use crate::support::{Onto, Support};
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;
use crate::tape::node::NodeId;

/// A site as a statement of a program met it.
#[derive(Clone, Debug)]
pub(crate) struct NotedStatement {
    pub(crate) subject: Subject,
    pub(crate) number: u32,
    pub(crate) in_guide: bool,
    /// The types of the distribution and of the estimator.
    pub(crate) distribution: &'static str,
    pub(crate) estimator: Option<&'static str>,
    pub(crate) support: &'static str,
    pub(crate) shape: Shape,
    /// The plates around it, the outermost first.
    pub(crate) plates: Vec<u32>,
    pub(crate) concrete: bool,
    /// The bits that its operands, and the branch that it stands in, depend on.
    pub(crate) sources: u64,
    /// The axes of its operands.
    pub(crate) axes: AxisSet,
    pub(crate) place: Place,
}

/// The value and the parameters of a site in a checking run; parameters that are constants have no node and are left out.
#[derive(Clone, Debug)]
pub(crate) struct NotedValues {
    pub(crate) subject: Subject,
    pub(crate) number: u32,
    pub(crate) in_guide: bool,
    pub(crate) value: NodeId,
    /// The value, if it is a constant without a node.
    pub(crate) constant: f64,
    pub(crate) operands: Vec<NodeId>,
}

/// What the types of a statement about a site tell, which a run does not know.
#[derive(Clone, Copy, Debug, Default)]
#[doc(hidden)]
pub struct Described {
    distribution: &'static str,
    support: &'static str,
    estimator: Option<&'static str>,
    pub(super) onto: Onto,
}

impl Described {
    /// Returns what is told of a factor.
    pub(crate) fn factor() -> Described {
        Described { distribution: "factor", support: "a log-weight", estimator: None, onto: Onto::Unknown }
    }

    /// Returns what is told of a penalty.
    pub(crate) fn penalty() -> Described {
        Described { distribution: "penalty", support: "a loss", estimator: None, onto: Onto::Unknown }
    }

    /// Returns what is told of a quantity.
    pub(crate) fn quantity() -> Described {
        Described { distribution: "deterministic", support: "a value", estimator: None, onto: Onto::Unknown }
    }

    /// Returns what is told of a proposal that the library makes.
    pub(super) fn own(distribution: &'static str, site: Described) -> Described {
        Described { distribution, ..site }
    }

    /// Returns the names of a statement's types.
    #[inline]
    pub(crate) fn of<E: Element, D: Distribution<E>>(estimator: Option<&'static str>) -> Described {
        let distribution = D::NAMED.unwrap_or_else(std::any::type_name::<D>);
        Described { distribution, support: D::Support::NAME, estimator, onto: D::Support::onto() }
    }
}

/// What a run has noted so far.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) statements: Vec<NotedStatement>,
    pub(crate) values: Vec<NotedValues>,
    pub(crate) proposals: Vec<NotedProposal>,
    /// Whether the statement in progress is a proposal that the library makes for the guide.
    pub(crate) of_guide: bool,
    /// What the types of the statement in progress tell.
    pub(crate) described: Described,
}

impl Notes {
    pub(crate) fn clear(&mut self) {
        self.statements.clear();
        self.values.clear();
        self.proposals.clear();
        self.described = Described::default();
    }
}

impl<E: Element> Run<E> {
    /// Notes a statement, in place of an earlier one at the same site: a chain's step may be tried before it is run.
    #[cold]
    pub(crate) fn note_statement(
        &mut self,
        subject: Subject,
        number: u32,
        (shape, operands): (Shape, Operands),
        place: Place,
    ) {
        let in_guide = self.session.addresses.in_guide() || self.trace.notes.of_guide;
        let described = self.trace.notes.described;
        let statement = NotedStatement {
            subject,
            number,
            in_guide,
            distribution: described.distribution,
            estimator: described.estimator,
            support: described.support,
            shape,
            plates: self.scope.open.iter().map(|opened| opened.plate).collect(),
            concrete: false,
            sources: operands.deps.all() | self.scope.control,
            axes: operands.axes,
            place,
        };
        let same = |s: &NotedStatement| (s.subject, s.number, s.in_guide) == (subject, number, in_guide);
        match self.trace.notes.statements.iter_mut().find(|s| same(s)) {
            Some(earlier) => *earlier = statement,
            None => self.trace.notes.statements.push(statement),
        }
    }

    /// Notes that the program may branch on the value of a site.
    #[cold]
    pub(crate) fn note_concrete(&mut self, site: u32) {
        let in_guide = self.session.addresses.in_guide();
        let mut found = self.trace.notes.statements.iter_mut();
        if let Some(statement) =
            found.find(|s| s.number == site && s.in_guide == in_guide && s.subject == Subject::Site)
        {
            statement.concrete = true;
        }
        if self.pass.listener == Listener::Sites {
            // A site of a path has no bit of its own.
            self.scope.control |= Deps::bit(site as usize);
        }
    }

    /// Returns what a draw of a site with this bit depends on.
    #[inline(always)]
    pub(crate) fn deps_of_draw(&self, bit: u64, operands: Deps) -> Deps {
        match self.pass.listener {
            Listener::Sites => Deps { aligned: bit, crossed: 0 },
            Listener::Parameters | Listener::RowParameters => Deps::NONE,
            _ => operands.union(Deps { aligned: bit, crossed: self.scope.control }),
        }
    }
}
