//! Conditions of policy statements: which operators there are, what they mean, and how one is turned around.
//!
//! All tests of a condition have to hold. A test holds if one of its values does; of a negated operator, if none does.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// How many values of a request a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// The key has one value.
    Single,
    /// Each value; holds if there is none.
    All,
    /// At least one value; does not hold if there is none.
    Any,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Text,
    TextNoCase,
    Pattern,
    Number,
    Date,
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Relation {
    Is,
    IsNot,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// One condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Operator {
    pub(crate) family: Family,
    pub(crate) relation: Relation,
    pub(crate) set: Set,
    /// Whether it holds for a key that the request does not have.
    pub(crate) if_exists: bool,
}

/// Every operator by AWS's name. The two names for ARNs mean the same; the first one is written.
const NAMES: &[(&str, Family, Relation)] = &[
    ("StringEquals", Family::Text, Relation::Is),
    ("StringNotEquals", Family::Text, Relation::IsNot),
    ("StringEqualsIgnoreCase", Family::TextNoCase, Relation::Is),
    ("StringNotEqualsIgnoreCase", Family::TextNoCase, Relation::IsNot),
    ("StringLike", Family::Pattern, Relation::Is),
    ("StringNotLike", Family::Pattern, Relation::IsNot),
    ("NumericEquals", Family::Number, Relation::Is),
    ("NumericNotEquals", Family::Number, Relation::IsNot),
    ("NumericLessThan", Family::Number, Relation::Less),
    ("NumericLessThanEquals", Family::Number, Relation::LessOrEqual),
    ("NumericGreaterThan", Family::Number, Relation::Greater),
    ("NumericGreaterThanEquals", Family::Number, Relation::GreaterOrEqual),
    ("DateEquals", Family::Date, Relation::Is),
    ("DateNotEquals", Family::Date, Relation::IsNot),
    ("DateLessThan", Family::Date, Relation::Less),
    ("DateLessThanEquals", Family::Date, Relation::LessOrEqual),
    ("DateGreaterThan", Family::Date, Relation::Greater),
    ("DateGreaterThanEquals", Family::Date, Relation::GreaterOrEqual),
    ("Bool", Family::Bool, Relation::Is),
    ("BinaryEquals", Family::Binary, Relation::Is),
    ("IpAddress", Family::Address, Relation::Is),
    ("NotIpAddress", Family::Address, Relation::IsNot),
    ("ArnLike", Family::Arn, Relation::Is),
    ("ArnEquals", Family::Arn, Relation::Is),
    ("ArnNotLike", Family::Arn, Relation::IsNot),
    ("ArnNotEquals", Family::Arn, Relation::IsNot),
    ("Null", Family::Null, Relation::Is),
];

const IF_EXISTS: &str = "IfExists";

