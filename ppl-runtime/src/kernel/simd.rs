//! Loops compiled several times, for several instruction sets, and the choice between them at run time.

use std::sync::atomic::{AtomicU8, Ordering};

/// The widest instruction set, of those that loops are compiled for, that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Level {
    /// What every processor of the architecture has.
    Portable = 1,
    /// 256-bit vectors with fused multiply-add (x86-64-v3).
    Avx2 = 2,
    /// 512-bit vectors (x86-64-v4).
    Avx512 = 3,
}

/// Zero until the processor has been asked; then a [`Level`]. It is a property of the machine, not of a program.
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// Returns the level of this processor: one relaxed load after the first call.
#[inline(always)]
pub(crate) fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        1 => Level::Portable,
        2 => Level::Avx2,
        3 => Level::Avx512,
        _ => detect(),
    }
}

#[cold]
fn detect() -> Level {
    let found = ask_processor();
    LEVEL.store(found as u8, Ordering::Relaxed);
    found
}

#[cfg(target_arch = "x86_64")]
fn ask_processor() -> Level {
    // The features are those that `vectorised!` enables, no more and no fewer.
    if !(is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
        return Level::Portable;
    }
    let wide = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl");
    if wide { Level::Avx512 } else { Level::Avx2 }
}

#[cfg(not(target_arch = "x86_64"))]
fn ask_processor() -> Level {
    Level::Portable
}

/// Defines a function whose body is compiled once per [`Level`] and dispatched at its start.
///
/// The body must be a plain loop over slices: everything it calls has to be `#[inline(always)]`, or that call is
/// compiled for the portable level. Write no `mul_add` in it, which the portable level turns into a library call: a loop
/// that gains from it is a [`Kernel`](crate::kernel::vector::Kernel) with a fused form. Without it all levels compute
/// the same bits, because the compiler never fuses or reorders arithmetic by itself.
macro_rules! vectorised {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident<$($generic:ident: $bound:path),+>($($arg:ident: $ty:ty),* $(,)?)
        $(-> $ret:ty)? $body:block
    ) => {
        $(#[$meta])*
        $vis fn $name<$($generic: $bound),+>($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn body<$($generic: $bound),+>($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512bw,avx512vl")]
                #[allow(clippy::too_many_arguments)]
                fn wide<$($generic: $bound),+>($($arg: $ty),*) $(-> $ret)? {
                    body::<$($generic),+>($($arg),*)
                }

                // Apart, or whoever calls this prepares what only its loop needs.
                #[inline(never)]
                #[allow(clippy::too_many_arguments)]
                fn narrow<$($generic: $bound),+>($($arg: $ty),*) $(-> $ret)? {
                    body::<$($generic),+>($($arg),*)
                }

                #[target_feature(enable = "avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn middle<$($generic: $bound),+>($($arg: $ty),*) $(-> $ret)? {
                    body::<$($generic),+>($($arg),*)
                }

                match $crate::kernel::simd::level() {
                    // SAFETY: this level is returned only where the processor has these features.
                    $crate::kernel::simd::Level::Avx512 => unsafe { wide::<$($generic),+>($($arg),*) },
                    // SAFETY: as above.
                    $crate::kernel::simd::Level::Avx2 => unsafe { middle::<$($generic),+>($($arg),*) },
                    $crate::kernel::simd::Level::Portable => narrow::<$($generic),+>($($arg),*),
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            body::<$($generic),+>($($arg),*)
        }
    };
}
pub(crate) use vectorised;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::Numeric;

    vectorised! {
        fn add_scaled<E: Numeric>(factor: E, x: &[E], y: &mut [E]) -> usize {
            for (y, &x) in y.iter_mut().zip(x) {
                *y += factor * x;
            }
            y.len()
        }
    }

    #[test]
    fn the_level_does_not_change() {
        assert_eq!(level(), level());
        assert_eq!(level(), ask_processor());
    }

    #[test]
    fn a_dispatched_loop_computes_what_its_body_says() {
        let x: Vec<f64> = (0..37).map(|i| 0.1 * f64::from(i)).collect();
        let mut y = vec![1.0; 37];
        assert_eq!(add_scaled(0.3, &x, &mut y), 37);
        for (i, y) in y.iter().enumerate() {
            assert_eq!(*y, 1.0 + 0.3 * x[i]);
        }
    }
}
