//! The Resource Groups Tagging API, for what an organization is made of. Its objects are the management account's and
//! live in us-east-1: elsewhere and for anybody else there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    input::Input,
    organizations::tags,
    paging::{Pages, page},
    refusal::Refusal,
    service::{Answer, Operation, Protocol, Service, Turn, read, write},
};

/// The service.
pub(crate) static SERVICE: Service = Service {
    name: "tagging",
    signing: "tagging",
    protocol: Protocol::Json("ResourceGroupsTaggingAPI_20170126"),
    operations: OPERATIONS,
};

const OPERATIONS: &[Operation] = &[
    read("GetResources", "tagging", get_resources),
    read("GetTagKeys", "tagging", get_tag_keys),
    read("GetTagValues", "tagging", get_tag_values),
    write("TagResources", "tagging", tag_resources),
    write("UntagResources", "tagging", untag_resources),
];

const PAGES: Pages = Pages {
    token: "PaginationToken",
    max: "ResourcesPerPage",
    usual: 50,
    most: 100,
    error: "InvalidParameterException",
};

/// A resource and its tags.
type Carrier = (String, BTreeMap<String, String>);

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterException", message)
}

/// What the caller can see: everything that carries tags, or did once.
fn visible(turn: &Turn<'_>) -> Vec<Carrier> {
    if turn.region != "us-east-1" || !turn.world.organizations.is_management(&turn.caller.account) {
        return Vec::new();
    }
    tags::carriers(turn.world).into_iter().map(|(arn, tags)| (arn, tags.clone())).collect()
}

fn get_resources(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let filters = read_filters(input)?;
    let types = texts(input, "ResourceTypeFilters")?;
    let wanted = texts(input, "ResourceARNList")?;
    check_together(input, &wanted)?;
    let found: Vec<Carrier> = visible(turn)
        .into_iter()
        .filter(|(arn, _)| wanted.is_empty() || wanted.contains(&arn.as_str()))
        .filter(|(arn, _)| types.is_empty() || types.iter().any(|kind| is_of(arn, kind)))
        .filter(|(_, tags)| filters.iter().all(|filter| filter.fits(tags)))
        .collect();
    let render = |(arn, tags): Carrier| {
        let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({"ResourceARN": arn, "Tags": tags})
    };
    paged(turn, "ResourceTagMappingList", found, render)
}

/// What AWS does not let be asked for at the same time.
fn check_together(input: &Input<'_>, wanted: &[&str]) -> Result<(), Refusal> {
    if wanted.len() > 100 {
        return Err(invalid("ResourceARNList has more than 100 items"));
    }
    let others = ["ResourceTypeFilters", "TagFilters", "ResourcesPerPage", "TagsPerPage", "PaginationToken"];
    if let Some(other) = others.iter().find(|other| !wanted.is_empty() && input.get(other).is_some()) {
        return Err(invalid(format!("ResourceARNList and {other} can't be given together")));
    }
    if input.truth("ExcludeCompliantResources") == Some(true) && input.truth("IncludeComplianceDetails") != Some(true) {
        return Err(invalid("ExcludeCompliantResources needs IncludeComplianceDetails"));
    }
    let tags = input.number("TagsPerPage");
    if tags.is_some_and(|tags| !(100..=500).contains(&tags) || tags % 100 != 0) {
        return Err(invalid("TagsPerPage is 100, 200, 300, 400 or 500"));
    }
    Ok(())
}

/// `service` or `service:type`, as in the ARN.
fn is_of(arn: &str, kind: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let resource = parts.nth(2).and_then(|resource| resource.split('/').next()).unwrap_or_default();
    kind.split_once(':').map_or(kind == service, |(of, what)| of == service && what == resource)
}

/// A key, with any of some values or with any value at all.
struct Filter<'a> {
    key: &'a str,
    values: Vec<&'a str>,
}

