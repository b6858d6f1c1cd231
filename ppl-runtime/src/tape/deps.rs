//! Which stochastic sites a value depends on, and how.

/// The sites that a value depends on, as two sets of bits.
///
/// *Aligned*: element by element along the plates that the value and the site share. *Crossed*: in any other way.
/// Sites past the 63rd share the last bit, which is conservative: an estimator may then keep a term that it could drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deps {
    /// Sites whose elements are matched one to one.
    pub aligned: u64,
    /// Sites of which one element may reach every element of the value.
    pub crossed: u64,
}

/// The bit that all sites have for which there is no other.
const LAST: usize = 63;

impl Deps {
    /// The dependencies of a constant.
    pub const NONE: Deps = Deps { aligned: 0, crossed: 0 };

    /// Returns the bit of the site with this number.
    #[inline(always)]
    pub fn bit(site: usize) -> u64 {
        1 << site.min(LAST)
    }

    /// Returns whether the site with this number shares its bit with others.
    #[inline(always)]
    pub fn is_shared(site: usize) -> bool {
        site >= LAST
    }

    /// Returns the dependencies of a value that is computed from both.
    #[inline(always)]
    pub fn union(self, other: Deps) -> Deps {
        Deps { aligned: self.aligned | other.aligned, crossed: self.crossed | other.crossed }
    }

    /// Returns the dependencies after an operation that mixes elements along a plate of the sites in `mixed`.
    #[inline(always)]
    pub fn cross(self, mixed: u64) -> Deps {
        Deps { aligned: self.aligned & !mixed, crossed: self.crossed | (self.aligned & mixed) }
    }

    /// Returns every site, however it is reached.
    #[inline(always)]
    pub fn all(self) -> u64 {
        self.aligned | self.crossed
    }
}
