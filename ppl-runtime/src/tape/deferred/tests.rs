//! Steps whose products wait agree with the eager ones, their twin, and with differences.

use crate::__private::*;
use crate::dist::{Bernoulli, Gamma, LogNormal, Normal, Poisson};
use crate::optim::Adam;
use crate::support::Positive;
use crate::tape::Tape;
use crate::tape::node::Op;
use crate::{AnyGuide, At, Elbo, Element, Guide, Model, Real, Svi, Tensor};
use ndarray::{Array2, Array3};
use proptest::prelude::*;

/// What reads the product.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reads {
    Density,
    /// Without a number added.
    Bare,
    /// The vector comes first.
    Swapped,
    /// A matrix that is an event, and not the rows of a plate.
    Event,
    TwoDensities,
    /// More than may compute it for themselves.
    FourDensities,
    /// A density, then an operation on arrays, and the other way round.
    DensityThenArray,
    ArrayThenDensity,
    /// The product alone is read by an operation, and a sum of it by a density.
    ProductThenDensity,
    Nobody,
    /// A scale that is differentiated.
    Scale,
    /// An exponential, a square and a quotient.
    Rate,
    /// Both parameters are functions of it.
    Both,
    /// Both parameters are the same value.
    Same,
    /// A latent site of each row is added.
    Rows,
    /// It is the location of a latent site, of which there is a closed divergence.
    Latent,
    Masked,
    /// Times data, minus a number that is differentiated.
    Product,
}

const READS: [Reads; 18] = [
    Reads::Density,
    Reads::Bare,
    Reads::Swapped,
    Reads::Event,
    Reads::TwoDensities,
    Reads::FourDensities,
    Reads::DensityThenArray,
    Reads::ArrayThenDensity,
    Reads::ProductThenDensity,
    Reads::Nobody,
    Reads::Scale,
    Reads::Rate,
    Reads::Both,
    Reads::Same,
    Reads::Rows,
    Reads::Latent,
    Reads::Masked,
    Reads::Product,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rows {
    Whole,
    Random,
    InOrder,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    reads: Reads,
    rows: Rows,
    n: usize,
    width: usize,
    particles: usize,
    seed: u64,
    /// What is added to the guide's location, for differences.
    shift: f64,
}

impl Case {
    fn new(reads: Reads, n: usize, width: usize) -> Case {
        Case { reads, rows: Rows::Whole, n, width, particles: 1, seed: 1, shift: 0.0 }
    }

    /// Returns the rows that a step visits.
    fn visited(&self) -> usize {
        if self.rows == Rows::Whole { self.n } else { self.n / 2 + 1 }
    }
}

/// What a session found: the losses and gradients of its steps, and how many values waited to the end of the last one.
#[derive(Debug)]
struct Found {
    numbers: Vec<f64>,
    waiting: usize,
}

fn waiting<E: Element>(tape: &Tape<E>) -> usize {
    tape.nodes.iter().filter(|node| matches!(node.op, Op::Deferred(_))).count()
}

fn steps<E, M, G>(case: Case, model: M, guide: G, waits: bool) -> Found
where
    E: Element,
    M: Model<Element = E, Sites = AnyGuide>,
    G: Guide<Element = E, Sites = AnyGuide>,
    Adam<E>: crate::optim::Optimiser<E>,
{
    let elbo = Elbo::default().particles(case.particles);
    let mut svi = Svi::new(model, guide, elbo, Adam::new(0.05)).seed(case.seed);
    svi.core.get().run.tape.deferral.least = if waits { 0 } else { usize::MAX };
    // So few bytes that a block has the least number of rows.
    svi.core.get().run.tape.deferral.block = 1;
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let (step, gradient) = svi.gradient().expect("a step");
        numbers.push(step.loss);
        numbers.extend(gradient.iter().flat_map(|(_, g)| g.iter().copied().collect::<Vec<_>>()));
        svi.step().expect("a step");
    }
    Found { numbers, waiting: waiting(&svi.core.get_ref().run.tape) }
}

