//! Comparisons and arithmetic over lanes.

use std::borrow::Cow;

use super::{
    logic,
    program::Scalar,
    vector::{Sets, Unknown, Values, Vector, either},
};
use crate::{
    check::Function,
    columns::bits::mask,
    eval::{duration, moment},
    types::Type,
};

/// One side of an operation.
pub(super) enum Side<'v, 't> {
    Lanes(&'v Vector<'t>),
    Const(Scalar),
}

impl Side<'_, '_> {
    fn unknown(&self) -> Option<&Unknown> {
        if let Self::Lanes(vector) = self { vector.unknown.as_ref() } else { None }
    }

    fn ints(&self) -> Numbers<'_, i64> {
        match self {
            Self::Lanes(Vector { values: Values::Int(values) | Values::Time(values), .. }) => Numbers::Many(values),
            Self::Const(Scalar::Int(value) | Scalar::Time(value)) => Numbers::One(*value),
            _ => Numbers::Many(&[]),
        }
    }

    fn doubles(&self) -> Numbers<'_, f64> {
        match self {
            Self::Lanes(Vector { values: Values::Double(values), .. }) => Numbers::Many(values),
            Self::Const(Scalar::Double(value)) => Numbers::One(*value),
            _ => Numbers::Many(&[]),
        }
    }
}

enum Numbers<'v, T> {
    Many(&'v [T]),
    One(T),
}

impl<T: Copy> Numbers<'_, T> {
    fn zip<U>(&self, other: &Self, len: usize, mut with: impl FnMut(usize, T, T) -> U) -> Vec<U> {
        match (self, other) {
            (Numbers::Many(a), Numbers::Many(b)) => {
                a.iter().zip(*b).enumerate().map(|(lane, (a, b))| with(lane, *a, *b)).collect()
            }
            (Numbers::Many(a), Numbers::One(b)) => a.iter().enumerate().map(|(lane, a)| with(lane, *a, *b)).collect(),
            (Numbers::One(a), Numbers::Many(b)) => b.iter().enumerate().map(|(lane, b)| with(lane, *a, *b)).collect(),
            (Numbers::One(a), Numbers::One(b)) => (0..len).map(|lane| with(lane, *a, *b)).collect(),
        }
    }
}

pub(super) fn compare<'t>(how: Function, left: &Vector<'_>, right: &Side<'_, '_>, sets: &mut Sets) -> Vector<'t> {
    let mut bits = match &left.values {
        Values::Int(values) | Values::Time(values) => ordered(how, values, &right.ints()),
        Values::Double(values) => ordered(how, values, &right.doubles()),
        Values::Bool(_) | Values::Text(_) => Vec::new(),
    };
    let unknown = either(left.unknown.as_ref(), right.unknown(), sets);
    logic::clear(&mut bits, unknown.as_ref());
    Vector { values: Values::Bool(bits), unknown }
}

fn ordered<T: Copy + PartialOrd>(how: Function, left: &[T], right: &Numbers<'_, T>) -> Vec<u64> {
    match right {
        Numbers::One(value) => {
            let value = *value;
            match how {
                Function::Equal => mask(left, |lane| lane == value),
                Function::NotEqual => mask(left, |lane| lane != value),
                Function::Less => mask(left, |lane| lane < value),
                Function::LessOrEqual => mask(left, |lane| lane <= value),
                Function::Greater => mask(left, |lane| lane > value),
                _ => mask(left, |lane| lane >= value),
            }
        }
        Numbers::Many(values) => {
            let pairs: Vec<(T, T)> = left.iter().copied().zip(values.iter().copied()).collect();
            match how {
                Function::Equal => mask(&pairs, |(a, b)| a == b),
                Function::NotEqual => mask(&pairs, |(a, b)| a != b),
                Function::Less => mask(&pairs, |(a, b)| a < b),
                Function::LessOrEqual => mask(&pairs, |(a, b)| a <= b),
                Function::Greater => mask(&pairs, |(a, b)| a > b),
                _ => mask(&pairs, |(a, b)| a >= b),
            }
        }
    }
}

/// What can go wrong with a result of this type: it does not fit, or it is divided by zero. In the words of the other
/// evaluator, because the causes must be the same.
pub(super) fn errors(gives: &Type) -> (&'static str, &'static str) {
    let range = match gives {
        Type::Timestamp => moment(i128::MAX).err(),
        Type::Duration => duration(i128::MAX).err(),
        _ => crate::eval::call(Function::Add, &[crate::Value::Int(i64::MAX), crate::Value::Int(1)]).err(),
    };
    let zero = crate::eval::call(Function::Divide, &[crate::Value::Int(1), crate::Value::Int(0)]).err();
    (range.unwrap_or_default(), zero.unwrap_or_default())
}

/// What an operation is, and the causes of what can go wrong.
pub(super) struct Arithmetic<'a> {
    pub(super) how: Function,
    pub(super) gives: &'a Type,
    pub(super) range: u32,
    pub(super) zero: u32,
}

impl Arithmetic<'_> {
    pub(super) fn apply<'t>(
        &self,
        left: &Side<'_, '_>,
        right: &Side<'_, '_>,
        len: usize,
        sets: &mut Sets,
    ) -> Vector<'t> {
        let mut unknown = either(left.unknown(), right.unknown(), sets);
        if *self.gives == Type::Double {
            let values = left.doubles().zip(&right.doubles(), len, |_, a, b| match self.how {
                Function::Add => a + b,
                Function::Subtract => a - b,
                Function::Multiply => a * b,
                _ => a / b,
            });
            return Vector { values: Values::Double(Cow::Owned(values)), unknown };
        }
        let mut wrong: Vec<(usize, u32)> = Vec::new();
        let values = left.ints().zip(&right.ints(), len, |lane, a, b| {
            self.whole(a, b).unwrap_or_else(|cause| {
                wrong.push((lane, cause));
                0
            })
        });
        // A lane that was unknown before stays so for its own causes alone.
        wrong.retain(|(lane, _)| {
            !unknown.as_ref().is_some_and(|unknown| crate::columns::bits::get(&unknown.lanes, *lane))
        });
        if !wrong.is_empty() {
            let open = unknown.get_or_insert_with(|| Unknown::none(len));
            wrong.iter().for_each(|(lane, cause)| open.add(*lane, *cause, sets));
        }
        let values = Cow::Owned(values);
        Vector { values: if *self.gives == Type::Int { Values::Int(values) } else { Values::Time(values) }, unknown }
    }

    fn whole(&self, a: i64, b: i64) -> Result<i64, u32> {
        let value = match self.how {
            Function::Add => a.checked_add(b),
            Function::Subtract => a.checked_sub(b),
            Function::Multiply => a.checked_mul(b),
            Function::Divide | Function::Remainder if b == 0 => return Err(self.zero),
            Function::Divide => a.checked_div(b),
            _ => a.checked_rem(b),
        };
        let fits = |value: &i64| match self.gives {
            Type::Timestamp => moment(i128::from(*value) * 1000).is_ok(),
            Type::Duration => duration(i128::from(*value) * 1000).is_ok(),
            _ => true,
        };
        value.filter(fits).ok_or(self.range)
    }
}
