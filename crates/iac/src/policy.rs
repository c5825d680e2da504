//! Policy documents: who is allowed what by them, as far as that is known.

use polity_model::facet::Datum;

use crate::{
    native::{Native, World},
    text,
    tree::{Known, Node, OPEN, Tree, any},
};

/// Conditions on these keys name somebody or some place: what they limit is not open to everybody.
const NARROWING: &[&str] = &[
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:userid",
    "kms:calleraccount",
    "lambda:functionurlauthtype",
    "s3:dataaccesspointaccount",
];

/// Whoever has one of these on everything can give themselves more.
const ESCALATING: &[&str] = &[
    "iam:PassRole",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:AddUserToGroup",
    "iam:UpdateAssumeRolePolicy",
];
const KEY_ADMIN: &[&str] = &["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:DisableKey"];
const KEY_USE: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"];

/// A policy document.
#[derive(Clone, Debug)]
pub(crate) enum Policy {
    /// None is written.
    None,
    /// Not known yet.
    Open,
    /// Its statements.
    Of(Vec<Statement>),
}

/// A statement. Parts that are not known are `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    allow: bool,
    /// Type and id.
    pub(crate) principals: Vec<(String, Option<String>)>,
    all_but_principals: bool,
    actions: Vec<Option<String>>,
    all_but_actions: bool,
    resources: Vec<Option<String>>,
    /// Operator, key and values.
    conditions: Vec<(String, String, Vec<Option<String>>)>,
    conditions_open: bool,
}

/// The policy that an attribute holds: as text, as a mapping, or made by `aws_iam_policy_document`.
pub(crate) fn policy(world: &World, native: &Native, path: &str) -> Policy {
    match native.tree.find(path) {
        None => Policy::None,
        Some(tree) => read(world, native, tree),
    }
}

fn read(world: &World, native: &Native, tree: &Tree) -> Policy {
    match &tree.node {
        Node::Null | Node::Unset => Policy::None,
        Node::Text(text) if text.trim().is_empty() => Policy::None,
        Node::Text(text) => match text::within(text, &tree.origin) {
            Ok(written) => written_out(&Tree::of(&written)),
            Err(diagnostic) => {
                let message = format!("`{}`: {}", native.address, diagnostic.message);
                let help = "correct the policy: until then nothing that it decides is known";
                world.tell(polity_model::Diagnostic { message, ..diagnostic }.help(help));
                Policy::Open
            }
        },
        Node::Open(_) => match world.named(native, &tree.node, &["data.aws_iam_policy_document"], &["json"]) {
            Some(document) => from_blocks(&document.tree),
            None => Policy::Open,
        },
        Node::List(items) if items.len() == 1 => items.first().map_or(Policy::None, |item| read(world, native, item)),
        _ => written_out(tree),
    }
}

fn written_out(tree: &Tree) -> Policy {
    let Some(items) = tree.items("Statement") else { return Policy::Open };
    if items.iter().any(|item| matches!(item.node, Node::Open(_))) {
        return Policy::Open;
    }
    Policy::Of(items.into_iter().map(statement).collect())
}

fn statement(tree: &Tree) -> Statement {
    let all_but_principals = tree.has("NotPrincipal");
    let all_but_actions = tree.has("NotAction");
    let conditions = tree.find("Condition");
    let of = |operator: &str, keys: &Tree| -> Vec<(String, String, Vec<Option<String>>)> {
        keys.entries().iter().map(|(key, values)| (operator.to_owned(), key.clone(), texts(values))).collect()
    };
    Statement {
        allow: tree.known("Effect").is_none_or(|effect| effect == "Allow"),
        principals: tree
            .find(if all_but_principals { "NotPrincipal" } else { "Principal" })
            .map(principals)
            .unwrap_or_default(),
        all_but_principals,
        actions: tree.find(if all_but_actions { "NotAction" } else { "Action" }).map(texts).unwrap_or_default(),
        all_but_actions,
        resources: if tree.has("NotResource") {
            vec![Some("*".to_owned())]
        } else {
            tree.find("Resource").map(texts).unwrap_or_default()
        },
        conditions: conditions
            .map(|tree| tree.entries().iter().flat_map(|(operator, keys)| of(operator, keys)).collect())
            .unwrap_or_default(),
        conditions_open: conditions.is_some_and(|tree| {
            matches!(tree.node, Node::Open(_))
                || tree.entries().iter().any(|(_, keys)| matches!(keys.node, Node::Open(_)))
        }),
    }
}

