//! Exponential, logarithm and their kin without branches: a loop over them vectorises.
//!
//! Every edge is a select or a sum, and every power of two is made of bits. Each function comes twice: with products that are fused
//! with their sums, and without (where the target has no such instruction `mul_add` would be a call). Each argument is split as `x = k ln 2 + r` or `x = 2^k m`; what
//! is left goes through a polynomial that interpolates the function at Chebyshev nodes (Muller, Elementary
//! Functions, 2016, chapters 3 and 11). Results are within 1.5 units in the last place (`exp_m1`: 2, `tanh`: 2.5); underflow
//! is gradual.

/// Evaluates a polynomial, lowest coefficient first.
///
/// Neighbours are paired first, which halves the chain of dependent operations.
macro_rules! polynomial {
    ($x:expr; $($coefficient:expr),+) => {{
        let square = $x * $x;
        polynomial!(@ $x, square; $($coefficient),+)
    }};
    (@ $x:expr, $square:ident; $last:expr) => { $last };
    (@ $x:expr, $square:ident; $low:expr, $high:expr) => { multiply_add($x, $high, $low) };
    (@ $x:expr, $square:ident; $low:expr, $high:expr, $($rest:expr),+) => {
        multiply_add($square, polynomial!(@ $x, $square; $($rest),+), multiply_add($x, $high, $low))
    };
}

