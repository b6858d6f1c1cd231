use super::*;
use ppl::io::Difference;
use ppl::{Error, Parameters};

// Models without latent sites, which differ in their parameters alone.
#[model]
fn plain(n: usize) {
    let loc = param!("location", 0.5);
    let scale = param!("scale", 1.0, Positive);
    let bound = param!("bound", 1.0, Interval::new(0.0, 2.0));
    let own = plate!("row", n, |_| param!("own", [0.1, 0.2]));
    observe!("x", Normal::new(loc + bound + own.sum(), scale), 1.0);
}

#[model]
fn renamed(n: usize) {
    let loc = param!("locatoin", 0.5);
    let scale = param!("scale", 1.0, Positive);
    let bound = param!("bound", 1.0, Interval::new(0.0, 2.0));
    let own = plate!("row", n, |_| param!("own", [0.1, 0.2]));
    observe!("x", Normal::new(loc + bound + own.sum(), scale), 1.0);
}

#[model]
fn unlike(n: usize) {
    let scale = param!("scale", [1.0, 1.5]);
    let bound = param!("bound", 1.0, Interval::new(0.0, 2.5));
    let own = plate!("line", n, |_| param!("own", [0.1, 0.2]));
    let other = param!("weights", [0.1, 0.9], Simplex);
    observe!("x", Normal::new(scale.sum() + bound + own.sum() + other.sum(), 1.0), 1.0);
}

#[guide]
fn nothing() {}

#[model(f32)]
fn plain_single(n: usize) {
    let loc = param!("location", 0.5);
    let scale = param!("scale", 1.0, Positive);
    let bound = param!("bound", 1.0, Interval::new(0.0, 2.0));
    let own = plate!("row", n, |_| param!("own", [0.1, 0.2]));
    observe!("x", Normal::new(loc + bound + own.sum(), scale), 1.0_f32);
}

#[guide(f32)]
fn nothing_single() {}

fn saved() -> TempFile {
    let file = TempFile::new();
    let mut svi = Svi::new(plain(3), nothing(), Elbo::default(), Adam::new(0.1)).seed(1);
    trail(&mut svi, 3);
    svi.save(&file).unwrap();
    file
}

/// Asserts that a session refuses a file with these words, and goes on as if nothing had been.
macro_rules! assert_refused {
    ($file:expr, $make:expr, $($line:literal),+) => {{
        let file = $file;
        for before in [0, 2] {
            let (mut svi, mut twin) = ($make, $make);
            trail(&mut svi, before);
            trail(&mut twin, before);
            let text = format!("file `{}` does not fit this session{}", file.as_ref().display(), concat!($("\n  ", $line),+));
            assert_eq!(svi.load(&file).unwrap_err().to_string(), text);
            assert_eq!(bits(&svi), bits(&twin));
            assert_eq!(trail(&mut svi, 4), trail(&mut twin, 4));
        }
    }};
}

#[test]
fn names_that_differ_are_brought_together() {
    assert_refused!(
        saved(),
        Svi::new(renamed(3), nothing(), Elbo::default(), Adam::new(0.1)).seed(2),
        "parameter `locatoin`: the file does not have it; did you mean `location`?",
        "parameter `location`: the programs do not make it, the file has it; did you mean `locatoin`?"
    );
}

#[test]
fn every_difference_is_listed() {
    assert_refused!(
        saved(),
        Svi::new(unlike(3), nothing(), Evidence::new(), Sgd::new(0.1)).seed(2),
        "parameter `scale`: expected the shape [2], the file has []",
        "parameter `scale`: expected the support RealLine, the file has Positive",
        "parameter `bound`: expected the support Bounded from 0 to 2.5, the file has Bounded from 0 to 2",
        "parameter `own`: expected it inside [line], the file has it inside [row]",
        "parameter `weights`: the file does not have it",
        "parameter `location`: the programs do not make it, the file has it",
        "expected the optimiser Sgd, the file has Adam",
        "expected the objective Evidence, the file has Elbo"
    );
}

#[test]
fn sizes_of_plates_are_shapes() {
    assert_refused!(
        saved(),
        Svi::new(plain(5), nothing(), Elbo::default(), Adam::new(0.1)).seed(2),
        "parameter `own`: expected the shape [5, 2], the file has [3, 2]"
    );
    let mut svi = Svi::new(plain(5), nothing(), Elbo::default(), Adam::new(0.1));
    let file = saved();
    let Err(Error::Unlike { path, differences }) = svi.load(&file) else { panic!("it fits") };
    assert_eq!(path, file.as_ref().display().to_string());
    let parameter = "own".to_owned();
    assert_eq!(differences, [Difference::Shape { parameter, expected: vec![5, 2], found: vec![3, 2] }]);
}

