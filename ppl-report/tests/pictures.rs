//! What pictures show, read off their coordinates.

use ppl_report::plots::{ForestRow, Stretch, bound, density, forest, pairs, predictive, trace};
use ppl_report::{Page, Plot};
use roxmltree::{Document, Node};

/// Returns the points of a path of this class.
fn points(node: Node<'_, '_>) -> Vec<(f64, f64)> {
    let text = node.attribute("d").unwrap().replace("h0", "").replace('z', "");
    let (mut at, mut found) = ((0.0, 0.0), Vec::new());
    for (k, step) in text.split(['M', 'l', 'm']).filter(|step| !step.is_empty()).enumerate() {
        let (x, y) = step.split_once(' ').unwrap();
        let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
        at = if k == 0 { (x, y) } else { (at.0 + x, at.1 + y) };
        found.push(at);
    }
    found
}

fn paths(plot: &Plot, class: &str) -> Vec<Vec<(f64, f64)>> {
    let document = Document::parse(plot.svg()).unwrap();
    let is_path =
        |node: &Node<'_, '_>| node.tag_name().name() == "path" && node.attribute("class") == Some(class);
    document.descendants().filter(is_path).map(points).collect()
}

/// Returns the longest path of a class.
fn curve(plot: &Plot, class: &str) -> Vec<(f64, f64)> {
    paths(plot, class).into_iter().max_by_key(Vec::len).unwrap()
}

/// Returns where the labels of an axis stand: numbers and places, of those with this anchor.
fn ticks(plot: &Plot, anchor: &str) -> Vec<(f64, f64)> {
    let document = Document::parse(plot.svg()).unwrap();
    let is_tick = |node: &Node<'_, '_>| {
        node.tag_name().name() == "text"
            && node.attribute("text-anchor") == Some(anchor)
            && node.attribute("transform").is_none()
    };
    let number = |node: Node<'_, '_>| {
        let value = node.text()?.replace('−', "-").replace(',', "").parse().ok()?;
        // The base line lies a third of a letter below the middle.
        let place = if anchor == "end" {
            node.attribute("y")?.parse::<f64>().ok()? - 0.34 * 11.0
        } else {
            node.attribute("x")?.parse().ok()?
        };
        Some((value, place))
    };
    document.descendants().filter(is_tick).filter_map(number).collect()
}

/// Returns the number at a place of an axis, by the first and the last of its labels.
fn number(ticks: &[(f64, f64)], place: f64) -> f64 {
    let [(a, from), (b, to)] = [ticks[0], ticks[ticks.len() - 1]];
    a + (b - a) * (place - from) / (to - from)
}

fn normal(n: usize) -> Vec<f64> {
    use statrs::distribution::{ContinuousCDF, Normal};
    (0..n).map(|i| Normal::standard().inverse_cdf((i as f64 + 0.5) / n as f64)).collect()
}

#[test]
fn the_height_of_a_density_is_that_of_its_axis() {
    let plot = density("x", &normal(4_000)).plot();
    let (curve, x, y) = (curve(&plot, "s-first"), ticks(&plot, "middle"), ticks(&plot, "end"));
    let at = |place: f64| {
        let near = curve
            .iter()
            .min_by(|a, b| (number(&x, a.0) - place).abs().total_cmp(&(number(&x, b.0) - place).abs()));
        number(&y, near.unwrap().1)
    };
    // The bandwidth is .9 * 4000^(-1/5) = .171, which adds its square to the variance.
    let sd = (1.0 + 0.171f64.powi(2)).sqrt();
    for place in [-2.0, -1.0, 0.0, 0.5, 1.5] {
        let expected = (-0.5 * (place / sd).powi(2)).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt());
        assert!((at(place) - expected).abs() < 0.006, "{place}: {}, expected {expected}", at(place));
    }
}

#[test]
fn weights_move_a_density_and_leave_the_raw_one() {
    let draws = normal(4_000);
    // From a deviation of one at zero to one of one at 1.
    let weights: Vec<f64> = draws.iter().map(|x| x.exp()).collect();
    let plot = density("x", &draws).weights(&weights).plot();
    let x = ticks(&plot, "middle");
    let peak = |class: &str| {
        let top = curve(&plot, class).into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        number(&x, top.0)
    };
    assert!((peak("s-first") - 1.0).abs() < 0.15 && peak("s-muted").abs() < 0.15);
}

#[test]
fn a_positive_density_begins_at_zero() {
    let draws: Vec<f64> = normal(1_000).iter().map(|x| x.abs()).collect();
    let x = |plot: &Plot| number(&ticks(plot, "middle"), curve(plot, "s-first")[0].0);
    assert!(x(&density("x", &draws).support(0.0, f64::INFINITY).plot()).abs() < 0.01);
    assert!(x(&density("x", &draws).plot()) < -0.1);
}

