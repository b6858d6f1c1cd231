//! What it means to resume.

use ppl::objective::Objective;
use ppl::optim::Optimiser;
use ppl::{Guide, GuidedBy, Model, Svi};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The path of a file that is removed in the end.
pub struct TempFile(PathBuf);

static FILES: AtomicU32 = AtomicU32::new(0);

impl TempFile {
    pub fn new() -> TempFile {
        let name = format!("ppl-saving-{}-{}", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
        TempFile(std::env::temp_dir().join(name))
    }

    pub fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.0).unwrap()
    }
}

impl AsRef<Path> for TempFile {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// The bits of every parameter, with their names.
pub fn bits<M, G, O, P>(svi: &Svi<M, G, O, P>) -> Vec<(String, Vec<u64>)>
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    let parameters = svi.parameters();
    parameters
        .iter()
        .map(|(name, array)| (name.to_owned(), array.iter().map(|v| v.to_bits()).collect()))
        .collect()
}

/// What each of `n` steps finds and leaves, in bits.
pub type Trail = Vec<([u64; 3], Vec<(String, Vec<u64>)>)>;

pub fn trail<M, G, O, P>(svi: &mut Svi<M, G, O, P>, n: usize) -> Trail
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    let step = |_| {
        let step = svi.step().unwrap();
        ([step.loss, step.log_likelihood, step.kl].map(f64::to_bits), bits(svi))
    };
    (0..n).map(step).collect()
}

/// Asserts that sessions which `make` returns for a seed can be stopped after any step, and resumed by a new session of another
/// seed or by one that has gone another way.
#[track_caller]
pub fn assert_resumes<M, G, O, P>(what: &str, make: impl Fn(u64) -> Svi<M, G, O, P>)
where
    M: Model,
    M::Sites: GuidedBy<G::Sites>,
    G: Guide<Element = M::Element>,
    O: Objective<M::Element>,
    P: Optimiser<M::Element>,
{
    const STEPS: usize = 12;
    let file = TempFile::new();
    let mut through = make(5);
    let whole = trail(&mut through, STEPS);
    // As text, because a site that a draw does not have is NaN there.
    let draws = format!("{:?}", through.posterior().draws(3).unwrap());
    for before in [1, 2, 7] {
        let mut stopped = make(5);
        assert!(trail(&mut stopped, before) == whole[..before], "{what}: the same seed goes another way");
        stopped.save(&file).unwrap();
        assert!(trail(&mut stopped, STEPS - before) == whole[before..], "{what}: saving changes the session");

        let mut fresh = make(99);
        fresh.load(&file).unwrap();
        assert!(bits(&fresh) == whole[before - 1].1, "{what}: other parameters");
        let again = TempFile::new();
        fresh.save(&again).unwrap();
        assert!(again.bytes() == file.bytes(), "{what}: what was loaded is not what was saved");
        let resumed = trail(&mut fresh, STEPS - before);
        let apart = resumed.iter().zip(&whole[before..]).position(|(a, b)| a != b);
        assert!(apart.is_none(), "{what}: resumed after {before} steps, step {apart:?} differs");
        assert_eq!(format!("{:?}", fresh.posterior().draws(3).unwrap()), draws, "{what}");

        let mut elsewhere = make(7);
        trail(&mut elsewhere, 4);
        elsewhere.load(&file).unwrap();
        assert!(
            trail(&mut elsewhere, STEPS - before) == whole[before..],
            "{what}: something of before is left"
        );
    }
}
