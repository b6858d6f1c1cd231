//! One type for all bijections, for a store of parameters of many supports.

use super::{
    Bijection, Bounded, Circle, CorrelationCholesky, CovarianceCholesky, Interval, Ordered, Positive,
    PositiveOrdered, RealLine, Simplex, Softplus, SumToZero, Support, Tanh, UnitInterval, UnitVector,
};
use crate::element::Element;
use crate::shape::Shape;

/// A value that names the support of a parameter: `Positive`, `Simplex`, `Interval::new(0.0, 5.0)`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::support::{AnyBijection, Bounded, Constraint, Interval, Support};
///
/// fn name<C: Constraint>(constraint: C) -> (&'static str, AnyBijection) {
///     (C::Support::NAME, constraint.into())
/// }
/// let interval = Interval::new(0.0, 5.0);
/// assert_eq!(name(interval), (Bounded::NAME, AnyBijection::from(interval)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the support of a parameter",
    label = "expected a support with a bijection",
    note = "the supports of parameters are `RealLine`, `Positive`, `UnitInterval`, `Interval::new(low, high)`, `Circle`, `Simplex`, `SumToZero`, `UnitVector`, `Ordered`, `PositiveOrdered`, `CorrelationCholesky` and `CovarianceCholesky`"
)]
pub trait Constraint: Copy + Into<AnyBijection> + 'static {
    /// The support as a type.
    type Support: Support;
}