fn principals(tree: &Tree) -> Vec<(String, Option<String>)> {
    match &tree.node {
        Node::Map(entries) => {
            entries.iter().flat_map(|(kind, ids)| texts(ids).into_iter().map(|id| (kind.clone(), id))).collect()
        }
        _ => texts(tree).into_iter().map(|id| ("AWS".to_owned(), id)).collect(),
    }
}

fn texts(tree: &Tree) -> Vec<Option<String>> {
    match &tree.node {
        Node::Null | Node::Unset => Vec::new(),
        Node::List(items) => items.iter().map(|item| item.node.text()).collect(),
        node => vec![node.text()],
    }
}

/// The blocks of `aws_iam_policy_document`.
fn from_blocks(tree: &Tree) -> Policy {
    let more = ["source_policy_documents", "override_policy_documents"];
    let (Some(items), false) =
        (tree.items("statement"), more.iter().any(|path| tree.items(path).is_none_or(|items| !items.is_empty())))
    else {
        return Policy::Open;
    };
    let list = |tree: &Tree, path: &str| tree.find(path).map(texts).unwrap_or_default();
    let of = |item: &Tree| {
        let but = |path: &str| item.items(path).is_none_or(|items| !items.is_empty());
        let (all_but_principals, all_but_actions) = (but("not_principals"), but("not_actions"));
        let who = item.items(if all_but_principals { "not_principals" } else { "principals" });
        let conditions = item.items("condition");
        Statement {
            allow: item.known("effect").is_none_or(|effect| effect == "Allow"),
            principals: who.map_or_else(
                || vec![("AWS".to_owned(), None)],
                |who| {
                    who.iter()
                        .flat_map(|block| {
                            let kind = block.known("type").unwrap_or_default();
                            list(block, "identifiers").into_iter().map(move |id| (kind.clone(), id))
                        })
                        .collect()
                },
            ),
            all_but_principals,
            actions: list(item, if all_but_actions { "not_actions" } else { "actions" }),
            all_but_actions,
            resources: if but("not_resources") { vec![Some("*".to_owned())] } else { list(item, "resources") },
            conditions_open: conditions.is_none(),
            conditions: conditions
                .unwrap_or_default()
                .iter()
                .map(|block| {
                    (
                        block.known("test").unwrap_or_default(),
                        block.known("variable").unwrap_or_default(),
                        list(block, "values"),
                    )
                })
                .collect(),
        }
    };
    Policy::Of(items.into_iter().map(of).collect())
}

impl Statement {
    /// Whether it speaks of everybody.
    fn everybody(&self) -> Datum {
        if self.all_but_principals {
            return true.into();
        }
        any(self.principals.iter().map(|(kind, id)| match (kind.as_str(), id.as_deref()) {
            ("AWS" | "*", Some("*")) => true.into(),
            ("AWS" | "*", None) => OPEN,
            _ => false.into(),
        }))
    }

    /// Whether a condition keeps it to somebody.
    fn narrowed(&self) -> Datum {
        if self.conditions.iter().any(|(operator, key, values)| {
            let positive = ["StringEquals", "StringLike", "ArnEquals", "ArnLike", "IpAddress"];
            positive.iter().any(|word| operator.contains(word))
                && !operator.contains("Not")
                && !operator.ends_with("IfExists")
                && NARROWING.contains(&key.to_ascii_lowercase().as_str())
                && !values.iter().flatten().any(|value| matches!(value.as_str(), "*" | "0.0.0.0/0" | "::/0"))
        }) {
            return true.into();
        }
        if self.conditions_open { OPEN } else { false.into() }
    }

    fn covers(&self, actions: &[&str]) -> Datum {
        let one = |action: &&str| {
            let named = any(self.actions.iter().map(|pattern| match pattern {
                Some(pattern) => matches(pattern, action).into(),
                None => OPEN,
            }));
            if self.all_but_actions { named.not() } else { named }
        };
        any(actions.iter().map(one))
    }

