//! The query protocols: `Tags.member.1.Key=env` becomes a list of members.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::cloud::Request;

/// All parameters of the address and of the body, as a tree of texts.
pub(super) fn parse(request: &Request) -> Value {
    let body = std::str::from_utf8(request.body()).unwrap_or_default();
    let pairs = [request.uri().query().unwrap_or_default(), body];
    let mut tree = Branch::default();
    for pair in pairs.iter().flat_map(|text| text.split('&')) {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let name = decode(name);
        // `member` stands before each number of a list and says nothing.
        tree.put(name.split('.').filter(|part| *part != "member"), decode(value));
    }
    tree.value()
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[derive(Default)]
struct Branch {
    leaf: Option<String>,
    branches: BTreeMap<String, Branch>,
}

impl Branch {
    fn put<'a>(&mut self, mut path: impl Iterator<Item = &'a str>, value: String) {
        match path.next() {
            Some(step) => self.branches.entry(step.to_owned()).or_default().put(path, value),
            None => self.leaf = Some(value),
        }
    }

    fn value(self) -> Value {
        if let (Some(leaf), true) = (self.leaf, self.branches.is_empty()) {
            return Value::String(leaf);
        }
        let numbers: Option<Vec<u32>> = self.branches.keys().map(|name| name.parse().ok()).collect();
        if numbers.is_some_and(|numbers| !numbers.is_empty()) {
            let mut items: Vec<(u32, Value)> =
                self.branches.into_iter().map(|(name, branch)| (name.parse().unwrap_or(0), branch.value())).collect();
            items.sort_by_key(|(number, _)| *number);
            return Value::Array(items.into_iter().map(|(_, item)| item).collect());
        }
        Value::Object(self.branches.into_iter().map(|(name, branch)| (name, branch.value())).collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_members_become_a_tree() {
        let body =
            "Action=TagRole&Tags.member.1.Key=a&Tags.member.1.Value=b+c%2F&Tags.member.10.Key=z&Tags.member.2.Key=y";
        let request = http::Request::new(Bytes::from(body));
        let expected =
            json!({"Action": "TagRole", "Tags": [{"Key": "a", "Value": "b c/"}, {"Key": "y"}, {"Key": "z"}]});
        assert_eq!(parse(&request), expected);
    }
}
