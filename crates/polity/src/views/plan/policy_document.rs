//! Policy documents, compared as documents: statement by statement where there are statements, line by line of their
//! canonical writing otherwise.

use std::collections::BTreeSet;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::{Line, Sign};
use crate::views::{clean, count, cut};

/// Lines of one document that are shown.
const MOST: usize = 80;

/// The lines of a difference of two documents; `whole` shows new statements in full rather than in a sentence.
pub(super) fn lines(before: Option<&Value>, after: Option<&Value>, whole: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let (old, new) = (before.and_then(statements), after.and_then(statements));
    if old.is_some() || new.is_some() {
        by_statement(&old.unwrap_or_default(), &new.unwrap_or_default(), whole, &mut lines);
        let (before, after) = (before.map(frame), after.map(frame));
        if let (Some(before), Some(after)) = (&before, &after)
            && before != after
        {
            text_diff(&pretty(before), &pretty(after), 1, &mut lines);
        }
    } else {
        let written = |document: Option<&Value>| document.map(pretty).unwrap_or_default();
        text_diff(&written(before), &written(after), 1, &mut lines);
    }
    if lines.len() > MOST {
        let left_out = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(Line::new(Sign::Note, 1, format!("and {} more", count(left_out, "line"))));
    }
    lines
}

/// The statements of a document, if it has any.
fn statements(document: &Value) -> Option<Vec<&Value>> {
    match document.get("Statement")? {
        Value::Array(items) => Some(items.iter().collect()),
        single @ Value::Object(_) => Some(vec![single]),
        _ => None,
    }
}

/// The document around its statements.
fn frame(document: &Value) -> Value {
    let mut frame = document.clone();
    if let Some(entries) = frame.as_object_mut() {
        entries.remove("Statement");
    }
    frame
}

fn by_statement(old: &[&Value], new: &[&Value], whole: bool, lines: &mut Vec<Line>) {
    let mut left: Vec<&Value> = old.to_vec();
    let mut take = |fits: &dyn Fn(&Value) -> bool| {
        let at = left.iter().position(|statement| fits(statement))?;
        Some(left.remove(at))
    };
    let mut same = 0;
    let mut fresh = Vec::new();
    // Equal ones first, wherever they stand; what is left pairs by its id.
    for (number, statement) in new.iter().enumerate() {
        match take(&|candidate| candidate == *statement) {
            Some(_) => same += 1,
            None => fresh.push((number, *statement)),
        }
    }
    let mut added = Vec::new();
    for (number, statement) in fresh {
        match sid(statement).and_then(|name| take(&|candidate| sid(candidate) == Some(name))) {
            Some(former) => {
                lines.push(Line::new(Sign::Change, 1, format!("statement {}", title(statement, number))));
                text_diff(&pretty(former), &pretty(statement), 2, lines);
            }
            None => added.push((number, statement)),
        }
    }
    for (number, statement) in added {
        lines.push(Line::new(Sign::Add, 1, format!("statement {}", describe(statement, number))));
        if whole {
            lines.extend(pretty(statement).lines().map(|line| Line::new(Sign::Add, 2, clean(line))));
        }
    }
    for (number, statement) in left.iter().enumerate() {
        lines.push(Line::new(Sign::Remove, 1, format!("statement {}", describe(statement, number))));
        lines.extend(pretty(statement).lines().map(|line| Line::new(Sign::Remove, 2, clean(line))));
    }
    if same > 0 {
        let stay = if same == 1 { "stays as it is" } else { "stay as they are" };
        lines.push(Line::new(Sign::Note, 1, format!("{} {stay}", count(same, "statement"))));
    }
}

fn sid(statement: &Value) -> Option<&str> {
    statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty())
}

fn title(statement: &Value, number: usize) -> String {
    sid(statement).map_or_else(|| format!("#{}", number + 1), |sid| format!("`{}`", clean(sid)))
}

