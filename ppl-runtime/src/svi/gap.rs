//! How much is left to gain at a place of the parameters, in nats.
//!
//! Near its least value the loss is a parabola, and what is left to gain at a place with gradient `g` is `g H^-1 g / 2`. The gradient is the
//! mean of many draws, in batches: products of the means of different batches have no bias, and their scatter is the estimate's error. The
//! curvature comes from a descent of the loss on few draws that stay the same, where it is a smooth function. The end of that descent tells
//! besides whether anything lower lies further away than a parabola shows: its loss is compared on fresh draws.

use super::contrast::Contrast;
use super::core::Fit;
use super::step::record_as;
use crate::element::Element;
use crate::program::pass::{Divergences, Gradient, Pass};
use crate::random::{Occasion, Purpose};
use ppl_samplers::{Ascended, Target, TargetError};
use std::ops::Range;

/// A gain beyond this many nats, sure to three standard errors, is one.
const GAIN: f64 = 0.01;

/// Of more parameters the curvature is not looked at.
const LARGEST: usize = 2_000;

/// The batches of gradients whose products are compared.
const BATCHES: usize = 16;

/// The descent on few draws: how many iterations and evaluations it may take, and when its steps promise too little, in nats.
const ITERATIONS: usize = 100;
const EVALUATIONS: usize = 250;
const PROMISE: f64 = 1e-7;
/// It is over as well where so many iterations together have gained less than this, in nats: rounding hides the rest.
const LATE: usize = 15;
const LITTLE: f64 = 1e-3;

/// A parameter's unit is at most so many times its size, or so many if that is below one.
const REACH: f64 = 10.0;

/// How far towards the end of that descent one looks for a lower loss.
const SHARES: [f64; 3] = [1.0, 0.5, 0.25];

/// Draws by their numbers: those of comparisons of losses come first.
const DESCENT: u64 = 1 << 12;
const GRADIENTS: u64 = 1 << 13;

/// What is left to gain at a place, by an estimate and its standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    estimate: f64,
    error: f64,
    /// Whether the loss is surely lower at a place that was found.
    pub(super) is_lower_elsewhere: bool,
    /// Whether the curvature is known as far as it matters.
    has_curvature: bool,
}

impl Gap {
    /// Returns whether at most so much is left, sure to two standard errors.
    pub(super) fn is_at_most(&self, most: f64) -> bool {
        self.has_curvature && self.estimate + 2.0 * self.error <= most
    }

    /// Returns whether more is left, sure to three standard errors.
    pub(super) fn exceeds(&self, most: f64) -> bool {
        self.has_curvature && self.estimate - 3.0 * self.error > most
    }
}

/// The mean loss of draws that stay the same, as minus a log-density of the parameters in units of their own.
struct FewDraws<'f, 'a, E: Element> {
    fit: &'f mut Fit<'a, E>,
    pass: Pass,
    draws: Range<u64>,
    units: &'f [f64],
    /// How many evaluations are left.
    left: usize,
}

impl<E: Element> Target for FewDraws<'_, '_, E> {
    fn dim(&self) -> usize {
        self.units.len()
    }

    fn log_density_and_gradient(
        &mut self,
        position: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64, TargetError> {
        // So many are taken where the gradient is none of the loss of each draw, as that of draws that are accepted or not.
        self.left = self.left.checked_sub(1).ok_or_else(|| TargetError::fatal("too many evaluations"))?;
        let place: Vec<E> = position.iter().zip(self.units).map(|(x, unit)| E::of(x * unit)).collect();
        self.fit.move_to(&place, self.units);
        let found = self.fit.mean_gradient(self.pass, self.draws.clone());
        let found = found.ok_or_else(|| TargetError::outside("the loss is not finite"))?;
        for ((g, mean), unit) in gradient.iter_mut().zip(&found.gradient).zip(self.units) {
            *g = -mean * unit;
        }
        Ok(-found.loss)
    }
}

/// Means over some draws.
struct Means {
    loss: f64,
    gradient: Vec<f64>,
    squares: Vec<f64>,
}

impl Means {
    /// Returns a unit for each parameter: that in which its gradient has the size one, unless it is very large. Those that have no gradient have none.
    fn units<E: Element>(&self, place: &[E]) -> Vec<f64> {
        let unit = |(&square, x): (&f64, &E)| match square {
            0.0 => 0.0,
            // Where the gradient vanishes with its noise, its size tells nothing of the parameter's scale.
            _ => square.sqrt().recip().min(REACH * x.as_f64().abs().max(1.0)),
        };
        self.squares.iter().zip(place).map(unit).collect()
    }
}

impl<E: Element> Fit<'_, E> {
    /// Returns whether the loss of draws that stay the same is a smooth function, as far as the last step tells; none may be evaluated in between.
    ///
    /// Otherwise there are costs of scores, from which baselines would learn.
    pub(super) fn last_step_was_smooth(&self) -> bool {
        self.core.run.trace.scores.is_empty() && !self.core.run.session.apart.needed
    }

