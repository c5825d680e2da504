//! A thousand accounts.

use serde_json::json;

use crate::aws::testing::Bench;

#[test]
fn a_thousand_accounts_are_listed_and_each_is_found() {
    let (mut bench, root) = Bench::organized();
    bench.enable(&root, "SERVICE_CONTROL_POLICY");
    let unit = bench.unit(&root, "unit");
    for number in 0..1000 {
        let account = bench.account(&format!("n{number}"));
        if number % 2 == 0 {
            let input = json!({"AccountId": account, "SourceParentId": root, "DestinationParentId": unit});
            bench.org("MoveAccount", input);
        }
    }
    let all = bench.all("organizations", "ListAccounts", json!({}), "Accounts", "NextToken");
    assert_eq!(all.len(), 1001);
    for account in &all {
        let shown = bench.org("DescribeAccount", json!({"AccountId": account["Id"]}));
        assert_eq!(&shown["Account"], account);
    }
    let input = json!({"ParentId": unit});
    let half = bench.all("organizations", "ListAccountsForParent", input, "Accounts", "NextToken");
    assert_eq!(half.len(), 500);
    let input = json!({"PolicyId": "p-FullAWSAccess"});
    let targets = bench.all("organizations", "ListTargetsForPolicy", input, "Targets", "NextToken");
    assert_eq!(targets.len(), 1003);
}
