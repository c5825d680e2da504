//! What an account can see of EC2 without owning anything in it.

use serde_json::{Value, json};

use super::{enter, invalid};
use crate::aws::{
    account::is_open,
    input::Input,
    refusal::Refusal,
    regions::{REGIONS, Region, find},
    service::{Answer, Turn},
};

/// A region as it is shown to one account.
struct Seen {
    name: &'static str,
    endpoint: String,
    status: &'static str,
}

pub(super) fn describe_regions(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    enter(turn, input)?;
    let names = texts(input, "RegionName");
    let unknown: Vec<&str> = names.iter().filter(|name| find(name).is_none()).copied().collect();
    if !unknown.is_empty() {
        return Err(invalid(format!("Invalid region names: ({})", unknown.join(", "))));
    }
    let filters = filters(input)?;
    let inside = turn.world.inside(&turn.caller.account);
    let see = |region: &Region| Seen {
        name: region.name,
        endpoint: format!("ec2.{}.amazonaws.com", region.name),
        status: match (region.opt_in, is_open(inside, region.name, turn.now)) {
            (false, _) => "opt-in-not-required",
            (true, true) => "opted-in",
            (true, false) => "not-opted-in",
        },
    };
    // Closed regions are shown to those who ask for them.
    let closed_too = input.truth("AllRegions") == Some(true) || !names.is_empty();
    let shown = REGIONS.iter().filter(|region| names.is_empty() || names.contains(&region.name)).map(see);
    let shown = shown.filter(|seen| closed_too || seen.status != "not-opted-in");
    let regions: Vec<Value> = shown
        .filter(|seen| filters.iter().all(|filter| filter.lets_through(seen)))
        .map(|seen| json!({"regionName": seen.name, "regionEndpoint": seen.endpoint, "optInStatus": seen.status}))
        .collect();
    Ok(json!({"regionInfo": regions}))
}

struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl Filter<'_> {
    fn lets_through(&self, seen: &Seen) -> bool {
        let value = match self.name {
            "endpoint" => seen.endpoint.as_str(),
            "opt-in-status" => seen.status,
            _ => seen.name,
        };
        self.values.iter().any(|pattern| fits(pattern, value))
    }
}

fn filters<'a>(input: &Input<'a>) -> Result<Vec<Filter<'a>>, Refusal> {
    let mut filters = Vec::new();
    for filter in input.list("Filter").map(Input::new) {
        let name = filter.text("Name").unwrap_or_default();
        if !["endpoint", "opt-in-status", "region-name"].contains(&name) {
            return Err(invalid(format!("The filter '{name}' is invalid")));
        }
        filters.push(Filter { name, values: texts(&filter, "Value") });
    }
    Ok(filters)
}

/// `*` stands for any letters, `?` for one.
fn fits(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.filter_map(|at| text.get(at..)).any(|tail| fits(rest.as_str(), tail))
        }
        Some(letter) => {
            let mut letters = text.chars();
            letters.next().is_some_and(|found| letter == '?' || letter == found)
                && fits(rest.as_str(), letters.as_str())
        }
    }
}

pub(super) fn describe_account_attributes(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    enter(turn, input)?;
    let known = [
        ("default-vpc", "none"),
        ("max-elastic-ips", "5"),
        ("max-instances", "20"),
        ("supported-platforms", "VPC"),
        ("vpc-max-elastic-ips", "5"),
        ("vpc-max-security-groups-per-interface", "5"),
    ];
    let wanted = texts(input, "AttributeName");
    if let Some(odd) = wanted.iter().find(|wanted| !known.iter().any(|(name, _)| name == *wanted)) {
        return Err(invalid(format!("Invalid attribute name: {odd}")));
    }
    let shown = known.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name));
    let attributes: Vec<Value> = shown
        .map(|(name, value)| json!({"attributeName": name, "attributeValueSet": [{"attributeValue": value}]}))
        .collect();
    Ok(json!({"accountAttributeSet": attributes}))
}

pub(super) fn describe_vpcs(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    enter(turn, input)?;
    let wanted = texts(input, "VpcId");
    if !wanted.is_empty() {
        let message = format!("The vpc IDs '{}' do not exist", wanted.join(", "));
        return Err(Refusal::new("InvalidVpcID.NotFound", message));
    }
    Ok(json!({"vpcSet": []}))
}

fn texts<'a>(input: &Input<'a>, name: &str) -> Vec<&'a str> {
    input.list(name).filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fits;
    use crate::aws::testing::Bench;

    fn names(bench: &mut Bench, input: Value) -> Vec<String> {
        let answer = bench.ok("ec2", "DescribeRegions", input);
        let regions = answer["regionInfo"].as_array().cloned().unwrap_or_default();
        regions.iter().map(|region| region["regionName"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn closed_regions_are_shown_on_request() {
        let mut bench = Bench::new();
        assert_eq!(names(&mut bench, json!({})).len(), 17);
        assert_eq!(names(&mut bench, json!({"AllRegions": true})).len(), 34);
        assert_eq!(names(&mut bench, json!({"RegionName": ["af-south-1"]})), ["af-south-1"]);
        bench.ok("account", "EnableRegion", json!({"RegionName": "af-south-1"}));
        bench.pass(std::time::Duration::from_secs(300));
        let opened = json!({"Filter": [{"Name": "opt-in-status", "Value": ["opted-in"]}]});
        assert_eq!(names(&mut bench, opened), ["af-south-1"]);
        let europe = json!({"Filter": [{"Name": "region-name", "Value": ["eu-west-?", "sa-*"]}]});
        assert_eq!(names(&mut bench, europe), ["eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"]);
        assert_eq!(bench.refused("ec2", "DescribeRegions", json!({"RegionName": ["mars-1"]})), "InvalidParameterValue");
        let odd = json!({"Filter": [{"Name": "colour", "Value": ["red"]}]});
        assert_eq!(bench.refused("ec2", "DescribeRegions", odd), "InvalidParameterValue");
    }

    #[test]
    fn there_is_no_network() {
        let mut bench = Bench::new();
        let answer = bench.ok("ec2", "DescribeAccountAttributes", json!({"AttributeName": ["default-vpc"]}));
        assert_eq!(answer["accountAttributeSet"][0]["attributeValueSet"][0]["attributeValue"], json!("none"));
        assert_eq!(bench.ok("ec2", "DescribeVpcs", json!({}))["vpcSet"], json!(""));
        let odd = json!({"VpcId": ["vpc-1"]});
        assert_eq!(bench.refused("ec2", "DescribeVpcs", odd), "InvalidVpcID.NotFound");
    }

    #[test]
    fn patterns_have_two_signs() {
        for (pattern, text, expected) in
            [("*", "", true), ("a*c", "abbc", true), ("a*c", "ab", false), ("a?", "ab", true), ("a?", "a", false)]
        {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
