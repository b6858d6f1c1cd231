//! What loops compute, compiled for the processor.

use super::{Loop, LoopMemory};
use crate::element::Element;
#[cfg(target_arch = "x86_64")]
use crate::kernel::simd::{Level, level};
use crate::kernel::vector::Kernel;
use crate::random::Key;

/// What an operation computes, and what flows back through it.
pub(crate) trait LoopRule<E: Element> {
    /// Computes the result. `FUSED` says that the processor has fused multiply-add, and wide vectors.
    fn forward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, key: Key);

    /// Adds to the operands' adjoints what the result's gives them.
    fn backward<const FUSED: bool>(operation: &Loop<E>, memory: &mut LoopMemory<'_, E>);
}

/// Both rules of an operation, compiled for this processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<E> {
    forward: unsafe fn(&Loop<E>, &mut LoopMemory<'_, E>, Key),
    backward: unsafe fn(&Loop<E>, &mut LoopMemory<'_, E>),
}

impl<E: Element> Rules<E> {
    /// Returns rules that gain nothing from wide vectors.
    pub(crate) const fn narrow<R: LoopRule<E>>() -> Rules<E> {
        Rules { forward: R::forward::<false>, backward: R::backward::<false> }
    }

    /// Returns rules of which the second alone gains from wide vectors.
    #[inline(always)]
    pub(crate) fn wide_backwards<R: LoopRule<E>>() -> Rules<E> {
        Rules { forward: R::forward::<false>, ..Rules::wide::<R>() }
    }

    /// Returns rules for the widest vectors of this processor.
    #[inline(always)]
    pub(crate) fn wide<R: LoopRule<E>>() -> Rules<E> {
        #[cfg(target_arch = "x86_64")]
        match level() {
            Level::Avx512 => {
                return Rules { forward: avx512::forward::<E, R>, backward: avx512::backward::<E, R> };
            }
            Level::Avx2 => {
                return Rules { forward: avx2::forward::<E, R>, backward: avx2::backward::<E, R> };
            }
            Level::Portable => {}
        }
        Rules::narrow::<R>()
    }

    #[inline(always)]
    pub(super) fn forward(&self, operation: &Loop<E>, memory: &mut LoopMemory<'_, E>, key: Key) {
        // SAFETY: the rule was chosen by what the processor was found to have, and asks for nothing else.
        unsafe { (self.forward)(operation, memory, key) }
    }

    #[inline(always)]
    pub(super) fn backward(&self, operation: &Loop<E>, memory: &mut LoopMemory<'_, E>) {
        // SAFETY: as above.
        unsafe { (self.backward)(operation, memory) }
    }
}

macro_rules! compiled_for {
    ($level:ident, $features:literal) => {
        #[cfg(target_arch = "x86_64")]
        mod $level {
            use super::{Element, Key, Loop, LoopMemory, LoopRule};

            #[target_feature(enable = $features)]
            pub(super) fn forward<E: Element, R: LoopRule<E>>(
                operation: &Loop<E>,
                memory: &mut LoopMemory<'_, E>,
                key: Key,
            ) {
                R::forward::<true>(operation, memory, key);
            }

            #[target_feature(enable = $features)]
            pub(super) fn backward<E: Element, R: LoopRule<E>>(
                operation: &Loop<E>,
                memory: &mut LoopMemory<'_, E>,
            ) {
                R::backward::<true>(operation, memory);
            }
        }
    };
}
compiled_for!(avx2, "avx2,fma");
compiled_for!(avx512, "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma");

/// Runs a kernel within a rule, which is compiled for the processor already.
#[inline(always)]
pub(crate) fn within<const FUSED: bool, K: Kernel>(kernel: K) -> K::Output {
    if FUSED { kernel.run_fused() } else { kernel.run() }
}
