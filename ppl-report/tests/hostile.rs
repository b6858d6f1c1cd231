//! Whatever the numbers are, a picture comes out that is well-formed, has numbers for coordinates and says what is missing.

use ppl_diagnostics::ranks::Ranks;
use ppl_report::plots::{
    ForestRow, ImageRow, Stretch, bound, calibration, density, forest, images, pairs, predictive, ranks,
    trace,
};
use ppl_report::{Page, Plot};
use std::f64::consts::PI;

/// Columns that no chart was made for.
fn columns() -> Vec<Vec<f64>> {
    let many: Vec<f64> = (0..10_000).map(|i| f64::from(i * 7919 % 10_007)).collect();
    let tails = (0..1_000).map(|i| (PI * ((f64::from(i) + 0.5) / 1_000.0 - 0.5)).tan().powi(9)).collect();
    vec![
        vec![],
        vec![1.5],
        vec![f64::NAN],
        vec![f64::INFINITY, f64::NEG_INFINITY, f64::NAN],
        vec![3.0; 100],
        vec![0.0; 5],
        vec![-2.5, f64::NAN, 7.25, f64::INFINITY],
        vec![f64::MAX, f64::MIN, 1.0],
        vec![1e149, -1e149, 1e140],
        vec![f64::MIN_POSITIVE, 0.0, 5e-324],
        vec![1e16, 1e16 + 2.0, 1e16 + 4.0],
        vec![1.0, 1.0 + f64::EPSILON, 1.0],
        [vec![0.0; 999], vec![1e9]].concat(),
        (0..50).map(f64::from).collect(),
        vec![-1e15, 1e15],
        tails,
        many,
    ]
}

/// Fails unless a picture is well-formed, reads its own title and has numbers where numbers must be.
fn check(plot: &Plot, what: &str) {
    // Axes, grids and bands besides the points themselves; a predictive check has thirty lines.
    check_within(plot, what, 6_000, 120_000);
}

/// Fails as [`check`] does, and if there are more points or bytes.
fn check_within(plot: &Plot, what: &str, most_points: usize, most_bytes: usize) {
    let svg = plot.svg();
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{what}: {error}\n{svg}"));
    let root = document.root_element();
    let size: Vec<f64> = root.attribute("viewBox").unwrap().split(' ').map(|x| x.parse().unwrap()).collect();
    assert_eq!(size[2], 360.0, "{what}");
    assert!(size[3] > 20.0 && size[3] < 1_200.0, "{what}: {size:?}");
    assert_eq!(root.attribute("aria-label"), Some(plot.title()), "{what}");
    let mut points = 0;
    for node in document.descendants().filter(|node| node.is_element() && node.tag_name().name() != "style") {
        for name in ["x", "y", "width", "height", "r", "cx", "cy", "font-size", "stroke-width"] {
            let Some(value) = node.attribute(name) else { continue };
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{what}: {name} is {value}"));
            // Lines leave the picture by no more than its own size.
            assert!(value.is_finite() && value > -1_200.0 && value < 2_400.0, "{what}: {name} is {value}");
        }
        if let Some(path) = node.attribute("d") {
            assert!(path.starts_with('M'), "{what}: {path}");
            assert!(path.chars().all(|c| "Mlhmz .-0123456789".contains(c)), "{what}: {path}");
            points += path.matches(['M', 'l', 'm']).count();
        }
    }
    assert!(points < most_points, "{what}: {points} points");
    assert!(svg.len() < most_bytes, "{what}: {} bytes", svg.len());
}

#[test]
fn densities_of_anything() {
    for (k, draws) in columns().iter().enumerate() {
        let ramp: Vec<f64> = (0..draws.len()).map(|i| i as f64).collect();
        let zero = vec![0.0; draws.len()];
        let wrong = vec![f64::NAN; draws.len() + 1];
        for (w, weights) in [None, Some(&ramp), Some(&zero), Some(&wrong)].into_iter().enumerate() {
            for (low, high) in [(0.0, f64::INFINITY), (f64::NAN, 1.0), (1.0, 0.0)] {
                let mut density = density("x", draws).support(low, high).unit("<km>");
                if let Some(weights) = weights {
                    density = density.weights(weights);
                }
                check(&density.plot(), &format!("density of column {k}, weights {w}, {low} to {high}"));
            }
        }
    }
}

#[test]
fn forests_of_anything() {
    let rows: Vec<ForestRow> = columns()
        .iter()
        .enumerate()
        .map(|(k, draws)| ForestRow::of(format!("x[{k}] & \"<y>\""), draws))
        .collect();
    check(&forest("all", &rows), "forest");
    check(&forest("none", &[]), "forest of none");
    for row in &rows {
        check(&forest("one", std::slice::from_ref(row)), &row.name);
    }
    let many: Vec<ForestRow> =
        (0..10_000).map(|k| ForestRow::of(format!("x[{k}]"), &[f64::from(k)])).collect();
    let plot = forest("many", &many);
    check(&plot, "forest of many");
    assert!(plot.svg().contains(">9,940 more.</text>"));
}

