from decimal import Decimal

from common import UNCHECKED, client, founded, pages, refused

org, _ = founded()
own = client("sts").get_caller_identity()["Account"]
budgets = client("budgets")


def budget(name, amount="100", **more):
    return {"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": amount, "Unit": "USD"}} | more


def alert(threshold, kind="ACTUAL"):
    return {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": threshold,
            "ThresholdType": "PERCENTAGE"}


ada = {"SubscriptionType": "EMAIL", "Address": "ada@acme.example"}
bob = {"SubscriptionType": "EMAIL", "Address": "bob@acme.example"}
budgets.create_budget(AccountId=own, Budget=budget("shop"), NotificationsWithSubscribers=[
    {"Notification": alert(80), "Subscribers": [ada]}], ResourceTags=[{"Key": "env", "Value": "prod"}])
refused("DuplicateRecordException", budgets.create_budget, AccountId=own, Budget=budget("shop"))
refused("NotFoundException", budgets.describe_budget, AccountId=own, BudgetName="nothing")
refused("AccessDeniedException", budgets.describe_budgets, AccountId="999999999999")
refused("InvalidParameterException", client("budgets", config=UNCHECKED).create_budget, AccountId=own,
        Budget=budget("shop:till"))
held = budgets.describe_budget(AccountId=own, BudgetName="shop")["Budget"]
assert Decimal(held["BudgetLimit"]["Amount"]) == 100 and held["CalculatedSpend"]["ActualSpend"], held
budgets.update_budget(AccountId=own, NewBudget=budget("shop", "250"))
held = budgets.describe_budget(AccountId=own, BudgetName="shop")["Budget"]
assert Decimal(held["BudgetLimit"]["Amount"]) == 250, held
refused("NotFoundException", budgets.update_budget, AccountId=own, NewBudget=budget("nothing"))
for number in range(12):
    budgets.create_budget(AccountId=own, Budget=budget(f"many-{number:02}"))
found, count = pages(budgets, "describe_budgets", "Budgets", 5, AccountId=own)
assert (len(found), count) == (13, 3), (len(found), count)

# Alerts and who hears of them.
where = {"AccountId": own, "BudgetName": "shop"}
assert [one["Threshold"] for one in pages(budgets, "describe_notifications_for_budget", "Notifications", **where)[0]] == [80]
budgets.create_notification(**where, Notification=alert(100), Subscribers=[ada, bob])
refused("DuplicateRecordException", budgets.create_notification, **where, Notification=alert(100), Subscribers=[ada])
assert len(pages(budgets, "describe_notifications_for_budget", "Notifications", **where)[0]) == 2
budgets.update_notification(**where, OldNotification=alert(100), NewNotification=alert(110))
refused("NotFoundException", budgets.delete_notification, **where, Notification=alert(100))
subscribers = pages(budgets, "describe_subscribers_for_notification", "Subscribers", **where, Notification=alert(110))[0]
assert sorted(one["Address"] for one in subscribers) == ["ada@acme.example", "bob@acme.example"], subscribers
budgets.delete_subscriber(**where, Notification=alert(110), Subscriber=bob)
budgets.create_subscriber(**where, Notification=alert(110), Subscriber=bob)
refused("DuplicateRecordException", budgets.create_subscriber, **where, Notification=alert(110), Subscriber=bob)
budgets.update_subscriber(**where, Notification=alert(110), OldSubscriber=bob,
                          NewSubscriber=bob | {"Address": "eve@acme.example"})
subscribers = budgets.describe_subscribers_for_notification(**where, Notification=alert(110))["Subscribers"]
assert "eve@acme.example" in [one["Address"] for one in subscribers], subscribers
budgets.delete_notification(**where, Notification=alert(110))

# Tags.
arn = f"arn:aws:budgets::{own}:budget/shop"
budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "owner", "Value": "ada"}])
budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["env"])
assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "owner", "Value": "ada"}]
budgets.delete_budget(**where)
refused("NotFoundException", budgets.delete_budget, **where)
refused("NotFoundException", budgets.describe_notifications_for_budget, **where)
