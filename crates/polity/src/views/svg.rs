//! A tree as SVG: read from left to right, leaves below each other, every parent in the middle of its children.

use std::fmt::Write as _;

use super::{
    clean, cut,
    graph::{COLORS, Node},
};

const ROW: usize = 44;
const HEIGHT: usize = 32;
const GAP: usize = 48;
const MARGIN: usize = 24;
const LONGEST: usize = 32;
/// Width of a character, near enough for the fonts named below.
const CHARACTER: usize = 8;

/// The drawing.
pub(crate) fn svg(root: &Node) -> String {
    let mut widths = Vec::new();
    measure(root, 0, &mut widths);
    let columns: Vec<Column> = widths
        .iter()
        .scan(MARGIN, |left, width| {
            let column = Column { left: *left, width: *width };
            *left += width + GAP;
            Some(column)
        })
        .collect();
    let mut drawing = Drawing { columns, next_row: 0, lines: String::new(), boxes: String::new() };
    drawing.place(root, 0);
    let width = drawing.columns.last().map_or(0, |last| last.left + last.width) + MARGIN;
    let height = drawing.next_row * ROW + 2 * MARGIN;
    let title = escape(&root.name);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<style>\n\
         text {{ font: 13px ui-sans-serif, system-ui, \"Segoe UI\", Helvetica, Arial, sans-serif; fill: #0f172a; }}\n\
         path {{ fill: none; stroke: #94a3b8; stroke-width: 1.5; }}\n\
         rect {{ stroke: #64748b; stroke-width: 1; }}\n</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\" stroke=\"none\" style=\"stroke:none\"/>\n{}{}</svg>\n",
        drawing.lines, drawing.boxes
    )
}

struct Column {
    left: usize,
    width: usize,
}

/// The widest name of every depth.
fn measure(node: &Node, depth: usize, widths: &mut Vec<usize>) {
    let width = cut(&clean(&node.name), LONGEST).chars().count() * CHARACTER + 24;
    match widths.get_mut(depth) {
        Some(widest) => *widest = width.max(*widest),
        None => widths.push(width),
    }
    node.children.iter().for_each(|child| measure(child, depth + 1, widths));
}

struct Drawing {
    columns: Vec<Column>,
    next_row: usize,
    lines: String,
    boxes: String,
}

impl Drawing {
    /// Draws a node and all below it; answers the height of its middle.
    fn place(&mut self, node: &Node, depth: usize) -> usize {
        let middles: Vec<usize> = node.children.iter().map(|child| self.place(child, depth + 1)).collect();
        let middle = match (middles.first(), middles.last()) {
            (Some(first), Some(last)) => usize::midpoint(*first, *last),
            _ => {
                self.next_row += 1;
                MARGIN + (self.next_row - 1) * ROW + ROW / 2
            }
        };
        let Some(column) = self.columns.get(depth) else { return middle };
        let right = column.left + column.width;
        for child in middles {
            let (from, to) = (right + GAP / 2, right + GAP);
            let _ = writeln!(self.lines, "<path d=\"M{right} {middle}C{from} {middle} {from} {child} {to} {child}\"/>");
        }
        let fill = COLORS.iter().find(|(noun, _)| *noun == node.noun).map_or("#ffffff", |(_, fill)| *fill);
        let detail = if node.detail.is_empty() { String::new() } else { format!(": {}", escape(&node.detail)) };
        let _ = writeln!(
            self.boxes,
            "<g><title>{} {}{detail}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"{fill}\"/>\
             <text x=\"{}\" y=\"{}\">{}</text></g>",
            node.noun,
            escape(&node.name),
            column.left,
            middle - HEIGHT / 2,
            column.width,
            column.left + 12,
            middle + 5,
            escape(&cut(&clean(&node.name), LONGEST)),
        );
        middle
    }
}

fn escape(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::graph::tests::sample;

    #[test]
    fn draws_boxes_and_lines() {
        insta::assert_snapshot!(svg(&sample()));
    }

    #[test]
    fn no_two_boxes_overlap() {
        let children = (0..200).map(|number| Node {
            noun: "tenant",
            name: format!("t{number}"),
            detail: String::new(),
            children: vec![],
        });
        let root = Node { noun: "unit", name: "root".to_owned(), detail: String::new(), children: children.collect() };
        let drawing = svg(&root);
        let mut tops: Vec<usize> = drawing
            .lines()
            .filter(|line| line.starts_with("<g><title>tenant"))
            .filter_map(|line| line.split(" y=\"").nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(tops.len(), 200);
        tops.sort_unstable();
        assert!(tops.windows(2).all(|pair| pair[1] - pair[0] >= HEIGHT));
    }
}
