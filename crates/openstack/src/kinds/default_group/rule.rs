//! One rule of a security group: as the manifest writes it, as Neutron has it, and as plans show it.
//!
//! Neutron's rules are for IPv4 or for IPv6; one of the manifest that names no addresses is for both. Plans show Neutron's.

use std::fmt;

use polity_provider::Error;
use serde_json::{Map as Members, Value as Json};

use crate::kinds::support::{expected, text};

/// Both directions, as Neutron and the manifest call them.
pub(super) const DIRECTIONS: [&str; 2] = ["ingress", "egress"];

/// What a rule of the manifest looks like. `members` are the other things in the same group.
pub(super) const INGRESS: &str =
    r"(any|icmp|(tcp|udp)( \d{1,5}(-\d{1,5})?)?)( from (members|[0-9a-f:.]{2,45}/\d{1,3}))?";
pub(super) const EGRESS: &str = r"(any|icmp|(tcp|udp)( \d{1,5}(-\d{1,5})?)?)( to (members|[0-9a-f:.]{2,45}/\d{1,3}))?";

pub(super) const INGRESS_CALLED: &str =
    "a rule like `tcp 22 from 10.0.0.0/8`, `udp 5000-5010 from members`, `icmp` or `any from members`";
pub(super) const EGRESS_CALLED: &str = "a rule like `tcp 443`, `udp 53 to 10.0.0.0/8`, `icmp` or `any to members`";

/// Who stands for the group itself: its own id in its rules, and this word in those that it is born with.
pub(super) const ITSELF: &str = "PARENT";

/// Addresses of everybody, which Neutron may have as no addresses at all.
const EVERYBODY: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// One rule, in the words that Neutron and we have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) direction: String,
    /// `ipv4`, `ipv6`.
    family: String,
    /// `tcp`, `udp`, `icmp`, any other of Neutron's, or nothing for all.
    protocol: Option<String>,
    /// First and last port, both included; of `icmp`, type and code.
    ports: Option<(i64, Option<i64>)>,
    /// `members`, addresses, or `group <id>`; nothing for everybody.
    other: Option<String>,
}

impl Rule {
    /// The rules that one of the manifest is in Neutron.
    pub(super) fn written(direction: &str, text: &str) -> Vec<Self> {
        let mut words = text.split(' ').peekable();
        let protocol = words.next().filter(|word| *word != "any").map(str::to_owned);
        let ports = words.next_if(|word| !matches!(*word, "from" | "to")).map(numbers);
        let other = words.nth(1).filter(|other| !EVERYBODY.contains(other));
        let families: &[&str] = match text.rsplit(' ').next().filter(|last| last.contains('/')) {
            Some(addresses) if addresses.contains(':') => &["ipv6"],
            Some(_) => &["ipv4"],
            None => &["ipv4", "ipv6"],
        };
        let rule = |family: &&str| Self {
            direction: direction.to_owned(),
            family: (*family).to_owned(),
            protocol: protocol.clone(),
            ports: ports.flatten(),
            other: other.map(canonical),
        };
        families.iter().map(rule).collect()
    }

    /// As a plan has it: see the implementation of `Display`.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ').peekable();
        let (direction, family) = (words.next()?.to_owned(), words.next()?.to_owned());
        let protocol = words.next().filter(|word| *word != "any").map(str::to_owned);
        let ports = words.next_if(|word| !matches!(*word, "from" | "to")).map(numbers);
        let other: Vec<&str> = words.skip(1).collect();
        let other = (!other.is_empty()).then(|| other.join(" "));
        Some(Self { direction, family, protocol, ports: ports.flatten(), other })
    }

    /// All rules of a group, with their ids.
    pub(super) fn all(group: &Json) -> Result<Vec<(String, Self)>, Error> {
        let own = expected(group, "id", super::KIND)?;
        let rules = group.get("security_group_rules").and_then(Json::as_array).into_iter().flatten();
        rules.map(|rule| Ok((expected(rule, "id", super::KIND)?.to_owned(), Self::seen(rule, own)?))).collect()
    }

    /// As Neutron shows it.
    pub(super) fn seen(rule: &Json, own: &str) -> Result<Self, Error> {
        let number = |name: &str| rule.get(name).and_then(Json::as_i64);
        let addresses = text(rule, "remote_ip_prefix").filter(|addresses| !EVERYBODY.contains(addresses));
        let other = match (text(rule, "remote_group_id"), text(rule, "remote_address_group_id"), addresses) {
            (Some(group), ..) if group == own => Some("members".to_owned()),
            (Some(group), ..) => Some(format!("group {group}")),
            (None, Some(group), _) => Some(format!("addresses of {group}")),
            (None, None, addresses) => addresses.map(canonical),
        };
        Ok(Self {
            direction: expected(rule, "direction", super::KIND)?.to_owned(),
            family: text(rule, "ethertype").unwrap_or("IPv4").to_lowercase(),
            protocol: text(rule, "protocol").map(named).filter(|protocol| protocol != "any"),
            ports: number("port_range_min").map(|first| (first, number("port_range_max"))),
            other,
        })
    }

    /// As Neutron takes it, for the group of this id.
    pub(super) fn body(&self, group: &str) -> Json {
        let mut members = Members::new();
        let mut put = |name: &str, value: Json| {
            members.insert(name.to_owned(), value);
        };
        put("security_group_id", group.into());
        put("direction", self.direction.as_str().into());
        put("ethertype", if self.family == "ipv6" { "IPv6" } else { "IPv4" }.into());
        if let Some(protocol) = &self.protocol {
            let v6 = protocol == "icmp" && self.family == "ipv6";
            put("protocol", if v6 { "ipv6-icmp" } else { protocol.as_str() }.into());
        }
        if let Some((first, last)) = self.ports {
            put("port_range_min", first.into());
            if let Some(last) = last {
                put("port_range_max", last.into());
            }
        }
        match self.other.as_deref() {
            Some("members") => put("remote_group_id", group.into()),
            Some(other) => match (other.strip_prefix("group "), other.strip_prefix("addresses of ")) {
                (Some(other), _) => put("remote_group_id", other.into()),
                (None, Some(other)) => put("remote_address_group_id", other.into()),
                (None, None) => put("remote_ip_prefix", other.into()),
            },
            None => {}
        }
        Json::Object(members)
    }
}