    /// Estimates what is left to gain at a place, from about so many gradients, where the last step was smooth; `None` if the gradient is none of
    /// the loss, or the parameters are too many.
    pub(super) fn gap(&mut self, place: &[E], gradients: u64) -> Option<Gap> {
        let kept = self.core.run.session.params.values.clone();
        let gap = self.gap_at(place, gradients);
        self.core.set_values(&kept);
        gap
    }

    fn gap_at(&mut self, place: &[E], gradients: u64) -> Option<Gap> {
        let own = self.objective.pass();
        if place.len() > LARGEST || own.gradient != Gradient::Pathwise {
            return None;
        }
        let gradients = gradients.clamp(512, 8_192);
        let few = DESCENT..DESCENT + (gradients / 16).clamp(64, 256);
        // The gradient of this pass is that of the loss of each draw.
        let divergences = match own.divergences {
            Divergences::LandingStuck => Divergences::Estimated,
            other => other,
        };
        let smooth = Pass { divergences, ..own };
        self.core.set_values(place);
        let found = self.mean_gradient(smooth, few.clone())?;
        if self.core.run.session.params.values.len() != place.len() {
            return None;
        }
        let units = found.units(place);
        let position = |(x, &unit): (&E, &f64)| if unit > 0.0 { x.as_f64() / unit } else { 0.0 };
        let position: Vec<f64> = place.iter().zip(&units).map(position).collect();
        let mut target = FewDraws { fit: self, pass: smooth, draws: few, units: &units, left: EVALUATIONS };
        let end = Ascended::from(&mut target, position, ITERATIONS, PROMISE).ok().flatten()?;
        self.core.set_values(place);
        let (estimate, error) = self.parabola(own, gradients, &units, &end)?;
        let is_lower_elsewhere = self.is_lower_towards(place, &end, &units, gradients);
        Some(Gap { estimate, error, is_lower_elsewhere, has_curvature: is_at_rest(&end) })
    }

    /// Estimates half of `g H^-1 g` at the present place, and the standard error of that.
    fn parabola(&mut self, pass: Pass, draws: u64, units: &[f64], end: &Ascended) -> Option<(f64, f64)> {
        let each = draws / BATCHES as u64;
        let mut means: Vec<Vec<f64>> = Vec::with_capacity(BATCHES);
        for k in 0..BATCHES as u64 {
            let from = GRADIENTS + k * each;
            let Means { gradient, .. } = self.mean_gradient(pass, from..from + each)?;
            means.push(gradient.iter().zip(units).map(|(g, unit)| g * unit).collect());
        }
        let along: Vec<Vec<f64>> = means.iter().map(|mean| end.inverse_hessian_times(mean)).collect();
        let product =
            |i: usize, j: usize| -> f64 { means[i].iter().zip(&along[j]).map(|(a, b)| a * b).sum() };
        let products: Vec<Vec<f64>> =
            (0..BATCHES).map(|i| (0..BATCHES).map(|j| product(i, j)).collect()).collect();
        Some(without_diagonal(&products))
    }

