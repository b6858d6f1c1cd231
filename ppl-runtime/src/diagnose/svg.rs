//! A graph as a picture: places by the layout of `dagre`, which knows of nested clusters.

use super::graph::{Graph, Kind, Node};
use dagre::graph::{Graph as Layout, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, layout};
use std::fmt::Write as _;

/// The width of a letter and the height of a line, in the font that the picture asks for.
const LETTER: f64 = 7.2;
const LINE: f64 = 16.0;
/// What the frame of a plate leaves around its nodes, and below them for its name.
const MARGIN: f64 = 8.0;
const LABEL: f64 = 18.0;
/// How far an edge from a node to itself reaches to the side.
const LOOP: f64 = 18.0;

/// On a dark screen black and white change places.
const DARK: &str = "<style>@media (prefers-color-scheme:dark){[fill=white]{fill:#0d1117}[fill=lightgrey]{fill:#3d444d}\
                    [stroke=black]{stroke:#e6edf3}[stroke=white]{stroke:#0d1117}text,marker path{fill:#e6edf3}}</style>";

type Places = Layout<NodeLabel, EdgeLabel>;

pub(super) fn write(graph: &Graph) -> String {
    let mut places = place(graph);
    layout(&mut places, Some(LayoutOptions { ranksep: 40.0, nodesep: 30.0, ..Default::default() }));
    let (mut body, mut labels, mut frame) = (String::new(), String::new(), Frame::NOTHING);
    for k in 0..graph.clusters.len() {
        plate(graph, k, &places, (&mut body, &mut labels), &mut frame);
    }
    for &(from, to) in &graph.edges {
        edge(graph, from, to, &places, &mut body);
    }
    for (k, node) in graph.nodes.iter().enumerate() {
        let (x, y) = centre(&places, &node_id(k));
        let (width, height) = (room(graph, k), size(node).1);
        frame.take(x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0);
        shape(node, x, y, &mut body);
    }
    body += &labels;
    let Frame { left, top, right, bottom } = if graph.nodes.is_empty() { Frame::EMPTY } else { frame };
    let (x, y, w, h) =
        (left - MARGIN, top - MARGIN, right - left + 2.0 * MARGIN, bottom - top + 2.0 * MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{x:.1} {y:.1} {w:.1} {h:.1}\" width=\"{w:.0}\" height=\"{h:.0}\" \
         font-family=\"monospace\" font-size=\"12\">\n\
         {DARK}\n<defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0,1 L10,5 L0,9 z\"/></marker></defs>\n\
         <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

fn node_id(k: usize) -> String {
    format!("node {k}")
}

fn cluster_id(k: usize) -> String {
    format!("plate {k}")
}

fn size(node: &Node) -> (f64, f64) {
    let letters = node.label.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let (round, high) = match node.kind {
        Kind::Parameter | Kind::Stated => (12.0, 12.0),
        Kind::Latent | Kind::Observed => (28.0, 12.0),
        // The outline is double.
        Kind::Enumerated => (44.0, 18.0),
    };
    (LETTER * letters as f64 + round, LINE * node.label.len() as f64 + high)
}

/// Says what is to be placed: boxes for the nodes, with their clusters and edges.
fn place(graph: &Graph) -> Places {
    let mut places = Layout::with_options(GraphOptions { directed: true, multigraph: false, compound: true });
    for k in 0..graph.clusters.len() {
        places.set_node(cluster_id(k), Some(NodeLabel::default()));
    }
    for (k, node) in graph.nodes.iter().enumerate() {
        let (width, height) = (room(graph, k), size(node).1);
        places.set_node(node_id(k), Some(NodeLabel { width, height, ..Default::default() }));
        if let Some(cluster) = node.cluster {
            places.set_parent(&node_id(k), Some(&cluster_id(cluster)));
        }
    }
    for (k, cluster) in graph.clusters.iter().enumerate() {
        if let Some(parent) = cluster.parent {
            places.set_parent(&cluster_id(k), Some(&cluster_id(parent)));
        }
    }
    for &(from, to) in graph.edges.iter().filter(|(from, to)| from != to) {
        places.set_edge(node_id(from), node_id(to), Some(EdgeLabel::default()), None);
    }
    places
}

fn centre(places: &Places, id: &str) -> (f64, f64) {
    places.node(id).map_or((0.0, 0.0), |node| (node.x.unwrap_or(0.0), node.y.unwrap_or(0.0)))
}

/// How far the picture reaches.
struct Frame {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    /// What holds nothing yet.
    const NOTHING: Frame = Frame { left: f64::MAX, top: f64::MAX, right: f64::MIN, bottom: f64::MIN };

    const EMPTY: Frame = Frame { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };

    fn take(&mut self, left: f64, top: f64, right: f64, bottom: f64) {
        (self.left, self.top) = (self.left.min(left), self.top.min(top));
        (self.right, self.bottom) = (self.right.max(right), self.bottom.max(bottom));
    }
}

/// Returns how many clusters lie inside of one another in a cluster.
fn levels(graph: &Graph, k: usize) -> usize {
    let inner = graph.clusters.iter().enumerate().filter(|(_, c)| c.parent == Some(k));
    inner.map(|(inner, _)| 1 + levels(graph, inner)).max().unwrap_or(0)
}

/// Draws a plate around its nodes and the plates inside, with its name at the bottom.
fn plate(
    graph: &Graph,
    k: usize,
    places: &Places,
    (out, labels): (&mut String, &mut String),
    frame: &mut Frame,
) {
    let mut around = Frame::NOTHING;
    let inside = |mut cluster: Option<usize>| loop {
        match cluster {
            Some(found) if found == k => return true,
            Some(found) => cluster = graph.clusters[found].parent,
            None => return false,
        }
    };
    for (n, node) in graph.nodes.iter().enumerate().filter(|(_, node)| inside(node.cluster)) {
        let ((x, y), (width, height)) = (centre(places, &node_id(n)), (room(graph, n), size(node).1));
        around.take(x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0);
    }
    let level = levels(graph, k) as f64 + 1.0;
    let text = LETTER * graph.clusters[k].label.chars().count() as f64 + 2.0 * MARGIN;
    let (left, top) = (around.left - MARGIN * level, around.top - MARGIN * level);
    let right = (around.right + MARGIN * level).max(left + text);
    let bottom = around.bottom + MARGIN + LABEL * level;
    frame.take(left, top, right, bottom);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"6\" fill=\"none\" stroke=\"black\"/>",
        right - left,
        bottom - top
    );
    // Edges may run below the name, so it has a white rim.
    let _ = writeln!(
        labels,
        "<text x=\"{:.1}\" y=\"{:.1}\" stroke=\"white\" stroke-width=\"4\" paint-order=\"stroke\">{}</text>",
        left + MARGIN,
        bottom - 6.0,
        escaped(&graph.clusters[k].label)
    );
}

/// Returns where the outline of a node meets the line from its centre to a point.
fn outline(node: &Node, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) -> (f64, f64) {
    let (width, height) = size(node);
    let (dx, dy) = ((to_x - x) / (width / 2.0), (to_y - y) / (height / 2.0));
    let is_box = matches!(node.kind, Kind::Parameter | Kind::Stated);
    let reach = if is_box { dx.abs().max(dy.abs()) } else { dx.hypot(dy) };
    if reach == 0.0 { (x, y) } else { (x + (to_x - x) / reach, y + (to_y - y) / reach) }
}

/// Returns where an edge leaves a node: at the bottom where it goes far to a side, so that it runs below the neighbours.
fn leaving(node: &Node, (x, y): (f64, f64), next: (f64, f64)) -> (f64, f64) {
    let (width, height) = size(node);
    let far = (next.0 - x).abs() > width / 2.0 && next.1 > y + height / 2.0;
    if far { (x, y + height / 2.0) } else { outline(node, (x, y), next) }
}

/// Returns the width that a node needs with the edge to itself.
fn room(graph: &Graph, k: usize) -> f64 {
    let loops = graph.edges.contains(&(k, k));
    size(&graph.nodes[k]).0 + if loops { 2.0 * LOOP } else { 0.0 }
}

fn edge(graph: &Graph, from: usize, to: usize, places: &Places, out: &mut String) {
    if from == to {
        let ((x, y), (width, height)) = (centre(places, &node_id(from)), size(&graph.nodes[from]));
        let (right, reach) = (x + width / 2.0, height * 0.6);
        let _ = writeln!(
            out,
            "<path d=\"M{:.1},{:.1} C{:.1},{:.1} {:.1},{:.1} {:.1},{:.1}\" fill=\"none\" stroke=\"black\" \
             stroke-dasharray=\"4 3\" marker-end=\"url(#arrow)\"/>",
            right - 3.0,
            y - 6.0,
            right + 1.2 * LOOP,
            y - reach,
            right + 1.2 * LOOP,
            y + reach,
            right - 3.0,
            y + 6.0
        );
        return;
    }
    let Some(found) = places.edge(&node_id(from), &node_id(to), None) else { return };
    // The first and the last point lie on the boxes around the nodes; the line ends on their outlines.
    let between = found.points.get(1..found.points.len().saturating_sub(1)).unwrap_or_default();
    let between: Vec<(f64, f64)> = between.iter().map(|p| (p.x, p.y)).collect();
    let [start, end] = [from, to].map(|k| (&graph.nodes[k], centre(places, &node_id(k))));
    let (after, before) =
        (between.first().copied().unwrap_or(end.1), between.last().copied().unwrap_or(start.1));
    let mut points = vec![leaving(start.0, start.1, after)];
    points.extend(between);
    points.push(outline(end.0, end.1, before));
    let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"black\" marker-end=\"url(#arrow)\"/>",
        line.join(" ")
    );
}