/// `22` and `8000-8080`.
fn numbers(ports: &str) -> Option<(i64, Option<i64>)> {
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some((first.parse().ok()?, last.parse().ok()))
}

/// Neutron takes names and numbers, and keeps what it was given.
fn named(protocol: &str) -> String {
    match protocol.to_lowercase().as_str() {
        "1" | "icmp" | "58" | "icmpv6" | "ipv6-icmp" => "icmp".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "0" => "any".to_owned(),
        other => other.to_owned(),
    }
}

/// Addresses as Neutron writes them: those of the net, not of one machine in it.
fn canonical(addresses: &str) -> String {
    match addresses.parse::<ipnet::IpNet>() {
        Ok(net) => net.trunc().to_string(),
        Err(_) => addresses.to_owned(),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, page: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(page, "{} {} {}", self.direction, self.family, self.protocol.as_deref().unwrap_or("any"))?;
        match self.ports {
            Some((first, Some(last))) if first == last => write!(page, " {first}")?,
            Some((first, Some(last))) => write!(page, " {first}-{last}")?,
            Some((first, None)) => write!(page, " {first}-")?,
            None => {}
        }
        let way = if self.direction == "ingress" { "from" } else { "to" };
        self.other.as_ref().map_or(Ok(()), |other| write!(page, " {way} {other}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(direction: &str, text: &str) -> Vec<String> {
        Rule::written(direction, text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_rule_without_addresses_is_for_both_families() {
        assert_eq!(lines("ingress", "tcp 22 from 10.1.2.3/8"), ["ingress ipv4 tcp 22 from 10.0.0.0/8"]);
        assert_eq!(
            lines("ingress", "any from members"),
            ["ingress ipv4 any from members", "ingress ipv6 any from members"]
        );
        assert_eq!(lines("egress", "udp 5000-5010 to fd00::/8"), ["egress ipv6 udp 5000-5010 to fd00::/8"]);
        assert_eq!(lines("egress", "any"), ["egress ipv4 any", "egress ipv6 any"]);
        assert_eq!(lines("egress", "tcp to 0.0.0.0/0"), ["egress ipv4 tcp"]);
    }

    #[test]
    fn what_is_written_is_read_back_as_the_same() {
        for text in ["tcp 22 from 10.0.0.0/8", "udp 1-65535 from members", "icmp", "any", "tcp", "icmp from fd00::/64"]
        {
            for rule in Rule::written("ingress", text) {
                assert_eq!(Rule::parse(&rule.to_string()).as_ref(), Some(&rule), "{text}");
                let seen = Rule::seen(&rule.body("g1"), "g1").unwrap();
                assert_eq!(seen, rule, "{text}");
            }
        }
        for other in
            ["ingress ipv4 tcp 22 from group 0123", "egress ipv4 sctp to addresses of 0123", "ingress ipv4 icmp 8-0"]
        {
            let rule = Rule::parse(other).unwrap();
            assert_eq!((rule.to_string().as_str(), Rule::seen(&rule.body("g1"), "g1").unwrap()), (other, rule.clone()));
        }
    }

    #[test]
    fn numbers_and_other_spellings_are_the_same_rules() {
        let seen = |protocol: &str, addresses: Option<&str>| {
            let rule = json!({"direction": "ingress", "ethertype": "IPv6", "protocol": protocol, "remote_ip_prefix": addresses});
            Rule::seen(&rule, "g1").unwrap().to_string()
        };
        assert_eq!(seen("6", None), "ingress ipv6 tcp");
        assert_eq!(seen("ipv6-icmp", Some("::/0")), "ingress ipv6 icmp");
        assert_eq!(seen("ICMPv6", Some("fd00::/8")), "ingress ipv6 icmp from fd00::/8");
    }
}
