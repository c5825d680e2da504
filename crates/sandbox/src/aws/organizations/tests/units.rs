//! Units: names, levels, what is below and above.

use serde_json::json;

use super::text;
use crate::aws::testing::Bench;

#[test]
fn a_unit_lives_and_knows_its_path() {
    let (mut bench, root) = Bench::organized();
    let outer = bench.unit(&root, "Workloads");
    let inner = bench.unit(&outer, "Prod");
    let shown = bench.org("DescribeOrganizationalUnit", json!({"OrganizationalUnitId": inner}));
    let path = text(&shown, "/OrganizationalUnit/Path");
    assert!(path.ends_with(&format!("/{root}/{outer}/{inner}/")), "{path}");
    let parents = bench.org("ListParents", json!({"ChildId": inner}));
    assert_eq!(parents["Parents"], json!([{"Id": outer, "Type": "ORGANIZATIONAL_UNIT"}]));
    let children = bench.org("ListChildren", json!({"ParentId": root, "ChildType": "ORGANIZATIONAL_UNIT"}));
    assert_eq!(children["Children"], json!([{"Id": outer, "Type": "ORGANIZATIONAL_UNIT"}]));
    let renamed = bench.org("UpdateOrganizationalUnit", json!({"OrganizationalUnitId": inner, "Name": "Production"}));
    assert_eq!(text(&renamed, "/OrganizationalUnit/Name"), "Production");
    let full = bench.org_refused("DeleteOrganizationalUnit", json!({"OrganizationalUnitId": outer}));
    assert_eq!(full, "OrganizationalUnitNotEmptyException");
    bench.org("DeleteOrganizationalUnit", json!({"OrganizationalUnitId": inner}));
    let gone = bench.org_refused("DescribeOrganizationalUnit", json!({"OrganizationalUnitId": inner}));
    assert_eq!(gone, "OrganizationalUnitNotFoundException");
}

#[test]
fn two_units_of_one_parent_have_two_names() {
    let (mut bench, root) = Bench::organized();
    let first = bench.unit(&root, "A");
    let second = bench.unit(&root, "B");
    bench.unit(&first, "A");
    let again = bench.org_refused("CreateOrganizationalUnit", json!({"ParentId": root, "Name": "A"}));
    assert_eq!(again, "DuplicateOrganizationalUnitException");
    let renamed = bench.org_refused("UpdateOrganizationalUnit", json!({"OrganizationalUnitId": second, "Name": "A"}));
    assert_eq!(renamed, "DuplicateOrganizationalUnitException");
    bench.org("UpdateOrganizationalUnit", json!({"OrganizationalUnitId": second, "Name": "B"}));
}

#[test]
fn five_levels_and_no_more() {
    let (mut bench, root) = Bench::organized();
    let mut parent = root;
    for level in 1..=5 {
        parent = bench.unit(&parent, &format!("level {level}"));
    }
    let refused = bench.org_refused("CreateOrganizationalUnit", json!({"ParentId": parent, "Name": "too deep"}));
    assert_eq!(refused, "ConstraintViolationException/OU_DEPTH_LIMIT_EXCEEDED");
}

#[test]
fn members_of_requests_have_to_fit() {
    let (mut bench, root) = Bench::organized();
    let cases = [
        ("CreateOrganizationalUnit", json!({"ParentId": root}), "INPUT_REQUIRED"),
        ("CreateOrganizationalUnit", json!({"ParentId": root, "Name": ""}), "MIN_LENGTH_EXCEEDED"),
        ("CreateOrganizationalUnit", json!({"ParentId": root, "Name": "x".repeat(129)}), "MAX_LENGTH_EXCEEDED"),
        ("CreateOrganizationalUnit", json!({"ParentId": "somewhere", "Name": "x"}), "INVALID_PATTERN"),
        ("ListChildren", json!({"ParentId": root, "ChildType": "POLICY"}), "INVALID_ENUM"),
        ("ListPolicies", json!({"Filter": "NO_POLICY"}), "INVALID_ENUM_POLICY_TYPE"),
        ("ListAccounts", json!({"MaxResults": 21}), "MAX_VALUE_EXCEEDED"),
        ("ListAccounts", json!({"MaxResults": 0}), "MIN_VALUE_EXCEEDED"),
        ("ListAccounts", json!({"NextToken": "made up"}), "INVALID_NEXT_TOKEN"),
        ("DescribeAccount", json!({"AccountId": "12"}), "INVALID_PATTERN"),
    ];
    for (operation, input, reason) in cases {
        let refused = bench.org_refused(operation, input.clone());
        assert_eq!(refused, format!("InvalidInputException/{reason}"), "{operation} {input}");
    }
    let nowhere = bench.org_refused("CreateOrganizationalUnit", json!({"ParentId": "ou-abcd-12345678", "Name": "x"}));
    assert_eq!(nowhere, "ParentNotFoundException");
    let childless = bench.org_refused("ListParents", json!({"ChildId": "999999999999"}));
    assert_eq!(childless, "ChildNotFoundException");
}

#[test]
fn lists_come_in_pages_of_twenty_whose_tokens_fit_nothing_else() {
    let (mut bench, root) = Bench::organized();
    let other = bench.unit(&root, "other");
    for number in 0..45 {
        bench.unit(&root, &format!("unit {number}"));
    }
    let first = bench.org("ListOrganizationalUnitsForParent", json!({"ParentId": root}));
    assert_eq!(first["OrganizationalUnits"].as_array().unwrap().len(), 20);
    let token = text(&first, "/NextToken");
    let elsewhere =
        bench.org_refused("ListOrganizationalUnitsForParent", json!({"ParentId": other, "NextToken": token}));
    assert_eq!(elsewhere, "InvalidInputException/INVALID_NEXT_TOKEN");
    let input = json!({"ParentId": root});
    let key = "OrganizationalUnits";
    let all = bench.all("organizations", "ListOrganizationalUnitsForParent", input, key, "NextToken");
    let ids: std::collections::BTreeSet<String> = all.iter().map(|unit| text(unit, "/Id")).collect();
    assert_eq!((all.len(), ids.len()), (46, 46));
}