impl Filter<'_> {
    fn fits(&self, tags: &BTreeMap<String, String>) -> bool {
        let value = tags.get(self.key);
        value.is_some_and(|value| self.values.is_empty() || self.values.contains(&value.as_str()))
    }
}

fn read_filters<'a>(input: &Input<'a>) -> Result<Vec<Filter<'a>>, Refusal> {
    let mut filters = Vec::new();
    for filter in input.list("TagFilters") {
        let filter = Input::new(filter);
        let key = filter.text("Key").filter(|key| fits(key, 1, 128));
        let key = key.ok_or_else(|| invalid("a tag filter has a Key of 1 to 128 characters"))?;
        let values = texts(&filter, "Values")?;
        if values.len() > 20 {
            return Err(invalid("a tag filter has 20 Values at most"));
        }
        filters.push(Filter { key, values });
    }
    if filters.len() > 50 {
        return Err(invalid("TagFilters has more than 50 items"));
    }
    Ok(filters)
}

fn get_tag_keys(turn: &mut Turn<'_>, _: &Input<'_>) -> Answer {
    let keys: BTreeSet<String> = visible(turn).into_iter().flat_map(|(_, tags)| tags.into_keys()).collect();
    paged(turn, "TagKeys", keys.into_iter().collect(), Value::String)
}

fn get_tag_values(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let key = input.text("Key").filter(|key| fits(key, 1, 128));
    let key = key.ok_or_else(|| invalid("Key has 1 to 128 characters"))?;
    let values: BTreeSet<String> = visible(turn).into_iter().filter_map(|(_, mut tags)| tags.remove(key)).collect();
    paged(turn, "TagValues", values.into_iter().collect(), Value::String)
}

fn tag_resources(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let mut wanted = BTreeMap::new();
    for (key, value) in input.get("Tags").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().filter(|value| fits(value, 0, 256) && fits(key, 1, 128));
        let value = value.ok_or_else(|| invalid(format!("the tag {key} does not fit")))?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(format!("the tag {key} is reserved for AWS")));
        }
        wanted.insert(key.clone(), value.to_owned());
    }
    if wanted.is_empty() || wanted.len() > 50 {
        return Err(invalid("Tags has 1 to 50 items"));
    }
    each(turn, input, |turn, id| tags::add(turn.world, id, &wanted))
}

fn untag_resources(turn: &mut Turn<'_>, input: &Input<'_>) -> Answer {
    let keys = texts(input, "TagKeys")?;
    if keys.is_empty() || keys.len() > 50 {
        return Err(invalid("TagKeys has 1 to 50 items"));
    }
    each(turn, input, |turn, id| {
        tags::take_away(turn.world, id, &keys);
        Ok(())
    })
}

/// Does something to each resource that is named. What fails for one does not keep the others from it.
fn each(turn: &mut Turn<'_>, input: &Input<'_>, act: impl Fn(&mut Turn<'_>, &str) -> Result<(), Refusal>) -> Answer {
    let arns = texts(input, "ResourceARNList")?;
    if arns.is_empty() || arns.len() > 20 {
        return Err(invalid("ResourceARNList has 1 to 20 items"));
    }
    let mut failed = Map::new();
    for arn in arns {
        let done = reachable(turn, arn).and_then(|id| act(turn, id));
        if let Err(refusal) = done {
            failed.insert(
                arn.to_owned(),
                json!({"StatusCode": refusal.status, "ErrorCode": refusal.code, "ErrorMessage": refusal.message}),
            );
        }
    }
    Ok(json!({"FailedResourcesMap": failed}))
}

/// The id of a resource that the caller may tag from here.
fn reachable<'a>(turn: &Turn<'_>, arn: &'a str) -> Result<&'a str, Refusal> {
    if !is_of(arn, "organizations") {
        return Err(invalid(format!("the sandbox tags objects of organizations only, not {arn}")));
    }
    if turn.region != "us-east-1" {
        return Err(invalid("objects of organizations are tagged in us-east-1"));
    }
    if !turn.world.organizations.is_management(&turn.caller.account) {
        let message = "You don't have permissions to access this resource.";
        return Err(Refusal::new("AccessDeniedException", message));
    }
    tags::id_of(turn.world, arn)
        .ok_or_else(|| Refusal::new("TargetNotFoundException", "You specified a target that doesn't exist."))
}

fn texts<'a>(input: &Input<'a>, name: &str) -> Result<Vec<&'a str>, Refusal> {
    let found: Option<Vec<&str>> = input.list(name).map(Value::as_str).collect();
    found.ok_or_else(|| invalid(format!("{name} is a list of texts")))
}

