//! `polity graph`: draws the organization as a tree.

use super::{Home, pretty};
use crate::{
    args::{GraphOutput, Tree},
    exit::{Ended, Exit},
    terminal,
    views::{graph, svg},
};

pub(super) fn graph(home: &Home, of: Tree, output: GraphOutput) -> Ended {
    let (organization, _) = home.organization()?;
    let tree = match of {
        Tree::LandingZones => graph::landing_zones(&organization),
        Tree::Units => graph::units(&organization),
    };
    terminal::out(&match output {
        GraphOutput::Text => graph::text(&tree),
        GraphOutput::Mermaid => graph::mermaid(&tree),
        GraphOutput::Svg => svg::svg(&tree),
        GraphOutput::Json => pretty(&graph::json(&tree)),
    })?;
    Ok(Exit::Done)
}
