//! One field of all rows.

use std::sync::Arc;

use polity_model::facet::{Datum, Field, Reason, Type};

use super::{bits::Bits, dictionary::Dictionary};
use crate::value::{Causes, Key, Value};

/// What is known of a field, for each row.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// By row: [`KNOWN`], [`ABSENT`], or the number of a cause behind [`FIRST_CAUSE`]. Empty where all are known.
    codes: Vec<u32>,
    rows: usize,
    pub(crate) data: Data,
    /// For the causes.
    path: String,
    /// The causes of this column and their codes: few.
    causes: Vec<(Reason, u32)>,
}

pub(crate) const KNOWN: u32 = 0;
pub(crate) const ABSENT: u32 = 1;
pub(crate) const FIRST_CAUSE: u32 = 2;

/// The values; where there is none, one that means nothing.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Bool(Bits),
    Int(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<u32>),
    /// Moments, in microseconds.
    Timestamp(Vec<i64>),
    /// Lengths of time, in microseconds.
    Duration(Vec<i64>),
    List {
        ends: Vec<u32>,
        items: Box<Column>,
    },
    Map {
        ends: Vec<u32>,
        keys: Vec<u32>,
        items: Box<Column>,
    },
    Record(Vec<Column>),
}

/// What the columns of a table share while they are filled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    pub(crate) texts: Dictionary,
    pub(crate) causes: Vec<Causes>,
}

impl Column {
    pub(crate) fn new(ty: &'static Type, path: String) -> Self {
        let inner = |ty| Box::new(Self::new(ty, format!("{path}[]")));
        let data = match ty {
            Type::Bool => Data::Bool(Bits::default()),
            Type::Int => Data::Int(Vec::new()),
            Type::Double => Data::Double(Vec::new()),
            Type::Text | Type::Word(_) => Data::Text(Vec::new()),
            Type::Timestamp => Data::Timestamp(Vec::new()),
            Type::Duration => Data::Duration(Vec::new()),
            Type::List(item) => Data::List { ends: vec![0], items: inner(item) },
            Type::Map(item) => Data::Map { ends: vec![0], keys: Vec::new(), items: inner(item) },
            Type::Record(fields) => Data::Record(Self::fields(fields, &path)),
        };
        Self { codes: Vec::new(), rows: 0, data, path, causes: Vec::new() }
    }

    /// A column of records.
    pub(crate) fn record(fields: &'static [Field], path: &str) -> Self {
        let data = Data::Record(Self::fields(fields, path));
        Self { codes: Vec::new(), rows: 0, data, path: path.to_owned(), causes: Vec::new() }
    }

    fn fields(fields: &'static [Field], path: &str) -> Vec<Self> {
        fields.iter().map(|field| Self::new(&field.ty, format!("{path}.{}", field.name))).collect()
    }

    pub(crate) fn push(&mut self, datum: &Datum, shared: &mut Shared) {
        let code = match datum {
            Datum::Absent => ABSENT,
            Datum::Unknown(reason) => self.cause(reason, shared),
            _ => KNOWN,
        };
        if code != KNOWN {
            return self.push_code(code, shared);
        }
        let wrong = match (&mut self.data, datum) {
            (Data::Bool(bits), Datum::Bool(value)) => {
                bits.push(*value);
                false
            }
            (Data::Int(values), Datum::Int(value))
            | (Data::Timestamp(values), Datum::Timestamp(value))
            | (Data::Duration(values), Datum::Duration(value)) => {
                values.push(*value);
                false
            }
            (Data::Double(values), Datum::Double(value)) => {
                values.push(*value);
                false
            }
            (Data::Text(values), Datum::Text(value)) => {
                values.push(shared.texts.code(value));
                false
            }
            (Data::List { ends, items }, Datum::List(values)) => {
                values.iter().for_each(|value| items.push(value, shared));
                ends.push(end(items.rows));
                false
            }
            (Data::Map { ends, keys, items }, Datum::Map(entries)) => {
                for (key, value) in entries {
                    keys.push(shared.texts.code(key));
                    items.push(value, shared);
                }
                ends.push(end(items.rows));
                false
            }
            (Data::Record(fields), Datum::Record(values)) if fields.len() == values.len() => {
                fields.iter_mut().zip(values).for_each(|(field, value)| field.push(value, shared));
                false
            }
            _ => true,
        };
        if wrong {
            let code = self.cause(&Reason::Undefined("it is not of its type".to_owned()), shared);
            return self.push_code(code, shared);
        }
        self.rows += 1;
        if !self.codes.is_empty() {
            self.codes.push(KNOWN);
        }
    }