impl Operator {
    /// The operator with this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (set, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Set::All, rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Set::Any, rest)
        } else {
            (Set::Single, name)
        };
        let (rest, if_exists) = rest.strip_suffix(IF_EXISTS).map_or((rest, false), |rest| (rest, true));
        let (_, family, relation) = NAMES.iter().find(|(name, ..)| *name == rest)?;
        // Whether a key is there cannot be asked only where it is there, nor of each of its values.
        (*family != Family::Null || (!if_exists && set == Set::Single)).then_some(Self {
            family: *family,
            relation: *relation,
            set,
            if_exists,
        })
    }

    /// All names without prefix and suffix.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, ..)| *name)
    }

    /// Whether values are ruled out instead of asked for.
    pub(crate) fn is_negated(self) -> bool {
        self.relation == Relation::IsNot
    }

    /// Whether it holds for a key that the request does not have.
    pub(crate) fn holds_without(self) -> bool {
        self.if_exists
            || match self.set {
                Set::Single => self.is_negated(),
                Set::All => true,
                Set::Any => false,
            }
    }

    /// The operator, and its values, that hold exactly where this one does not; none if there is no such operator.
    fn turned(self, values: &BTreeSet<String>) -> Option<(Self, BTreeSet<String>)> {
        let turned = match self.relation {
            Relation::Is => Relation::IsNot,
            Relation::IsNot => Relation::Is,
            // Of several numbers one has to be greater: that none is takes another number, not another operator.
            _ if values.len() > 1 => return None,
            Relation::Less => Relation::GreaterOrEqual,
            Relation::LessOrEqual => Relation::Greater,
            Relation::Greater => Relation::LessOrEqual,
            Relation::GreaterOrEqual => Relation::Less,
        };
        let set = match self.set {
            Set::Single => Set::Single,
            Set::All => Set::Any,
            Set::Any => Set::All,
        };
        let mut operator = Self { relation: turned, set, if_exists: false, ..self };
        let mut turned = values.clone();
        match self.family {
            Family::Binary => return None,
            Family::Bool | Family::Null => {
                // There is one other value, and no negated operator.
                let value = values.first().filter(|_| values.len() == 1)?;
                operator.relation = Relation::Is;
                turned = BTreeSet::from([if value == "true" { "false" } else { "true" }.to_owned()]);
                if self.family == Family::Null {
                    return Some((operator, turned));
                }
            }
            _ => {}
        }
        // Where the key is absent exactly one of the two has to hold.
        let wanted = !self.holds_without();
        if operator.holds_without() != wanted && wanted {
            operator.if_exists = true;
        }
        (operator.holds_without() == wanted).then_some((operator, turned))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, family, relation)| (*family, *relation) == (self.family, self.relation));
        let set = match self.set {
            Set::Single => "",
            Set::All => "ForAllValues:",
            Set::Any => "ForAnyValue:",
        };
        let suffix = if self.if_exists { IF_EXISTS } else { "" };
        write!(f, "{set}{}{suffix}", name.map_or("", |(name, ..)| *name))
    }
}

/// All tests, which all have to hold: values by operator and key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Condition(BTreeMap<(Operator, String), BTreeSet<String>>);

/// Two tests with the same operator on the same key that cannot be written as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) operator: Operator,
    pub(crate) key: String,
}