#[test]
fn pairs_of_anything() {
    let columns = columns();
    for (k, a) in columns.iter().enumerate() {
        for b in [&columns[2], &columns[6], &columns[12], &columns[16]] {
            check(&pairs("two", &[("a", a), ("b", b)], None), &format!("pairs of column {k}"));
            let weights: Vec<f64> = (0..a.len()).map(|i| i as f64).collect();
            check(
                &pairs("two", &[("a", a), ("b", b)], Some(&weights)),
                &format!("weighted pairs of column {k}"),
            );
        }
    }
    let all: Vec<(&str, &[f64])> = columns.iter().map(|column| ("x", column.as_slice())).collect();
    check(&pairs("all", &all, None), "pairs of all");
    check(&pairs("none", &[], None), "pairs of none");
    check(&pairs("five", &[("a[LAC QUI PARLE, 3]", &columns[16][..]); 5], None), "five");
}

#[test]
fn chains_of_anything() {
    let columns = columns();
    for (k, chain) in columns.iter().enumerate() {
        for chains in [&[&chain[..]][..], &[chain, chain, chain, chain], &[chain, &[1.0]]] {
            check(&trace("x", chains), &format!("trace of column {k}"));
            check(&ranks("x", chains), &format!("ranks of column {k}"));
        }
    }
    for count in [0, 5, 9, 40] {
        let chains = vec![&columns[16][..]; count];
        check(&trace("x", &chains), &format!("trace of {count} chains"));
        check(&ranks("x", &chains), &format!("ranks of {count} chains"));
    }
}

#[test]
fn predictions_of_anything() {
    let columns = columns();
    for (k, observed) in columns.iter().enumerate() {
        check(&predictive("y", observed, &[]), &format!("no replications of column {k}"));
        for replicated in [&columns[0], &columns[6], &columns[7], &columns[13], &columns[15]] {
            check(
                &predictive("y", observed, &[replicated, observed]),
                &format!("replications of column {k}"),
            );
        }
    }
    let many = vec![&columns[13][..]; 1_000];
    check(&predictive("y", &columns[13], &many), "a thousand replications");
}

#[test]
fn courses_of_anything() {
    for (k, losses) in columns().iter().enumerate() {
        for error in [0.1, 0.0, f64::NAN, f64::INFINITY, -1.0] {
            let stretch = |(i, &mean): (usize, &f64)| Stretch { step: 10.0 * i as f64 - 5.0, mean, error };
            let course: Vec<Stretch> = losses.iter().take(2_000).enumerate().map(stretch).collect();
            check(&bound(&course), &format!("course of column {k}, error {error}"));
        }
    }
    let odd = [f64::NAN, f64::INFINITY, 1e300, 0.0, 3.0].map(|step| Stretch { step, mean: 1.0, error: 1.0 });
    check(&bound(&odd), "odd steps");
}

#[test]
fn calibrations_of_few_and_many() {
    for (count, last) in [(1, 1), (2, 1), (1, 1_000), (5, 9), (1_000, 99), (2_000, 3)] {
        let uniform: Vec<usize> = (0..count).map(|i| i * 7919 % (last + 1)).collect();
        check(
            &calibration("x", &Ranks::new(&uniform, last).unwrap()),
            &format!("{count} ranks up to {last}"),
        );
        check(&calibration("x", &Ranks::new(&vec![0; count], last).unwrap()), "ranks of zero");
    }
}

#[test]
fn names_of_anything() {
    for name in
        ["", " ", "<script>alert(1)</script>", "a & b", "\u{0}\u{1b}", "\"'", "名前[三]", &"x".repeat(10_000)]
    {
        let draws = [1.25, 2.5, 3.0, 4.0];
        let page = Page::new(name)
            .section(name)
            .text(name)
            .verdict(false, name)
            .table(&[name], [[name]])
            .plot(&density(name, &draws).unit(name).plot())
            .plot(&forest(name, &[ForestRow::of(name, &draws)]))
            .plot(&pairs(name, &[(name, &draws), (name, &draws)], None))
            .section(name)
            .svg(name, name)
            .preformatted(name);
        let html = page.html();
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        roxmltree::Document::parse_with_options(&html, options)
            .unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert!(!html.contains("<script") && !html.contains('\u{0}'), "{name:?}");
    }
}

#[test]
fn images_of_anything() {
    let columns = columns();
    for width in [0, 1, 2, 28, 1_000] {
        for (k, column) in columns.iter().enumerate() {
            let row = ImageRow { label: "a row with <a> long & \"strange\" label", images: vec![column; 12] };
            let what = format!("images of column {k}, {width} pixels wide");
            check_within(&images("x", width, &[row]), &what, 21_000, 200_000);
        }
    }
    let checks: Vec<f64> = (0..28 * 28).map(|k| f64::from(k % 2)).collect();
    let rows: Vec<ImageRow> = (0..3).map(|_| ImageRow { label: "checks", images: vec![&checks] }).collect();
    check(&images("checks", 28, &rows), "images of checks");
}