macro_rules! programs {
    ($module:ident, $element:ident) => {
        mod $module {
            use super::*;

            type Number = Real<$element>;

            /// The data of a case.
            pub struct Data {
                x: Array2<$element>,
                event: Array3<$element>,
                yes: Vec<bool>,
                y: Vec<$element>,
                count: Vec<u8>,
            }

            fn density(name: &'static str, d: Normal<$element, crate::value::Scalar>, y: Number) {
                observe::<$element, _, _>(Name::new(name), d, y);
            }

            fn model_of(case: Case, data: &Data) -> impl Model<Element = $element, Sites = AnyGuide> + '_ {
                let Data { x, event, yes, y, count } = data;
                model::<AnyGuide, $element, _, _>(move || {
                    crate::__remember!(x);
                    crate::__remember!(event);
                    let name = Name::new;
                    let unit = || Normal::<$element, _>::new(0.0, 1.0);
                    let w: Tensor<$element> =
                        plate::<$element, _, _, _>(name("feature"), case.width, Whole, |_| {
                            model_site::<$element, RealLine, _>(name("w"), unit()).draw()
                        });
                    let b = model_site::<$element, RealLine, _>(name("b"), unit()).draw();
                    let s = model_site::<$element, Positive, _>(name("s"), LogNormal::new(0.0, 1.0)).draw();
                    if case.reads == Reads::Event {
                        let eta = event.at(0).matmul(w) + b;
                        observe::<$element, _, _>(name("y"), Normal::new(eta, s), y);
                        return;
                    }
                    let body = |i: crate::program::plate::Index| {
                        let eta: Number = match case.reads {
                            Reads::Swapped => w.dot(x.at(i)),
                            _ => x.at(i).dot(w),
                        };
                        let sum = eta + b;
                        let array = |eta: Number| Tensor::stack(&[eta, b * 0.5]).logsumexp();
                        let logits = |k| {
                            observe::<$element, _, _>(name("yes").at(k), Bernoulli::logits(sum), yes.at(i));
                        };
                        match case.reads {
                            Reads::Density | Reads::Swapped => logits(0_usize),
                            Reads::Bare => density("y", Normal::new(eta, 1.0), y.at(i)),
                            Reads::TwoDensities => {
                                logits(0_usize);
                                density("y", Normal::new(2.0 - eta, s), y.at(i));
                            }
                            Reads::FourDensities => {
                                logits(0_usize);
                                density("y", Normal::new(eta, s), y.at(i));
                                logits(1_usize);
                                density("z", Normal::new(sum, 0.5), y.at(i));
                            }
                            Reads::DensityThenArray => {
                                logits(0_usize);
                                density("y", Normal::new(array(eta), s), y.at(i));
                            }
                            Reads::ArrayThenDensity => {
                                density("y", Normal::new(array(sum), s), y.at(i));
                                logits(0_usize);
                            }
                            Reads::ProductThenDensity => {
                                density("y", Normal::new(array(eta), s), y.at(i));
                                logits(0_usize);
                            }
                            Reads::Nobody => density("y", Normal::new(b, s), y.at(i)),
                            Reads::Scale => density("y", Normal::new(sum, s), y.at(i)),
                            Reads::Rate => {
                                let rate = (sum * 0.3 + 0.1).exp() + eta.square() / s;
                                observe::<$element, _, _>(name("n"), Poisson::new(rate), count.at(i));
                            }
                            Reads::Both => density("y", Normal::new(sum, (eta * 0.2).exp() + s), y.at(i)),
                            Reads::Same => {
                                let rate = (eta * 0.3).exp();
                                let observed = y.at(i).exp();
                                observe::<$element, _, _>(name("y"), Gamma::new(rate, rate), observed);
                            }
                            Reads::Rows => {
                                let u = model_site::<$element, RealLine, _>(name("u"), unit()).draw();
                                density("y", Normal::new(sum + u * s, 1.0), y.at(i));
                            }
                            Reads::Latent => {
                                model_site::<$element, RealLine, _>(name("u"), Normal::new(sum, s)).draw();
                            }
                            Reads::Masked => {
                                masked(yes.at(i), || density("y", Normal::new(sum, s), y.at(i)));
                                density("z", Normal::new(eta, s), y.at(i));
                            }
                            Reads::Product => density("y", Normal::new(sum * y.at(i) - s, 1.0), y.at(i)),
                            Reads::Event => {}
                        }
                    };
                    match case.rows {
                        Rows::Whole => plate::<$element, _, _, _>(name("row"), case.n, Whole, body),
                        Rows::Random => {
                            plate::<$element, _, _, _>(name("row"), case.n, Subsample(case.visited()), body)
                        }
                        Rows::InOrder => {
                            plate::<$element, _, _, _>(name("row"), case.n, InOrder(case.visited()), body)
                        }
                    };
                })
            }

            fn guide_of(case: Case) -> impl Guide<Element = $element, Sites = AnyGuide> {
                let loc =
                    move |name| param::<$element, _, _>(Name::new(name), move || 0.1 + case.shift, RealLine);
                let scale = |name| param::<$element, _, _>(Name::new(name), || 0.3, Positive);
                guide::<AnyGuide, $element, _, _>(move || {
                    // One location for all, so that a difference by it meets all rows and columns.
                    let shared = loc("loc");
                    plate::<$element, _, _, _>(Name::new("feature"), case.width, Whole, |_| {
                        let q = Normal::new(shared, scale("w_scale"));
                        guide_site::<$element, RealLine, _>(Name::new("w"), q).draw();
                    });
                    let q = Normal::new(shared, scale("b_scale"));
                    guide_site::<$element, RealLine, _>(Name::new("b"), q).draw();
                    let q = LogNormal::new(shared, scale("s_scale"));
                    guide_site::<$element, Positive, _>(Name::new("s"), q).draw();
                    let body = |_| {
                        if matches!(case.reads, Reads::Rows | Reads::Latent) {
                            let q = Normal::new(shared, scale("u_scale"));
                            guide_site::<$element, RealLine, _>(Name::new("u"), q).draw();
                        }
                    };
                    let name = Name::new("row");
                    match case.rows {
                        Rows::Whole => plate::<$element, _, _, _>(name, case.n, Whole, body),
                        Rows::Random => {
                            plate::<$element, _, _, _>(name, case.n, Subsample(case.visited()), body)
                        }
                        Rows::InOrder => {
                            plate::<$element, _, _, _>(name, case.n, InOrder(case.visited()), body)
                        }
                    };
                })
            }

            /// Takes steps in a session whose products wait, or in its eager twin.
            pub fn run(case: Case, waits: bool) -> Found {
                let Case { n, width, .. } = case;
                let number = |i: usize| ((i as $element + 1.3) * 0.7).sin();
                let x = Array2::from_shape_fn((n, width), |(i, j)| number(i * width + j));
                let event = x.clone().into_shape_with_order((1, n, width)).expect("the same elements");
                let y = (0..n).map(|i| number(3 * i + 1)).collect::<Vec<_>>();
                let yes = y.iter().map(|&y| y > 0.1).collect();
                let count = (0..n).map(|i| (i % 4) as u8).collect();
                let data = Data { x, event, yes, y, count };
                steps::<$element, _, _>(case, model_of(case, &data), guide_of(case), waits)
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Compares a session whose products wait with its eager twin; returns how many values waited to the end.
#[track_caller]
fn assert_twins_agree(case: Case) -> usize {
    let (lazy, eager) = (double::run(case, true), double::run(case, false));
    assert_eq!(eager.waiting, 0, "the twin is eager");
    compare(case, &lazy.numbers, &eager.numbers, 1e-11);
    let (lazy_single, eager_single) = (single::run(case, true), single::run(case, false));
    assert_eq!(lazy_single.waiting, lazy.waiting, "{case:?}");
    compare(case, &lazy_single.numbers, &eager_single.numbers, 2e-4);
    lazy.waiting
}

#[track_caller]
fn compare(case: Case, lazy: &[f64], eager: &[f64], tolerance: f64) {
    assert_eq!(lazy.len(), eager.len());
    let largest = eager.iter().fold(1.0, |largest: f64, v| largest.max(v.abs()));
    for (k, (a, b)) in lazy.iter().zip(eager).enumerate() {
        assert!((a - b).abs() <= tolerance * largest, "{case:?}: number {k} is {a}, eagerly {b}");
    }
}

#[test]
fn every_reader_gets_what_it_gets_eagerly() {
    for reads in READS {
        let waiting = assert_twins_agree(Case::new(reads, 53, 11));
        let expected = match reads {
            // The product and what is added.
            Reads::Density | Reads::Swapped | Reads::Event | Reads::Scale | Reads::Nobody => 2,
            // The sum is recorded, though nobody reads it.
            Reads::Bare => 2,
            Reads::TwoDensities => 3,
            Reads::DensityThenArray | Reads::ProductThenDensity => 1,
            // A closed divergence takes the parameters as they are computed.
            Reads::ArrayThenDensity | Reads::FourDensities | Reads::Masked | Reads::Latent => 0,
            Reads::Rate => 8,
            Reads::Both => 5,
            Reads::Same => 1,
            Reads::Rows => 3,
            Reads::Product => 4,
        };
        assert_eq!(waiting, expected, "{reads:?}");
    }
}

#[test]
fn several_particles_do_not_wait() {
    for reads in READS {
        let case = Case { particles: 3, ..Case::new(reads, 21, 5) };
        assert_eq!(assert_twins_agree(case), 0, "{reads:?}");
    }
}

#[test]
fn gradients_are_differences() {
    const H: f64 = 1e-3;
    for reads in READS {
        let case = Case::new(reads, 53, 11);
        // The first number of a session is its first loss, the next the derivative by the location.
        let loss = |shift: f64| double::run(Case { shift, ..case }, true).numbers[0];
        let differences = [(1.0, 45.0), (2.0, -9.0), (3.0, 1.0)]
            .map(|(k, weight)| weight * (loss(k * H) - loss(-k * H)) / (60.0 * H));
        let difference: f64 = differences.iter().sum();
        let gradient = double::run(case, true).numbers[1];
        assert!(
            (gradient - difference).abs() < 1e-6 * difference.abs().max(1.0),
            "{reads:?}: {gradient}, {difference}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn sessions_agree_with_their_eager_twins(
        reads in prop::sample::select(READS.to_vec()),
        rows in prop::sample::select(vec![Rows::Whole, Rows::Random, Rows::InOrder]),
        n in 1_usize..70,
        width in 1_usize..80,
        seed in 0_u64..1000,
    ) {
        // An event has all its rows.
        let rows = if reads == Reads::Event { Rows::Whole } else { rows };
        assert_twins_agree(Case { rows, seed, ..Case::new(reads, n, width) });
    }
}
