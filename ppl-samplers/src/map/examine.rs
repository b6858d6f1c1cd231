//! What kind of point an ascent has ended at.

use super::Stop;
use crate::error::SamplerError;
use crate::hessian::{Curvature, Definite, Hessian};
use crate::linalg::dot;
use crate::line_search::Point;
use crate::target::{Target, evaluate_inside};

/// Nats by which the density must fall at a distance of one deviation (half a nat if it is normal, .4 if it is Cauchy).
const FALL: f64 = 0.05;
/// How often the distance is doubled along a direction in which the density does not fall.
const DOUBLINGS: i32 = 20;
/// After so many of them, a density that is not finite any more is no fall.
const ENOUGH: i32 = 5;

/// What an end turned out to be.
pub(super) enum Verdict {
    /// A mode, with its Hessian.
    Mode(Hessian),
    /// The density is higher at this point, from where the ascent may go on.
    Higher(Vec<f64>),
    Stopped(Stop),
}

/// How the density goes along a direction.
enum Walk {
    Falls,
    FallsFromHigher(Vec<f64>),
    NeverFalls,
}

/// Takes the Hessian and tries the log-density: on both sides along each principal direction, and onwards from where the ascent began, by
/// Newton's step, and from nought. A density that rises in a cone is seldom higher along its principal directions, which leave the cone.
pub(super) fn examine(
    target: &mut dyn Target,
    start: &[f64],
    point: &Point,
) -> Result<Verdict, SamplerError> {
    let hessian = match Hessian::at(target, &point.position) {
        Ok(hessian) => hessian,
        // On the edge of the support; there is nothing to be examined.
        Err(SamplerError::NoHessian { .. }) => return Ok(Verdict::Stopped(Stop::Converged)),
        Err(error) => return Err(error),
    };
    let mut walker = Walker { target, point, gradient: vec![0.0; point.position.len()] };
    match hessian.curvature() {
        Curvature::Indefinite(indefinite) => {
            // The Hessian of a density that has all but reached its limit tells directions no more.
            for direction in [from(start, point), point.position.clone()] {
                match walker.both_sides(&to_size(&direction, &point.position))? {
                    [Walk::FallsFromHigher(place), _] => return Ok(Verdict::Higher(place)),
                    [Walk::NeverFalls, Walk::Falls] => {
                        let coordinates = taking_part(&in_sizes(&direction, start));
                        return Ok(Verdict::Stopped(Stop::ModeAtInfinity { coordinates }));
                    }
                    _ => {}
                }
            }
            let coordinates = indefinite.coordinates;
            for direction in &indefinite.directions {
                match walker.both_sides(direction)? {
                    [Walk::FallsFromHigher(place), _] | [_, Walk::FallsFromHigher(place)] => {
                        return Ok(Verdict::Higher(place));
                    }
                    [Walk::NeverFalls, Walk::Falls] | [Walk::Falls, Walk::NeverFalls] => {
                        return Ok(Verdict::Stopped(Stop::ModeAtInfinity { coordinates }));
                    }
                    _ => {}
                }
            }
            Ok(Verdict::Stopped(Stop::FlatDirection { coordinates }))
        }
        Curvature::Definite(definite) => {
            let (mut one_side, mut two_sides) = (Vec::new(), Vec::new());
            for k in 0..hessian.dim {
                match walker.both_sides(&principal(&definite, k))? {
                    [Walk::FallsFromHigher(place), _] | [_, Walk::FallsFromHigher(place)] => {
                        return Ok(Verdict::Higher(place));
                    }
                    [Walk::NeverFalls, Walk::NeverFalls] => {
                        two_sides.extend(taking_part(&definite.eigen.vectors[k]));
                    }
                    [Walk::Falls, Walk::Falls] => {}
                    _ => one_side.extend(taking_part(&definite.eigen.vectors[k])),
                }
            }
            for direction in onwards(&hessian, start, point) {
                match walker.walk(&direction, 1.0)? {
                    Walk::FallsFromHigher(place) => return Ok(Verdict::Higher(place)),
                    Walk::Falls => {}
                    Walk::NeverFalls => {
                        let scaled: Vec<f64> = direction
                            .iter()
                            .zip(&definite.deviations)
                            .map(|(d, deviation)| d / deviation)
                            .collect();
                        one_side.extend(taking_part(&scaled));
                    }
                }
            }
            if !one_side.is_empty() {
                return Ok(Verdict::Stopped(Stop::ModeAtInfinity { coordinates: in_order(one_side) }));
            }
            if !two_sides.is_empty() {
                return Ok(Verdict::Stopped(Stop::FlatDirection { coordinates: in_order(two_sides) }));
            }
            Ok(Verdict::Mode(hessian))
        }
    }
}

