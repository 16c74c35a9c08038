//! Revisions -> a picture of their graph: Graphviz, Mermaid or SVG. Newest on top, as in `history`.

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;
use migrate_graph::RevisionGraph;
use migrate_graph::history::{Entry, entries};

/// The longest message in a picture, in characters.
const MAX_MESSAGE: usize = 40;

/// What a picture shows of one revision.
struct Shape {
    id: String,
    /// The id, then labels, then the message: a line each, without hidden characters.
    lines: Vec<String>,
    /// The revisions it follows, and those it depends on, as places among the shapes.
    follows: Vec<usize>,
    depends_on: Vec<usize>,
}

/// Returns the graph in the language of Graphviz.
pub(crate) fn dot(graph: &RevisionGraph) -> String {
    let shapes = shapes(graph);
    let mut text = String::from(
        "digraph revisions {\n    rankdir = \"BT\";\n    node [shape = \"box\", style = \"rounded\"];\n",
    );
    for shape in &shapes {
        let label = shape
            .lines
            .iter()
            .map(|line| escape_dot(line))
            .collect::<Vec<_>>()
            .join("\\n");
        text.push_str(&format!("    \"{}\" [label = \"{label}\"];\n", shape.id));
    }
    for shape in &shapes {
        for &parent in &shape.follows {
            text.push_str(&format!(
                "    \"{}\" -> \"{}\";\n",
                shapes[parent].id, shape.id
            ));
        }
        for &dependency in &shape.depends_on {
            text.push_str(&format!(
                "    \"{}\" -> \"{}\" [style = \"dashed\"];\n",
                shapes[dependency].id, shape.id
            ));
        }
    }
    text.push_str("}\n");
    text
}

/// Returns the graph in the language of Mermaid.
pub(crate) fn mermaid(graph: &RevisionGraph) -> String {
    let shapes = shapes(graph);
    let mut text = String::from("flowchart BT\n");
    // Some ids, such as `end`, are words of the language; a number in front makes each a name.
    for (i, shape) in shapes.iter().enumerate() {
        let label = shape
            .lines
            .iter()
            .map(|line| escape_mermaid(line))
            .collect::<Vec<_>>()
            .join("<br/>");
        text.push_str(&format!("    r{i}[\"{label}\"]\n"));
    }
    for (i, shape) in shapes.iter().enumerate() {
        shape
            .follows
            .iter()
            .for_each(|parent| text.push_str(&format!("    r{parent} --> r{i}\n")));
        shape
            .depends_on
            .iter()
            .for_each(|dependency| text.push_str(&format!("    r{dependency} -.-> r{i}\n")));
    }
    text
}

/// Returns the graph as an SVG file.
pub(crate) fn svg(graph: &RevisionGraph) -> String {
    if graph.is_empty() {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"0\" height=\"0\"/>\n".to_owned();
    }
    let mut picture = VisualGraph::new(Orientation::TopToBottom);
    // The layout would look for cycles along every path, of which a graph with merges has more than can be counted.
    picture.dag.set_validate(false);
    let mut shapes = shapes(graph);
    // The layout puts what comes first on top, so arrows are laid from the newer to the older and point back.
    let style = StyleAttr::new(Color::fast("black"), 1, Some(Color::fast("white")), 6, 13);
    let handles: Vec<_> = shapes
        .iter_mut()
        .map(|shape| {
            let size = Point::new(
                24. + 7.5 * longest(&shape.lines) as f64,
                20. + 16. * shape.lines.len() as f64,
            );
            let text = shape.lines.join("\n");
            picture.add_node(Element::create(
                ShapeKind::Box(text),
                style.clone(),
                Orientation::TopToBottom,
                size,
            ))
        })
        .collect();
    for (shape, &newer) in shapes.iter().zip(&handles) {
        let links = shape
            .follows
            .iter()
            .map(|older| (older, LineStyleKind::Normal));
        for (&older, line) in links.chain(
            shape
                .depends_on
                .iter()
                .map(|older| (older, LineStyleKind::Dashed)),
        ) {
            let arrow = Arrow::new(
                LineEndKind::Arrow,
                LineEndKind::None,
                line,
                "",
                &style,
                &None,
                &None,
            );
            picture.add_edge(arrow, newer, handles[older]);
        }
    }
    let mut writer = SVGWriter::new();
    picture.do_it(false, false, false, &mut writer);
    let mut text = writer.finalize();
    text.push('\n');
    text
}

