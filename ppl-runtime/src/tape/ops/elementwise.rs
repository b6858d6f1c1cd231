//! Functions of one or two numbers, applied element by element with broadcasting by axis.

use super::stretches::stretch;
use crate::element::{Element, Numeric};
use crate::kernel::math;
use crate::kernel::vector::{self, Kernel};
use crate::tape::Tape;
use crate::tape::deps::Deps;
use crate::tape::loops::{Loop, Rules};
use crate::tape::node::{Arg, NodeId, Op};
use crate::tape::walk::{self, Extent};
use curve::Curve;

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident => |$x:ident, $y:ident| $forward:expr, $derivative:expr;)*) => {
        /// A differentiable function of one number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Unary { $($(#[$doc])* $name),* }

        $(
            struct $name;

            #[allow(unused_variables)]
            impl Curve for $name {
                #[inline(always)]
                fn value<E: Numeric>($x: E) -> E {
                    $forward
                }
                #[inline(always)]
                fn slope<E: Numeric>($x: E, $y: E) -> E {
                    $derivative
                }
            }
        )*

        impl Unary {
            /// Returns the rules of its loop.
            fn rules<E: Element>(self) -> Rules<E> {
                match self { $(Unary::$name => Rules::wide::<curve::OfOne<$name>>()),* }
            }

            /// Returns the value at a number.
            pub(crate) fn at<E: Element>(self, x: E) -> E {
                match self { $(Unary::$name => $name::value(x)),* }
            }

            /// Computes the values of a stretch.
            pub(crate) fn forward<E: Element>(self, x: &[E], y: &mut [E]) {
                match self { $(Unary::$name => curve::forward::<E, $name>(x, y)),* }
            }

            /// Adds to `dx` the product of `dy` and the derivative.
            pub(crate) fn backward<E: Element>(self, x: &[E], y: &[E], dy: &[E], dx: &mut [E]) {
                match self { $(Unary::$name => curve::backward::<E, $name>(x, y, dy, dx)),* }
            }
        }
    };
}

unary! {
    Exp => |x, y| math::exp(x), y;
    Ln => |x, y| math::ln(x), E::one() / x;
    /// `ln x` of what is left of one, with no slope where nothing is: what is certain then does not move.
    LnRest => |x, y| math::ln(x), if x == E::zero() { x } else { E::one() / x };
    Ln1p => |x, y| math::ln_1p(x), E::one() / (E::one() + x);
    ExpM1 => |x, y| math::exp_m1(x), y + E::one();
    Sqrt => |x, y| x.sqrt(), E::of(0.5) / y;
    Square => |x, y| x * x, x + x;
    Recip => |x, y| E::one() / x, -y * y;
    Tanh => |x, y| math::tanh(x), (E::one() - y) * (E::one() + y);
    Sigmoid => |x, y| math::sigmoid(x), y * (E::one() - y);
    Softplus => |x, y| math::softplus(x), math::sigmoid(x);
    Relu => |x, y| if x < E::zero() { E::zero() } else { x }, if x > E::zero() { E::one() } else { E::zero() };
    Sin => |x, y| x.sin(), x.cos();
    Cos => |x, y| x.cos(), -x.sin();
    Abs => |x, y| x.abs(), if x > E::zero() { E::one() } else if x < E::zero() { -E::one() } else { E::zero() };
    LnGamma => |x, y| math::ln_gamma(x), math::digamma(x);
    Digamma => |x, y| math::digamma(x), math::trigamma(x);
    Erf => |x, y| math::erf(x), E::FRAC_2_SQRT_PI() * math::exp(-x * x);
    Elu => |x, y| if x > E::zero() { x } else { math::exp_m1(x) },
        if x > E::zero() { E::one() } else { y + E::one() };
    // Where the factor is zero so is the product, at minus infinity too.
    Silu => |x, y| zero_or(math::sigmoid(x), |s| x * s),
        math::sigmoid(x) + zero_or(math::sigmoid(-x), |rest| y * rest);
    Gelu => |x, y| zero_or(normal_cdf(x), |p| x * p),
        normal_cdf(x) + zero_or(math::exp(-x * x * E::of(0.5)), |d| x * d * E::FRAC_2_SQRT_PI() * E::FRAC_1_SQRT_2() * E::of(0.5));
}

