//! Memory grows neither with the draws nor, in blocks, with the rows.

use super::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts the bytes that this thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let held = HELD.with(|held| {
        held.set(held.get() + bytes);
        held.get()
    });
    MOST.with(|most| most.set(most.get().max(held)));
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the bytes that a call holds at most, besides what was held before.
fn bytes(call: impl FnOnce()) -> isize {
    let before = HELD.with(Cell::get);
    MOST.with(|most| most.set(before));
    call();
    MOST.with(Cell::get) - before
}

#[test]
fn the_counter_sees_what_is_held_at_once() {
    let found = bytes(|| {
        drop(std::hint::black_box(vec![0_u8; 3_000]));
        drop(std::hint::black_box(vec![0_u8; 5_000]));
    });
    assert_eq!(found, 5_000);
}

#[test]
fn more_draws_need_no_more_memory() {
    let x = data(2_000);
    let (model, guide) = (rows(&x, 10), amortised(&x, 10));
    let mut svi = Svi::new(&model, &guide, Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    let mut bound =
        |draws: usize| bytes(|| drop(svi.evaluate_on(&model, &guide).draws(draws).run().unwrap()));
    let (few, many) = (bound(2), bound(200));
    // One number is kept of each draw.
    assert!(many <= few + 200 * 8, "{few} {many}");
    let mut evidence =
        |draws: usize| bytes(|| drop(svi.log_evidence_on(&model, &guide, draws).run().unwrap()));
    let (few, many) = (evidence(500), evidence(5_000));
    assert!(many <= few + few / 10, "{few} {many}");
    let in_memory = {
        let mut svi = Svi::new(&model, &guide, Iwae::new(500), Adam::new(0.1)).seed(1);
        bytes(|| drop(svi.evaluate_on(&model, &guide).draws(1).run().unwrap()))
    };
    assert!(many < in_memory / 3, "{many} {in_memory}");
}

#[test]
fn more_rows_need_no_more_memory_in_blocks() {
    let mut found = Vec::new();
    for n in [1_000, 20_000] {
        let x = data(n);
        // Integers are converted for a program, block by block.
        let counts: Vec<u32> = x.iter().map(|x| (x.abs() * 4.0) as u32).collect();
        let (model, guide) = (counted(&counts), of_counted(&counts));
        let few = data(3);
        let small: Vec<u32> = few.iter().map(|x| (x.abs() * 4.0) as u32).collect();
        let mut svi = Svi::new(counted(&small), of_counted(&small), Elbo::default(), Adam::new(0.1)).seed(1);
        svi.step().unwrap();
        let blocks = bytes(|| drop(svi.evaluate_on(&model, &guide).in_blocks("row", 100).run().unwrap()));
        let evidence = bytes(|| {
            drop(svi.log_evidence_on(&model, &guide, 50).in_blocks("row", 100).run().unwrap());
        });
        let whole = bytes(|| drop(svi.evaluate_on(&model, &guide).run().unwrap()));
        found.push((blocks, evidence, whole));
    }
    let ((few, few_weighed, _), (many, many_weighed, whole)) = (found[0], found[1]);
    // Of each row its bound is kept, once while it is summed and once in the result.
    let kept = 19_000 * 8 * 2;
    assert!(many <= few + few / 10 + kept, "{found:?}");
    assert!(many_weighed <= few_weighed + few_weighed / 10 + kept, "{found:?}");
    assert!(whole > many + 4 * kept, "{found:?}");
}

#[model]
fn counted(x: &[u32]) {
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Poisson::new(z.exp()), x.at(i));
    });
}

#[guide(counted)]
fn of_counted(x: &[u32]) {
    let slope = param!("slope", 0.2);
    plate!("row", x.len(), |i| {
        sample!("z", Normal::new(slope * x.at(i).to_real(), 0.6));
    });
}

#[test]
fn draws_that_are_made_side_by_side_are_as_many_as_memory_allows() {
    // What is in between of the guide's numbers and what it proposes takes most.
    let wide = |n: usize| {
        let (model, guide) = (through(n), of_through());
        let mut svi = Svi::new(&model, &guide, Elbo::default(), Adam::new(0.1)).seed(1);
        svi.step().unwrap();
        let few = bytes(|| drop(svi.posterior().predictive(32).unwrap()));
        let many = bytes(|| drop(svi.posterior().predictive(1_024).unwrap()));
        (few, many)
    };
    let (few, many) = wide(50_000);
    assert!(few > 32 * 50_000 * 8 * 2 && many < few + 5_000_000, "{few} {many}");
}

#[model]
fn through(n: usize) {
    let z = sample!("z", Normal::new(0.0, 1.0));
    let many = (Tensor::zeros(&[n]) + z).exp() * 2.0;
    observe!("x", Normal::new(many.sum(), 1.0), 1.0);
}

#[guide(through)]
fn of_through() {
    sample!("z", Normal::new(param!("loc", 0.0), 1.0));
}