    fn on_everything(&self) -> Datum {
        any(self.resources.iter().map(|resource| resource.as_deref().map_or(OPEN, |resource| (resource == "*").into())))
    }

    fn unconditional(&self) -> Datum {
        if self.conditions_open { OPEN } else { self.conditions.is_empty().into() }
    }
}

impl Policy {
    /// Whether a statement of which this holds allows something.
    fn allows(&self, holds: impl Fn(&Statement) -> Datum) -> Datum {
        match self {
            Self::None => false.into(),
            Self::Open => OPEN,
            Self::Of(statements) => any(statements.iter().filter(|statement| statement.allow).map(holds)),
        }
    }

    /// Whether everybody may do one of these.
    pub(crate) fn public_for(&self, actions: &[&str]) -> Datum {
        self.allows(|statement| both([statement.everybody(), statement.narrowed().not(), statement.covers(actions)]))
    }

    /// Whether everybody may do anything.
    pub(crate) fn public(&self) -> Datum {
        self.allows(|statement| both([statement.everybody(), statement.narrowed().not()]))
    }

    /// Whether connections that are not encrypted are refused.
    pub(crate) fn tls_required(&self) -> Datum {
        match self {
            Self::None => false.into(),
            Self::Open => OPEN,
            Self::Of(statements) => any(statements.iter().filter(|statement| !statement.allow).map(|statement| {
                let transport = statement.conditions.iter().any(|(operator, key, values)| {
                    operator.starts_with("Bool")
                        && key.eq_ignore_ascii_case("aws:SecureTransport")
                        && values.iter().flatten().any(|value| value == "false")
                });
                let whole = statement.actions.iter().flatten().any(|action| action == "*" || action.ends_with(":*"));
                both([statement.everybody(), (transport && whole && statement.conditions.len() == 1).into()])
            })),
        }
    }

    /// The oldest version of TLS that it lets through; absent where it does not say.
    pub(crate) fn min_tls(&self) -> Datum {
        let Self::Of(statements) = self else {
            return if matches!(self, Self::None) { Datum::Absent } else { OPEN };
        };
        let refused =
            statements.iter().filter(|statement| !statement.allow).flat_map(|statement| &statement.conditions);
        let asked = refused.filter(|(operator, key, _)| {
            operator.starts_with("NumericLessThan") && key.eq_ignore_ascii_case("s3:TlsVersion")
        });
        let versions = asked.flat_map(|(_, _, values)| values.iter().flatten()).filter_map(|value| value.parse().ok());
        Datum::maybe(
            versions.fold(None, |least: Option<f64>, version| Some(least.map_or(version, |least| least.max(version)))),
        )
    }

    /// The tenants and organizations that it names. Which of them is its own is not known before it is there.
    pub(crate) fn shared_with(&self) -> Datum {
        let Self::Of(statements) = self else {
            return if matches!(self, Self::None) { Datum::List(Vec::new()) } else { OPEN };
        };
        let mut allowed =
            statements.iter().filter(|statement| statement.allow).flat_map(|statement| &statement.principals);
        let named = allowed.any(|(kind, id)| kind == "AWS" && id.as_deref() != Some("*"));
        if named { OPEN } else { Datum::List(Vec::new()) }
    }

    /// Whether it allows everything.
    pub(crate) fn admin(&self) -> Datum {
        self.allows(|statement| {
            let everything = any(statement.actions.iter().map(|action| match action.as_deref() {
                Some(action) => (action == "*" || action == "*:*").into(),
                None => OPEN,
            }));
            both([
                everything,
                (!statement.all_but_actions).into(),
                statement.on_everything(),
                statement.unconditional(),
            ])
        })
    }

    /// Whether it allows to give oneself more.
    pub(crate) fn escalates(&self) -> Datum {
        self.allows(|statement| {
            both([statement.covers(ESCALATING), statement.on_everything(), statement.unconditional()])
        })
    }

    /// Whether it allows to decide about keys.
    pub(crate) fn key_admin(&self) -> Datum {
        self.allows(|statement| statement.covers(KEY_ADMIN))
    }

    /// Whether it allows to use keys.
    pub(crate) fn key_use(&self) -> Datum {
        self.allows(|statement| statement.covers(KEY_USE))
    }