/// Returns a function of a factor, or zero where that is zero.
#[inline(always)]
fn zero_or<E: Numeric>(factor: E, function: impl Fn(E) -> E) -> E {
    if factor == E::zero() { factor } else { function(factor) }
}

/// Returns the distribution function of a standard normal number, with its digits in the lower tail.
#[inline(always)]
fn normal_cdf<E: Numeric>(x: E) -> E {
    E::of(0.5) * math::erfc(-x * E::FRAC_1_SQRT_2())
}

/// Runs a kernel over `n` elements: directly for a few, where choosing an instruction set would cost more.
#[inline(always)]
fn vectorised<K: Kernel<Output = ()>>(n: usize, kernel: K) {
    if n < 8 { kernel.run() } else { vector::dispatch(kernel) }
}

/// A differentiable function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    /// `a` to the power `b`.
    Pow,
    /// The larger one, of equal ones the first.
    Max,
    /// The smaller one, of equal ones the first.
    Min,
    /// `a` where it is positive, else the product.
    Leak,
    /// `ln a`, where `b` is one minus it with all its digits.
    LnBeside,
    /// `ln(1 - e^a)`, where `b` is what that is for an `a` too small to be a number.
    LnLack,
}

/// A function of two numbers as a type, so that its loops are compiled for it.
trait Function<E> {
    /// Whether the derivatives are finite whatever the numbers.
    const FINITE: bool = false;
    fn value(a: E, b: E) -> E;
    /// The derivatives by both, given the value.
    fn partials(a: E, b: E, y: E) -> (E, E);
}

struct Add;
struct Sub;
struct Mul;
struct Div;
struct Pow;
struct Max;
struct Min;
struct Leak;
struct LnBeside;
struct LnLack;

impl<E: Element> Function<E> for Add {
    const FINITE: bool = true;
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        a + b
    }
    #[inline(always)]
    fn partials(_: E, _: E, _: E) -> (E, E) {
        (E::one(), E::one())
    }
}
impl<E: Element> Function<E> for Sub {
    const FINITE: bool = true;
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        a - b
    }
    #[inline(always)]
    fn partials(_: E, _: E, _: E) -> (E, E) {
        (E::one(), -E::one())
    }
}
impl<E: Element> Function<E> for Mul {
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        a * b
    }
    #[inline(always)]
    fn partials(a: E, b: E, _: E) -> (E, E) {
        (b, a)
    }
}
impl<E: Element> Function<E> for Div {
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        a / b
    }
    #[inline(always)]
    fn partials(_: E, b: E, y: E) -> (E, E) {
        let r = E::one() / b;
        (r, -y * r)
    }
}
impl<E: Element> Function<E> for Pow {
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        a.powf(b)
    }
    #[inline(always)]
    fn partials(a: E, b: E, y: E) -> (E, E) {
        // At a = 0 the derivative by the exponent is 0 for b > 0, where y ln a would be NaN.
        let by_exponent = if y == E::zero() { E::zero() } else { y * math::ln(a) };
        // A power of 0 is constant, at a = 0 too, where the product would be 0 times infinity.
        let by_base = if b == E::zero() { E::zero() } else { b * a.powf(b - E::one()) };
        (by_base, by_exponent)
    }
}

/// A function that is one of its operands; a number that is none is passed on.
macro_rules! chosen {
    ($name:ident, |$a:ident, $b:ident| $first:expr) => {
        impl<E: Element> Function<E> for $name {
            const FINITE: bool = true;
            #[inline(always)]
            fn value($a: E, $b: E) -> E {
                if $first || $a.is_nan() { $a } else { $b }
            }
            #[inline(always)]
            fn partials($a: E, $b: E, _: E) -> (E, E) {
                if $first { (E::one(), E::zero()) } else { (E::zero(), E::one()) }
            }
        }
    };
}
chosen!(Max, |a, b| a >= b);
chosen!(Min, |a, b| a <= b);

impl<E: Element> Function<E> for Leak {
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        if a > E::zero() { a } else { a * b }
    }
    #[inline(always)]
    fn partials(a: E, b: E, _: E) -> (E, E) {
        if a > E::zero() { (E::one(), E::zero()) } else { (b, a) }
    }
}

impl<E: Element> Function<E> for LnBeside {
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        if b < E::of(0.5) { math::ln_1p(-b) } else { math::ln(a) }
    }
    #[inline(always)]
    fn partials(a: E, b: E, _: E) -> (E, E) {
        if b < E::of(0.5) { (E::zero(), -E::one() / (E::one() - b)) } else { (E::one() / a, E::zero()) }
    }
}

