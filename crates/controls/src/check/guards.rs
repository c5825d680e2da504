//! What is known to be there: `has(x) && ...`, `!has(x) || ...`, `has(x) ? ... : ...`.

use super::Function;
use crate::{
    tree::{Kind, Node},
    value::Value,
};

/// A name for what a part reads, the same wherever it is read. Only for facts and variables: what an assertion itself
/// makes is there.
pub(super) fn path(node: &Node) -> Option<String> {
    Some(match &node.kind {
        Kind::Root(root) => root.name().to_owned(),
        Kind::Local(slot) => format!("#{slot}"),
        Kind::Field { of, index } => format!("{}.{index}", path(of)?),
        Kind::Index { of, index } => keyed(of, index)?,
        _ => return None,
    })
}

fn keyed(of: &Node, index: &Node) -> Option<String> {
    let key = match index.constant() {
        Some(Value::Text(key)) => format!("{key:?}"),
        Some(Value::Int(key)) => key.to_string(),
        Some(_) => return None,
        None => match &index.kind {
            Kind::Param(name) => format!("params.{name}"),
            _ => path(index)?,
        },
    };
    Some(format!("{}[{key}]", path(of)?))
}

/// The paths that are there if this condition comes to `holds`.
pub(super) fn given(condition: &Node, holds: bool) -> Vec<String> {
    match &condition.kind {
        Kind::HasRoot(root) if holds => vec![root.name().to_owned()],
        Kind::HasField { of, index } if holds => path(of).map(|of| format!("{of}.{index}")).into_iter().collect(),
        Kind::HasKey { of, key } if holds => path(of).map(|of| format!("{of}[{:?}]", &**key)).into_iter().collect(),
        Kind::Call(Function::In, arguments) if holds => match arguments.as_slice() {
            [key, map] => keyed(map, key).into_iter().collect(),
            _ => Vec::new(),
        },
        Kind::Not(of) => given(of, !holds),
        Kind::And(parts) if holds => parts.iter().flat_map(|part| given(part, true)).collect(),
        Kind::Or(parts) if !holds => parts.iter().flat_map(|part| given(part, false)).collect(),
        _ => Vec::new(),
    }
}
