//! Arrays that are made place by place.

/// Returns the array of what `f` gives for each place, as [`std::array::from_fn`] does.
///
/// This one is a loop. That one is four functions for each closure that it is called with, which a loop that should become
/// vectors may not survive, and which every family would compile.
#[inline(always)]
pub(crate) fn from_fn<T: Copy, const N: usize>(blank: T, mut f: impl FnMut(usize) -> T) -> [T; N] {
    let mut array = [blank; N];
    for (k, place) in array.iter_mut().enumerate() {
        *place = f(k);
    }
    array
}

/// Returns a slice that has no elements.
pub(crate) const fn nothing<'a, E>() -> &'a mut [E] {
    &mut []
}