/// Numbers below this have no reciprocal, or too few digits.
fn is_lost<E: Element>(x: E) -> bool {
    x.abs() < E::min_positive_value() / E::epsilon()
}

impl<E: Element> Function<E> for LnLack {
    #[inline(always)]
    fn value(a: E, b: E) -> E {
        if is_lost(a) { b } else { math::ln(-math::exp_m1(a)) }
    }
    #[inline(always)]
    fn partials(a: E, _: E, _: E) -> (E, E) {
        if is_lost(a) { (E::zero(), E::one()) } else { (-math::exp_m1(-a).recip(), E::zero()) }
    }
}

macro_rules! with_function {
    ($kind:expr, $f:ident => $body:expr) => {
        match $kind {
            Binary::Add => {
                type $f = Add;
                $body
            }
            Binary::Sub => {
                type $f = Sub;
                $body
            }
            Binary::Mul => {
                type $f = Mul;
                $body
            }
            Binary::Div => {
                type $f = Div;
                $body
            }
            Binary::Pow => {
                type $f = Pow;
                $body
            }
            Binary::Max => {
                type $f = Max;
                $body
            }
            Binary::Min => {
                type $f = Min;
                $body
            }
            Binary::Leak => {
                type $f = Leak;
                $body
            }
            Binary::LnBeside => {
                type $f = LnBeside;
                $body
            }
            Binary::LnLack => {
                type $f = LnLack;
                $body
            }
        }
    };
}

impl Binary {
    /// Returns the derivatives by both operands, given the value.
    pub(crate) fn partials<E: Element>(self, a: E, b: E, y: E) -> (E, E) {
        with_function!(self, F => <F as Function<E>>::partials(a, b, y))
    }

    /// Returns the value at two numbers.
    pub(crate) fn at<E: Element>(self, a: E, b: E) -> E {
        with_function!(self, F => <F as Function<E>>::value(a, b))
    }

    /// Computes the values of a stretch, of which each operand is as long or a single number.
    pub(crate) fn forward<E: Element>(self, a: &[E], b: &[E], out: &mut [E]) {
        with_function!(self, F => {
            vectorised(out.len(), Row::<E, F> { a, b, out, function: std::marker::PhantomData });
        });
    }
}

mod backward;
mod curve;

/// One row of a function of two numbers: each operand moves on by 0 or 1.
struct Row<'a, E, F> {
    a: &'a [E],
    b: &'a [E],
    out: &'a mut [E],
    function: std::marker::PhantomData<F>,
}

impl<E: Element, F: Function<E>> Kernel for Row<'_, E, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Row { a, b, out, .. } = self;
        match (a, b) {
            (&[a], &[b]) => out.fill(F::value(a, b)),
            (&[a], b) => {
                for (y, &b) in out.iter_mut().zip(b) {
                    *y = F::value(a, b);
                }
            }
            (a, &[b]) => {
                for (y, &a) in out.iter_mut().zip(a) {
                    *y = F::value(a, b);
                }
            }
            (a, b) => {
                for ((y, &a), &b) in out.iter_mut().zip(a).zip(b) {
                    *y = F::value(a, b);
                }
            }
        }
    }
}

impl<E: Element> Tape<E> {
    /// Records a function of one number.
    pub(crate) fn unary(&mut self, kind: Unary, x: Arg<E>) -> NodeId {
        let x = self.materialise(x);
        if self.waits(x) {
            return self.defer_function_of(x, Op::Unary(kind, x));
        }
        let mut operation = Loop::new(kind.rules(), self.node(x).len as usize);
        operation.operands[0] = self.operand(&Arg { id: x, value: E::zero() });
        self.record_elementwise(Op::Unary(kind, x), operation, self.node(x).extent(), self.node(x).deps)
    }

    /// Records `scale * x + constant`.
    pub(crate) fn affine(&mut self, x: NodeId, scale: E, constant: E) -> NodeId {
        if self.waits(x) {
            return self.defer_function_of(x, Op::Affine(x, scale, constant));
        }
        let mut operation = Loop::new(Rules::wide::<curve::Affine>(), self.node(x).len as usize);
        let operands = [Arg { id: x, value: E::zero() }, Arg::constant(scale), Arg::constant(constant)];
        for (place, arg) in operation.operands.iter_mut().zip(&operands) {
            *place = self.operand(arg);
        }
        let op = Op::Affine(x, scale, constant);
        self.record_elementwise(op, operation, self.node(x).extent(), self.node(x).deps)
    }