fn shape(node: &Node, x: f64, y: f64, out: &mut String) {
    let (width, height) = size(node);
    let fill = if node.kind == Kind::Observed { "lightgrey" } else { "white" };
    let broken = if node.concrete { " stroke-dasharray=\"5 3\"" } else { "" };
    let mut ellipse = |less: f64, fill: &str| {
        let (rx, ry) = (width / 2.0 - less, height / 2.0 - less);
        let _ = writeln!(
            out,
            "<ellipse cx=\"{x:.1}\" cy=\"{y:.1}\" rx=\"{rx:.1}\" ry=\"{ry:.1}\" fill=\"{fill}\" stroke=\"black\"{broken}/>"
        );
    };
    match node.kind {
        Kind::Parameter => {
            let (left, top) = (x - width / 2.0, y - height / 2.0);
            let _ = writeln!(
                out,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"white\" stroke=\"black\"/>"
            );
        }
        Kind::Enumerated => {
            ellipse(0.0, fill);
            ellipse(3.0, "none");
        }
        Kind::Latent | Kind::Observed => ellipse(0.0, fill),
        Kind::Stated => {}
    }
    let first = y - LINE * (node.label.len() as f64 - 1.0) / 2.0 + 4.0;
    for (k, line) in node.label.iter().enumerate() {
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            first + LINE * k as f64,
            escaped(line)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
