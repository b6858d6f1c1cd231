//! A graph in the DOT language of Graphviz.

use super::graph::{Graph, Kind};

pub(super) fn write(name: &str, graph: &Graph) -> String {
    let mut text = format!("digraph {name} {{\n  node [shape=ellipse];\n");
    cluster(graph, None, 1, &mut text);
    for &(from, to) in &graph.edges {
        let style = if from == to { " [style=dashed]" } else { "" };
        let [from, to] = [from, to].map(|k| quoted(&graph.nodes[k].id));
        text += &format!("  {from} -> {to}{style};\n");
    }
    text + "}\n"
}

/// Writes the nodes of a cluster, then the clusters inside.
fn cluster(graph: &Graph, within: Option<usize>, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for node in graph.nodes.iter().filter(|node| node.cluster == within) {
        let mut attributes = vec![format!("label={}", quoted(&node.label.join("\n")))];
        let (look, mut style) = match node.kind {
            Kind::Latent => (None, vec![]),
            Kind::Observed => (Some("fillcolor=lightgrey"), vec!["filled"]),
            Kind::Enumerated => (Some("peripheries=2"), vec![]),
            Kind::Parameter => (Some("shape=box"), vec![]),
            Kind::Stated => (Some("shape=plaintext"), vec![]),
        };
        if node.concrete {
            style.push("dashed");
        }
        attributes.extend(look.map(str::to_owned));
        if !style.is_empty() {
            attributes.push(format!("style=\"{}\"", style.join(",")));
        }
        *text += &format!("{indent}{} [{}];\n", quoted(&node.id), attributes.join(", "));
    }
    for (k, inner) in graph.clusters.iter().enumerate().filter(|(_, inner)| inner.parent == within) {
        *text += &format!("{indent}subgraph cluster_{k} {{\n");
        *text += &format!("{indent}  label={};\n{indent}  labelloc=b;\n", quoted(&inner.label));
        cluster(graph, Some(k), depth + 1, text);
        *text += &format!("{indent}}}\n");
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