    /// Records a function of two numbers, or says with which shapes it cannot be done.
    pub(crate) fn binary(&mut self, kind: Binary, a: Arg<E>, b: Arg<E>) -> Result<NodeId, (Extent, Extent)> {
        let (ea, eb) = (self.extent(&a), self.extent(&b));
        let shape = match (ea.shape.rank(), eb.shape.rank()) {
            (_, 0) => ea.shape,
            (0, _) => eb.shape,
            _ if ea.shape == eb.shape => ea.shape,
            _ => return Err((ea, eb)),
        };
        let domain = Extent { axes: ea.axes.union(eb.axes), shape };
        if let Some(instead) = self.refuse_large(domain) {
            return Ok(instead);
        }
        let len = self.len_of(domain);
        let deps = self.deps(&a).union(self.deps(&b));
        if self.stands_or_spans(&[a, b], len) {
            if self.waits(a.id) || self.waits(b.id) {
                return Ok(self.defer(Op::Binary(kind, a, b), domain, len, deps));
            }
            // Operands as long as the result span its domain.
            let rules = with_function!(kind, F => Rules::wide::<backward::OfTwo<F>>());
            let mut operation = Loop::new(rules, len);
            operation.operands[0] = self.operand(&a);
            operation.operands[1] = self.operand(&b);
            return Ok(self.record_elementwise(Op::Binary(kind, a, b), operation, domain, deps));
        }
        Ok(self.record_rows::<false>(kind, [a, b], domain, len))
    }

    /// Records a function of two numbers whose event shapes are broadcast, or says with which shapes it cannot be done.
    #[cold]
    pub(crate) fn broadcast(
        &mut self,
        kind: Binary,
        a: Arg<E>,
        b: Arg<E>,
    ) -> Result<NodeId, (Extent, Extent)> {
        let (ea, eb) = (self.extent(&a), self.extent(&b));
        let Some(shape) = ea.shape.broadcast(&eb.shape) else { return Err((ea, eb)) };
        let domain = Extent { axes: ea.axes.union(eb.axes), shape };
        if let Some(instead) = self.refuse_large(domain) {
            return Ok(instead);
        }
        Ok(self.record_rows::<true>(kind, [a, b], domain, self.len_of(domain)))
    }

    /// Records a function of two numbers row by row of a walk.
    #[inline]
    fn record_rows<const BROADCASTS: bool>(
        &mut self,
        kind: Binary,
        [a, b]: [Arg<E>; 2],
        domain: Extent,
        len: usize,
    ) -> NodeId {
        self.compute_waiting_args(&[a, b]);
        let (ea, eb) = (self.extent(&a), self.extent(&b));
        let deps = self.deps(&a).union(self.deps(&b));
        let gradient = self.has_gradient(&a) || self.has_gradient(&b);
        let start = self.reserve(len);
        let (old, fresh) = self.split(start);
        let (x, y) = (old.arg(&a), old.arg(&b));
        with_function!(kind, F => {
            let mut at = 0;
            walk::rows_of::<BROADCASTS>(old.sizes, domain, &[ea, eb], |offset, n, stride| {
                let row = Row::<E, F> {
                    a: stretch(x, offset[0], n, stride[0]),
                    b: stretch(y, offset[1], n, stride[1]),
                    out: &mut fresh[at..at + n],
                    function: std::marker::PhantomData,
                };
                vectorised(n, row);
                at += n;
            });
        });
        let op = if BROADCASTS { Op::Broadcast(kind, a, b) } else { Op::Binary(kind, a, b) };
        self.push(op, domain, start, len, gradient, deps)
    }

    /// Records a function of one or two numbers whose operands are as long as the result or single numbers.
    #[inline(always)]
    fn record_elementwise(
        &mut self,
        op: Op<E>,
        mut operation: Loop<E>,
        extent: Extent,
        deps: Deps,
    ) -> NodeId {
        let len = operation.n as usize;
        operation.out = self.reserve(len) as u32;
        self.record_loop(op, operation, (extent, len), deps)
    }
}