#[test]
fn the_band_of_the_loss_is_two_standard_errors() {
    let course: Vec<Stretch> =
        (1..=20).map(|k| Stretch { step: f64::from(k), mean: 10.0 + f64::from(k % 2), error: 0.5 }).collect();
    let plot = bound(&course);
    let (band, y) = (&paths(&plot, "f-first")[0], ticks(&plot, "end"));
    let [lower, upper] = [band[4].1, band[band.len() - 1 - 4].1].map(|place| number(&y, place));
    assert!((lower - 10.0).abs() < 0.03 && (upper - 12.0).abs() < 0.03, "{lower} {upper}");
}

#[test]
fn a_steep_first_part_is_left_out_and_said() {
    let course: Vec<Stretch> = (1..=60)
        .map(|k| Stretch {
            step: 100.0 * f64::from(k),
            mean: 10.0 + 5e4 * (-f64::from(k)).exp() + f64::from(k % 2),
            error: 0.1,
        })
        .collect();
    let plot = bound(&course);
    assert!(plot.svg().contains("The first 900 steps are left out"), "{}", plot.svg());
    let highest = ticks(&plot, "end").last().unwrap().0;
    assert!(highest < 16.0, "{highest}");
}

#[test]
fn intervals_are_quantiles() {
    let draws: Vec<f64> = (0..=100).map(f64::from).collect();
    let plot = forest("x", &[ForestRow::of("x", &draws)]);
    let x = ticks(&plot, "middle");
    let ends: Vec<[f64; 2]> =
        paths(&plot, "s-first").iter().map(|p| [number(&x, p[0].0), number(&x, p[1].0)]).collect();
    for (found, expected) in ends.iter().zip([[5.0, 95.0], [25.0, 75.0]]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.3), "{found:?}");
    }
    assert!((number(&x, paths(&plot, "s-ink")[0][0].0) - 50.0).abs() < 0.3);
}

#[test]
fn weights_choose_the_points_of_pairs() {
    let draws: Vec<f64> = (0..1_000).map(|i| f64::from(i) / 1_000.0).collect();
    let weights: Vec<f64> = draws.iter().map(|x| if *x < 0.5 { 3.0 } else { 1.0 }).collect();
    let plot = pairs("", &[("a", &draws), ("b", &draws)], Some(&weights));
    let (dots, x) = (curve(&plot, "s-first"), ticks(&plot, "middle"));
    assert_eq!(dots.len(), 300);
    let low = dots.iter().filter(|dot| number(&x, dot.0) < 0.5).count();
    assert!((223..=227).contains(&low), "{low}");
}

#[test]
fn long_chains_are_thinned_and_keep_their_peaks() {
    let mut chain: Vec<f64> = (0..100_000).map(|i| f64::from(i % 10)).collect();
    chain[54_321] = 90.0;
    let plot = trace("x", &[&chain]);
    let (line, y) = (curve(&plot, "s-first"), ticks(&plot, "end"));
    assert!(line.len() <= 2_000);
    let peak = line.iter().map(|p| number(&y, p.1)).fold(0.0, f64::max);
    assert!((peak - 90.0).abs() < 0.5, "{peak}");
}

#[test]
fn counts_are_bars_with_the_shares_of_the_data() {
    let observed = [0.0, 0.0, 1.0, 3.0];
    let replicated: Vec<Vec<f64>> = (0..20).map(|r| vec![0.0, 1.0, f64::from(r % 4), 2.0]).collect();
    let replicated: Vec<&[f64]> = replicated.iter().map(Vec::as_slice).collect();
    let plot = predictive("y", &observed, &replicated);
    let y = ticks(&plot, "end");
    let document = Document::parse(plot.svg()).unwrap();
    let bars = document
        .descendants()
        .filter(|n| n.tag_name().name() == "rect" && n.attribute("class") == Some("f-first"));
    let tops: Vec<f64> = bars.map(|bar| number(&y, bar.attribute("y").unwrap().parse().unwrap())).collect();
    assert_eq!(tops.len(), 3);
    assert!(tops.iter().zip([0.5, 0.25, 0.25]).all(|(a, b)| (a - b).abs() < 0.01), "{tops:?}");
}

#[test]
fn a_page_has_each_part_once_and_the_style_once() {
    let plot = density("mu", &normal(100)).plot();
    let page = Page::new("Fit")
        .section("One")
        .plots([&plot, &plot])
        .section("Two")
        .table(&["site", "mean"], (0..300).map(|k| [format!("x[{k}]"), "1".to_owned()]));
    let html = page.html();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = Document::parse_with_options(&html, options).unwrap();
    let count = |name: &str| document.descendants().filter(|node| node.tag_name().name() == name).count();
    assert_eq!(["svg", "style", "h2", "nav", "script", "link", "tr"].map(count), [2, 1, 2, 1, 0, 0, 201]);
    assert!(html.contains("<p>100 more.</p>") && html.contains("prefers-color-scheme:dark"));
    assert!(
        html.contains("name=\"viewport\"")
            && !html.contains("http://www.w3.org/1999")
            && !html.contains("https://")
    );
    // A picture alone has a style of its own.
    assert!(plot.svg().contains("<style>") && plot.svg().contains("prefers-color-scheme:dark"));
}
