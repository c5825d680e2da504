//! Networks: whom a rule of a security group lets in.

use async_trait::async_trait;
use polity_model::{
    Map, Value,
    schema::{Attribute, Schema},
};
use polity_provider::{Error, Problem, Reader, Writer};

use super::{
    kind::{self, Correction},
    operations,
};
use crate::{client::Caller as _, kinds::setting, operations::ec2};

/// What stands for a source that no packet comes from.
const NOBODY: &str = "nobody";
/// Sources that no packet of a network comes from. A rule that is closed keeps its id, and with it its inverse; one that is
/// revoked is made anew under another id, and nobody finds it again.
const LOOPBACKS: [(&str, &str); 2] = [("ipv4", "127.0.0.1/32"), ("ipv6", "::1/128")];
/// How a source is named in an answer and in a request, by what it is.
const SOURCES: [(&str, &str, &str); 4] = [
    ("ipv4", "cidrIpv4", "CidrIpv4"),
    ("ipv6", "cidrIpv6", "CidrIpv6"),
    ("prefix list", "prefixListId", "PrefixListId"),
    ("group", "referencedGroupInfo", "ReferencedGroupId"),
];

/// The source of a rule of a security group.
pub(super) struct RuleSource(Schema);

impl RuleSource {
    pub(super) fn new() -> Self {
        let attributes = vec![
            Attribute::new("source", "whom it lets in: an address range, a prefix list, a group, or `nobody`"),
            Attribute::new("family", "what the source is"),
            Attribute::new("group", "the security group"),
            Attribute::new("protocol", "the protocol; `-1` is all of them"),
            Attribute::new("from_port", "the first port"),
            Attribute::new("to_port", "the last port"),
            Attribute::new("description", "what it says of itself"),
        ];
        Self(kind::schema("security-group-rule", "source of a security group rule", "region", attributes))
    }
}

#[async_trait]
impl Correction for RuleSource {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn call(&self) -> &'static str {
        "ec2:ModifySecurityGroupRules"
    }

    fn parts(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn always(&self) -> Map {
        Map::from([("source".to_owned(), Value::text(NOBODY))])
    }

    async fn get(&self, reader: &Reader, id: &str) -> Result<Option<Map>, Error> {
        let read = reader.query(&ec2::DESCRIBE_SECURITY_GROUP_RULES, &[("SecurityGroupRuleId.1", id.to_owned())]).await;
        let found = match read {
            Ok(found) => found,
            Err(error) if error.is(Problem::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let group = setting::text(&found, "groupId");
        if group == Value::Null {
            return Ok(None);
        }
        let source = SOURCES.iter().find_map(|(family, element, _)| {
            let found = setting::find(&found, element)?;
            let text = found.as_str().or_else(|| found.get("groupId")?.as_str()).filter(|text| !text.is_empty())?;
            Some((*family, text.to_owned()))
        });
        let Some((family, source)) = source else { return Ok(None) };
        let closed = LOOPBACKS.iter().any(|(_, loopback)| *loopback == source);
        Ok(Some(Map::from([
            ("source".to_owned(), Value::Text(if closed { NOBODY.to_owned() } else { source })),
            ("family".to_owned(), Value::text(family)),
            ("group".to_owned(), group),
            ("protocol".to_owned(), setting::text(&found, "ipProtocol")),
            ("from_port".to_owned(), kind::worded(setting::number(&found, "fromPort"))),
            ("to_port".to_owned(), kind::worded(setting::number(&found, "toPort"))),
            ("description".to_owned(), setting::text(&found, "description")),
        ])))
    }

    async fn set(&self, writer: &Writer, id: &str, value: &Map) -> Result<(), Error> {
        let text = |name: &str| value.get(name).and_then(Value::as_text);
        let source = text("source").unwrap_or(NOBODY);
        let (family, source) = if source == NOBODY {
            let of_family = LOOPBACKS.iter().find(|(family, _)| Some(*family) == text("family"));
            of_family.or(LOOPBACKS.first()).copied().unwrap_or_default()
        } else {
            (family_of(source), source)
        };
        let Some((_, _, parameter)) = SOURCES.iter().find(|(known, ..)| *known == family) else { return Ok(()) };
        let rule = |name: &str| format!("SecurityGroupRule.1.SecurityGroupRule.{name}");
        let mut parameters = vec![
            ("GroupId".to_owned(), text("group").unwrap_or_default().to_owned()),
            ("SecurityGroupRule.1.SecurityGroupRuleId".to_owned(), id.to_owned()),
            (rule(parameter), source.to_owned()),
            (rule("IpProtocol"), text("protocol").unwrap_or("-1").to_owned()),
        ];
        // Where it is about all protocols there are no ports.
        let ports = [("from_port", "FromPort"), ("to_port", "ToPort")].into_iter();
        let ports = ports.filter(|_| text("protocol").is_some_and(|protocol| protocol != "-1"));
        let rest = ports.chain([("description", "Description")]);
        parameters.extend(rest.filter_map(|(name, parameter)| Some((rule(parameter), text(name)?.to_owned()))));
        let parameters: Vec<(&str, String)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        writer.query(&operations::ec2::MODIFY_SECURITY_GROUP_RULES, &parameters).await.map(drop)
    }
}

/// What a source is, by the form of its name.
fn family_of(source: &str) -> &'static str {
    match source {
        _ if source.starts_with("pl-") => "prefix list",
        _ if source.starts_with("sg-") => "group",
        _ if source.contains(':') => "ipv6",
        _ => "ipv4",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_tell_what_they_are() {
        let known = [("0.0.0.0/0", "ipv4"), ("::/0", "ipv6"), ("pl-1", "prefix list"), ("sg-1", "group")];
        for (source, family) in known {
            assert_eq!(family_of(source), family);
        }
        assert!(LOOPBACKS.iter().all(|(family, source)| family_of(source) == *family));
    }
}
