//! Chains in an elimination: once the sites within their steps are summed out, each is contracted as a whole.

use super::factor::Factor;
use super::plan::SummedOut;
use crate::element::Element;
use crate::error::Error;
use crate::program::markov::Chain;
use crate::program::run::Run;
use crate::tape::axes::AxisSet;
use crate::value::{Discrete, Handle, Value};

impl<E: Element> Run<E> {
    /// Contracts the chains whose steps lie in these plates.
    pub(super) fn contract_chains(&mut self, plates: AxisSet) -> Option<()> {
        for k in 0..self.trace.chains.len() {
            let chain = self.trace.chains[k];
            if chain.plates.union(AxisSet::of(chain.time)) == plates {
                self.contract_chain(&chain, plates)?;
            }
        }
        Some(())
    }

    fn contract_chain(&mut self, chain: &Chain<E>, plates: AxisSet) -> Option<()> {
        let own = chain.axes();
        let mut elimination = std::mem::take(&mut self.trace.elimination);
        elimination.joined.clear();
        let mut joint: Option<Factor> = None;
        let mut alike = true;
        elimination.factors.retain(|factor| {
            if factor.plates != plates || factor.sites.intersection(own).is_empty() {
                return true;
            }
            elimination.joined.push(factor.node);
            joint = Some(match joint {
                None => *factor,
                Some(joint) => joint.joined_with(factor).unwrap_or_else(|| {
                    alike = false;
                    joint
                }),
            });
            false
        });
        let joined = std::mem::take(&mut elimination.joined);
        self.trace.elimination = elimination;
        let contracted = joint.and_then(|joint| match alike {
            true => Some((joint, self.contract_factors(chain, &joint, &joined)?)),
            false => {
                let detail = "the factors of a chain are scaled or weighed by different factors".to_owned();
                self.tape.fail(Error::Shape { place: chain.place, operation: "markov", detail });
                None
            }
        });
        let factors = joined.len();
        self.trace.elimination.joined = joined;
        let Some(joint) = joint else { return Some(()) };
        let (_, node) = contracted?;
        let site = self.trace.enumerated(chain.after[0]).map_or(0, |e| e.site);
        let elements = self.tape.elements_of(own.union(plates));
        self.trace.elimination.steps.push(SummedOut { site, joined: joint.sites, factors, elements });
        let sites = self.tape.node(node).axes.intersection(self.trace.summed());
        self.trace.elimination.factors.push(Factor { node, sites, plates: chain.plates, ..joint });
        self.settle_factors(site);
        Some(())
    }

    fn contract_factors(
        &mut self,
        chain: &Chain<E>,
        joint: &Factor,
        factors: &[crate::tape::node::NodeId],
    ) -> Option<crate::tape::node::NodeId> {
        let refuse = |run: &mut Run<E>, detail: String| {
            run.tape.fail(Error::Shape { place: chain.place, operation: "markov", detail });
            None
        };
        let others = joint.sites.minus(chain.axes());
        let foreign = others.iter().find(|&a| self.trace.enumerated(a).is_some_and(|e| e.chained));
        if let Some(axis) = foreign {
            let site = self.trace.enumerated(axis).map_or(0, |e| e.site);
            let detail = format!(
                "its factors depend on `{}` of another chain; give both one `markov!` with a tuple as its state",
                self.session.site_name(site)
            );
            return refuse(self, detail);
        }
        let mut node = match self.tape.chain(factors, chain.along(), chain.lengths) {
            Ok(node) => node,
            Err(error) => return refuse(self, error.to_string()),
        };
        for k in 0..chain.count {
            // The state before the first step selects from the messages.
            node = self.tape.stack(node, chain.before[k])?;
            let first = self.tape.materialise(chain.first[k]);
            let index = Discrete::from_value(Value::of_node(first, &self.tape));
            node = self.gather_by(node, index, chain.place.0);
        }
        Some(node)
    }
}
