//! What a template writes within a resource, as resources beside it.

use polity_model::Origin;

use super::adapt::reference;
use crate::{
    native::Native,
    tree::{Node, Tree},
};

/// A resource and what it holds.
pub(super) fn spread(native: Native) -> Vec<Native> {
    match native.kind.as_str() {
        "aws_s3_bucket" => bucket(native),
        "aws_security_group" => vec![group(native)],
        "aws_instance" => vec![instance(native)],
        "aws_launch_template" => vec![template(native)],
        "aws_db_instance" => vec![database(native)],
        "aws_flow_log" => vec![flow_log(native)],
        "aws_iam_user" => holder(native, "user"),
        "aws_iam_role" => holder(native, "role"),
        "aws_iam_group" => holder(native, "group"),
        "aws_iam_inline_policies" => inline(&native),
        "aws_iam_policy" => managed(native),
        "aws_secretsmanager_secret" => vec![unwritten(native, &["policy"])],
        _ => vec![native],
    }
}

fn map(origin: &Origin, entries: Vec<(&str, Tree)>) -> Tree {
    Tree::new(origin, Node::Map(entries.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect()))
}

/// A part of a resource as a resource of its own, that names it.
fn part<'a>(of: &Native, kind: &str, label: &str, link: &'a str, mut entries: Vec<(&'a str, Tree)>) -> Native {
    let origin = entries.first().map_or_else(|| of.origin.clone(), |(_, tree)| tree.origin.clone());
    entries.push((link, reference(&of.address, &origin)));
    let address = format!("{} {label}", of.address);
    Native { plain: address.clone(), address, kind: kind.to_owned(), tree: map(&origin, entries), origin, ..of.clone() }
}

fn set(native: &mut Native, name: &str, tree: Tree) {
    if let Node::Map(entries) = &mut native.tree.node {
        entries.retain(|(known, _)| known != name);
        entries.push((name.to_owned(), tree));
    }
}

/// Attributes that the cloud fills in where nobody does.
fn unwritten(mut native: Native, names: &[&str]) -> Native {
    for name in names {
        if !native.tree.has(name) {
            let origin = native.origin.clone();
            set(&mut native, name, Tree::new(&origin, Node::Unset));
        }
    }
    native
}

fn bucket(native: Native) -> Vec<Native> {
    let find = |path: &str| native.tree.find(path).filter(|tree| tree.node != Node::Null).cloned();
    let mut parts = Vec::new();
    let mut add = |kind: &str, tree: Option<Tree>, shape: &dyn Fn(Tree) -> Vec<(&'static str, Tree)>| {
        if let Some(tree) = tree {
            parts.push(part(&native, &format!("aws_s3_bucket_{kind}"), kind, "bucket", shape(tree)));
        }
    };
    if let Some(block) = find("public_access_block_configuration") {
        let names = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
        let entries = names.iter().filter_map(|name| Some((*name, block.find(name)?.clone()))).collect::<Vec<_>>();
        add("public_access_block", Some(block), &|_| entries.clone());
    }
    add("versioning", find("versioning_configuration"), &|tree| vec![("versioning_configuration", tree)]);
    add(
        "server_side_encryption_configuration",
        find("bucket_encryption.server_side_encryption_configuration.server_side_encryption_by_default"),
        &|tree| {
            let origin = tree.origin.clone();
            vec![("rule", map(&origin, vec![("apply_server_side_encryption_by_default", tree)]))]
        },
    );
    add("logging", find("logging_configuration"), &|tree| {
        // Without a name of another it logs to itself.
        let origin = tree.origin.clone();
        let to = tree.find("destination_bucket_name").cloned();
        vec![("target_bucket", to.unwrap_or_else(|| Tree::new(&origin, Node::Open(Vec::new()))))]
    });
    add("acl", find("access_control"), &|tree| {
        let word = tree.node.text().map(|word| {
            if word == "PublicRead" {
                "public-read".to_owned()
            } else if word == "PublicReadWrite" {
                "public-read-write".to_owned()
            } else {
                word
            }
        });
        let node = word.map_or_else(|| tree.node.clone(), Node::Text);
        vec![("acl", Tree::new(&tree.origin, node))]
    });
    add("ownership_controls", find("ownership_controls.rules"), &|tree| vec![("rule", tree)]);
    add("object_lock_configuration", find("object_lock_configuration.rule"), &|tree| vec![("rule", tree)]);
    add("lifecycle_configuration", find("lifecycle_configuration.rules"), &|tree| vec![("rule", tree)]);
    add("replication_configuration", find("replication_configuration.rules"), &|tree| vec![("rule", tree)]);
    let mut all = vec![native];
    all.append(&mut parts);
    all
}

