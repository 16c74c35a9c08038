//! Draws a graph in the terminal, like `git log --graph`.
//!
//! It must not depend on revisions: a [`Node`] is a number, listed before all its parents. Every column contains one
//! edge to one parent. A merge opens columns (`|\`); edges to the same parent join in the leftmost of their columns
//! (`|/`).

use std::collections::HashMap;

/// A node of a drawing: its number and those of its parents, which are listed later.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Its number.
    pub(crate) id: usize,
    /// The numbers of its parents.
    pub(crate) parents: Vec<usize>,
}

/// The rows of a node: the first with its `*`, the rest with the edges between it and the next node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    /// The row of the node itself.
    pub(crate) node: String,
    /// The rows of the edges that open, move or join below it.
    pub(crate) links: Vec<String>,
    /// A row without changes, for text with more lines than rows.
    pub(crate) padding: String,
}

/// Returns the rows of each node, in the order of `nodes`.
pub(crate) fn draw(nodes: &[Node]) -> Vec<Rows> {
    let mut columns: Vec<usize> = Vec::new();
    nodes
        .iter()
        .map(|node| draw_node(node, &mut columns))
        .collect()
}

fn draw_node(node: &Node, columns: &mut Vec<usize>) -> Rows {
    let at = columns
        .iter()
        .position(|target| *target == node.id)
        .unwrap_or_else(|| {
            columns.push(node.id);
            columns.len() - 1
        });
    let mut row = Row::default();
    for column in 0..columns.len() {
        row.set(2 * column, if column == at { '*' } else { '|' });
    }
    let width = columns.len() + node.parents.len().saturating_sub(1);
    let mut links = Vec::new();
    let mut edges = open(node, at, columns, &mut links);
    assign_columns(&mut edges, &mut links);
    columns.clear();
    for edge in edges {
        if columns.last() != Some(&edge.target) {
            columns.push(edge.target);
        }
    }
    let mut padding = Row::default();
    (0..columns.len()).for_each(|column| padding.set(2 * column, '|'));
    Rows {
        node: row.padded(2 * width),
        links,
        padding: padding.padded(2 * columns.len()),
    }
}

/// An edge that moves to its column.
#[derive(Clone, Copy, Debug)]
struct Edge {
    target: usize,
    column: usize,
    goal: usize,
    /// Whether it has passed the edges between, and is directly to the right of its goal's edge.
    arriving: bool,
}

/// Opens a column for each further parent of a node, one row each, and removes the column of a node without parents.
fn open(node: &Node, at: usize, columns: &[usize], links: &mut Vec<String>) -> Vec<Edge> {
    for opened in 1..node.parents.len() {
        let mut row = Row::default();
        // Columns up to the newest one are kept. The new column opens to its right, and the columns there move.
        for column in 0..at + opened {
            row.set(2 * column, '|');
        }
        for column in at + opened..columns.len() + opened {
            row.set(2 * column - 1, '\\');
        }
        links.push(row.padded(0));
    }
    let moved = node.parents.len();
    let places = columns
        .iter()
        .enumerate()
        .filter(|(column, _)| *column != at)
        .map(|(column, target)| {
            (
                *target,
                if column > at {
                    column + moved.max(1) - 1
                } else {
                    column
                },
            )
        });
    let mut placed: Vec<(usize, usize)> = places
        .chain(node.parents.iter().enumerate().map(|(n, p)| (*p, at + n)))
        .collect();
    placed.sort_by_key(|(_, column)| *column);

    let mut goals: HashMap<usize, usize> = HashMap::new();
    let to_edge = |(target, column)| {
        let next = goals.len();
        let goal = *goals.entry(target).or_insert(next);
        Edge {
            target,
            column,
            goal,
            arriving: false,
        }
    };
    placed.into_iter().map(to_edge).collect()
}

