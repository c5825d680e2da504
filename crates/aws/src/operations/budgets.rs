//! Operations of AWS Budgets. Its access policies know two actions only: to view budgets, and to modify them.

crate::operations! {
    service: "budgets", prefix: "budgets";
    read DESCRIBE_BUDGET = "DescribeBudget", "budgets", permission "budgets:ViewBudget";
    read DESCRIBE_BUDGETS = "DescribeBudgets", "budgets", permission "budgets:ViewBudget";
    read DESCRIBE_NOTIFICATIONS = "DescribeNotificationsForBudget", "budgets", permission "budgets:ViewBudget";
    read DESCRIBE_SUBSCRIBERS = "DescribeSubscribersForNotification", "budgets", permission "budgets:ViewBudget";
    once CREATE_BUDGET = "CreateBudget", "budgets", permission "budgets:ModifyBudget";
    once CREATE_NOTIFICATION = "CreateNotification", "budgets", permission "budgets:ModifyBudget";
    once CREATE_SUBSCRIBER = "CreateSubscriber", "budgets", permission "budgets:ModifyBudget";
    write DELETE_BUDGET = "DeleteBudget", "budgets", permission "budgets:ModifyBudget";
    write DELETE_NOTIFICATION = "DeleteNotification", "budgets", permission "budgets:ModifyBudget";
    write DELETE_SUBSCRIBER = "DeleteSubscriber", "budgets", permission "budgets:ModifyBudget";
    write UPDATE_BUDGET = "UpdateBudget", "budgets", permission "budgets:ModifyBudget";
}