fn fits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count())
}

/// One page; the last one has a token too, which is empty.
fn paged<T>(turn: &Turn<'_>, key: &str, items: Vec<T>, render: impl Fn(T) -> Value) -> Answer {
    let mut answer = page(turn, PAGES, key, items.into_iter(), render)?;
    if let Some(members) = answer.as_object_mut() {
        members.entry(PAGES.token).or_insert_with(|| "".into());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::aws::testing::{Bench, Key, MANAGEMENT};

    fn text(value: &Value, pointer: &str) -> String {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} of {value}")).to_owned()
    }

    /// An organization with units that carry tags: their ARNs by name.
    fn tagged(units: &[(&str, Value)]) -> (Bench, Vec<String>) {
        let mut bench = Bench::new();
        bench.ok("organizations", "CreateOrganization", json!({}));
        let root = text(&bench.ok("organizations", "ListRoots", json!({})), "/Roots/0/Id");
        let arns = units
            .iter()
            .map(|(name, tags)| {
                let input = json!({"ParentId": root, "Name": name, "Tags": tags});
                text(&bench.ok("organizations", "CreateOrganizationalUnit", input), "/OrganizationalUnit/Arn")
            })
            .collect();
        (bench, arns)
    }

    fn found(bench: &mut Bench, input: Value) -> Vec<String> {
        let mut found: Vec<String> = bench
            .all("tagging", "GetResources", input, "ResourceTagMappingList", "PaginationToken")
            .iter()
            .map(|mapping| text(mapping, "/ResourceARN"))
            .collect();
        found.sort();
        found
    }

    #[test]
    fn resources_are_found_by_tag_type_and_name() {
        let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
        let (mut bench, arns) = tagged(&[
            ("a", json!([tag("owner", "polity"), tag("env", "prod")])),
            ("b", json!([tag("owner", "polity"), tag("env", "test")])),
            ("c", json!([tag("owner", "somebody")])),
            ("d", json!([])),
        ]);
        let sorted = |picked: &[usize]| {
            let mut picked: Vec<String> = picked.iter().map(|index| arns[*index].clone()).collect();
            picked.sort();
            picked
        };
        let filter = |key: &str, values: &[&str]| json!({"Key": key, "Values": values});
        let cases = [
            (json!({}), sorted(&[0, 1, 2])),
            (json!({"TagFilters": [filter("owner", &["polity"])]}), sorted(&[0, 1])),
            (json!({"TagFilters": [filter("owner", &["polity", "somebody"])]}), sorted(&[0, 1, 2])),
            (json!({"TagFilters": [filter("owner", &["polity"]), filter("env", &["test"])]}), sorted(&[1])),
            (json!({"TagFilters": [{"Key": "env"}]}), sorted(&[0, 1])),
            (json!({"ResourceTypeFilters": ["organizations:ou"], "ResourcesPerPage": 1}), sorted(&[0, 1, 2])),
            (json!({"ResourceTypeFilters": ["organizations:account", "ec2"]}), sorted(&[])),
            (json!({"ResourceARNList": [arns[2], "arn:aws:s3:::nowhere"]}), sorted(&[2])),
        ];
        for (input, expected) in cases {
            assert_eq!(found(&mut bench, input.clone()), expected, "{input}");
        }
        let keys = bench.ok("tagging", "GetTagKeys", json!({"PaginationToken": ""}));
        assert_eq!(keys, json!({"TagKeys": ["env", "owner"], "PaginationToken": ""}));
        let values = bench.ok("tagging", "GetTagValues", json!({"Key": "env"}));
        assert_eq!(values["TagValues"], json!(["prod", "test"]));
    }

    #[test]
    fn tagging_fails_for_one_resource_at_a_time() {
        let (mut bench, arns) = tagged(&[("a", json!([]))]);
        let gone = arns[0].replace("ou-", "ou-0000").clone();
        let arn_list = json!([arns[0], gone, "arn:aws:s3:::bucket"]);
        let answer =
            bench.ok("tagging", "TagResources", json!({"ResourceARNList": arn_list, "Tags": {"owner": "polity"}}));
        let failed = answer["FailedResourcesMap"].as_object().unwrap();
        assert_eq!(failed[&gone]["ErrorCode"], "TargetNotFoundException");
        assert_eq!(failed["arn:aws:s3:::bucket"]["ErrorCode"], "InvalidParameterException");
        assert_eq!(failed.len(), 2);
        let id = arns[0].rsplit('/').next().unwrap();
        let listed = bench.ok("organizations", "ListTagsForResource", json!({"ResourceId": id}));
        assert_eq!(listed["Tags"], json!([{"Key": "owner", "Value": "polity"}]));
        let untag = json!({"ResourceARNList": [arns[0]], "TagKeys": ["owner"]});
        assert_eq!(bench.ok("tagging", "UntagResources", untag), json!({"FailedResourcesMap": {}}));
        // AWS goes on to show what carried tags once.
        assert_eq!(found(&mut bench, json!({})), arns);
        assert_eq!(found(&mut bench, json!({"TagFilters": [{"Key": "owner"}]})), [""; 0]);
    }

    #[test]
    fn only_the_management_account_sees_them_and_only_in_one_region() {
        let tags = json!([{"Key": "owner", "Value": "polity"}]);
        let (mut bench, arns) = tagged(&[("a", tags)]);
        let stranger = Key { id: "222222222222".to_owned(), token: None };
        let seen = bench.ok_as(&stranger, "tagging", "GetResources", json!({}));
        assert_eq!(seen["ResourceTagMappingList"], json!([]));
        let input = json!({"ResourceARNList": arns, "Tags": {"a": "b"}});
        let refused = bench.ok_as(&stranger, "tagging", "TagResources", input);
        assert_eq!(refused["FailedResourcesMap"][&arns[0]]["ErrorCode"], "AccessDeniedException");
        assert!(bench.aws.world.organizations.is_management(MANAGEMENT));
        bench.region = "eu-west-1".to_owned();
        assert_eq!(found(&mut bench, json!({})), [""; 0]);
    }

    #[test]
    fn requests_have_to_fit() {
        let (mut bench, arns) = tagged(&[("a", json!([]))]);
        let many: Vec<&String> = std::iter::repeat_n(&arns[0], 21).collect();
        for (operation, input) in [
            ("GetResources", json!({"ResourceARNList": arns, "TagFilters": [{"Key": "a"}]})),
            ("GetResources", json!({"ResourcesPerPage": 101})),
            ("GetResources", json!({"TagsPerPage": 50})),
            ("GetResources", json!({"PaginationToken": "made up"})),
            ("GetResources", json!({"ExcludeCompliantResources": true})),
            ("GetResources", json!({"TagFilters": [{"Values": ["a"]}]})),
            ("GetTagValues", json!({})),
            ("TagResources", json!({"ResourceARNList": arns, "Tags": {}})),
            ("TagResources", json!({"ResourceARNList": arns, "Tags": {"aws:a": "b"}})),
            ("TagResources", json!({"ResourceARNList": many, "Tags": {"a": "b"}})),
            ("UntagResources", json!({"ResourceARNList": arns, "TagKeys": []})),
        ] {
            assert_eq!(bench.refused("tagging", operation, input.clone()), "InvalidParameterException", "{input}");
        }
    }
}