fn from(start: &[f64], point: &Point) -> Vec<f64> {
    point.position.iter().zip(start).map(|(x, start)| x - start).collect()
}

/// Each coordinate of a direction in units of its size (or of one).
fn in_sizes(direction: &[f64], sizes: &[f64]) -> Vec<f64> {
    direction.iter().zip(sizes).map(|(d, size)| d / size.abs().max(1.0)).collect()
}

/// The direction at the length at which a coordinate moves by its size (or by one).
fn to_size(direction: &[f64], sizes: &[f64]) -> Vec<f64> {
    let longest =
        in_sizes(direction, sizes).iter().fold(f64::MIN_POSITIVE, |longest, d| d.abs().max(longest));
    direction.iter().map(|d| d / longest).collect()
}

/// The direction of an eigenvector, one deviation long.
fn principal(definite: &Definite, k: usize) -> Vec<f64> {
    let along = definite.eigen.values[k].sqrt();
    let vector = &definite.eigen.vectors[k];
    vector.iter().zip(&definite.deviations).map(|(v, deviation)| v * deviation / along).collect()
}

/// The directions from the start, of Newton's step and from nought, one deviation long.
fn onwards(hessian: &Hessian, start: &[f64], point: &Point) -> Vec<Vec<f64>> {
    let mut newton = point.gradient.clone();
    if let Some(factor) = hessian.factor() {
        factor.solve(&mut newton);
    }
    let mut directions = vec![from(start, point), newton, point.position.clone()];
    for direction in &mut directions {
        let square: f64 = hessian
            .values
            .chunks(hessian.dim.max(1))
            .zip(&*direction)
            .map(|(row, d)| d * dot(row, direction))
            .sum();
        let deviation = square.sqrt().recip();
        direction.iter_mut().for_each(|d| *d *= deviation);
    }
    // A direction of no length has none.
    directions.retain(|direction| direction.iter().all(|d| d.is_finite()));
    directions
}

fn taking_part(vector: &[f64]) -> Vec<usize> {
    let largest = vector.iter().fold(0.0_f64, |largest, v| v.abs().max(largest));
    (0..vector.len()).filter(|&i| vector[i].abs() >= 0.2 * largest).collect()
}

fn in_order(mut coordinates: Vec<usize>) -> Vec<usize> {
    coordinates.sort_unstable();
    coordinates.dedup();
    coordinates
}

struct Walker<'a> {
    target: &'a mut dyn Target,
    point: &'a Point,
    gradient: Vec<f64>,
}

impl Walker<'_> {
    fn both_sides(&mut self, direction: &[f64]) -> Result<[Walk; 2], SamplerError> {
        Ok([self.walk(direction, 1.0)?, self.walk(direction, -1.0)?])
    }

    /// Doubles the distance until the density has fallen.
    fn walk(&mut self, direction: &[f64], side: f64) -> Result<Walk, SamplerError> {
        let here = self.point.log_density;
        let mut highest = here + 1e-6_f64.max(1e-9 * here.abs());
        let mut higher = None;
        for doubling in 0..=DOUBLINGS {
            let distance = side * f64::powi(2.0, doubling);
            let place: Vec<f64> =
                self.point.position.iter().zip(direction).map(|(x, d)| x + distance * d).collect();
            match evaluate_inside(self.target, &place, &mut self.gradient)? {
                None if doubling >= ENOUGH => break,
                Some(value) if value > highest => {
                    highest = value;
                    higher = Some(place);
                }
                Some(value) if value >= here - FALL => {}
                _ => return Ok(higher.map_or(Walk::Falls, Walk::FallsFromHigher)),
            }
        }
        Ok(Walk::NeverFalls)
    }
}