    fn push_code(&mut self, code: u32, shared: &mut Shared) {
        if self.codes.is_empty() {
            self.codes.resize(self.rows, KNOWN);
        }
        self.codes.push(code);
        self.rows += 1;
        match &mut self.data {
            Data::Bool(bits) => bits.push(false),
            Data::Int(values) | Data::Timestamp(values) | Data::Duration(values) => values.push(0),
            Data::Double(values) => values.push(0.0),
            Data::Text(values) => values.push(shared.texts.code("")),
            Data::List { ends, items } | Data::Map { ends, items, .. } => ends.push(end(items.rows)),
            Data::Record(fields) => fields.iter_mut().for_each(|field| field.push_code(ABSENT, shared)),
        }
    }

    fn cause(&mut self, reason: &Reason, shared: &mut Shared) -> u32 {
        if let Some((_, code)) = self.causes.iter().find(|(known, _)| known == reason) {
            return *code;
        }
        let code = FIRST_CAUSE + u32::try_from(shared.causes.len()).unwrap_or(u32::MAX - FIRST_CAUSE);
        shared.causes.push(Causes::one(self.path.clone(), reason.clone()));
        self.causes.push((reason.clone(), code));
        code
    }

    /// The codes of these rows; `None` where all are known.
    pub(crate) fn codes(&self, start: usize, end: usize) -> Option<&[u32]> {
        self.codes.get(start..end).filter(|codes| codes.iter().any(|code| *code != KNOWN))
    }

    /// Whether there is a value in every row.
    pub(crate) fn all_known(&self) -> bool {
        self.codes.is_empty()
    }

    pub(crate) fn code(&self, row: usize) -> u32 {
        self.codes.get(row).copied().unwrap_or(KNOWN)
    }

    /// The first item of each row and the one behind the last, for lists and maps.
    pub(crate) fn ends(&self) -> &[u32] {
        match &self.data {
            Data::List { ends, .. } | Data::Map { ends, .. } => ends,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> Option<&Self> {
        match &self.data {
            Data::List { items, .. } | Data::Map { items, .. } => Some(items),
            _ => None,
        }
    }

    pub(crate) fn keys(&self) -> &[u32] {
        if let Data::Map { keys, .. } = &self.data { keys } else { &[] }
    }

    pub(crate) fn field(&self, index: usize) -> Option<&Self> {
        if let Data::Record(fields) = &self.data { fields.get(index) } else { None }
    }

    /// The items of a row.
    pub(crate) fn range(&self, row: usize) -> std::ops::Range<usize> {
        let ends = self.ends();
        let at = |index: usize| ends.get(index).copied().unwrap_or_default() as usize;
        at(row)..at(row + 1)
    }

    /// The value of one row.
    pub(crate) fn value(&self, row: usize, shared: &Shared) -> Value {
        match self.code(row) {
            KNOWN => {}
            ABSENT => return Value::Absent,
            code => {
                let cause = shared.causes.get((code - FIRST_CAUSE) as usize);
                return cause.map_or(Value::Absent, |causes| Value::Unknown(causes.clone()));
            }
        }
        let text = |code: u32| shared.texts.text(code).cloned().unwrap_or_default();
        let found = match &self.data {
            Data::Bool(bits) => Some(Value::Bool(bits.get(row))),
            Data::Int(values) => values.get(row).map(|value| Value::Int(*value)),
            Data::Double(values) => values.get(row).map(|value| Value::Double(*value)),
            Data::Text(values) => values.get(row).map(|code| Value::Text(text(*code))),
            Data::Timestamp(values) => values.get(row).map(|micros| Value::Timestamp(i128::from(*micros) * 1000)),
            Data::Duration(values) => values.get(row).map(|micros| Value::Duration(i128::from(*micros) * 1000)),
            Data::List { items, .. } => Some(Value::list(self.range(row).map(|at| items.value(at, shared)).collect())),
            Data::Map { keys, items, .. } => {
                let entry =
                    |at: usize| (Key::Text(text(keys.get(at).copied().unwrap_or_default())), items.value(at, shared));
                Some(Value::Map(Arc::new(self.range(row).map(entry).collect())))
            }
            Data::Record(fields) => Some(Value::Record(fields.iter().map(|field| field.value(row, shared)).collect())),
        };
        found.unwrap_or(Value::Absent)
    }

    /// Memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let data = match &self.data {
            Data::Bool(bits) => bits.bytes(),
            Data::Int(values) | Data::Timestamp(values) | Data::Duration(values) => values.capacity() * 8,
            Data::Double(values) => values.capacity() * 8,
            Data::Text(values) => values.capacity() * 4,
            Data::List { ends, items } => ends.capacity() * 4 + items.bytes(),
            Data::Map { ends, keys, items } => (ends.capacity() + keys.capacity()) * 4 + items.bytes(),
            Data::Record(fields) => fields.iter().map(Self::bytes).sum(),
        };
        data + self.codes.capacity() * 4
    }
}

fn end(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