macro_rules! elementary {
    (modules: $separate:ident, $fused:ident; $($rest:tt)*) => {
        elementary!(module: $separate, multiply_add: |a, b, c| a * b + c, $($rest)*);
        elementary!(module: $fused, multiply_add: |a, b, c| a.mul_add(b, c), $($rest)*);
    };
    (
        module: $module:ident, multiply_add: |$a:ident, $b:ident, $c:ident| $multiply_add:expr, float: $float:ident, bits: $bits:ident,
        mantissa: $mantissa:literal, bias: $bias:literal,
        // Adding this rounds to an integer and leaves that integer in the lowest bits.
        magic: $magic:literal,
        // ln 2, the first part so short that its product with an exponent is exact.
        ln_2: $ln_2_high:literal + $ln_2_low:literal,
        // The bits of sqrt(1/2).
        root_half: $root_half:literal,
        exp_range: $exp_lowest:literal..$exp_highest:literal,
        // Below the first, e^x - 1 is -1; from the second power of two on, the -1 is lost.
        exp_m1_lowest: $exp_m1_lowest:literal, exp_m1_power: $exp_m1_power:literal,
        tiny: $tiny:literal,
        // (e^r - 1 - r - r^2/2) / r^3 for |r| <= ln(2)/2.
        exp: [$($exp:literal),*],
        // (2 atanh(s)/s - 2) / s^2 as a polynomial in s^2, for |s| <= (sqrt 2 - 1)/(sqrt 2 + 1).
        ln: [$($ln:literal),*],
    ) => {
        pub(super) mod $module {
            /// Returns `a b + c`.
            #[inline(always)]
            fn multiply_add($a: $float, $b: $float, $c: $float) -> $float {
                $multiply_add
            }

            /// Returns `2^k`, where `k + magic` is given and `2^k` is a normal number.
            #[inline(always)]
            fn power_of_two(k_plus_magic: $float) -> $float {
                $float::from_bits(k_plus_magic.to_bits().wrapping_add($bias) << $mantissa)
            }

            /// Returns `value * 2^k` for an integer `k`, in two steps so that neither leaves the range.
            #[inline(always)]
            fn scale(value: $float, k: $float) -> $float {
                let half_plus_magic = multiply_add(0.5, k, $magic);
                let half = half_plus_magic - $magic;
                value * power_of_two(half_plus_magic) * power_of_two((k - half) + $magic)
            }

            /// Returns `k` and `e^r - 1` with `x = k ln 2 + r` and `|r| <= ln(2)/2`.
            #[inline(always)]
            fn reduce(x: $float) -> ($float, $float) {
                let k = multiply_add(x, std::$float::consts::LOG2_E, $magic) - $magic;
                let r = multiply_add(-k, $ln_2_low, multiply_add(-k, $ln_2_high, x));
                let tail = polynomial!(r; $($exp),*);
                (k, multiply_add(r * r, multiply_add(r, tail, 0.5), r))
            }

            #[inline(always)]
            pub(in super::super) fn exp(x: $float) -> $float {
                // Selects, and not `clamp`: NaN has to pass. Both ends are far enough to reach zero and infinity.
                let x = if x < $exp_lowest { $exp_lowest } else { x };
                let x = if x > $exp_highest { $exp_highest } else { x };
                let (k, p) = reduce(x);
                scale(1.0 + p, k)
            }

            #[inline(always)]
            pub(in super::super) fn exp_m1(x: $float) -> $float {
                let inside = if x < $exp_m1_lowest { $exp_m1_lowest } else { x };
                let inside = if inside > $exp_highest { $exp_highest } else { inside };
                let (k, p) = reduce(inside);
                // e^x - 1 = 2^k (p + (1 - 2^-k)).
                let down = if k > $exp_m1_power { $exp_m1_power } else { k };
                let result = scale(p + (1.0 - power_of_two($magic - down)), k);
                // Keeps the sign of zero and the digits of a subnormal.
                if x.abs() < $tiny { x } else { result }
            }

            #[inline(always)]
            pub(in super::super) fn tanh(x: $float) -> $float {
                let twice = -2.0 * x.abs();
                let inside = if twice < 2.0 * $exp_m1_lowest { 2.0 * $exp_m1_lowest } else { twice };
                let (k, p) = reduce(inside);
                let power = power_of_two(k + $magic);
                // With e = e^-2|x|: near zero (1 - e) / (1 + e), else 1 - 2e / (1 + e), each without cancellation.
                let e = power * (1.0 + p);
                let e_m1 = power * (p + (1.0 - power_of_two($magic - k)));
                let near = twice > -1.1;
                let quotient = (if near { -e_m1 } else { 2.0 * e }) / (if near { 2.0 + e_m1 } else { 1.0 + e });
                let size = if near { quotient } else { 1.0 - quotient };
                if x.abs() < $tiny { x } else { size.copysign(x) }
            }

            /// Returns `ln(m 2^k) + low` from a normal number, where `low` is tiny.
            #[inline(always)]
            fn ln_of_normal(x: $float, more: $float, low: $float) -> $float {
                const MANTISSA: $bits = (1 << $mantissa) - 1;
                const ONE: $bits = $bias << $mantissa;
                // Moves the range of the fraction from [1, 2) to [sqrt(1/2), sqrt 2).
                let shifted = x.to_bits().wrapping_add(ONE - $root_half);
                let m = $float::from_bits((shifted & MANTISSA) + $root_half);
                // An integer in the lowest bits of 2^mantissa is that integer added to it.
                let large = ((1 as $bits) << $mantissa) as $float;
                let biased = $float::from_bits((shifted >> $mantissa) | large.to_bits());
                let k = biased - (large + $bias as $float) + more;
                let f = m - 1.0;
                let s = f / (2.0 + f);
                let z = s * s;
                let tail = z * (polynomial!(z; $($ln),*));
                let half_square = 0.5 * f * f;
                let small = multiply_add(s, half_square + tail, multiply_add(k, $ln_2_low, low));
                multiply_add(k, $ln_2_high, f - (half_square - small))
            }

            #[inline(always)]
            pub(in super::super) fn ln(x: $float) -> $float {
                // Subnormal numbers are scaled up first.
                let small = x < $float::MIN_POSITIVE;
                let scaled = if small { x * (2.0 * (1_u64 << $mantissa) as $float) } else { x };
                let result = ln_of_normal(scaled, if small { -($mantissa as $float) - 1.0 } else { 0.0 }, 0.0);
                // Infinities and what is no number are added. Where they are selected, the compiler joins the questions to one for the
                // class of `x`, and may branch on it, so that the loop does not vectorise.
                let edge = if x < $float::INFINITY { 0.0 } else { x };
                let edge = if x == 0.0 { $float::NEG_INFINITY } else { edge };
                result + if x < 0.0 { $float::NAN } else { edge }
            }

            #[inline(always)]
            pub(in super::super) fn ln_1p(x: $float) -> $float {
                let u = 1.0 + x;
                // What the sum lost, relative to the sum: half a unit in the last place, so single precision will do.
                let lost = if x < 1.0 { x - (u - 1.0) } else { 1.0 - (u - x) };
                let result = ln_of_normal(u, 0.0, lost * $float::from(1.0 / u as f32));
                let result = if x < $float::INFINITY { result } else { x };
                let result = if x == -1.0 { $float::NEG_INFINITY } else { result };
                let result = if x < -1.0 { $float::NAN } else { result };
                if x.abs() < $tiny { x } else { result }
            }
        }
    };
}