    /// Whether all that it allows is limited by conditions.
    pub(crate) fn conditional(&self) -> Datum {
        match self {
            Self::None => false.into(),
            _ => self.allows(Statement::unconditional).not(),
        }
    }

    /// The actions that it allows.
    pub(crate) fn actions(&self) -> Datum {
        self.list(
            |statement| if statement.all_but_actions { vec![Some("*".to_owned())] } else { statement.actions.clone() },
        )
    }

    /// The resources on which it allows them.
    pub(crate) fn resources(&self) -> Datum {
        self.list(|statement| statement.resources.clone())
    }

    fn list(&self, read: impl Fn(&Statement) -> Vec<Option<String>>) -> Datum {
        match self {
            Self::None => Datum::List(Vec::new()),
            Self::Open => OPEN,
            Self::Of(statements) => {
                let mut texts: Vec<_> = statements.iter().filter(|statement| statement.allow).flat_map(read).collect();
                texts.sort_unstable();
                texts.dedup();
                Datum::List(texts.into_iter().map(|text| text.map_or(OPEN, Into::into)).collect())
            }
        }
    }

    /// The statements that allow something.
    pub(crate) fn allowing(&self) -> Option<Vec<&Statement>> {
        match self {
            Self::Open => None,
            Self::None => Some(Vec::new()),
            Self::Of(statements) => Some(statements.iter().filter(|statement| statement.allow).collect()),
        }
    }
}

impl Statement {
    /// The values of conditions on a key, without its provider's name before the colon.
    pub(crate) fn condition(&self, ending: &str) -> Datum {
        if self.conditions_open {
            return OPEN;
        }
        let asked = self.conditions.iter().filter(|(_, key, _)| key.ends_with(ending));
        Datum::List(
            asked.flat_map(|(_, _, values)| values).map(|value| value.clone().map_or(OPEN, Into::into)).collect(),
        )
    }
}

fn both<const N: usize>(facts: [Datum; N]) -> Datum {
    crate::tree::all(facts)
}

/// Whether a pattern with `*` and `?` is met, whatever case the letters have.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read, mut back) = (0, 0, None);
    while let Some(byte) = text.get(read) {
        match pattern.get(at) {
            Some(b'*') => {
                back = Some((at + 1, read));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(byte) => {
                at += 1;
                read += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    at = star;
                    read = from + 1;
                    back = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use polity_model::Origin;

    use super::*;

    fn of(json: serde_json::Value) -> Policy {
        let written = polity_model::written::Written::of(&polity_model::Value::from_json(&json), &Origin::file("a"));
        written_out(&Tree::of(&written))
    }

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("*", "s3:GetObject"),
            ("s3:Get*", "s3:getobject"),
            ("s3:*Object", "s3:GetObject"),
            ("s3:?et*", "s3:Get"),
            ("s3:G", "s3:g"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("s3:Get", "s3:GetObject"), ("*x", "abc"), ("", "a"), ("s3:Get?", "s3:Get")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn who_is_everybody() {
        let everybody = |condition: serde_json::Value| {
            of(serde_json::json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}})).public()
        };
        assert_eq!(everybody(serde_json::json!({})), Datum::Bool(true));
        assert_eq!(everybody(serde_json::json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})), Datum::Bool(false));
        assert_eq!(everybody(serde_json::json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})), Datum::Bool(true));
        assert_eq!(everybody(serde_json::json!({"Bool": {"aws:SecureTransport": "true"}})), Datum::Bool(true));
        assert_eq!(everybody(serde_json::json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})), Datum::Bool(true));
    }

    #[test]
    fn what_is_allowed() {
        let admin = of(serde_json::json!({"Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}]}));
        assert_eq!((admin.admin(), admin.escalates(), admin.key_use()), (true.into(), true.into(), true.into()));
        let but = of(serde_json::json!({"Statement": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]}));
        assert_eq!((but.admin(), but.escalates(), but.key_use()), (false.into(), false.into(), true.into()));
        let narrow = of(
            serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/x"}]}),
        );
        assert_eq!((narrow.admin(), narrow.escalates()), (false.into(), false.into()));
        let tls = of(
            serde_json::json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}),
        );
        assert_eq!((tls.tls_required(), tls.public()), (true.into(), false.into()));
        assert_eq!(Policy::Open.tls_required(), OPEN);
    }
}