/// Moves every edge left to its column, one row at a time; edges to the same parent join.
fn assign_columns(edges: &mut Vec<Edge>, links: &mut Vec<String>) {
    while edges
        .iter()
        .any(|edge| edge.column != edge.goal || edge.arriving)
    {
        let mut row = Row::default();
        let mut crossing = edges.iter().any(|edge| edge.arriving);
        // The decided positions after this row: each edge may move into a free position.
        let mut occupied: HashMap<usize, usize> = HashMap::new();
        for edge in edges.iter_mut() {
            if edge.arriving {
                row.set(2 * edge.goal + 1, '/');
                *edge = Edge {
                    column: edge.goal,
                    arriving: false,
                    ..*edge
                };
            } else if edge.column == edge.goal {
                row.set(2 * edge.column, '|');
            } else if occupied
                .get(&(edge.column - 1))
                .is_none_or(|target| *target == edge.target)
            {
                row.set(2 * edge.column - 1, '/');
                edge.column -= 1;
            } else if crossing || edge.column == edge.goal + 1 {
                // Only one edge crosses at a time, to keep them distinguishable; an edge next to its goal waits until
                // it is free.
                row.set(2 * edge.column, '|');
            } else {
                crossing = true;
                row.set(2 * edge.column - 1, '/');
                for place in 2 * edge.goal + 3..2 * edge.column - 1 {
                    row.set_if_free(place, '_');
                }
                *edge = Edge {
                    arriving: true,
                    ..*edge
                };
            }
            if !edge.arriving {
                occupied.insert(edge.column, edge.target);
            }
        }
        links.push(row.padded(0));
        // Edges that arrived at the position of another edge to the same parent are joined from here.
        edges.sort_by_key(|edge| (edge.column, edge.arriving));
        edges.dedup_by(|later, earlier| {
            later.target == earlier.target
                && later.column == earlier.column
                && !later.arriving
                && !earlier.arriving
        });
    }
    edges.sort_by_key(|edge| edge.column);
    edges.dedup_by(|later, earlier| later.target == earlier.target);
}

/// One row of characters.
#[derive(Default)]
struct Row(Vec<char>);

impl Row {
    fn set(&mut self, place: usize, c: char) {
        if self.0.len() <= place {
            self.0.resize(place + 1, ' ');
        }
        self.0[place] = c;
    }

    fn set_if_free(&mut self, place: usize, c: char) {
        if self.0.get(place).is_none_or(|there| *there == ' ') {
            self.set(place, c);
        }
    }

    /// Returns the row as text, at least `width` characters wide, without spaces after that.
    fn padded(self, width: usize) -> String {
        let text: String = self.0.into_iter().collect();
        format!("{:width$}", text.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws `"m <- b c; b <- a; …"`, newest first.
    fn draw_text(text: &str) -> String {
        let names: Vec<&str> = text
            .split(';')
            .map(|part| part.split("<-").next().unwrap_or_default().trim())
            .collect();
        let number = |name: &str| names.iter().position(|known| *known == name).unwrap();
        let nodes: Vec<Node> = text
            .split(';')
            .enumerate()
            .map(|(id, part)| Node {
                id,
                parents: part.split_once("<-").map_or(Vec::new(), |(_, parents)| {
                    parents.split_whitespace().map(number).collect()
                }),
            })
            .collect();
        let mut lines = Vec::new();
        for (rows, name) in draw(&nodes).into_iter().zip(names) {
            lines.push(format!("{}{name}", rows.node));
            lines.extend(rows.links);
        }
        lines.join("\n")
    }

    #[test]
    fn a_linear_history_is_a_column_of_stars() {
        assert_eq!(draw_text("c <- b; b <- a; a"), "* c\n* b\n* a");
    }

    #[test]
    fn a_branch_joins_where_it_started() {
        assert_eq!(draw_text("c <- a; b <- a; a"), "* c\n| * b\n|/\n* a");
    }

    #[test]
    fn a_merge_opens_a_column() {
        assert_eq!(
            draw_text("m <- b c; c <- a; b <- a; a"),
            "*   m\n|\\\n| * c\n* | b\n|/\n* a"
        );
    }

    #[test]
    fn a_merge_of_three_opens_two() {
        assert_eq!(
            draw_text("m <- b c d; d <- a; c <- a; b <- a; a"),
            "*     m\n|\\\n| |\\\n| | * d\n| * | c\n| |/\n* | b\n|/\n* a"
        );
    }

    #[test]
    fn lines_cross_where_they_must() {
        assert_eq!(
            draw_text("e <- b; d <- c; f <- a; b <- a; c <- a; a"),
            "* e\n| * d\n| | * f\n* | | b\n| |/\n|/|\n| * c\n|/\n* a"
        );
        assert_eq!(
            draw_text("e <- b; d <- c; g <- c2; f <- a; b <- a; c2; c <- a; a"),
            "* e\n| * d\n| | * g\n| | | * f\n* | | | b\n| |_|/\n|/| |\n| | * c2\n| * c\n|/\n* a"
        );
    }

    #[test]
    fn columns_move_left_when_one_ends() {
        assert_eq!(
            draw_text("c; b <- a; z <- y; a; y"),
            "* c\n* b\n| * z\n* | a\n /\n* y"
        );
    }
}