#[test]
fn number_types_differ_once() {
    assert_refused!(
        saved(),
        Svi::new(plain_single(3), nothing_single(), Elbo::default(), Adam::new(0.1)).seed(2),
        "expected numbers of type f32, the file has f64"
    );
    assert_refused!(
        saved(),
        Svi::new(plain_single(3), nothing_single(), Elbo::default(), Sgd::new(0.1)).seed(2),
        "expected numbers of type f32, the file has f64",
        "expected the optimiser Sgd, the file has Adam"
    );
}

#[test]
fn a_parameter_behind_no_branch_must_be_there_and_one_behind_a_branch_need_not() {
    #[model]
    fn model(conditional: bool) {
        let right = sample!("right", Bernoulli::new(0.5), concrete);
        let level = if conditional && right { param!("level", 0.5) } else { Real::from(0.0) };
        observe!("x", Normal::new(level + param!("always", 0.1), 1.0), 1.0);
    }
    #[guide(model)]
    fn guide(conditional: bool) {
        let q = param!("q", 0.5, UnitInterval);
        sample!("right", Bernoulli::new(q), concrete);
        let _ = conditional;
    }
    let make = |conditional, seed| {
        Svi::new(model(conditional), guide(conditional), Elbo::default(), Adam::new(0.1)).seed(seed)
    };
    let file = TempFile::new();
    let mut met = [false; 2];
    for seed in 0..8 {
        let mut svi = make(true, seed);
        trail(&mut svi, 1);
        svi.save(&file).unwrap();
        met[usize::from(svi.parameters().names().any(|name| name == "level"))] = true;
        for other in 0..4 {
            let mut resumed = make(true, other);
            trail(&mut resumed, 3);
            resumed.load(&file).unwrap();
            assert_eq!(bits(&resumed), bits(&svi));
        }
    }
    assert_eq!(met, [true; 2]);
    // `q` comes before every concrete site of the guide.
    let mut other = Svi::new(plain(3), nothing(), Elbo::default(), Adam::new(0.1));
    let text = other.load(&file).unwrap_err().to_string();
    assert!(text.contains("parameter `q`: the programs do not make it"), "{text}");
}

#[test]
fn files_that_are_none_are_errors_that_say_so() {
    let mut svi = Svi::new(plain(3), nothing(), Elbo::default(), Adam::new(0.1)).seed(2);
    let mut twin = Svi::new(plain(3), nothing(), Elbo::default(), Adam::new(0.1)).seed(2);
    let file = TempFile::new();
    let path = file.as_ref().display().to_string();
    let start = format!("file `{path}`: ");
    let refusal = |svi: &mut Svi<_, _, _, _>| {
        let text = svi.load(&file).unwrap_err().to_string();
        assert_eq!(Parameters::load(&file).unwrap_err().to_string(), text);
        text.strip_prefix(&start).unwrap().to_owned()
    };
    assert!(refusal(&mut svi).starts_with("No such file"));
    let whole = saved().bytes();
    for end in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..end]).unwrap();
        assert!(refusal(&mut svi).starts_with("is not a whole `safetensors` file: "));
    }
    std::fs::write(&file, b"name,value\nlocation,0.5\n").unwrap();
    assert!(refusal(&mut svi).starts_with("is not a whole `safetensors` file: "));
    let mut damaged = whole.clone();
    let last = damaged.len() - 3;
    damaged[last] ^= 4;
    std::fs::write(&file, &damaged).unwrap();
    assert_eq!(refusal(&mut svi), "is damaged: its checksum is not that of its contents");
    assert_eq!(trail(&mut svi, 3), trail(&mut twin, 3));
}

#[test]
fn a_save_that_fails_leaves_the_old_file_and_nothing_else() {
    let directory = std::env::temp_dir().join(format!("ppl-saving-directory-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("state.safetensors/inside")).unwrap();
    let mut svi = Svi::new(plain(3), nothing(), Elbo::default(), Adam::new(0.1));
    let nothing_yet = svi.save(directory.join("new")).unwrap_err().to_string();
    assert_eq!(nothing_yet, "there is nothing to save before the first step");
    trail(&mut svi, 1);
    // A directory is not replaced by a file.
    assert!(matches!(svi.save(directory.join("state.safetensors")), Err(Error::File { .. })));
    assert!(matches!(svi.save(directory.join("missing/state")), Err(Error::File { .. })));
    let left: Vec<_> =
        std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["state.safetensors"]);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_parameter_that_was_set_can_be_saved_before_the_first_step() {
    let make = |seed| Svi::new(plain(3), nothing(), Elbo::default(), Adam::new(0.1)).seed(seed);
    let file = TempFile::new();
    let (mut svi, mut other) = (make(1), make(2));
    svi.set_parameter("scale", 2.5).unwrap();
    svi.save(&file).unwrap();
    other.load(&file).unwrap();
    assert_eq!(trail(&mut other, 4), trail(&mut svi, 4));
}
