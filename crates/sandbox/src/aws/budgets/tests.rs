use serde_json::{Value, json};

use crate::aws::testing::{Bench, MANAGEMENT};

fn cost(name: &str) -> Value {
    json!({"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "100", "Unit": "USD"}})
}

fn create(budget: Value) -> Value {
    json!({"AccountId": MANAGEMENT, "Budget": budget})
}

fn named(name: &str) -> Value {
    json!({"AccountId": MANAGEMENT, "BudgetName": name})
}

/// The same budget with some members put in place of its own.
fn with(mut budget: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        budget[name] = value.clone();
    }
    budget
}

fn at(percent: f64) -> Value {
    json!({"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": percent})
}

fn mail(address: &str) -> Value {
    json!({"SubscriptionType": "EMAIL", "Address": address})
}

fn with_budget() -> Bench {
    let mut bench = Bench::new();
    bench.ok("budgets", "CreateBudget", create(cost("monthly")));
    bench
}

fn notify(bench: &mut Bench, notification: &Value, subscribers: &[Value]) -> (u16, Value) {
    let input = with(named("monthly"), json!({"Notification": notification, "Subscribers": subscribers}));
    bench.call("budgets", "CreateNotification", input)
}

#[test]
fn a_budget_reads_back_with_the_servers_defaults() {
    let mut bench = with_budget();
    let seen = bench.ok("budgets", "DescribeBudget", named("monthly"))["Budget"].clone();
    assert_eq!(seen["BudgetLimit"], json!({"Amount": "100.0", "Unit": "USD"}));
    assert_eq!(seen["TimePeriod"], json!({"Start": 1_780_272_000, "End": 3_706_473_600_i64}));
    assert_eq!(seen["LastUpdatedTime"], json!(bench.now.as_second()));
    assert_eq!(seen["CostTypes"].as_object().unwrap().len(), 11);
    assert_eq!((&seen["CostTypes"]["IncludeTax"], &seen["CostTypes"]["UseBlended"]), (&json!(true), &json!(false)));
    assert_eq!(seen["CalculatedSpend"]["ActualSpend"]["Amount"], json!("0.0"));
}

#[test]
fn names_are_unique_in_an_account() {
    let mut bench = with_budget();
    assert_eq!(bench.refused("budgets", "CreateBudget", create(cost("monthly"))), "DuplicateRecordException");
    for bad in ["a:b", "a\\b", "a/action/b", "", "<SCRIPT>x</script>"] {
        assert_eq!(bench.refused("budgets", "CreateBudget", create(cost(bad))), "InvalidParameterException", "{bad}");
    }
    bench.ok("budgets", "DeleteBudget", named("monthly"));
    assert_eq!(bench.refused("budgets", "DeleteBudget", named("monthly")), "NotFoundException");
    assert_eq!(bench.refused("budgets", "DescribeBudget", named("monthly")), "NotFoundException");
}

#[test]
fn budgets_of_others_are_out_of_reach() {
    let mut bench = with_budget();
    let other = json!({"AccountId": "222222222222", "BudgetName": "monthly"});
    assert_eq!(bench.refused("budgets", "DescribeBudget", other.clone()), "AccessDeniedException");
    assert_eq!(bench.refused("budgets", "DeleteBudget", other), "AccessDeniedException");
    assert_eq!(bench.refused("budgets", "DescribeBudgets", json!({"AccountId": "22"})), "InvalidParameterException");
}

#[test]
fn an_update_is_whole_but_for_the_period() {
    let mut bench = Bench::new();
    let first = with(
        cost("monthly"),
        json!({"TimePeriod": {"Start": 1_700_000_000}, "CostFilters": {"Service": ["Amazon S3"]},
            "CostTypes": {"IncludeTax": false}}),
    );
    bench.ok("budgets", "CreateBudget", create(first));
    let before = bench.ok("budgets", "DescribeBudget", named("monthly"))["Budget"].clone();
    assert_eq!(
        (&before["CostTypes"]["IncludeTax"], &before["CostFilters"]["Service"][0]),
        (&json!(false), &json!("Amazon S3"))
    );
    bench.pass(std::time::Duration::from_secs(60));
    let new = with(cost("monthly"), json!({"BudgetLimit": {"Amount": "12.50", "Unit": "USD"}}));
    bench.ok("budgets", "UpdateBudget", json!({"AccountId": MANAGEMENT, "NewBudget": new}));
    let after = bench.ok("budgets", "DescribeBudget", named("monthly"))["Budget"].clone();
    assert_eq!((&after["BudgetLimit"]["Amount"], &after["CostTypes"]["IncludeTax"]), (&json!("12.5"), &json!(true)));
    assert_eq!(after.get("CostFilters"), None);
    assert_eq!(after["TimePeriod"], before["TimePeriod"]);
    assert_eq!(after["LastUpdatedTime"], json!(bench.now.as_second()));
    let unknown = json!({"AccountId": MANAGEMENT, "NewBudget": cost("unknown")});
    assert_eq!(bench.refused("budgets", "UpdateBudget", unknown), "NotFoundException");
}

#[test]
fn budgets_that_make_no_sense_are_refused() {
    let mut bench = Bench::new();
    let limit = |amount: &str, unit: &str| json!({"BudgetLimit": {"Amount": amount, "Unit": unit}});
    for members in [
        json!({"BudgetLimit": null}),
        limit("-5", "USD"),
        limit("0", "USD"),
        limit("many", "USD"),
        limit("5.", "USD"),
        limit("5", "EUR"),
        json!({"BudgetType": "LOVE"}),
        json!({"TimeUnit": "HOURLY"}),
        json!({"TimeUnit": "CUSTOM"}),
        json!({"TimePeriod": {"Start": 2_000_000_000, "End": 1_900_000_000}}),
        json!({"TimePeriod": {"End": 4_000_000_000_i64}}),
        json!({"CostTypes": {"UseBlended": true, "UseAmortized": true}}),
        json!({"CostFilters": {"Service": []}}),
        json!({"CostFilters": {"Service": ["a"]}, "Metrics": ["UnblendedCost"]}),
        json!({"Metrics": ["UnblendedCost", "AmortizedCost"]}),
        json!({"PlannedBudgetLimits": {"1780272000": {"Amount": "5", "Unit": "USD"}}}),
        json!({"AutoAdjustData": {"AutoAdjustType": "FORECAST"}}),
        json!({"BudgetType": "USAGE", "BudgetLimit": {"Amount": "5", "Unit": "GB"}, "CostTypes": {"IncludeTax": true}}),
        json!({"BudgetType": "RI_UTILIZATION", "BudgetLimit": {"Amount": "80", "Unit": "PERCENTAGE"}}),
    ] {
        let budget = with(cost("odd"), members.clone());
        assert_eq!(bench.refused("budgets", "CreateBudget", create(budget)), "InvalidParameterException", "{members}");
    }
}

#[test]
fn limits_may_be_planned_adjusted_or_whole() {
    let mut bench = Bench::new();
    let planned = with(
        cost("planned"),
        json!({"BudgetLimit": null, "PlannedBudgetLimits": {
            "1780272000": {"Amount": "5", "Unit": "USD"}, "1782864000": {"Amount": "7", "Unit": "USD"}}}),
    );
    bench.ok("budgets", "CreateBudget", create(planned));
    let seen = bench.ok("budgets", "DescribeBudget", named("planned"))["Budget"].clone();
    assert_eq!(
        (&seen["BudgetLimit"]["Amount"], seen["PlannedBudgetLimits"].as_object().unwrap().len()),
        (&json!("5.0"), 2)
    );

    let history = json!({"AutoAdjustType": "HISTORICAL", "HistoricalOptions": {"BudgetAdjustmentPeriod": 12}});
    let adjusted = with(cost("adjusted"), json!({"BudgetLimit": null, "AutoAdjustData": history}));
    bench.ok("budgets", "CreateBudget", create(adjusted.clone()));
    let too_long = with(adjusted, json!({"BudgetName": "long", "TimeUnit": "QUARTERLY"}));
    assert_eq!(bench.refused("budgets", "CreateBudget", create(too_long)), "InvalidParameterException");

    let whole = with(cost("use"), json!({"BudgetType": "SAVINGS_PLANS_COVERAGE", "BudgetLimit": null}));
    bench.ok("budgets", "CreateBudget", create(whole));
    let seen = bench.ok("budgets", "DescribeBudget", named("use"))["Budget"].clone();
    assert_eq!(seen["BudgetLimit"], json!({"Amount": "100.0", "Unit": "PERCENTAGE"}));
    assert_eq!(seen.get("CostTypes"), None);
}

#[test]
fn an_expression_is_shown_on_request() {
    let mut bench = Bench::new();
    let expression = json!({"Dimensions": {"Key": "SERVICE", "Values": ["Amazon S3"]}});
    let budget = with(cost("new"), json!({"FilterExpression": expression, "Metrics": ["NetUnblendedCost"]}));
    bench.ok("budgets", "CreateBudget", create(budget));
    let short = bench.ok("budgets", "DescribeBudget", named("new"))["Budget"].clone();
    assert_eq!((short.get("FilterExpression"), short.get("CostTypes")), (None, None));
    let asked = with(named("new"), json!({"ShowFilterExpression": true}));
    assert_eq!(bench.ok("budgets", "DescribeBudget", asked)["Budget"]["FilterExpression"], expression);
}

#[test]
fn a_budget_that_is_over_is_gone() {
    let mut bench = Bench::new();
    let end = bench.now.as_second() + 3600;
    let short = with(cost("short"), json!({"TimePeriod": {"End": end}}));
    bench.ok("budgets", "CreateBudget", create(short));
    bench.pass(std::time::Duration::from_secs(3600));
    assert_eq!(bench.refused("budgets", "DescribeBudget", named("short")), "NotFoundException");
    assert_eq!(bench.ok("budgets", "DescribeBudgets", json!({"AccountId": MANAGEMENT}))["Budgets"], json!([]));
    bench.ok("budgets", "CreateBudget", create(cost("short")));
}

#[test]
fn budgets_come_in_pages_by_name() {
    let mut bench = Bench::new();
    for number in 0..7 {
        bench.ok("budgets", "CreateBudget", create(cost(&format!("budget-{number}"))));
    }
    let input = json!({"AccountId": MANAGEMENT, "MaxResults": 3});
    let all = bench.all("budgets", "DescribeBudgets", input, "Budgets", "NextToken");
    let names: Vec<&str> = all.iter().map(|budget| budget["BudgetName"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 7);
    assert!(names.is_sorted());
    let odd = json!({"AccountId": MANAGEMENT, "NextToken": "elsewhere"});
    assert_eq!(bench.refused("budgets", "DescribeBudgets", odd), "InvalidNextTokenException");
}

#[test]
fn notifications_are_what_they_say() {
    let mut bench = with_budget();
    assert_eq!(notify(&mut bench, &at(80.0), &[mail("a@example.com")]).0, 200);
    let again = with(at(80.0), json!({"ThresholdType": "PERCENTAGE", "NotificationState": "OK"}));
    let (_, error) = notify(&mut bench, &again, &[mail("b@example.com")]);
    assert_eq!(error["__type"], json!("DuplicateRecordException"));
    let listed = bench.ok("budgets", "DescribeNotificationsForBudget", named("monthly"))["Notifications"].clone();
    let full = with(at(80.0), json!({"ThresholdType": "PERCENTAGE", "NotificationState": "OK"}));
    assert_eq!(listed, json!([full]));

    let change =
        |old: f64, new: f64| with(named("monthly"), json!({"OldNotification": at(old), "NewNotification": at(new)}));
    bench.ok("budgets", "UpdateNotification", change(80.0, 90.0));
    assert_eq!(bench.refused("budgets", "UpdateNotification", change(80.0, 95.0)), "NotFoundException");
    notify(&mut bench, &at(50.0), &[mail("a@example.com")]);
    assert_eq!(bench.refused("budgets", "UpdateNotification", change(50.0, 90.0)), "DuplicateRecordException");
    let delete = with(named("monthly"), json!({"Notification": at(90.0)}));
    bench.ok("budgets", "DeleteNotification", delete.clone());
    assert_eq!(bench.refused("budgets", "DeleteNotification", delete), "NotFoundException");
}

#[test]
fn subscribers_come_and_go_and_the_last_takes_the_notification_with_it() {
    let mut bench = with_budget();
    notify(&mut bench, &at(80.0), &[mail("a@example.com")]);
    let with_subscriber =
        |address: &str| with(named("monthly"), json!({"Notification": at(80.0), "Subscriber": mail(address)}));
    bench.ok("budgets", "CreateSubscriber", with_subscriber("b@example.com"));
    assert_eq!(
        bench.refused("budgets", "CreateSubscriber", with_subscriber("b@example.com")),
        "DuplicateRecordException"
    );
    let change = |old: &str, new: &str| {
        with(
            named("monthly"),
            json!({"Notification": at(80.0), "OldSubscriber": mail(old), "NewSubscriber": mail(new)}),
        )
    };
    bench.ok("budgets", "UpdateSubscriber", change("b@example.com", "c@example.com"));
    assert_eq!(
        bench.refused("budgets", "UpdateSubscriber", change("b@example.com", "d@example.com")),
        "NotFoundException"
    );
    assert_eq!(
        bench.refused("budgets", "UpdateSubscriber", change("a@example.com", "c@example.com")),
        "DuplicateRecordException"
    );
    let of = with(named("monthly"), json!({"Notification": at(80.0)}));
    let listed = bench.ok("budgets", "DescribeSubscribersForNotification", of.clone())["Subscribers"].clone();
    assert_eq!(listed, json!([mail("a@example.com"), mail("c@example.com")]));
    bench.ok("budgets", "DeleteSubscriber", with_subscriber("a@example.com"));
    assert_eq!(bench.refused("budgets", "DeleteSubscriber", with_subscriber("a@example.com")), "NotFoundException");
    bench.ok("budgets", "DeleteSubscriber", with_subscriber("c@example.com"));
    assert_eq!(bench.refused("budgets", "DescribeSubscribersForNotification", of), "NotFoundException");
}

#[test]
fn there_are_limits_to_notifications_and_subscribers() {
    let mut bench = with_budget();
    let topic = |name: &str| json!({"SubscriptionType": "SNS", "Address": format!("arn:aws:sns:us-east-1:111111111111:{name}")});
    let (_, error) = notify(&mut bench, &at(1.0), &[topic("one"), topic("two")]);
    assert_eq!(error["__type"], json!("CreationLimitExceededException"));
    let eleven: Vec<Value> = (0..11).map(|number| mail(&format!("a{number}@example.com"))).collect();
    assert_eq!(notify(&mut bench, &at(1.0), &eleven).1["__type"], json!("CreationLimitExceededException"));
    let mut twelve = eleven.clone();
    twelve.push(topic("one"));
    assert_eq!(notify(&mut bench, &at(1.0), &twelve).1["__type"], json!("InvalidParameterException"));
    assert_eq!(notify(&mut bench, &at(1.0), &[]).1["__type"], json!("InvalidParameterException"));
    let mut full = eleven[..10].to_vec();
    full.push(topic("one"));
    for percent in 1..=10 {
        assert_eq!(notify(&mut bench, &at(f64::from(percent)), &full).0, 200);
    }
    let (_, error) = notify(&mut bench, &at(11.0), &full);
    assert_eq!(error["__type"], json!("CreationLimitExceededException"));
}

#[test]
fn notifications_that_make_no_sense_are_refused() {
    let mut bench = with_budget();
    let daily = with(cost("daily"), json!({"TimeUnit": "DAILY"}));
    bench.ok("budgets", "CreateBudget", create(daily));
    for (notification, subscriber) in [
        (with(at(1.0), json!({"NotificationType": "FELT"})), mail("a@example.com")),
        (with(at(1.0), json!({"Threshold": null})), mail("a@example.com")),
        (at(-1.0), mail("a@example.com")),
        (at(1_000_001.0), mail("a@example.com")),
        (at(1.0), mail("nobody")),
        (at(1.0), json!({"SubscriptionType": "SNS", "Address": "arn:aws:sqs:us-east-1:111111111111:a"})),
        (at(1.0), json!({"SubscriptionType": "PIGEON", "Address": "loft"})),
    ] {
        let (_, error) = notify(&mut bench, &notification, &[subscriber]);
        assert_eq!(error["__type"], json!("InvalidParameterException"), "{notification}");
    }
    let forecast = with(at(100.0), json!({"NotificationType": "FORECASTED"}));
    assert_eq!(notify(&mut bench, &forecast, &[mail("a@example.com")]).0, 200);
    let input = with(named("daily"), json!({"Notification": forecast, "Subscribers": [mail("a@example.com")]}));
    assert_eq!(bench.refused("budgets", "CreateNotification", input), "InvalidParameterException");
}

#[test]
fn a_budget_is_made_with_all_its_notifications_or_not_at_all() {
    let mut bench = Bench::new();
    let alert = |percent: f64, address: &str| json!({"Notification": at(percent), "Subscribers": [mail(address)]});
    let mut input = create(cost("monthly"));
    input["NotificationsWithSubscribers"] = json!([alert(80.0, "a@example.com"), alert(80.0, "b@example.com")]);
    assert_eq!(bench.refused("budgets", "CreateBudget", input.clone()), "DuplicateRecordException");
    assert_eq!(bench.refused("budgets", "DescribeBudget", named("monthly")), "NotFoundException");
    input["NotificationsWithSubscribers"] = json!([alert(80.0, "a@example.com"), alert(100.0, "b@example.com")]);
    bench.ok("budgets", "CreateBudget", input);
    let listed = bench.ok("budgets", "DescribeNotificationsForBudget", named("monthly"))["Notifications"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 2);
}

#[test]
fn budgets_carry_tags() {
    let mut bench = Bench::new();
    let mut input = create(cost("monthly"));
    input["ResourceTags"] = json!([{"Key": "unit", "Value": "shop"}]);
    bench.ok("budgets", "CreateBudget", input);
    let arn = json!({"ResourceARN": "arn:aws:budgets::111111111111:budget/monthly"});
    let tag = with(arn.clone(), json!({"ResourceTags": [{"Key": "cost", "Value": "42"}]}));
    bench.ok("budgets", "TagResource", tag);
    bench.ok("budgets", "UntagResource", with(arn.clone(), json!({"ResourceTagKeys": ["unit"]})));
    let tags = bench.ok("budgets", "ListTagsForResource", arn)["ResourceTags"].clone();
    assert_eq!(tags, json!([{"Key": "cost", "Value": "42"}]));
    let unknown = json!({"ResourceARN": "arn:aws:budgets::111111111111:budget/unknown"});
    assert_eq!(bench.refused("budgets", "ListTagsForResource", unknown), "NotFoundException");
    let odd = json!({"ResourceARN": "monthly"});
    assert_eq!(bench.refused("budgets", "ListTagsForResource", odd), "InvalidParameterException");
    let bad = json!({"ResourceARN": "arn:aws:budgets::111111111111:budget/monthly",
        "ResourceTags": [{"Key": "AWS:x", "Value": ""}]});
    assert_eq!(bench.refused("budgets", "TagResource", bad), "InvalidParameterException");
}