elementary! {
    modules: double, double_fused; float: f64, bits: u64,
    mantissa: 52, bias: 1023,
    magic: 6_755_399_441_055_744.0,
    ln_2: 0.693_147_180_559_208_2 + 7.371_002_565_167_799e-13,
    root_half: 0x3fe6_a09e_667f_3bcd,
    exp_range: -746.0..710.0,
    exp_m1_lowest: -40.0, exp_m1_power: 64.0,
    tiny: 1e-17,
    exp: [
        0.166_666_666_666_666_69, 0.041_666_666_666_666_664, 0.008_333_333_333_330_039, 0.001_388_888_888_888_653_7,
        1.984_126_986_317_155_7e-4, 2.480_158_731_722_872_4e-5, 2.755_726_827_690_569_6e-6,
        2.755_728_283_880_048_4e-7, 2.510_047_250_569_499_6e-8, 2.091_129_776_594_02e-9
    ],
    ln: [
        0.666_666_666_666_667, 0.399_999_999_998_988_9, 0.285_714_286_262_538_36, 0.222_222_110_893_794_96,
        0.181_828_924_325_368_7, 0.153_316_117_220_550_08, 0.146_178_071_534_174_25
    ],
}

elementary! {
    modules: single, single_fused; float: f32, bits: u32,
    mantissa: 23, bias: 127,
    magic: 12_582_912.0,
    ln_2: 0.693_115_23 + 3.194_618_5e-5,
    root_half: 0x3f35_04f3,
    exp_range: -105.0..90.0,
    exp_m1_lowest: -20.0, exp_m1_power: 30.0,
    tiny: 1e-9,
    exp: [0.166_666_67, 0.041_666_554, 0.008_333_321, 0.001_392_625_1, 1.988_277_3e-4],
    ln: [0.666_666_85, 0.399_887_57, 0.295_809_86],
}

#[cfg(test)]
mod tests {
    use super::{double, double_fused, single, single_fused};
    use proptest::prelude::*;

    /// Returns the distance from `got` to `expected` in units in the last place of the latter.
    fn ulps(got: f64, expected: f64) -> f64 {
        if got == expected || got.is_nan() && expected.is_nan() {
            return 0.0;
        }
        let unit = expected.abs().next_up() - expected.abs();
        (got - expected).abs() / unit
    }

    /// The same for single precision, against the double result.
    fn ulps_single(got: f32, expected: f64) -> f64 {
        let rounded = expected as f32;
        if got == rounded || got.is_nan() && rounded.is_nan() {
            return 0.0;
        }
        let unit = f64::from(rounded.abs().next_up()) - f64::from(rounded.abs());
        (f64::from(got) - expected).abs() / unit
    }

