//! Graphs in the DOT language.

use super::programs::*;
use ppl::prelude::*;

#[test]
fn plates_nest() {
    let x = ndarray::Array2::from_elem((2, 3), 0.5);
    let explanation = Svi::new(nested(&x), nests(&x), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let model = r#"digraph model {
  node [shape=ellipse];
  "total" [label="total\nNormal", fillcolor=lightgrey, style="filled"];
  subgraph cluster_0 {
    label="row: 2";
    labelloc=b;
    "z" [label="z\nBernoulli"];
    subgraph cluster_1 {
      label="column: 3";
      labelloc=b;
      "x" [label="x\nNormal", fillcolor=lightgrey, style="filled"];
    }
  }
  "z" -> "x";
  "z" -> "total";
}
"#;
    let guide = r#"digraph guide {
  node [shape=ellipse];
  subgraph cluster_0 {
    label="row: 2";
    labelloc=b;
    "parameter q" [label="q", shape=box];
    "z" [label="z\nBernoulli"];
  }
  "parameter q" -> "z";
}
"#;
    assert_eq!((explanation.dot().as_str(), explanation.guide_dot().as_str()), (model, guide));
}

#[test]
fn an_enumerated_chain_depends_on_itself() {
    let x = [0.1, 0.2, 0.3];
    let explanation = Svi::new(hidden(&x), nothing(&x), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let model = r#"digraph model {
  node [shape=ellipse];
  subgraph cluster_0 {
    label="time: 3";
    labelloc=b;
    "parameter t" [label="t", shape=box];
    "parameter m" [label="m", shape=box];
    "z" [label="z\nCategorical", peripheries=2];
    "y" [label="y\nNormal", fillcolor=lightgrey, style="filled"];
  }
  "z" -> "z" [style=dashed];
  "parameter t" -> "z";
  "z" -> "y";
  "parameter m" -> "y";
}
"#;
    assert_eq!(explanation.dot(), model);
    assert_eq!(explanation.guide_dot(), "digraph guide {\n  node [shape=ellipse];\n}\n");
}

#[test]
fn a_chain_that_runs_step_by_step_is_one_node() {
    let x = [0.1, 0.2, 0.3];
    let explanation = Svi::new(walk(&x), walks(&x), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let model = r#"digraph model {
  node [shape=ellipse];
  "start" [label="start\nNormal"];
  "x" [label="x\nNormal"];
  "y" [label="y\nNormal", fillcolor=lightgrey, style="filled"];
  "start" -> "x";
  "x" -> "x" [style=dashed];
  "x" -> "y";
}
"#;
    assert_eq!(explanation.dot(), model);
}

#[test]
fn plain_sites_are_broken_and_those_of_paths_double() {
    let explanation = Svi::new(branch(), branches(), Elbo::default(), Adam::new(0.1)).explain().unwrap();
    let dot = explanation.dot();
    assert!(dot.contains("\"b\" [label=\"b\\nBernoulli\", style=\"dashed\"];"), "{dot}");
    assert!(dot.contains("\"c\" [label=\"c\\nBernoulli\", peripheries=2, style=\"dashed\"];"), "{dot}");
    assert!(dot.contains("\"b\" -> \"level\";") && dot.contains("\"c\" -> \"level\";"), "{dot}");
}
