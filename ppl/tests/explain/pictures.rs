//! Pictures.

use super::programs::*;
use ppl::prelude::*;

#[test]
fn every_node_plate_and_edge_is_drawn_once() {
    let x = [0.1, 0.2, 0.3, 1.0, 2.0, 3.0];
    let explanation = Svi::new(mixture(&x), proposal(&x), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let svg = explanation.svg();
    assert_eq!(svg, explanation.svg());
    let count = |what: &str| svg.matches(what).count();
    for label in ["mu", "sigma", "strict", "z", "out", "x", "weights", "component: 3", "data: 4 of 6"] {
        assert_eq!(count(&format!(">{label}</text>")), 1, "{label}");
    }
    // Five single ellipses and a double one; the background, a parameter and two plates; an arrow for each edge.
    assert_eq!((count("<ellipse"), count("<rect"), count("<polyline")), (7, 4, 6));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    assert!(explanation.guide_svg().contains(">twist</text>"));
}

#[test]
fn a_state_before_is_an_edge_to_itself_and_nothing_is_an_empty_picture() {
    let x = [0.1, 0.2, 0.3];
    let explanation = Svi::new(hidden(&x), nothing(&x), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    assert_eq!(explanation.svg().matches("stroke-dasharray=\"4 3\"").count(), 1);
    assert_eq!(explanation.guide_svg().matches("<rect").count(), 1);
}