impl Condition {
    /// The tests.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (Operator, &str, &BTreeSet<String>)> {
        self.0.iter().map(|((operator, key), values)| (*operator, key.as_str(), values))
    }

    /// Adds a test that has to hold too. A policy can say one thing for an operator and a key.
    pub(crate) fn and(&mut self, operator: Operator, key: &str, values: &BTreeSet<String>) -> Result<(), Clash> {
        let place = (operator, key.to_owned());
        let Some(known) = self.0.get_mut(&place) else {
            self.0.insert(place, values.clone());
            return Ok(());
        };
        if known == values {
            return Ok(());
        }
        match operator {
            // None of these and none of those. Of any value, each could be ruled out by another one.
            Operator { relation: Relation::IsNot, set: Set::Single | Set::All, .. } => {
                known.extend(values.iter().cloned())
            }
            // One of these that is also one of those.
            Operator { relation: Relation::Is, set: Set::Single, family: Family::Text, .. }
                if known.intersection(values).next().is_some() =>
            {
                known.retain(|value| values.contains(value));
            }
            _ => return Err(Clash { operator, key: key.to_owned() }),
        }
        Ok(())
    }

    /// Conditions of which one holds exactly where this one does not: one for each test. The test that has no opposite is
    /// told.
    pub(crate) fn turned(&self) -> Result<Vec<Self>, Clash> {
        self.tests()
            .map(|(operator, key, values)| {
                let (turned, others) =
                    operator.turned(values).ok_or_else(|| Clash { operator, key: key.to_owned() })?;
                Ok(Self(BTreeMap::from([((turned, key.to_owned()), others)])))
            })
            .collect()
    }

    /// Whether this holds wherever `other` does. Never wrongly so: each test here has to be there too, or one that says more.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.0.iter().all(|(place, values)| {
            other
                .0
                .get(place)
                .is_some_and(|more| if place.0.is_negated() { values.is_subset(more) } else { more.is_subset(values) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(operator: &str, values: &[&str]) -> (Operator, BTreeSet<String>) {
        (Operator::of(operator).unwrap(), values.iter().map(|value| (*value).to_owned()).collect())
    }

    fn condition(operator: &str, values: &[&str]) -> Condition {
        let (operator, values) = test(operator, values);
        let mut condition = Condition::default();
        condition.and(operator, "k", &values).unwrap();
        condition
    }

    fn show(condition: &Condition) -> String {
        let tests = condition.tests().map(|(operator, _, values)| {
            format!("{operator} {}", values.iter().map(String::as_str).collect::<Vec<_>>().join("|"))
        });
        tests.collect::<Vec<_>>().join(" & ")
    }

    #[test]
    fn names_are_read_and_written() {
        for name in Operator::names() {
            let operator = Operator::of(name).unwrap();
            let written = name.replace("ArnEquals", "ArnLike").replace("ArnNotEquals", "ArnNotLike");
            assert_eq!(operator.to_string(), written);
        }
        for name in ["ForAllValues:StringLike", "ForAnyValue:StringNotEquals", "BoolIfExists"] {
            assert_eq!(Operator::of(name).unwrap().to_string(), name);
        }
        for name in ["stringEquals", "StringSortOf", "NullIfExists", "ForAllValues:Null", "IfExists", ""] {
            assert_eq!(Operator::of(name), None, "{name}");
        }
    }

    #[test]
    fn tests_are_turned_around() {
        for (operator, values, expected) in [
            ("StringEquals", &["a", "b"][..], "StringNotEquals a|b"),
            ("StringNotLike", &["a"], "StringLike a"),
            ("ArnNotEquals", &["a"], "ArnLike a"),
            ("Bool", &["true"], "BoolIfExists false"),
            ("BoolIfExists", &["true"], "Bool false"),
            ("Null", &["true"], "Null false"),
            ("NumericLessThan", &["5"], "NumericGreaterThanEqualsIfExists 5"),
            ("NumericLessThanIfExists", &["5"], "NumericGreaterThanEquals 5"),
            ("IpAddress", &["10.0.0.0/8"], "NotIpAddress 10.0.0.0/8"),
            ("ForAllValues:StringEquals", &["a"], "ForAnyValue:StringNotEquals a"),
            ("ForAnyValue:StringLike", &["a"], "ForAllValues:StringNotLike a"),
            ("StringNotEqualsIfExists", &["a"], "StringEquals a"),
        ] {
            let turned = condition(operator, values).turned().unwrap();
            assert_eq!(turned.iter().map(show).collect::<Vec<_>>(), [expected], "{operator}");
        }
        // What cannot be said in one test is not said.
        for (operator, values) in [
            ("StringEqualsIfExists", &["a"][..]),
            ("BinaryEquals", &["a"]),
            ("NumericLessThan", &["5", "7"]),
            ("Bool", &["false", "true"]),
        ] {
            assert!(condition(operator, values).turned().is_err(), "{operator}");
        }
    }

    #[test]
    fn tests_on_one_key_become_one_or_clash() {
        let both = |operator: &str, one: &[&str], other: &[&str]| {
            let mut condition = condition(operator, one);
            let (operator, values) = test(operator, other);
            condition.and(operator, "k", &values).map(|()| show(&condition))
        };
        assert_eq!(both("StringNotLike", &["a"], &["b"]).unwrap(), "StringNotLike a|b");
        assert_eq!(both("StringEquals", &["a", "b"], &["b", "c"]).unwrap(), "StringEquals b");
        assert!(both("StringEquals", &["a"], &["b"]).is_err());
        assert!(both("StringLike", &["a*"], &["*b"]).is_err());
        assert!(both("ForAnyValue:StringNotEquals", &["a"], &["b"]).is_err());
    }

    #[test]
    fn what_asks_less_covers_what_asks_more() {
        let none = Condition::default();
        let (few, many) = (condition("StringEquals", &["a"]), condition("StringEquals", &["a", "b"]));
        assert!(none.covers(&few) && many.covers(&few) && !few.covers(&many) && !few.covers(&none));
        let (few, many) = (condition("StringNotEquals", &["a"]), condition("StringNotEquals", &["a", "b"]));
        assert!(few.covers(&many) && !many.covers(&few));
    }
}