macro_rules! any {
    (@alone $name:ident) => { Some($name) };
    (@alone $name:ident, bounds) => { None::<$name> };
    ($($(#[$doc:meta])* $name:ident on $support:ident, called $label:literal $(, $bounds:ident)?;)*) => {
        /// Any of the bijections.
        ///
        /// It is equal to another one where it is the same map, bounds included.
        ///
        /// # Examples
        ///
        /// ```
        /// use ppl_runtime::support::{AnyBijection, Bijection, Positive};
        ///
        /// let map = AnyBijection::from(Positive);
        /// assert_eq!((map.name(), map.is_elementwise()), ("Positive", true));
        /// let mut y = [0.0];
        /// map.forward(&[0.0], &[], &mut y);
        /// assert_eq!(y, [1.0]);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct AnyBijection(pub(crate) Map);

        /// Which map it is.
        ///
        /// No other crate sees these names: beside them rustc would print a support with its path,
        /// `ppl::prelude::Positive` for `Positive`.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) enum Map {
            $($(#[$doc])* $name($name),)*
        }

        impl AnyBijection {
            /// Returns the name of the support, or of the map where it is not the support's usual one.
            ///
            /// # Examples
            ///
            /// ```
            /// use ppl_runtime::support::{AnyBijection, Interval};
            ///
            /// assert_eq!(AnyBijection::from(Interval::new(0.0, 5.0)).name(), "Bounded");
            /// ```
            pub fn name(&self) -> &'static str {
                match &self.0 {
                    $(Map::$name(_) => $label,)*
                }
            }

            /// Returns whether the map acts on each element alone.
            ///
            /// # Examples
            ///
            /// ```
            /// use ppl_runtime::support::{AnyBijection, Simplex};
            ///
            /// assert!(!AnyBijection::from(Simplex).is_elementwise());
            /// ```
            pub fn is_elementwise(&self) -> bool {
                match &self.0 {
                    $(Map::$name(_) => <$name as Bijection<f64>>::ELEMENTWISE,)*
                }
            }

            /// Returns the ends between which each element of an image lies, as far as the map tells them.
            pub(crate) fn ends(&self) -> (f64, f64) {
                match self.0 {
                    Map::Positive(_) | Map::Softplus(_) | Map::PositiveOrdered(_) => (0.0, f64::INFINITY),
                    Map::UnitInterval(_) | Map::Simplex(_) => (0.0, 1.0),
                    Map::Tanh(_) | Map::UnitVector(_) | Map::CorrelationCholesky(_) => (-1.0, 1.0),
                    Map::Interval(Interval { low, high }) => (low, high),
                    Map::Circle(_) => (-std::f64::consts::PI, std::f64::consts::PI),
                    Map::RealLine(_) | Map::SumToZero(_) | Map::Ordered(_) | Map::CovarianceCholesky(_) => {
                        (f64::NEG_INFINITY, f64::INFINITY)
                    }
                }
            }

            /// Returns every map that its support's name tells from the others: all but those with bounds.
            pub(crate) fn every_without_bounds() -> impl Iterator<Item = AnyBijection> {
                [$(any!(@alone $name $(, $bounds)?).map(AnyBijection::from),)*].into_iter().flatten()
            }

            /// Returns the bits by which it differs from others.
            #[inline(always)]
            pub(crate) fn bits(&self) -> [u64; 3] {
                #[repr(u8)]
                enum Number { $($name,)* }
                let number = match &self.0 {
                    $(Map::$name(_) => Number::$name as u64,)*
                };
                match self.0 {
                    Map::Interval(Interval { low, high }) => [number, low.to_bits(), high.to_bits()],
                    _ => [number, 0, 0],
                }
            }
        }

        $(
            impl From<$name> for AnyBijection {
                fn from(map: $name) -> Self {
                    AnyBijection(Map::$name(map))
                }
            }

            #[diagnostic::do_not_recommend]
            impl Constraint for $name {
                type Support = $support;
            }
        )*

        /// The constant says only that the choice is made when the program runs: ask
        /// [`is_elementwise`](AnyBijection::is_elementwise) before calling `forward_point`.
        impl<E: Element> Bijection<E> for AnyBijection {
            const ELEMENTWISE: bool = false;

            fn unconstrained_shape(&self, shape: &[usize]) -> Result<Vec<usize>, String> {
                match &self.0 {
                    $(Map::$name(map) => Bijection::<E>::unconstrained_shape(map, shape),)*
                }
            }

            fn constrained_shape(&self, free: Shape) -> Result<Shape, String> {
                match &self.0 {
                    $(Map::$name(map) => Bijection::<E>::constrained_shape(map, free),)*
                }
            }

            fn check(&self, shape: &[usize], y: &[E]) -> Result<(), String> {
                match &self.0 {
                    $(Map::$name(map) => map.check(shape, y),)*
                }
            }

            fn forward(&self, x: &[E], shape: &[usize], y: &mut [E]) {
                match &self.0 {
                    $(Map::$name(map) => map.forward(x, shape, y),)*
                }
            }

            fn inverse(&self, y: &[E], shape: &[usize], x: &mut [E]) {
                match &self.0 {
                    $(Map::$name(map) => map.inverse(y, shape, x),)*
                }
            }

            fn pull_back(&self, x: &[E], y: &[E], dy: &[E], shape: &[usize], dx: &mut [E]) {
                match &self.0 {
                    $(Map::$name(map) => map.pull_back(x, y, dy, shape, dx),)*
                }
            }

            fn inverse_pull_back(&self, x: &[E], y: &[E], dx: &[E], shape: &[usize], dy: &mut [E]) {
                match &self.0 {
                    $(Map::$name(map) => map.inverse_pull_back(x, y, dx, shape, dy),)*
                }
            }

            fn log_det(&self, x: &[E], y: &[E], shape: &[usize]) -> E {
                match &self.0 {
                    $(Map::$name(map) => map.log_det(x, y, shape),)*
                }
            }

            fn log_det_pull_back(&self, x: &[E], y: &[E], shape: &[usize], seed: E, dx: &mut [E]) {
                match &self.0 {
                    $(Map::$name(map) => map.log_det_pull_back(x, y, shape, seed, dx),)*
                }
            }

            fn contains(&self, shape: &[usize], y: &[E]) -> bool {
                match &self.0 {
                    $(Map::$name(map) => Bijection::contains(map, shape, y),)*
                }
            }

            fn log_dets(&self, x: &[E], y: &[E], shape: &[usize], out: &mut [E]) {
                match &self.0 {
                    $(Map::$name(map) => map.log_dets(x, y, shape, out),)*
                }
            }

            fn log_dets_pull_back(&self, x: &[E], y: &[E], shape: &[usize], seeds: &[E], dx: &mut [E]) {
                match &self.0 {
                    $(Map::$name(map) => map.log_dets_pull_back(x, y, shape, seeds, dx),)*
                }
            }

            fn forward_point(&self, x: E) -> (E, E) {
                match &self.0 {
                    $(Map::$name(map) => map.forward_point(x),)*
                }
            }
        }
    };
}

any! {
    /// The identity.
    RealLine on RealLine, called "RealLine";
    /// The exponential function.
    Positive on Positive, called "Positive";
    /// The logistic function.
    UnitInterval on UnitInterval, called "UnitInterval";
    /// The integral of the logistic function.
    Softplus on Positive, called "Softplus";
    /// The hyperbolic tangent.
    Tanh on Bounded, called "Tanh";
    /// A stretched logistic function.
    Interval on Bounded, called "Bounded", bounds;
    /// A logistic function stretched over the angles.
    Circle on Circle, called "Circle";
    /// Isometric log-ratios.
    Simplex on Simplex, called "Simplex";
    /// Isometric contrasts.
    SumToZero on SumToZero, called "SumToZero";
    /// The stereographic projection.
    UnitVector on UnitVector, called "UnitVector";
    /// Running sums of positive steps.
    Ordered on Ordered, called "Ordered";
    /// Running sums of positive steps from zero.
    PositiveOrdered on PositiveOrdered, called "PositiveOrdered";
    /// Partial correlations.
    CorrelationCholesky on CorrelationCholesky, called "CorrelationCholesky";
    /// A triangle with logarithms on its diagonal.
    CovarianceCholesky on CovarianceCholesky, called "CovarianceCholesky";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::laws;

    #[test]
    fn laws_hold() {
        laws::assert_laws(AnyBijection::from(UnitInterval), &[2], &[0.3, -2.0]);
        laws::assert_laws(AnyBijection::from(Interval::new(2.0, 7.0)), &[2], &[0.3, -2.0]);
        laws::assert_laws(AnyBijection::from(Simplex), &[3], &[0.3, -2.0]);
        laws::assert_laws_on_surface(AnyBijection::from(SumToZero), &[3], &[0.3, -2.0]);
        laws::assert_laws_on_surface(AnyBijection::from(UnitVector), &[3], &[0.3, -2.0]);
        laws::assert_laws(AnyBijection::from(CorrelationCholesky), &[3, 3], &[0.3, -2.0, 0.1]);
    }

    #[test]
    fn elementwise_maps_have_points() {
        let map = AnyBijection::from(Circle);
        assert!(map.is_elementwise() && !AnyBijection::from(Ordered).is_elementwise());
        assert_eq!(Bijection::<f64>::forward_point(&map, 0.3), Circle.forward_point(0.3));
    }

    #[test]
    fn images_lie_between_the_ends() {
        for map in AnyBijection::every_without_bounds().chain([Interval::new(2.0, 7.0).into()]) {
            let shape: &[usize] = if map.is_elementwise() {
                &[3]
            } else if map.name().ends_with("Cholesky") {
                &[2, 2]
            } else {
                &[3]
            };
            let free = Bijection::<f64>::unconstrained_shape(&map, shape).unwrap().iter().product();
            let (low, high) = map.ends();
            for x in [-20.0, -0.3, 0.0, 8.0] {
                let mut y = vec![0.0; shape.iter().product()];
                map.forward(&vec![x; free], shape, &mut y);
                assert!(y.iter().all(|y| (low..=high).contains(y)), "{}: {y:?}", map.name());
            }
        }
    }

    #[test]
    fn equality_sees_the_bounds() {
        assert_ne!(AnyBijection::from(Interval::new(0.0, 1.0)), Interval::new(0.0, 2.0).into());
        assert_ne!(AnyBijection::from(Positive), RealLine.into());
    }
}
