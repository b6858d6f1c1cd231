//! An optimiser that has been sized allocates nothing.

use ppl_runtime::optim::{Adam, AdamW, ClippedAdam, IterateAverage, Optimiser, RmsProp, Rows, Schedule, Sgd};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(run: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

fn assert_none(mut optimiser: impl Optimiser<f64>) {
    let (mut values, gradient) = (vec![1.0; 100], vec![0.5; 100]);
    optimiser.resize(100);
    let count = allocations(|| {
        for step in 1..50 {
            let rows = [Rows::new(0..60, step), Rows::new(70..71, step).in_group(0)];
            optimiser.update(&rows, &gradient, &mut values);
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn updates_allocate_nothing() {
    let schedule = Schedule::steps(0.1, [(10, 0.01), (20, 0.001)]).after_warmup(5);
    assert_none(Adam::new(schedule.clone()).clip_norm(1.0).clip_value(1.0));
    assert_none(AdamW::new(schedule.clone()));
    assert_none(ClippedAdam::new(schedule.clone()));
    assert_none(Sgd::new(schedule.clone()).momentum(0.9).nesterov());
    assert_none(RmsProp::new(schedule.clone()).momentum(0.9));
    assert_none(Adam::new(0.1).group("baseline/*", schedule));
}

#[test]
fn averages_allocate_nothing() {
    let mut average: IterateAverage = IterateAverage::tail(3);
    let values = [1.0; 100];
    average.resize(100);
    assert_eq!(allocations(|| (0..9).for_each(|_| average.add(&values))), 0);
}

#[test]
fn an_allocation_is_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1.0; 10]))), 1);
}
