//! Pages of fits and of chains: every section is there, whatever the fit came to, and a page that cannot be written changes nothing.

use ppl::prelude::*;
use std::path::PathBuf;

#[model]
fn schools(effects: &[f64], errors: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", effects.len(), |j| {
        let eta = sample!("eta", Normal::new(0.0, 1.0));
        let theta = deterministic!("theta", mu + tau * eta);
        observe!("effect", Normal::new(theta, errors.at(j)), effects.at(j));
    });
}

const EFFECTS: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
const ERRORS: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

/// A file of this name among the temporary ones, which ends with its owner.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Temporary {
        Temporary(std::env::temp_dir().join(format!("{name}-{}.html", std::process::id())))
    }

    fn read(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Returns the titles of a page's sections; fails unless the page is well-formed.
fn sections(html: &str) -> Vec<String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(html, options).unwrap();
    assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    let titles = document.descendants().filter(|node| node.has_tag_name("h2"));
    titles.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_page_of_a_fit_has_every_section() {
    let file = Temporary::new("schools");
    let fitted = fit(schools(&EFFECTS, &ERRORS)).guide(auto::FullRank).seed(1).run().unwrap();
    let before = fitted.draws().clone();
    fitted.report(&file.0).unwrap();
    assert_eq!(fitted.draws(), &before);
    let html = file.read();
    assert_eq!(sections(&html), ["Numbers", "Loss", "Densities", "Intervals", "Pairs", "Model", "Diagnosis"]);
    assert!(html.len() < 400_000, "{}", html.len());
    // The verdict, in words; a density with both; the ends of a scale; the tables of the programs.
    assert!(html.contains("class=\"good\"") && html.contains("k-hat of the importance weights is 0."));
    assert!(html.contains(">corrected</text>") && html.contains(">theta[7]</th>"));
    assert!(html.contains("1 particle\n\nplates"));
    // A second page of the same fit is the same, and the fit goes on.
    fitted.report(&file.0).unwrap();
    assert_eq!(file.read(), html);
    assert!(fitted.into_svi().step().is_ok());
}

#[cfg(feature = "svg")]
#[test]
fn the_page_has_the_models_graph() {
    let file = Temporary::new("graph");
    let fitted = fit(schools(&EFFECTS, &ERRORS)).steps(50).draws(50).run().unwrap();
    fitted.report(&file.0).unwrap();
    assert!(file.read().contains("<img alt=\"the graph of the model\" src=\"data:image/svg+xml,%3Csvg"));
}

#[test]
fn a_poor_fit_has_a_page_that_says_so() {
    for (guide, name) in [(true, "point"), (false, "short")] {
        let file = Temporary::new(name);
        let model = schools(&EFFECTS, &ERRORS);
        match guide {
            true => fit(model).guide(auto::Delta).steps(100).draws(3).run().unwrap().report(&file.0).unwrap(),
            false => fit(model).steps(3).draws(2).run().unwrap().report(&file.0).unwrap(),
        }
        let html = file.read();
        assert_eq!(sections(&html)[..3], ["Numbers", "Loss", "Densities"], "{name}");
        assert!(html.contains("class=\"bad\"") && !html.contains("class=\"good\""), "{name}");
        assert!(!html.contains(">corrected</text>"));
    }
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_with_its_path() {
    let fitted = fit(schools(&EFFECTS, &ERRORS)).steps(20).draws(20).run().unwrap();
    let error = fitted.report("no/such/folder/fit.html").unwrap_err();
    assert!(error.to_string().starts_with("file `no/such/folder/fit.html`: "), "{error}");
    assert_eq!(fitted.draws().count(), 20);
}

#[model]
fn coins(heads: &[bool], low: f64) {
    let p = sample!("p", Beta::new(2.0, 2.0));
    let q = sample!("q", Uniform::new(low, 3.0));
    sample!("r", Uniform::new(0.0, q));
    plate!("throw", heads.len(), |i| observe!("heads", Bernoulli::new(p), heads.at(i)));
}

#[test]
fn a_page_of_an_approximation_needs_no_chains() {
    let file = Temporary::new("coins");
    let sampled = ppl::laplace(coins(&[true, true, false], 1.0)).draws(500).run().unwrap();
    sampled.report(&file.0).unwrap();
    assert_eq!(sections(&file.read()), ["Numbers", "Densities", "Pairs"]);
}

#[cfg(feature = "nuts")]
#[test]
fn a_page_of_chains_has_traces_and_ranks() {
    let file = Temporary::new("chains");
    let sampled = ppl::nuts(schools(&EFFECTS, &ERRORS)).seed(1).warmup(200).draws(200).run().unwrap();
    sampled.report(&file.0).unwrap();
    let html = file.read();
    assert_eq!(sections(&html), ["Numbers", "Densities", "Intervals", "Pairs", "Traces", "Ranks"]);
    assert!(html.contains(">R-hat</th>") && html.contains(">chain 4</text>"));
    assert!(html.contains("Shown are the 9 numbers with the largest R-hat; 9 more have no chains here."));
}

#[test]
fn ends_of_sites_are_those_of_their_supports() {
    let density = ppl::LogDensity::new(coins(&[true], 1.0)).unwrap();
    let infinite = (f64::NEG_INFINITY, f64::INFINITY);
    // What another draw bounds has no ends that would be known.
    assert!(density.ends().eq([("p", (0.0, 1.0)), ("q", (1.0, 3.0)), ("r", infinite)]));
}
