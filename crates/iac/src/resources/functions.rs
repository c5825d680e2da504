//! Functions, with their addresses and the permissions to call them.

use polity_model::facet::Datum;

use super::Facts;
use crate::{
    Found,
    facts::key_of,
    native::{Native, World},
    secrets,
    tree::{Known, OPEN, any},
};

const NAMES: &[&str] = &["function_name", "id", "arn"];

pub(super) fn function(world: &World, native: &Native) -> Vec<Found> {
    let tree = &native.tree;
    let urls = world.joined("aws_lambda_function_url", "function_name", native, NAMES);
    let permissions = world.joined("aws_lambda_permission", "function_name", native, NAMES);
    let unsigned = urls.fact(|url| url.tree.text("authorization_type").is_one_of(&["NONE"]), false);
    let everybody = any(permissions.sure.iter().map(|part| {
        let narrowed = ["source_arn", "source_account", "principal_org_id"].iter().any(|path| part.tree.has(path));
        if narrowed { false.into() } else { part.tree.text("principal").is_one_of(&["*"]) }
    }));
    let public = match any([unsigned.clone(), everybody]) {
        Datum::Bool(false) if permissions.more || urls.more => OPEN,
        known => known,
    };
    let authentication = urls.fact(
        |url| match url.tree.text("authorization_type") {
            Datum::Text(text) if &*text == "NONE" => "none".into(),
            Datum::Text(_) => "identity".into(),
            _ => OPEN,
        },
        "internal",
    );
    let image = tree.text("package_type").is_one_of(&["Image"]).is_true();
    Facts::of("function", world, native)
        .all([
            ("runtime", if image { "container".into() } else { tree.text("runtime").unwritten(OPEN) }),
            ("public", public),
            ("authentication", authentication),
            ("ingress", urls.fact(|_| "all".into(), "internal")),
            ("identity", tree.text("role")),
            ("identity_default", false.into()),
            ("network", tree.given("vpc_config.subnet_ids").first_or_absent()),
            ("secrets", in_environment(native)),
            ("code_signing", tree.has("code_signing_config_arn").into()),
            ("tracing", tree.given("tracing_config.mode").holds("Active")),
            ("dead_letters", tree.has("dead_letter_config.target_arn").into()),
            ("encrypted", true.into()),
            ("encryption_key", key_of(world, native, "kms_key_arn")),
            ("encryption_key_account", if tree.has("kms_key_arn") { OPEN } else { Datum::Absent }),
        ])
        .rows()
}

/// What lists of texts are asked. The network is that of its subnets; which one that is, is known only when they are there.
trait First {
    fn first_or_absent(self) -> Datum;
    fn holds(self, word: &str) -> Datum;
}

impl First for Datum {
    fn holds(self, word: &str) -> Datum {
        match self {
            Self::List(items) => any(items.iter().map(|item| item.is_one_of(&[word]))),
            other => other,
        }
    }

    fn first_or_absent(self) -> Datum {
        match self {
            Self::List(items) if items.is_empty() => Self::Absent,
            _ => OPEN,
        }
    }
}

fn in_environment(native: &Native) -> Datum {
    let path = ["environment.variables", "environment"].into_iter().find(|path| native.tree.has(path));
    let Some(variables) = path.and_then(|path| native.tree.find(path)) else { return 0.into() };
    if matches!(variables.node, crate::tree::Node::Open(_)) {
        return OPEN;
    }
    // A value that another resource will have is not written down here, whatever it is.
    let secrets = variables
        .entries()
        .iter()
        .filter(|(name, value)| value.node.text().is_some_and(|value| secrets::is_one(name, &value)));
    i64::try_from(secrets.count()).unwrap_or(i64::MAX).into()
}
