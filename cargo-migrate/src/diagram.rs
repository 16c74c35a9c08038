//! Draws revisions or tables as a [`Diagram`] in Graphviz, Mermaid or SVG.
//!
//! The newest revision must be on top, as in `history`.

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;
use migrate_graph::RevisionGraph;
use migrate_graph::history::{Entry, entries};
use serde_json::Value;

/// The maximum length of a message in a diagram, in characters.
const MAX_MESSAGE: usize = 40;

/// A diagram: nodes, and arrows between them.
pub(crate) struct Diagram {
    /// The name of the graph in Graphviz.
    name: &'static str,
    nodes: Vec<Node>,
}

/// A node.
struct Node {
    id: String,
    /// Its lines, without hidden characters.
    lines: Vec<String>,
    /// The nodes whose arrows end here, by index.
    follows: Vec<usize>,
    /// The nodes whose dashed arrows end here.
    depends_on: Vec<usize>,
}

impl Diagram {
    /// Creates the diagram of a graph, newest on top.
    pub(crate) fn of_revisions(graph: &RevisionGraph) -> Diagram {
        Diagram {
            name: "revisions",
            nodes: revision_nodes(graph),
        }
    }

    /// Creates the diagram of the tables in the runner's `dump --json`, with an arrow from each table to the tables
    /// that reference it.
    pub(crate) fn of_schema(document: &Value) -> Diagram {
        Diagram {
            name: "tables",
            nodes: tables(document),
        }
    }

    /// Returns the number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the diagram as Graphviz source.
    pub(crate) fn dot(&self) -> String {
        let boxes = &self.nodes;
        let mut text = format!(
            "digraph {} {{\n    rankdir = \"BT\";\n    node [shape = \"box\", style = \"rounded\"];\n",
            self.name
        );
        for shape in boxes {
            let lines: Vec<String> = shape.lines.iter().map(|line| escape_dot(line)).collect();
            let (id, label) = (escape_dot(&shape.id), lines.join("\\n"));
            text.push_str(&format!("    \"{id}\" [label = \"{label}\"];\n"));
        }
        for shape in boxes {
            for (older, style) in shape.arrows("", " [style = \"dashed\"]") {
                let (from, to) = (escape_dot(&boxes[older].id), escape_dot(&shape.id));
                text.push_str(&format!("    \"{from}\" -> \"{to}\"{style};\n"));
            }
        }
        text.push_str("}\n");
        text
    }

    /// Returns the diagram as Mermaid source.
    pub(crate) fn mermaid(&self) -> String {
        let mut text = String::from("flowchart BT\n");
        // Some ids, such as `end`, are keywords of Mermaid, so nodes are named by number.
        for (i, shape) in self.nodes.iter().enumerate() {
            let lines: Vec<String> = shape
                .lines
                .iter()
                .map(|line| escape_mermaid(line))
                .collect();
            text.push_str(&format!("    r{i}[\"{}\"]\n", lines.join("<br/>")));
        }
        for (i, shape) in self.nodes.iter().enumerate() {
            for (older, arrow) in shape.arrows("-->", "-.->") {
                text.push_str(&format!("    r{older} {arrow} r{i}\n"));
            }
        }
        text
    }