fn shapes(graph: &RevisionGraph) -> Vec<Shape> {
    let ids: Vec<_> = graph.iter().map(|revision| revision.id.clone()).collect();
    let entries = entries(graph, &ids, None);
    // Entries come newest first, so a place in the graph's order is counted from the end.
    let place = |id: &str| {
        graph
            .position(id)
            .map(|position| graph.len() - 1 - position)
    };
    let places = |ids: &[migrate_graph::RevisionId]| {
        ids.iter().filter_map(|id| place(id.as_str())).collect()
    };
    entries
        .iter()
        .map(|entry| Shape {
            id: entry.revision.id.to_string(),
            lines: lines(entry),
            follows: places(&entry.revision.down_revisions),
            depends_on: places(&entry.revision.depends_on),
        })
        .collect()
}

fn lines(entry: &Entry<'_>) -> Vec<String> {
    let revision = entry.revision;
    let labels = revision
        .branch_labels
        .iter()
        .map(|label| format!(" [{label}]"))
        .collect::<String>();
    let mut message: String = crate::slug::doc_line(&revision.message)
        .chars()
        .take(MAX_MESSAGE)
        .collect();
    if revision.message.chars().nth(MAX_MESSAGE).is_some() {
        message.push('…');
    }
    let mut lines = vec![format!("{}{labels}", revision.id)];
    lines.extend(Some(message).filter(|message| !message.is_empty()));
    lines
}

fn longest(lines: &[String]) -> usize {
    lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
}

fn escape_dot(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Mermaid reads HTML entities and Markdown in labels: everything that could be either becomes a number.
fn escape_mermaid(text: &str) -> String {
    let escape = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | ',' | '.' | '-' => c.to_string(),
        c if !c.is_ascii() => c.to_string(),
        c => format!("#{};", u32::from(c)),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use migrate_graph::testing::{graph, revisions};

    #[test]
    fn every_link_is_an_arrow_from_the_older_and_dependencies_are_dashed() {
        let graph = graph("a; b [x] <- a; c after b");
        assert!(dot(&graph).contains("\"a\" -> \"b\";\n"));
        assert!(dot(&graph).contains("\"b\" -> \"c\" [style = \"dashed\"];\n"));
        assert!(dot(&graph).contains("\"b\" [label = \"b [x]\\nmessage of b\"]"));
        assert!(mermaid(&graph).contains("r2 --> r1"));
        assert!(mermaid(&graph).contains("r1 -.-> r0"));
    }

    #[test]
    fn no_message_can_end_its_label() {
        let mut revisions = revisions("a");
        revisions[0].message = "\"]; x\\ <script>&amp; `end` \u{202e}".to_owned();
        let graph = RevisionGraph::new(revisions).unwrap();
        assert!(
            dot(&graph).contains(r#""a" [label = "a\n\"]; x\\ <script>&amp; `end` \\u{202e}"];"#)
        );
        assert!(mermaid(&graph).contains("#34;#93;#59; x#92; #60;script#62;"));
        let svg = svg(&graph);
        assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;"));
    }

    #[test]
    fn an_svg_of_a_graph_is_the_same_each_time() {
        let graph = graph("a; b <- a; c <- a; m <- b, c");
        assert_eq!(svg(&graph), svg(&graph));
        assert_eq!(svg(&graph).matches("<rect").count(), 4);
    }
}
