//! Random factor graphs with plates, and the model that each of them is.

use ndarray::ArrayD;
use ppl::__private::{Name, Whole, model, model_site, observe, param, plate};
use ppl::dist::{Bernoulli, Categorical, Normal};
use ppl::support::{Boolean, Finite, RealLine};
use ppl::{AnyGuide, At, Discrete, Model, Real, Tensor};

pub const SITES: [&str; 12] = ["z0", "z1", "z2", "z3", "z4", "z5", "z6", "z7", "z8", "z9", "z10", "z11"];
const TABLES: [&str; 12] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11"];
const MEANS: [&str; 6] = ["m0", "m1", "m2", "m3", "m4", "m5"];
const DATA: [&str; 6] = ["x0", "x1", "x2", "x3", "x4", "x5"];
const PLATES: [&str; 2] = ["outer", "inner"];

/// The most assignments that the sum over all of them has.
const ASSIGNMENTS: usize = 1 << 13;

/// A plate of some size, inside of another or not.
#[derive(Clone, Debug)]
pub struct Plate {
    pub size: usize,
    pub inside: Option<usize>,
}

/// What a statement depends on.
#[derive(Clone, Debug)]
pub struct Factor {
    pub within: Option<usize>,
    /// Earlier sites of the same plate, or of one around it.
    pub parents: Vec<usize>,
    /// Whether each element of the plates has a table of its own.
    pub apart: bool,
    /// Logits by the parents' outcomes, or means.
    pub table: ArrayD<f64>,
}

#[derive(Clone, Debug)]
pub struct Site {
    pub outcomes: usize,
    /// Whether it is a `Bernoulli` of one logit; else a `Categorical` of as many as there are outcomes.
    pub coin: bool,
    pub factor: Factor,
}

/// A normal observation, whose mean is looked up.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Whether the data differ along the plates.
    pub varies: bool,
    pub factor: Factor,
}

#[derive(Clone, Debug)]
pub struct Graph {
    pub plates: Vec<Plate>,
    pub sites: Vec<Site>,
    pub seen: Vec<Observed>,
}

/// Choices read off a list, zeros after its end, so that a shorter list is a simpler graph.
struct Choices<'a> {
    list: std::slice::Iter<'a, u8>,
    state: u64,
}

impl Choices<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.list.next().map_or(0, |&c| usize::from(c) % n)
    }

    /// Returns a number between -2 and 2.
    fn number(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 51) as f64 - 2.0
    }
}

impl Graph {
    /// Returns the graph of a list of choices; numbers come from the seed.
    pub fn of(list: &[u8], seed: u64) -> Graph {
        let choices = &mut Choices { list: list.iter(), state: seed };
        let layout = choices.below(4);
        let sizes = [1 + choices.below(3), 1 + choices.below(3)];
        let plate = |k: usize, inside| Plate { size: sizes[k], inside };
        let plates = match layout {
            0 => vec![],
            1 => vec![plate(0, None)],
            2 => vec![plate(0, None), plate(1, Some(0))],
            _ => vec![plate(0, None), plate(1, None)],
        };
        let mut graph = Graph { plates, sites: vec![], seen: vec![] };
        for _ in 0..1 + choices.below(SITES.len()) {
            let within = graph.place(choices);
            let outcomes = 2 + choices.below(3) / 2;
            let coin = outcomes == 2 && choices.below(2) == 1;
            let last = if coin { None } else { Some(outcomes) };
            let factor = graph.factor(choices, within, last);
            graph.sites.push(Site { outcomes, coin, factor });
            if graph.assignments() > ASSIGNMENTS {
                graph.sites.pop();
            }
        }
        for _ in 0..choices.below(MEANS.len() + 1) {
            let within = graph.place(choices);
            let varies = choices.below(2) == 1;
            let factor = graph.factor(choices, within, None);
            graph.seen.push(Observed { varies, factor });
        }
        graph
    }

    fn place(&self, choices: &mut Choices<'_>) -> Option<usize> {
        choices.below(self.plates.len() + 1).checked_sub(1)
    }

    fn factor(&self, choices: &mut Choices<'_>, within: Option<usize>, last: Option<usize>) -> Factor {
        let around = self.around(within);
        let visible: Vec<usize> = (0..self.sites.len())
            .filter(|&k| self.sites[k].factor.within.is_none_or(|p| around.contains(&p)))
            .collect();
        let mut parents = Vec::new();
        for _ in 0..choices.below(4) {
            // The same site twice would be the diagonal of a table.
            let chosen = choices.below(visible.len().max(1));
            if let Some(&parent) = visible.get(chosen)
                && !parents.contains(&parent)
            {
                parents.push(parent);
            }
        }
        let apart = choices.below(2) == 1;
        let mut shape: Vec<usize> =
            if apart { around.iter().map(|&p| self.plates[p].size).collect() } else { vec![] };
        shape.extend(parents.iter().map(|&k| self.sites[k].outcomes));
        shape.extend(last);
        let table = ArrayD::from_shape_simple_fn(shape, || choices.number());
        Factor { within, parents, apart, table }
    }