    type Case = (&'static str, fn(f64) -> f64, fn(f32) -> f32, fn(f64) -> f64, fn(f64) -> f64);

    /// Name, own in double and single precision, that of the standard library, and a map from a number in (-1, 1) to
    /// the arguments that matter.
    const CASES: [Case; 10] = [
        ("exp", double::exp, single::exp, f64::exp, |t| 760.0 * t * t * t),
        ("ln", double::ln, single::ln, f64::ln, |t| (740.0 * t * t * t).exp()),
        ("ln_1p", double::ln_1p, single::ln_1p, f64::ln_1p, |t| {
            (37.0 * (t.abs() - 0.9)).exp().copysign(t).max(-1.0)
        }),
        ("exp_m1", double::exp_m1, single::exp_m1, f64::exp_m1, |t| 720.0 * t * t * t * t * t),
        ("tanh", double::tanh, single::tanh, f64::tanh, |t| 25.0 * t * t * t),
        ("exp", double_fused::exp, single_fused::exp, f64::exp, |t| 760.0 * t * t * t),
        ("ln", double_fused::ln, single_fused::ln, f64::ln, |t| (740.0 * t * t * t).exp()),
        ("ln_1p", double_fused::ln_1p, single_fused::ln_1p, f64::ln_1p, |t| {
            (37.0 * (t.abs() - 0.9)).exp().copysign(t).max(-1.0)
        }),
        ("exp_m1", double_fused::exp_m1, single_fused::exp_m1, f64::exp_m1, |t| 720.0 * t * t * t * t * t),
        ("tanh", double_fused::tanh, single_fused::tanh, f64::tanh, |t| 25.0 * t * t * t),
    ];

    #[test]
    fn close_to_the_standard_library_everywhere() {
        for (name, own, own_single, std, argument) in CASES {
            let (mut worst, mut worst_single) = ((0.0, 0.0), (0.0, 0.0));
            for i in -100_000..=100_000 {
                let x = argument(f64::from(i) / 100_000.0);
                let off = ulps(own(x), std(x));
                worst = if off > worst.0 { (off, x) } else { worst };
                let off = ulps_single(own_single(x as f32), std(f64::from(x as f32)));
                worst_single = if off > worst_single.0 { (off, x) } else { worst_single };
            }
            // The standard library's own result may be off by one, its hyperbolic tangent by two.
            let limit = if name == "tanh" { 3.0 } else { 2.0 };
            assert!(worst.0 <= limit, "{name} in double precision: {worst:?}");
            assert!(worst_single.0 <= limit, "{name} in single precision: {worst_single:?}");
        }
    }

    #[test]
    fn edges_are_those_of_the_standard_library() {
        let edges = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            5e-324,
            -5e-324,
            1e-310,
            -1e-310,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::MIN,
            709.782_712_893_383_9,
            709.782_712_893_384_1,
            710.5,
            -745.1,
            -745.2,
            -746.5,
            -708.5,
            -1.5,
            -2.0,
            f64::EPSILON,
            1.0 - f64::EPSILON,
            -1.0 + f64::EPSILON,
            1e-17,
            1e300,
        ];
        for (name, own, own_single, std, _) in CASES {
            for x in edges {
                let (got, expected) = (own(x), std(x));
                assert!(ulps(got, expected) <= 2.0, "{name}({x:e}): {got:e}, {expected:e}");
                assert!(
                    expected != 0.0 || got.is_sign_positive() == expected.is_sign_positive(),
                    "{name}({x:e})"
                );
                let x = x as f32;
                let (got, expected) = (own_single(x), std(f64::from(x)));
                assert!(ulps_single(got, expected) <= 2.0, "{name}({x:e}): {got:e}, {expected:e}");
            }
        }
    }

    proptest! {
        #[test]
        fn close_for_any_bits(bits: u64) {
            let x = f64::from_bits(bits);
            for (name, own, own_single, std, _) in CASES {
                prop_assert!(ulps(own(x), std(x)) <= 3.0, "{}({})", name, x);
                let x = f32::from_bits(bits as u32);
                prop_assert!(ulps_single(own_single(x), std(f64::from(x))) <= 3.0, "{}({}f32)", name, x);
            }
        }
    }
}