/// A group that says nothing of what goes out lets everything out, and one that says nothing of what comes in lets nothing in.
fn group(mut native: Native) -> Native {
    let origin = native.origin.clone();
    if !native.tree.has("ingress") {
        set(&mut native, "ingress", Tree::new(&origin, Node::List(Vec::new())));
    }
    if !native.tree.has("egress") {
        let text = |text: &str| Tree::new(&origin, Node::Text(text.to_owned()));
        let rule = map(&origin, vec![("ip_protocol", text("-1")), ("cidr_ip", text("0.0.0.0/0"))]);
        set(&mut native, "egress", Tree::new(&origin, Node::List(vec![rule])));
    }
    native
}

fn instance(mut native: Native) -> Native {
    let disks = native
        .tree
        .items("block_device_mappings")
        .map(|items| items.iter().filter_map(|item| item.find("ebs").cloned()).collect::<Vec<_>>());
    let origin = native.origin.clone();
    let node = disks.map_or(Node::Open(Vec::new()), Node::List);
    set(&mut native, "ebs_block_device", Tree::new(&origin, node));
    for name in ["associate_public_ip_address", "subnet_id"] {
        if let Some(tree) = native.tree.find(&format!("network_interfaces.{name}")).cloned() {
            set(&mut native, name, tree);
        }
    }
    native
}

/// The content of a template is its only property.
fn template(mut native: Native) -> Native {
    if let Some(data) = native.tree.find("launch_template_data").cloned() {
        for (name, tree) in data.entries() {
            set(&mut native, name, tree.clone());
        }
    }
    native
}

fn database(mut native: Native) -> Native {
    if native.tree.has("cluster_identifier") {
        native.kind = "aws_rds_cluster_instance".to_owned();
        return native;
    }
    if !native.tree.has("backup_retention_period") {
        let tree = Tree::new(&native.origin, Node::Int(1));
        set(&mut native, "backup_retention_period", tree);
    }
    // Whether it is public follows from its subnets where nobody says.
    unwritten(native, &["publicly_accessible"])
}

/// Only those of whole networks count.
fn flow_log(mut native: Native) -> Native {
    if native.tree.known("resource_type").as_deref() != Some("VPC") {
        let tree = Tree::new(&native.origin, Node::Null);
        set(&mut native, "vpc_id", tree);
    }
    native
}

fn items(native: &Native, path: &str) -> Vec<Tree> {
    native.tree.items(path).unwrap_or_default().into_iter().cloned().collect()
}

/// A user, role or group, and the policies that are named or written in it.
fn holder(native: Native, link: &str) -> Vec<Native> {
    let mut parts = Vec::new();
    for (index, policy) in items(&native, "policies").iter().enumerate() {
        let name = policy.known("policy_name").unwrap_or_else(|| index.to_string());
        let entries = ["policy_document", "policy_name"].into_iter().zip(["policy", "name"]);
        let entries = entries.filter_map(|(from, to)| Some((to, policy.find(from)?.clone()))).collect();
        parts.push(part(&native, &format!("aws_iam_{link}_policy"), &name, link, entries));
    }
    for (index, arn) in items(&native, "managed_policy_arns").into_iter().enumerate() {
        let kind = format!("aws_iam_{link}_policy_attachment");
        parts.push(part(&native, &kind, &format!("policy {index}"), link, vec![("policy_arn", arn)]));
    }
    if let Some(profile) = native.tree.find("login_profile").cloned() {
        parts.push(part(&native, "aws_iam_user_login_profile", "login profile", link, vec![("profile", profile)]));
    }
    let mut all = vec![native];
    all.append(&mut parts);
    all
}

const HOLDERS: [(&str, &str); 3] = [("users", "user"), ("roles", "role"), ("groups", "group")];

/// A policy that is written into several at once.
fn inline(native: &Native) -> Vec<Native> {
    let mut parts = Vec::new();
    for (path, link) in HOLDERS {
        for (index, holder) in items(native, path).into_iter().enumerate() {
            let mut part = native.clone();
            part.kind = format!("aws_iam_{link}_policy");
            part.address = format!("{} {link} {index}", native.address);
            set(&mut part, link, holder);
            parts.push(part);
        }
    }
    parts
}

fn managed(native: Native) -> Vec<Native> {
    let mut parts = Vec::new();
    for (path, link) in HOLDERS {
        for (index, holder) in items(&native, path).into_iter().enumerate() {
            let kind = format!("aws_iam_{link}_policy_attachment");
            parts.push(part(&native, &kind, &format!("{link} {index}"), "policy_arn", vec![(link, holder)]));
        }
    }
    let mut all = vec![native];
    all.append(&mut parts);
    all
}