    /// Returns whether the loss is surely lower on the way to the end of a descent, on fresh draws.
    fn is_lower_towards(&mut self, place: &[E], end: &Ascended, units: &[f64], gradients: u64) -> bool {
        let draws = (gradients / 8).clamp(128, 1_024);
        let here = self.losses_at(place, draws);
        SHARES.into_iter().any(|share| {
            let towards = |((&x, u), &unit): ((&E, &f64), &f64)| match unit > 0.0 {
                true => x + E::of(share) * (E::of(u * unit) - x),
                false => x,
            };
            let there: Vec<E> = place.iter().zip(&end.position).zip(units).map(towards).collect();
            let change = Contrast::of(&self.losses_at(&there, draws), &here);
            change.mean + 3.0 * change.error < -GAIN
        })
    }

    /// Moves the parameters that have a unit.
    fn move_to(&mut self, place: &[E], units: &[f64]) {
        let mut values = self.core.run.session.params.values.clone();
        for ((to, &x), &unit) in values.iter_mut().zip(place).zip(units) {
            if unit > 0.0 {
                *to = x;
            }
        }
        self.core.set_values(&values);
    }

    /// Returns the mean loss and gradient of some draws at the present place; `None` where one of them is not finite.
    fn mean_gradient(&mut self, pass: Pass, draws: Range<u64>) -> Option<Means> {
        let n = self.core.run.session.params.values.len();
        let count = (draws.end - draws.start) as f64;
        let mut means = Means { loss: 0.0, gradient: vec![0.0; n], squares: vec![0.0; n] };
        let first = self.core.attempts << 16;
        for k in draws {
            let Fit { programs, objective, core, .. } = self;
            let occasion = Occasion::new(Purpose::Contrast, first + k);
            let step = record_as(*programs, *objective, &mut core.run, occasion, pass).ok()?;
            means.loss += step.loss / count;
            let told = &core.told;
            core.run.each_gradient(|offset, values| {
                if told.get(offset).is_some_and(|told| told.is_frozen()) {
                    return;
                }
                for (at, g) in (offset..).zip(values) {
                    let (Some(mean), Some(square)) = (means.gradient.get_mut(at), means.squares.get_mut(at))
                    else {
                        return;
                    };
                    *mean += g.as_f64() / count;
                    *square += g.as_f64().powi(2) / count;
                }
            });
        }
        Some(means)
    }
}

/// Returns whether a descent has come to rest: a direction that it has not gone yet would promise too little as well, however much there
/// is to gain, and so the promise has to be very small.
fn is_at_rest(end: &Ascended) -> bool {
    let late = end.trail.len().checked_sub(LATE + 1).map(|at| end.log_density - end.trail[at]);
    end.has_converged || late.is_some_and(|gain| gain < LITTLE)
}

