//! From the notes of a run to the lines of an explanation.

use super::explained::{
    CostTerm, ExplainedModule, ExplainedParameter, ExplainedPlate, ExplainedSite, ExplainedStatement,
    SiteGradient, SiteRole,
};
use super::names::short;
use crate::element::Element;
use crate::estimator::rule::{Control, Predicted, ScoreSite};
use crate::program::address::Subject;
use crate::program::notes::NotedStatement;
use crate::program::pass::{Gradient, Terms};
use crate::program::run::Run;
use crate::program::session::Session;
use crate::program::trace::{Part, Term};
use crate::tape::axes::AxisSet;
use crate::tape::deps::Deps;

/// The bit that sites past the 63rd share.
const SHARED: usize = 63;

/// What the runs for an explanation have noted: the recording of the first is still there.
pub(super) struct Gathered<'a, E: 'static> {
    pub(super) run: &'a Run<E>,
    pub(super) statements: &'a [NotedStatement],
    /// The same statements in runs whose dependencies are the sites, and the parameters, that operands come from directly.
    pub(super) by_sites: &'a [NotedStatement],
    pub(super) by_parameters: &'a [NotedStatement],
    /// Whether the other particles are the baseline whatever the guide says.
    pub(super) replaces_baselines: bool,
}

impl<E: Element> Gathered<'_, E> {
    /// Returns whether dependencies on some sites or parameters cannot be told apart.
    pub(super) fn is_partial(&self) -> bool {
        let shared = |all: &[NotedStatement]| all.iter().any(|s| s.sources & Deps::bit(SHARED) != 0);
        shared(self.by_sites) && self.count(Subject::Site) > SHARED + 1
            || shared(self.by_parameters) && self.count(Subject::Parameter) > SHARED + 1
    }

    fn count(&self, subject: Subject) -> usize {
        self.run.session.addresses.all(subject).count()
    }

    pub(super) fn plates(&self) -> Vec<ExplainedPlate> {
        let all = self.run.session.plates.of_recording(self.run.tape.recording);
        let plate = |number| self.run.session.addresses.text(Subject::Plate, number).to_owned();
        all.map(|(k, p)| ExplainedPlate { name: plate(k), size: p.size, visited: p.visited() }).collect()
    }

    pub(super) fn parameters(&self) -> Vec<ExplainedParameter> {
        let run = self.run;
        let used = run.session.params.used.iter().map(|&number| {
            let param = &run.session.params.params[number as usize];
            let plate = |&(k, _): &(u32, usize)| run.session.addresses.text(Subject::Plate, k).to_owned();
            ExplainedParameter {
                name: run.session.addresses.text(Subject::Parameter, number).to_owned(),
                shape: param.shape.to_vec(),
                support: param.bijection.name(),
                plates: param.plates.iter().map(plate).collect(),
            }
        });
        used.collect()
    }

    pub(super) fn modules(&self) -> Vec<ExplainedModule> {
        let Session { modules, addresses, .. } = &self.run.session;
        let explained = modules.used().map(|module| ExplainedModule {
            name: addresses.text(Subject::Call, module.call).to_owned(),
            function: module.function,
            in_model: module.in_model,
            in_guide: module.in_guide,
        });
        explained.collect()
    }

    /// Returns the sites and other statements: those of the model in its order, then those of the guide alone.
    pub(super) fn sites(&self) -> Vec<ExplainedSite> {
        let mut sites: Vec<ExplainedSite> = Vec::new();
        let mut subjects: Vec<Subject> = Vec::new();
        let of_model = self.statements.iter().filter(|s| !s.in_guide);
        for statement in of_model.chain(self.statements.iter().filter(|s| s.in_guide)) {
            let name = self.name(statement.subject, statement.number);
            let mut all = sites.iter().zip(&subjects);
            let known = all.position(|(s, subject)| s.name == name && *subject == statement.subject);
            let at = known.unwrap_or_else(|| {
                sites.push(self.site(name, statement));
                subjects.push(statement.subject);
                sites.len() - 1
            });
            let site = &mut sites[at];
            let series =
                self.run.session.addresses.entry(statement.subject, statement.number).series.as_ref();
            if let Some((_, step)) = series {
                site.steps = Some(site.steps.unwrap_or(0).max(*step as usize + 1));
            }
            let explained = self.statement(statement);
            let slot = if statement.in_guide { &mut site.guide } else { &mut site.model };
            match slot {
                // A later step of a chain may depend on more than the first, which has no step before.
                Some(first) => {
                    merge(&mut first.sites, explained.sites);
                    merge(&mut first.parameters, explained.parameters);
                }
                None => *slot = Some(explained),
            }
            let is_site = statement.subject == Subject::Site && site.role != SiteRole::Noise;
            if statement.in_guide && is_site && site.gradient.is_none() {
                site.gradient = Some(self.gradient(statement));
                (site.cost, site.whole_cost) = self.cost(statement.number);
            }
        }
        sites
    }

    fn site(&self, name: String, statement: &NotedStatement) -> ExplainedSite {
        let closed = |term: &Term| term.part == Part::Divergence && term.site == statement.number;
        let latent = statement.subject == Subject::Site;
        ExplainedSite {
            name,
            role: self.role(statement),
            plates: self.named(&statement.plates),
            event: statement.shape.to_vec(),
            steps: None,
            model: None,
            guide: None,
            gradient: None,
            closed_divergence: latent && self.run.trace.terms.iter().any(closed),
            cost: Vec::new(),
            whole_cost: false,
        }
    }

    fn role(&self, statement: &NotedStatement) -> SiteRole {
        let &NotedStatement { subject, number, .. } = statement;
        match subject {
            Subject::Observation => return SiteRole::Observed,
            Subject::Penalty => return SiteRole::Penalty,
            Subject::Quantity => return SiteRole::Quantity,
            _ => {}
        }
        let trace = &self.run.trace;
        if trace.noises.contains(&number) {
            return SiteRole::Noise;
        }
        if let Some(summed) = trace.enumerations.iter().find(|e| e.site == number && e.log_weight.is_none()) {
            return SiteRole::Summed(self.run.tape.sizes[summed.axis.0 as usize] as usize);
        }
        if self.run.session.paths.of(true).any(|choice| choice.site == number) {
            return SiteRole::SummedByPaths;
        }
        let noted = |in_guide| {
            let same = |s: &&NotedStatement| (s.subject, s.number, s.in_guide) == (subject, number, in_guide);
            self.statements.iter().any(|s| same(&s))
        };
        match (noted(false), noted(true)) {
            (_, true) if !noted(false) => SiteRole::Auxiliary,
            (_, true) => SiteRole::Latent,
            _ => match self.is_conditioned(number) {
                true => SiteRole::Observed,
                false => SiteRole::Handled,
            },
        }
    }

    /// Returns whether a latent site is observed by a handler: its term is then that of an observation of its name.
    fn is_conditioned(&self, site: u32) -> bool {
        let addresses = &self.run.session.addresses;
        let name = addresses.text(Subject::Site, site);
        let mut likelihoods = self.run.trace.terms.iter().filter(|term| term.part == Part::Likelihood);
        likelihoods
            .any(|term| addresses.all(Subject::Observation).any(|(k, text)| k == term.site && text == name))
    }

    fn statement(&self, statement: &NotedStatement) -> ExplainedStatement {
        ExplainedStatement {
            distribution: short(statement.distribution),
            support: statement.support,
            sites: self.sites_of(statement),
            parameters: self.parameters_of(statement),
            concrete: statement.concrete,
            place: statement.place,
        }
    }

    /// Returns the sites that a statement depends on directly.
    fn sites_of(&self, statement: &NotedStatement) -> Vec<String> {
        let mut names = Vec::new();
        let own = self.name(statement.subject, statement.number);
        for found in self.twins(self.by_sites, statement, &own) {
            for site in self.bits(Subject::Site, found.sources) {
                merge(&mut names, vec![self.name(Subject::Site, site)]);
            }
        }
        // A site that the model sums out is known by its axis. A state before a step is the site of the step before.
        let summed = self.run.trace.summed();
        for axis in statement.axes.intersection(summed).iter() {
            let before = self.run.trace.chains.iter().find_map(|chain| {
                let k = chain.before[..chain.count].iter().position(|&before| before == axis)?;
                Some(chain.after[k])
            });
            if let Some(e) = self.run.trace.enumerated(before.unwrap_or(axis))
                && e.site != u32::MAX
            {
                let name = self.name(Subject::Site, e.site);
                // Its own axis may come with a label.
                if before.is_some() || name != own {
                    merge(&mut names, vec![name]);
                }
            }
        }
        names
    }

    fn parameters_of(&self, statement: &NotedStatement) -> Vec<String> {
        let mut names = Vec::new();
        let own = self.name(statement.subject, statement.number);
        for found in self.twins(self.by_parameters, statement, &own) {
            for number in self.bits(Subject::Parameter, found.sources) {
                merge(
                    &mut names,
                    vec![self.run.session.addresses.text(Subject::Parameter, number).to_owned()],
                );
            }
        }
        names
    }

    /// Returns the statements of another run at the same site, which may be several steps there.
    fn twins<'s>(
        &'s self,
        all: &'s [NotedStatement],
        statement: &'s NotedStatement,
        own: &'s str,
    ) -> impl Iterator<Item = &'s NotedStatement> {
        all.iter().filter(move |s| {
            s.subject == statement.subject
                && s.in_guide == statement.in_guide
                && (s.number == statement.number || self.name(s.subject, s.number) == own)
        })
    }

    /// Returns the numbers of a set of bits; the one that several share is left out.
    fn bits(&self, subject: Subject, bits: u64) -> impl Iterator<Item = u32> {
        let told_apart = if self.count(subject) > SHARED + 1 { SHARED } else { SHARED + 1 };
        let known = self.count(subject);
        (0..told_apart.min(known)).filter(move |&k| bits >> k & 1 != 0).map(|k| k as u32)
    }

    fn gradient(&self, statement: &NotedStatement) -> SiteGradient {
        let (run, site) = (self.run, statement.number);
        if let Some(score) = run.trace.scores.of(site).filter(|score| matches!(score.control, Control::Last))
        {
            return SiteGradient::Score { baseline: self.baseline(score) };
        }
        let own = |e: &&crate::program::enumerate::Enumeration| e.site == site && e.log_weight.is_some();
        if let Some(e) = run.trace.enumerations.iter().find(own) {
            let values = run.tape.sizes[e.axis.0 as usize] as usize;
            return match e.in_order {
                true => SiteGradient::Outcomes(values),
                false => SiteGradient::Several {
                    estimator: short(statement.estimator.unwrap_or("several values")),
                    values,
                },
            };
        }
        if run.session.paths.of(false).any(|choice| choice.site == site) {
            return SiteGradient::Paths;
        }
        if run.pass.gradient == Gradient::Weights {
            return SiteGradient::Weighed;
        }
        match run.trace.scores.of(site) {
            Some(score) => SiteGradient::Score { baseline: self.baseline(score) },
            None => SiteGradient::Pathwise,
        }
    }

    fn baseline(&self, score: &ScoreSite) -> String {
        if self.replaces_baselines {
            return "the bound without its own weight".to_owned();
        }
        let of_control = self.control(score.control);
        match score.predicted {
            None => of_control,
            Some(Predicted { learns, .. }) => {
                let value = if learns { "a learned value" } else { "a value of the guide" };
                match score.control {
                    Control::Nothing => value.to_owned(),
                    _ => format!("{value}, then {of_control}"),
                }
            }
        }
    }

    fn control(&self, control: Control) -> String {
        let whole = self.run.pass.terms == Terms::Elements;
        match control {
            Control::Particles if whole => "the bound without its own weight".to_owned(),
            Control::Nothing => "nothing".to_owned(),
            Control::Average { decay, standardised: false } => format!("its decaying average ({decay})"),
            Control::Average { decay, standardised: true } => {
                format!("its decaying average ({decay}), standardised")
            }
            Control::Particles => "the mean of the other particles".to_owned(),
            Control::Others => "the mean of the other values".to_owned(),
            Control::Last => "the loss at its most probable value".to_owned(),
            Control::Listed => "the mean of the listed values".to_owned(),
        }
    }

    /// Returns the terms of a score site's cost, as `objective/cost.rs` gathers them, and whether it is the whole bound.
    fn cost(&self, site: u32) -> (Vec<CostTerm>, bool) {
        let run = self.run;
        let Some(score) = run.trace.scores.of(site) else {
            return (Vec::new(), false);
        };
        if run.pass.gradient == Gradient::Weights {
            return (Vec::new(), false);
        }
        if run.pass.terms == Terms::Elements || run.session.paths.sums() {
            return (Vec::new(), true);
        }
        let bit = Deps::bit(site as usize);
        let axes = run.tape.node(score.log_proposal).axes;
        let of_site = run.trace.terms.iter().filter(|term| run.tape.node(term.node).deps.all() & bit != 0);
        let terms = of_site.map(|term| {
            let crossed = run.tape.node(term.node).deps.crossed & bit != 0;
            let plates = run.tape.node(term.node).axes.intersection(AxisSet::PLATES);
            let shared = if crossed { AxisSet::EMPTY } else { plates.intersection(axes) };
            CostTerm {
                site: run.part_name(term.part.subject(), term.site).to_owned(),
                part: part_name(term.part),
                crossed,
                by_element: self.along(shared),
                summed: self.along(plates.minus(shared)),
            }
        });
        (terms.collect(), false)
    }

    fn along(&self, axes: AxisSet) -> Vec<String> {
        let numbers = axes.iter().filter_map(|axis| self.run.session.plates.by_axis(axis)).map(|(k, _)| k);
        self.named(&numbers.collect::<Vec<u32>>())
    }

    fn named(&self, plates: &[u32]) -> Vec<String> {
        plates.iter().map(|&k| self.run.session.addresses.text(Subject::Plate, k).to_owned()).collect()
    }

    /// Returns the name of a site, without the step of a chain.
    fn name(&self, subject: Subject, number: u32) -> String {
        let addresses = &self.run.session.addresses;
        let series = addresses.entry(subject, number).series.as_ref();
        series.map_or_else(|| addresses.text(subject, number), |(whole, _)| whole.as_str()).to_owned()
    }
}

/// Adds names that are not there yet.
fn merge(names: &mut Vec<String>, more: Vec<String>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Likelihood => "log-likelihood",
        Part::Factor => "log-weight",
        Part::Prior => "log-prior",
        Part::Proposal => "log-proposal",
        Part::Divergence => "divergence",
        Part::Evidence => "evidence",
        Part::Marginal => "log-prior",
        Part::Floor => "free bits",
        Part::Penalty => "penalty",
    }
}
