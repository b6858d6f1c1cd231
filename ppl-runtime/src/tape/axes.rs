//! Hidden axes: the dimensions along which the runtime repeats a program.

/// The highest number of axes that one session may have.
pub const MAX_AXES: usize = 64;

/// The highest number of axes that one value may have (the particles, the plates around it, the discrete sites that are
/// tried at every value).
pub const MAX_NESTING: usize = 20;

/// An axis, by its number; a lower number lies further out in the canonical layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Axis(pub u8);

/// The axis of the particles, which is the outermost.
pub const PARTICLES: Axis = Axis(0);

/// The first axis of a plate. The axes before it, but for the particles, are those of discrete sites: they lie outside of
/// the plates, so that the innermost loops run along the data.
pub const FIRST_PLATE: Axis = Axis(32);

/// A set of axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AxisSet(u64);

impl AxisSet {
    /// The set without any axis.
    pub const EMPTY: AxisSet = AxisSet(0);

    /// The axes of plates.
    pub const PLATES: AxisSet = AxisSet(u64::MAX << FIRST_PLATE.0);

    /// The axes along which discrete sites take every value.
    pub const OUTCOMES: AxisSet = AxisSet(!(u64::MAX << FIRST_PLATE.0) & !1);

    /// Returns the set of one axis.
    #[inline(always)]
    pub fn of(axis: Axis) -> AxisSet {
        AxisSet(1 << axis.0)
    }

    /// Returns whether the set has no axis.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether `axis` is in the set.
    #[inline(always)]
    pub fn contains(self, axis: Axis) -> bool {
        self.0 >> axis.0 & 1 != 0
    }

    /// Returns whether every axis of `other` is in this set.
    #[inline(always)]
    pub fn covers(self, other: AxisSet) -> bool {
        other.0 & !self.0 == 0
    }

    /// Returns the axes in either set.
    #[inline(always)]
    pub fn union(self, other: AxisSet) -> AxisSet {
        AxisSet(self.0 | other.0)
    }

    /// Returns the axes in both sets.
    #[inline(always)]
    pub fn intersection(self, other: AxisSet) -> AxisSet {
        AxisSet(self.0 & other.0)
    }

    /// Returns the axes of this set that are not in `other`.
    #[inline(always)]
    pub fn minus(self, other: AxisSet) -> AxisSet {
        AxisSet(self.0 & !other.0)
    }

    /// Returns the axes of the set that lie inside of `axis`.
    pub fn inside(self, axis: Axis) -> AxisSet {
        AxisSet(self.0 & (u64::MAX << axis.0) & !(1 << axis.0))
    }

    /// Returns the number of axes.
    #[inline(always)]
    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Returns the innermost axis (the one with the highest number).
    #[inline(always)]
    pub fn innermost(self) -> Option<Axis> {
        (self.0 != 0).then(|| Axis(63 - self.0.leading_zeros() as u8))
    }

    /// Returns the outermost axis (the one with the lowest number).
    #[inline(always)]
    pub fn outermost(self) -> Option<Axis> {
        (self.0 != 0).then(|| Axis(self.0.trailing_zeros() as u8))
    }

    /// Returns the axes from the outermost to the innermost.
    pub fn iter(self) -> impl Iterator<Item = Axis> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let axis = (rest != 0).then(|| Axis(rest.trailing_zeros() as u8))?;
            rest &= rest - 1;
            Some(axis)
        })
    }

    /// Returns the axes from the innermost to the outermost.
    #[inline(always)]
    pub fn iter_inward_out(self) -> impl Iterator<Item = Axis> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let axis = rest.innermost()?;
            rest = AxisSet(rest.0 & !(1 << axis.0));
            Some(axis)
        })
    }
}

/// The size of each axis in the run in progress.
pub type AxisSizes = [u32; MAX_AXES];
