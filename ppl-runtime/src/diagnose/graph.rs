//! The graph of a program: nodes, edges, and the plates as nested clusters.

use super::explained::{ExplainedSite, ExplainedStatement, SiteGradient, SiteRole};
use super::explanation::Explanation;

/// What a node is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Latent,
    Observed,
    /// Tried at every value.
    Enumerated,
    Parameter,
    /// A quantity or a penalty, which is no random variable.
    Stated,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// A name that no other node has.
    pub(super) id: String,
    /// The lines inside.
    pub(super) label: Vec<String>,
    pub(super) kind: Kind,
    /// Whether the program may branch on its value.
    pub(super) concrete: bool,
    pub(super) cluster: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cluster {
    pub(super) label: String,
    pub(super) parent: Option<usize>,
    plate: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// A cluster comes after the one around it.
    pub(super) clusters: Vec<Cluster>,
    /// From one node to another; a site of a chain may depend on itself one step before.
    pub(super) edges: Vec<(usize, usize)>,
}

impl Graph {
    pub(super) fn of_model(explanation: &Explanation) -> Graph {
        let kind = |site: &ExplainedSite| match site.role {
            SiteRole::Observed => Kind::Observed,
            SiteRole::Summed(_) | SiteRole::SummedByPaths => Kind::Enumerated,
            SiteRole::Quantity | SiteRole::Penalty => Kind::Stated,
            SiteRole::Latent | SiteRole::Handled | SiteRole::Auxiliary | SiteRole::Noise => Kind::Latent,
        };
        Graph::of(explanation, |site| site.model.as_ref(), kind)
    }

    pub(super) fn of_guide(explanation: &Explanation) -> Graph {
        let kind = |site: &ExplainedSite| match (site.role, &site.gradient) {
            (SiteRole::Quantity | SiteRole::Penalty, _) => Kind::Stated,
            (_, Some(SiteGradient::Outcomes(_) | SiteGradient::Paths)) => Kind::Enumerated,
            _ => Kind::Latent,
        };
        Graph::of(explanation, |site| site.guide.as_ref(), kind)
    }

    fn of<'a>(
        explanation: &'a Explanation,
        statement: impl Fn(&'a ExplainedSite) -> Option<&'a ExplainedStatement>,
        kind: impl Fn(&ExplainedSite) -> Kind,
    ) -> Graph {
        let mut graph = Graph::default();
        let sites = || explanation.sites.iter().filter_map(|site| Some((site, statement(site)?)));
        let uses = |name: &String| sites().any(|(_, s)| s.parameters.contains(name));
        for parameter in explanation.parameters.iter().filter(|p| uses(&p.name)) {
            let cluster = graph.cluster(explanation, &parameter.plates);
            graph.nodes.push(Node {
                id: format!("parameter {}", parameter.name),
                label: vec![parameter.name.clone()],
                kind: Kind::Parameter,
                concrete: false,
                cluster,
            });
        }
        for (site, stated) in sites() {
            let twice = graph.nodes.iter().any(|node| node.id == site.name);
            let cluster = graph.cluster(explanation, &site.plates);
            graph.nodes.push(Node {
                id: match (twice, site.role) {
                    (false, _) => site.name.clone(),
                    (true, SiteRole::Quantity) => format!("quantity {}", site.name),
                    (true, SiteRole::Penalty) => format!("penalty {}", site.name),
                    (true, _) => format!("observed {}", site.name),
                },
                label: vec![site.name.clone(), stated.distribution.clone()],
                kind: kind(site),
                concrete: stated.concrete,
                cluster,
            });
        }
        let parameters = graph.nodes.iter().filter(|node| node.kind == Kind::Parameter).count();
        for (k, (_, stated)) in sites().enumerate() {
            let of_sites = stated.sites.iter().cloned();
            for id in of_sites.chain(stated.parameters.iter().map(|name| format!("parameter {name}"))) {
                if let Some(from) = graph.nodes.iter().position(|node| node.id == id) {
                    graph.edges.push((from, parameters + k));
                }
            }
        }
        graph
    }

    /// Returns the cluster of plates that are nested in this order, made if it is new.
    fn cluster(&mut self, explanation: &Explanation, plates: &[String]) -> Option<usize> {
        let mut parent = None;
        for plate in plates {
            let same = |c: &Cluster| c.parent == parent && c.plate == *plate;
            let known = self.clusters.iter().position(same);
            let at = known.unwrap_or_else(|| {
                let found = explanation.plates.iter().find(|p| p.name == *plate);
                let label = match found {
                    Some(p) if p.visited < p.size => format!("{plate}: {} of {}", p.visited, p.size),
                    Some(p) => format!("{plate}: {}", p.size),
                    None => plate.clone(),
                };
                self.clusters.push(Cluster { label, parent, plate: plate.clone() });
                self.clusters.len() - 1
            });
            parent = Some(at);
        }
        parent
    }
}