/// Returns half of the mean of products of different batches, and its standard error by leaving out one batch after the other.
fn without_diagonal(products: &[Vec<f64>]) -> (f64, f64) {
    let n = products.len();
    let mean_without = |left_out: Option<usize>| {
        let mut sum = 0.0;
        let mut count = 0.0;
        for i in (0..n).filter(|&i| Some(i) != left_out) {
            for j in (0..n).filter(|&j| j != i && Some(j) != left_out) {
                sum += products[i][j];
                count += 1.0;
            }
        }
        0.5 * sum / count
    };
    let all = mean_without(None);
    let squares: f64 = (0..n).map(|k| (mean_without(Some(k)) - all).powi(2)).sum();
    (all, (squares * (n - 1) as f64 / n as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::__private::{Name, Whole, guide, guide_site, model, model_site, observe, param, plate};
    use crate::dist::Normal;
    use crate::optim::Adam;
    use crate::support::{Positive, RealLine};
    use crate::{AnyGuide, At, Elbo, Svi};
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn products_of_different_batches_have_no_bias() {
        // Gradients of two parameters of curvature one, with noise that alone would count for 0.5 nats.
        let (mut squares, mut sum) = (0.0, 0.0);
        let (runs, truth) = (2_000, 0.5 * (0.3 * 0.3 + 0.1 * 0.1));
        for seed in 0..runs {
            let mut rng = crate::random::Generator::seed_from_u64(seed);
            let mut noise = || -> f64 { Distribution::<f64>::sample(&StandardNormal, &mut rng) };
            let means: Vec<[f64; 2]> = (0..16).map(|_| [0.3 + noise(), 0.1 + noise()]).collect();
            let products: Vec<Vec<f64>> =
                means.iter().map(|a| means.iter().map(|b| a[0] * b[0] + a[1] * b[1]).collect()).collect();
            let (estimate, error) = without_diagonal(&products);
            sum += estimate / runs as f64;
            squares += ((estimate - truth) / error).powi(2) / runs as f64;
        }
        assert!((sum - truth).abs() < 0.01, "{sum}, not {truth}");
        assert!((0.5..1.6).contains(&squares), "{squares}");
    }

    /// A line through points far from the origin, whose independent normals have a loss with a narrow valley: two columns that are almost the
    /// same, of precisions that differ by a factor of some thousands.
    #[test]
    fn what_is_left_in_a_narrow_valley_is_seen() {
        let x: Vec<f64> = (0..40).map(|i| 1.0 + 0.02 * f64::from(i % 5)).collect();
        let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 2.0 - x + (1.3 * i as f64).sin()).collect();
        let program = model::<AnyGuide, f64, _, _>(|| {
            let a = model_site::<f64, RealLine, _>(Name::new("a"), Normal::new(0.0, 10.0)).draw();
            let b = model_site::<f64, RealLine, _>(Name::new("b"), Normal::new(0.0, 10.0)).draw();
            plate::<f64, _, _, _>(Name::new("row"), x.len(), Whole, |i| {
                observe::<f64, _, _>(Name::new("y"), Normal::new(a + b * x.at(i), 1.0), y.at(i));
            });
        });
        let proposal = guide::<AnyGuide, f64, _, _>(|| {
            for (name, loc, scale) in [("a", "a_loc", "a_scale"), ("b", "b_loc", "b_scale")] {
                let loc = param::<f64, _, _>(Name::new(loc), || 0.0, RealLine);
                let scale = param::<f64, _, _>(Name::new(scale), || 1.0, Positive);
                guide_site::<f64, RealLine, _>(Name::new(name), Normal::new(loc, scale)).draw();
            }
        });
        let mut svi = Svi::new(&program, &proposal, Elbo::default(), Adam::new(0.01)).seed(1);
        svi.step().unwrap();
        // The posterior has the precision `P` and the mean `m`; the best independent normals have the means `m` and the precisions `P_kk`, and
        // means that are off by `d` cost `d P d / 2`.
        let sum = |of: &dyn Fn(f64, f64) -> f64| x.iter().zip(&y).map(|(&x, &y)| of(x, y)).sum::<f64>();
        let prior = 0.01;
        let [p, q, r] = [sum(&|_, _| 1.0) + prior, sum(&|x, _| x), sum(&|x, _| x * x) + prior];
        let [u, v] = [sum(&|_, y| y), sum(&|x, y| x * y)];
        let determinant = p * r - q * q;
        let mean = [(r * u - q * v) / determinant, (p * v - q * u) / determinant];
        let mut gap = |off: [f64; 2]| {
            for (name, value) in [
                ("a_loc", mean[0] + off[0]),
                ("b_loc", mean[1] + off[1]),
                ("a_scale", p.sqrt().recip()),
                ("b_scale", r.sqrt().recip()),
            ] {
                svi.set_parameter(name, value).unwrap();
            }
            let mut fit = svi.fit();
            let place = fit.core.run.session.params.values.clone();
            let gap = fit.gap(&place, 4_096).unwrap();
            assert_eq!(fit.core.run.session.params.values, place);
            (gap, 0.5 * (p * off[0] * off[0] + 2.0 * q * off[0] * off[1] + r * off[1] * off[1]))
        };
        let (best, _) = gap([0.0, 0.0]);
        assert!(best.is_at_most(0.02) && !best.is_lower_elsewhere, "{best:?}");
        // Along the valley, across it, and far along it.
        for off in [[6.0, -5.77], [0.05, 0.05], [30.0, -28.85]] {
            let (found, truth) = gap(off);
            assert!(truth > 0.05, "{truth}");
            let Gap { estimate, error, .. } = found;
            assert!((estimate - truth).abs() < 4.0 * error + 0.1 * truth, "{found:?}, not {truth}");
            assert!(!found.is_at_most(0.02), "{found:?}, not {truth}");
        }
    }
}