/// ``DenyLeaving`: deny `organizations:LeaveOrganization` on `*`, under conditions``.
fn describe(statement: &Value, number: usize) -> String {
    let words = |name: &str| -> Option<String> {
        let items: Vec<String> = match statement.get(name)? {
            Value::String(text) => vec![format!("`{}`", clean(text))],
            Value::Array(items) => {
                items.iter().filter_map(Value::as_str).map(|text| format!("`{}`", clean(text))).collect()
            }
            _ => return None,
        };
        Some(cut(&crate::views::some_of(&items, 3), 160))
    };
    let effect = statement.get("Effect").and_then(Value::as_str).unwrap_or("?").to_lowercase();
    let actions = words("Action").or_else(|| words("NotAction").map(|words| format!("all but {words}")));
    let resources = words("Resource").or_else(|| words("NotResource").map(|words| format!("all but {words}")));
    let mut text = format!("{}: {effect} {}", title(statement, number), actions.unwrap_or_default());
    if let Some(resources) = resources {
        text.push_str(&format!(" on {resources}"));
    }
    if statement.get("Condition").is_some() {
        text.push_str(", under conditions");
    }
    text
}

fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap_or_default()
}

/// Lines that differ, with one line around them.
fn text_diff(before: &str, after: &str, depth: usize, lines: &mut Vec<Line>) {
    let diff = TextDiff::from_lines(before, after);
    let mut shown = BTreeSet::new();
    for (number, group) in diff.grouped_ops(1).iter().enumerate() {
        if number > 0 {
            lines.push(Line::new(Sign::Note, depth, "..."));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Equal => Sign::Note,
                ChangeTag::Insert => Sign::Add,
                ChangeTag::Delete => Sign::Remove,
            };
            if shown.insert((change.old_index(), change.new_index())) {
                lines.push(Line::new(sign, depth, cut(&clean(change.value().trim_end_matches('\n')), 160)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn show(before: Option<Value>, after: Option<Value>, whole: bool) -> String {
        lines(before.as_ref(), after.as_ref(), whole)
            .iter()
            .map(|line| format!("{:<7}{}{}\n", format!("{:?}", line.sign), "  ".repeat(line.depth), line.text))
            .collect()
    }

    fn policy(statements: Value) -> Option<Value> {
        Some(json!({"Version": "2012-10-17", "Statement": statements}))
    }

    #[test]
    fn statements_pair_by_id_whatever_their_order() {
        let stays = json!({"Sid": "Stays", "Effect": "Deny", "Action": "a:B", "Resource": "*"});
        let before = json!([
            stays,
            {"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*", "Condition": {"StringNotEquals": {"r": ["one"]}}},
            {"Sid": "Gone", "Effect": "Deny", "Action": ["a:C", "a:D"], "Resource": "*"},
        ]);
        let after = json!([
            {"Sid": "Born", "Effect": "Deny", "Action": ["a:E", "a:F", "a:G", "a:H", "a:I"], "Resource": "*"},
            {"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*", "Condition": {"StringNotEquals": {"r": ["one", "two"]}}},
            stays,
        ]);
        insta::assert_snapshot!(show(policy(before), policy(after), true));
    }

    #[test]
    fn a_new_document_is_told_in_sentences() {
        let after = json!([
            {"Sid": "DenyLeaving", "Effect": "Deny", "Action": "org:Leave", "Resource": "*"},
            {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "NotResource": "x", "Condition": {}},
        ]);
        insta::assert_snapshot!(show(None, policy(after), false));
    }

    #[test]
    fn other_documents_are_compared_by_line() {
        let before = json!({"tags": {"env": {"values": ["dev"]}}, "zone": {"a": 1}});
        let after = json!({"tags": {"env": {"values": ["dev", "prod"]}}, "zone": {"a": 1}});
        insta::assert_snapshot!(show(Some(before), Some(after), true));
    }

    #[test]
    fn the_frame_and_a_single_statement_count_too() {
        let single = json!({"Effect": "Deny", "Action": "a:B", "Resource": "*"});
        let before = json!({"Version": "2008-10-17", "Statement": single});
        let after = json!({"Version": "2012-10-17", "Statement": [single]});
        let text = show(Some(before), Some(after), true);
        assert!(text.contains("1 statement stays as it is"), "{text}");
        assert!(text.contains("2008-10-17") && text.contains("2012-10-17"), "{text}");
    }
}