    /// Returns the plates around what stands in one of them, the outermost first, itself included.
    pub fn around(&self, within: Option<usize>) -> Vec<usize> {
        let mut plates = Vec::new();
        let mut next = within;
        while let Some(p) = next {
            plates.insert(0, p);
            next = self.plates[p].inside;
        }
        plates
    }

    pub fn elements(&self, within: Option<usize>) -> usize {
        self.around(within).iter().map(|&p| self.plates[p].size).product()
    }

    pub fn assignments(&self) -> usize {
        let count = |s: &Site| s.outcomes.pow(self.elements(s.factor.within) as u32);
        self.sites.iter().map(count).fold(1, |all, n| all.saturating_mul(n))
    }

    /// Returns the datum at an element of a plate.
    pub fn datum(plate: usize, element: usize) -> f64 {
        [[0.3, -1.1, 0.8], [0.6, 0.1, -0.9]][plate][element]
    }

    /// Returns the tables by the names of the parameters that hold them.
    pub fn tables(&self) -> impl Iterator<Item = (&'static str, &ArrayD<f64>)> {
        let sites = self.sites.iter().zip(TABLES).map(|(s, name)| (name, &s.factor.table));
        sites.chain(self.seen.iter().zip(MEANS).map(|(o, name)| (name, &o.factor.table)))
    }

    /// Returns the model, whose parameters are the tables.
    pub fn model(&self) -> impl Model<Sites = AnyGuide, Element = f64> + '_ {
        model::<AnyGuide, f64, _, _>(move || {
            let mut around = Around { values: [None; 12], tables: [None; 18], datum: None };
            let factors = self.sites.iter().map(|s| &s.factor).zip(TABLES).enumerate();
            for (k, (factor, name)) in factors {
                around.tables[k] = (!factor.apart).then(|| table(factor, name, 0));
            }
            for (k, (seen, name)) in self.seen.iter().zip(MEANS).enumerate() {
                around.tables[12 + k] = (!seen.factor.apart).then(|| table(&seen.factor, name, 0));
            }
            self.block(None, around);
        })
    }

    fn block(&self, within: Option<usize>, mut around: Around) {
        for (k, site) in self.sites.iter().enumerate().filter(|(_, s)| s.factor.within == within) {
            let table = self.looked_up(&site.factor, TABLES[k], &around, around.tables[k]);
            let name = Name::new(SITES[k]);
            around.values[k] = Some(match site.coin {
                true => model_site::<f64, Boolean, _>(name, Bernoulli::logits(table.to_real()))
                    .enumerated()
                    .draw(),
                false => model_site::<f64, Finite, _>(name, Categorical::logits(table)).enumerated().draw(),
            });
        }
        for (k, seen) in self.seen.iter().enumerate().filter(|(_, o)| o.factor.within == within) {
            let mean = self.looked_up(&seen.factor, MEANS[k], &around, around.tables[12 + k]);
            let datum = around.datum.filter(|_| seen.varies).unwrap_or(Real::from(0.25));
            observe::<f64, _, _>(Name::new(DATA[k]), Normal::new(mean.to_real(), 1.0), datum);
        }
        for (p, inner) in self.plates.iter().enumerate().filter(|(_, p)| p.inside == within) {
            let data: Vec<f64> = (0..inner.size).map(|e| Graph::datum(p, e)).collect();
            plate::<f64, _, _, _>(Name::new(PLATES[p]), inner.size, Whole, |i| {
                let here = data.at(i);
                let datum = Some(around.datum.map_or(here, |d| d + here));
                self.block(Some(p), Around { datum, ..around });
            });
        }
    }

    /// Returns a factor's table at the values of its parents.
    fn looked_up(
        &self,
        factor: &Factor,
        name: &'static str,
        around: &Around,
        shared: Option<Tensor>,
    ) -> Tensor {
        let plates = self.around(factor.within).len();
        let whole = shared.unwrap_or_else(|| table(factor, name, plates));
        factor.parents.iter().filter_map(|&k| around.values[k]).fold(whole, |table, parent| table.at(parent))
    }
}

/// What the statements of a block see of those around it.
#[derive(Clone, Copy)]
struct Around {
    values: [Option<Discrete>; 12],
    /// The tables that all elements share, of sites and then of observations.
    tables: [Option<Tensor>; 18],
    datum: Option<Real>,
}

/// Makes the parameter of a table, whose first dimensions are those of the plates around it.
fn table(factor: &Factor, name: &'static str, plates: usize) -> Tensor {
    let init = || ArrayD::<f64>::zeros(&factor.table.shape()[plates..]);
    param::<f64, _, _>(Name::new(name), init, RealLine)
}