    /// Returns the diagram as an SVG file.
    pub(crate) fn svg(&self) -> String {
        if self.nodes.is_empty() {
            return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"0\" height=\"0\"/>\n"
                .to_owned();
        }
        let mut diagram = VisualGraph::new(Orientation::TopToBottom);
        // The layout would search for cycles along every path, and a graph with merges has exponentially many.
        diagram.dag.set_validate(false);
        // The layout puts the first node on top, so arrows are laid out from newer to older and drawn backwards.
        let style = StyleAttr::new(Color::fast("black"), 1, Some(Color::fast("white")), 6, 13);
        let handles: Vec<_> = self
            .nodes
            .iter()
            .map(|shape| {
                let size = Point::new(
                    24. + 7.5 * longest(&shape.lines) as f64,
                    20. + 16. * shape.lines.len() as f64,
                );
                diagram.add_node(Element::create(
                    ShapeKind::Box(shape.lines.join("\n")),
                    style.clone(),
                    Orientation::TopToBottom,
                    size,
                ))
            })
            .collect();
        for (shape, &newer) in self.nodes.iter().zip(&handles) {
            for (older, line) in shape.arrows(LineStyleKind::Normal, LineStyleKind::Dashed) {
                let arrow = Arrow::new(
                    LineEndKind::Arrow,
                    LineEndKind::None,
                    line,
                    "",
                    &style,
                    &None,
                    &None,
                );
                diagram.add_edge(arrow, newer, handles[older]);
            }
        }
        let mut writer = SVGWriter::new();
        diagram.do_it(false, false, false, &mut writer);
        let bottoms = diagram
            .iter_nodes()
            .map(|node| diagram.pos(node).bottom(true));
        let mut text = of_height(&writer.finalize(), bottoms.fold(0., f64::max));
        text.push('\n');
        text
    }
}

/// Returns an SVG file with another height, because the layout assumes a height of ten times the number of letters.
fn of_height(svg: &str, height: f64) -> String {
    let parts = svg.split_once(" height=\"").and_then(|(before, rest)| {
        let (old, rest) = rest.split_once('"')?;
        Some((before, old, rest))
    });
    let Some((before, old, rest)) = parts else {
        return svg.to_owned();
    };
    let view_box = rest.replacen(&format!(" {old}\""), &format!(" {height}\""), 1);
    format!("{before} height=\"{height}\"{view_box}")
}

impl Node {
    /// Returns the nodes whose arrows end here, each with the style of its arrow.
    fn arrows<T: Copy>(&self, plain: T, dashed: T) -> impl Iterator<Item = (usize, T)> {
        let follows = self.follows.iter().map(move |&older| (older, plain));
        let depends = self.depends_on.iter().map(move |&older| (older, dashed));
        follows.chain(depends)
    }
}

/// Returns a node for each table: its name, then its columns. A table that references itself has no arrow; its column
/// shows the reference.
fn tables(document: &Value) -> Vec<Node> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let all = list(document, "tables");
    let names: Vec<String> = all.iter().map(|table| word(table, "name")).collect();
    let place = |name: &str| names.iter().position(|other| other == name);
    all.iter()
        .zip(&names)
        .enumerate()
        .map(|(at, (table, name))| {
            let links = list(table, "foreign_keys");
            let mut follows: Vec<usize> = links
                .iter()
                .filter_map(|key| place(key["table"].as_str()?))
                .filter(|&other| other != at)
                .collect();
            follows.sort_unstable();
            follows.dedup();
            let columns = list(table, "columns");
            let columns = columns.iter().map(|column| {
                let name = word(column, "name");
                let target = links
                    .iter()
                    .find(|key| list(key, "columns").contains(&column["name"]))
                    .map(|key| format!(" -> {}", word(key, "table")));
                let marks = [("primary_key", " (key)"), ("not_null", " not null")];
                let mark = marks
                    .iter()
                    .find(|(key, _)| column[key] == Value::Bool(true))
                    .map_or("", |(_, mark)| mark);
                let kind = word(column, "type");
                format!("{name} {kind}{mark}{}", target.unwrap_or_default())
            });
            let lines = std::iter::once(name.clone()).chain(columns);
            Node {
                id: name.clone(),
                lines: lines.map(|line| crate::slug::doc_line(&line)).collect(),
                follows,
                depends_on: Vec::new(),
            }
        })
        .collect()
}

fn revision_nodes(graph: &RevisionGraph) -> Vec<Node> {
    let ids: Vec<_> = graph.iter().map(|revision| revision.id.clone()).collect();
    let entries = entries(graph, &ids, None);
    // Entries are sorted newest first, so positions in the graph's order are counted from the end.
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
        .map(|entry| Node {
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

/// Escapes a label: Mermaid interprets HTML entities and Markdown, so every such character becomes a numeric entity.
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
    use serde_json::json;

    fn dot(graph: &RevisionGraph) -> String {
        Diagram::of_revisions(graph).dot()
    }

    fn mermaid(graph: &RevisionGraph) -> String {
        Diagram::of_revisions(graph).mermaid()
    }

    fn svg(graph: &RevisionGraph) -> String {
        Diagram::of_revisions(graph).svg()
    }

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
    fn no_message_can_terminate_its_label() {
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

    #[test]
    fn a_diagram_is_as_high_as_its_boxes_not_as_long_as_its_texts() {
        let mut revisions = revisions("a; b <- a");
        revisions[0].message = "long ".repeat(40);
        let svg = svg(&RevisionGraph::new(revisions).unwrap());
        let numbers = |mark: &str| -> Vec<f64> {
            let found = svg.split(mark).skip(1);
            let number = |rest: &str| rest.split('"').next().unwrap().parse().unwrap();
            found.map(number).collect()
        };
        let heights = numbers(" height=\"");
        let (whole, boxes) = heights.split_first().unwrap();
        assert_eq!(boxes.len(), 2);
        let all: f64 = boxes.iter().sum();
        assert!(all < *whole && *whole < all + 200., "{heights:?}");
        assert!(svg.contains(&format!(" {whole}\" xmlns=")), "{svg}");
    }

    #[test]
    fn arrows_point_to_the_referencing_tables() {
        let document = json!({ "tables": [
            {
                "name": "users",
                "columns": [{ "name": "id", "type": "INTEGER", "not_null": true, "primary_key": true }],
                "foreign_keys": [],
            },
            {
                "name": "posts",
                "columns": [{ "name": "user_id", "type": "INTEGER", "not_null": true, "primary_key": false }],
                "foreign_keys": [{ "columns": ["user_id"], "table": "users", "references": ["id"] }],
            },
        ]});
        let diagram = Diagram::of_schema(&document);
        let dot = diagram.dot();
        assert!(
            dot.contains(r#""users" [label = "users\nid INTEGER (key)"]"#),
            "{dot}"
        );
        assert!(
            dot.contains(r#""posts" [label = "posts\nuser_id INTEGER not null -> users"]"#),
            "{dot}"
        );
        assert!(dot.contains(r#""users" -> "posts";"#), "{dot}");
        assert_eq!(diagram.svg().matches("<rect").count(), 2);
    }

    fn table(name: &str, references: &str) -> Value {
        json!({
            "name": name,
            "columns": [{ "name": "id\"]", "type": "TEXT", "not_null": false, "primary_key": false }],
            "foreign_keys": [{ "columns": ["id\"]"], "table": references, "references": ["id"] }],
        })
    }

    #[test]
    fn no_table_name_can_terminate_its_label() {
        let name = "a\"]; x\\ <script>\nclick r0 \"javascript:x\"";
        let diagram = Diagram::of_schema(&json!({ "tables": [table(name, "b"), table("b", "b")] }));
        assert!(
            diagram.dot().contains(
                r#"[label = "a\"]; x\\ <script> click r0 \"javascript:x\"\nid\"] TEXT -> b"]"#
            ),
            "{}",
            diagram.dot()
        );
        let mermaid = diagram.mermaid();
        assert!(mermaid.contains("r0[\"a#34;#93;#59; x#92; #60;script#62;"));
        assert_eq!(mermaid.lines().count(), 4, "{mermaid}");
        let svg = diagram.svg();
        assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;"));
    }

    #[test]
    fn tables_that_reference_each_other_are_drawn() {
        let tables = json!({ "tables": [table("a", "b"), table("b", "c"), table("c", "a")] });
        let diagram = Diagram::of_schema(&tables);
        assert_eq!(diagram.svg().matches("<rect").count(), 3);
        assert!(
            diagram.dot().contains(r#""a" -> "c";"#),
            "{}",
            diagram.dot()
        );
    }
}
