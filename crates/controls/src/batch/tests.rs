//! Both evaluators come to the same truths for the same causes, whatever is asked of whatever rows.

use std::{collections::BTreeMap, fmt::Write as _, sync::LazyLock};

use polity_model::{
    facet::{Datum, Facet, Field, Reason, Row, Type, places},
    units::Timestamp,
};
use proptest::prelude::*;

use super::*;
use crate::{Environment, Facts, Place, assertion::Bound, check::check, fold::bind, syntax::parse};

const WORDS: &[&str] = &["red", "green", "blue"];

/// A facet with fields of every shape.
static FACET: LazyLock<Facet> = LazyLock::new(|| {
    let field = |name, ty| Field::new(name, ty, "A field.");
    let inner = vec![field("port", Type::Int), field("open", Type::Bool), field("note", Type::Text).optional()];
    let rule = vec![
        field("name", Type::Text),
        field("flag", Type::Bool),
        field("weight", Type::Double),
        field("ports", Type::List(Box::new(Type::Record(inner.clone())))),
        field("marks", Type::List(Box::new(Type::Text))),
    ];
    Facet {
        name: "thing",
        title: "things",
        doc: "Anything.",
        fields: vec![
            field("b", Type::Bool),
            field("c", Type::Bool).optional(),
            field("i", Type::Int),
            field("j", Type::Int).optional(),
            field("d", Type::Double),
            field("s", Type::Text),
            field("t", Type::Text).optional(),
            field("w", Type::Word(WORDS)),
            field("at", Type::Timestamp),
            field("since", Type::Timestamp).optional(),
            field("span", Type::Duration),
            field("texts", Type::List(Box::new(Type::Text))),
            field("ints", Type::List(Box::new(Type::Int))).optional(),
            field("tags", Type::Map(Box::new(Type::Text))),
            field("counts", Type::Map(Box::new(Type::Int))).optional(),
            field("part", Type::Record(inner)).optional(),
            field("rules", Type::List(Box::new(Type::Record(rule)))),
        ],
    }
});

/// Choices made from bytes, so that what fails is made smaller.
struct Choices<'c>(std::slice::Iter<'c, u8>);

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % end
    }

    fn one<'o>(&mut self, of: &[&'o str]) -> &'o str {
        of[self.below(of.len())]
    }
}

const TEXTS: &[&str] = &["", "a", "ab", "prod", "Prod-1", "red", "ä€", "10.0.0.0/8"];
const KEYS: &[&str] = &["env", "owner", "x"];

fn datum(ty: &Type, optional: bool, from: &mut Choices<'_>) -> Datum {
    match from.below(12) {
        0 => return Datum::Unknown(Reason::NotCollected),
        1 => return Datum::denied(from.one(&["p:Read", "q:List"])),
        2 | 3 if optional => return Datum::Absent,
        _ => {}
    }
    match ty {
        Type::Bool => Datum::Bool(from.below(2) == 1),
        Type::Int => Datum::Int([0, 1, -1, 2, 22, 80, i64::MAX, i64::MIN][from.below(8)]),
        Type::Double => Datum::Double([0.0, -0.0, 1.5, -2.0, f64::NAN, f64::INFINITY, 1e308, 1.0][from.below(8)]),
        Type::Text => from.one(TEXTS).into(),
        Type::Word(words) => from.one(words).into(),
        Type::Timestamp => Datum::Timestamp(
            [0, 1_700_000_000_000_000, 253_402_300_799_999_999, -62_135_596_800_000_000][from.below(4)],
        ),
        Type::Duration => Datum::Duration([0, 86_400_000_000, 9_000_000_000_000_000, -1][from.below(4)]),
        Type::List(item) => Datum::List((0..from.below(4)).map(|_| datum(item, false, from)).collect()),
        Type::Map(item) => {
            let keys = 0..from.below(3);
            Datum::Map(keys.map(|at| (KEYS[at].to_owned(), datum(item, false, from))).collect())
        }
        Type::Record(fields) => {
            Datum::Record(fields.iter().map(|field| datum(&field.ty, field.optional, from)).collect())
        }
    }
}

fn row(fields: &[Field], from: &mut Choices<'_>) -> Row {
    Row { facet: "thing".into(), values: fields.iter().map(|field| datum(&field.ty, field.optional, from)).collect() }
}

/// Variables in scope: an item of `rules`, of its `ports`, a text, a whole number.
#[derive(Clone, Default)]
struct Scope {
    rules: Vec<String>,
    ports: Vec<String>,
    texts: Vec<String>,
    ints: Vec<String>,
    depth: usize,
    count: usize,
}

impl Scope {
    fn fresh(&mut self) -> String {
        self.count += 1;
        format!("v{}", self.count)
    }
}

fn variable<'v>(names: &'v [String], from: &mut Choices<'_>) -> Option<&'v str> {
    (!names.is_empty() && from.below(3) > 0).then(|| names[from.below(names.len())].as_str())
}

fn text(from: &mut Choices<'_>, scope: &Scope) -> String {
    if let Some(name) = variable(&scope.texts, from) {
        return name.to_owned();
    }
    if let Some(rule) = variable(&scope.rules, from) {
        return format!("{rule}.name");
    }
    if let Some(port) = variable(&scope.ports, from) {
        return format!("{port}.note");
    }
    match from.below(12) {
        0 | 1 => format!("'{}'", from.one(TEXTS)),
        2 => format!("resource.tags['{}']", from.one(KEYS)),
        3 => format!("resource.tags.{}", from.one(KEYS)),
        4 => "resource.part.note".to_owned(),
        5 => "tenant.name".to_owned(),
        6 => "landing_zone.tags['env']".to_owned(),
        7 => format!("{}.lowerAscii()", text(from, scope)),
        8 => format!("{}.substring(1)", text(from, scope)),
        9 => "resource.t".to_owned(),
        10 => "resource.w".to_owned(),
        _ => "resource.s".to_owned(),
    }
}

fn int(from: &mut Choices<'_>, scope: &mut Scope) -> String {
    if let Some(port) = variable(&scope.ports, from) {
        return format!("{port}.port");
    }
    if let Some(name) = variable(&scope.ints, from) {
        return name.to_owned();
    }
    scope.depth += 1;
    let deep = scope.depth > 4;
    let made = match from.below(if deep { 8 } else { 11 }) {
        0 | 1 => from.one(&["0", "1", "22", "-1", "9223372036854775807"]).to_owned(),
        2 => "resource.j".to_owned(),
        3 => "resource.part.port".to_owned(),
        4 => "resource.counts['x']".to_owned(),
        5 => from
            .one(&["resource.texts.size()", "size(resource.tags)", "size(resource.ints)", "resource.rules.size()"])
            .to_owned(),
        6 => format!("size({})", text(from, scope)),
        7 => "resource.i".to_owned(),
        8 => "resource.ints[0]".to_owned(),
        _ => {
            let (a, b) = (int(from, scope), int(from, scope));
            format!("({a} {} {b})", from.one(&["+", "-", "*", "/", "%"]))
        }
    };
    scope.depth -= 1;
    made
}

fn moment(from: &mut Choices<'_>) -> String {
    from.one(&[
        "resource.at",
        "resource.since",
        "now",
        "timestamp('2023-11-14T22:13:20Z')",
        "(resource.at + resource.span)",
        "(now - duration('90d'))",
        "timestamp('2023-11-14T22:13:20.000000001Z')",
    ])
    .to_owned()
}

fn length(from: &mut Choices<'_>) -> String {
    from.one(&[
        "resource.span",
        "(now - resource.at)",
        "(resource.at - resource.since)",
        "duration('1d')",
        "(resource.span + resource.span)",
    ])
    .to_owned()
}

fn condition(from: &mut Choices<'_>, scope: &mut Scope) -> String {
    scope.depth += 1;
    let made = if scope.depth > 5 { leaf(from, scope) } else { compound(from, scope) };
    scope.depth -= 1;
    made
}

fn leaf(from: &mut Choices<'_>, scope: &Scope) -> String {
    if let Some(rule) = variable(&scope.rules, from) {
        return format!("{rule}.flag");
    }
    if let Some(port) = variable(&scope.ports, from) {
        return from.one(&["PORT.open", "has(PORT.note)"]).replace("PORT", port);
    }
    let known = [
        "resource.b",
        "resource.c",
        "has(resource.c)",
        "has(resource.j)",
        "resource.part.open",
        "has(resource.part.note)",
        "has(resource.part)",
        "has(resource.tags.env)",
        "('owner' in resource.tags)",
        "has(tenant)",
        "(tenant.state == 'active')",
        "has(unit)",
        "(has(landing_zone) && 'prod' in landing_zone.path)",
        "has(resource.counts.x)",
    ];
    from.one(&known).to_owned()
}

fn compound(from: &mut Choices<'_>, scope: &mut Scope) -> String {
    let relation = ["==", "!=", "<", "<=", ">", ">="];
    match from.below(18) {
        0 | 1 => format!("({} && {})", condition(from, scope), condition(from, scope)),
        2 | 3 => format!("({} || {})", condition(from, scope), condition(from, scope)),
        4 => format!("!{}", condition(from, scope)),
        5 => format!("({} ? {} : {})", condition(from, scope), condition(from, scope), condition(from, scope)),
        6 => format!("({} {} {})", int(from, scope), from.one(&relation), int(from, scope)),
        7 => format!("({} {} {})", text(from, scope), from.one(&relation), text(from, scope)),
        8 => format!("({} {} {})", moment(from), from.one(&relation), moment(from)),
        9 => format!("({} {} {})", length(from), from.one(&relation), length(from)),
        10 => {
            let side = |from: &mut Choices<'_>| {
                from.one(&["resource.d", "1.5", "(resource.d * 2.0)", "(resource.d / 0.0)"]).to_owned()
            };
            format!("({} {} {})", side(from), from.one(&relation), side(from))
        }
        11 => {
            let of = text(from, scope);
            let asked = from.one(&["startsWith('p')", "contains('0')", "matches('^[a-z]+$')", "endsWith('-1')"]);
            format!("{of}.{asked}")
        }
        12 => match from.below(5) {
            0 => format!("({} in ['a', 'prod', 'red'])", text(from, scope)),
            1 => format!("({} in [1, 22, 80])", int(from, scope)),
            2 => format!("('{}' in resource.texts)", from.one(TEXTS)),
            3 => format!("({} in resource.texts)", text(from, scope)),
            _ => format!("({} in resource.ints)", int(from, scope)),
        },
        13 => format!("({} == {})", condition(from, scope), condition(from, scope)),
        14 => looped(from, scope, "resource.rules", |scope, name| scope.rules.push(name)),
        15 => match scope.rules.last().cloned() {
            Some(rule) if from.below(2) == 0 => {
                looped(from, scope, &format!("{rule}.marks"), |scope, name| scope.texts.push(name))
            }
            Some(rule) => looped(from, scope, &format!("{rule}.ports"), |scope, name| scope.ports.push(name)),
            None => looped(from, scope, "resource.texts", |scope, name| scope.texts.push(name)),
        },
        16 => match from.below(4) {
            0 => looped(from, scope, "resource.tags", |scope, name| scope.texts.push(name)),
            1 => looped(from, scope, "['env', 'owner']", |scope, name| scope.texts.push(name)),
            2 => looped(from, scope, "landing_zone.path", |scope, name| scope.texts.push(name)),
            _ => looped(from, scope, "resource.ints", |scope, name| scope.ints.push(name)),
        },
        _ => leaf(from, scope),
    }
}

fn looped(from: &mut Choices<'_>, scope: &mut Scope, range: &str, bind: impl Fn(&mut Scope, String)) -> String {
    let mut inner = scope.clone();
    let name = inner.fresh();
    bind(&mut inner, name.clone());
    let mut range = range.to_owned();
    if from.below(6) == 0 {
        write!(range, ".filter({name}, {})", leaf(from, &inner)).unwrap();
    }
    let body = condition(from, &mut inner);
    scope.count = inner.count;
    format!("{range}.{}({name}, {body})", from.one(&["all", "exists", "exists_one"]))
}

/// Binds an assertion whose absences are not asked for: what then happens has to be the same too.
fn bound(text: &str) -> Bound {
    let environment = Environment { resource: Some(&FACET), places: true, params: BTreeMap::new() };
    let (tree, mistakes) = check(&parse(text).unwrap(), text, &environment, &[]);
    let others: Vec<_> = mistakes
        .iter()
        .filter(|mistake| !matches!(mistake.code, "unguarded-field" | "needless-has" | "unknown-word"))
        .collect();
    assert!(others.is_empty(), "{text}: {others:?}");
    let tree = tree.unwrap_or_else(|| panic!("{text}: {mistakes:?}"));
    Bound { text: text.into(), tree: bind(tree, &BTreeMap::new(), text).unwrap().into() }
}

fn check_same(text: &str, rows: &[u8], count: usize) -> Result<usize, TestCaseError> {
    let now: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let mut from = Choices(rows.iter());
    let placed: Vec<[Row; 4]> =
        (0..2).map(|_| std::array::from_fn(|index| row(&places()[index].fields, &mut from))).collect();
    let reason = Reason::AfterApply;
    let facts = |which: usize| match which {
        0 => [Place::Absent; 4],
        3 => [Place::Unknown(&reason), Place::Absent, Place::Unknown(&reason), Place::Absent],
        one => std::array::from_fn(|index| Place::Known(&placed[one - 1][index])),
    };
    let mut table = Table::new(&FACET, Some(now));
    let ids = [Table::nowhere(), table.place(facts(1)), table.place(facts(2)), table.place(facts(3))];
    let rows: Vec<(usize, Row)> = (0..count).map(|_| (from.below(4), row(&FACET.fields, &mut from))).collect();
    rows.iter().for_each(|(which, row)| table.push(row.clone(), ids[*which]));

    let bound = bound(text);
    let program = Program::compile(&bound);
    let outcome = judge(&[&program], &table, 1).remove(0);
    prop_assert_eq!(outcome.rows(), rows.len());
    for (at, (which, row)) in rows.iter().enumerate() {
        let single = bound.judge(&Facts::new(&FACET, row).at(facts(*which)).read_at(now));
        prop_assert_eq!(outcome.truth(at), single, "row {} of {}, program {:#?}", at, text, program.ops);
    }
    Ok(program.parts_by_row())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn columns_and_rows_agree(choices in prop::collection::vec(any::<u8>(), 0..120), rows in prop::collection::vec(any::<u8>(), 0..1500)) {
        let text = condition(&mut Choices(choices.iter()), &mut Scope::default());
        // Past the end of a text's bytes `Choices` says 0, which makes few rows of many the same.
        check_same(&text, &rows, 7)?;
    }
}

/// What authors write most is all done by columns.
#[test]
fn common_assertions_are_columnar() {
    let texts = [
        "resource.b == false && !resource.c",
        "resource.i >= 14 && resource.d < 2.0 || resource.w != 'red'",
        "has(resource.since) && now - resource.since <= duration('90d')",
        "['env', 'owner'].all(k, k in resource.tags && resource.tags[k] != '')",
        "resource.rules.all(r, !r.flag || !r.ports.exists(p, p.port <= 22 && p.port >= 22))",
        "resource.s.matches('^a') || resource.s.lowerAscii() in ['x', 'y']",
        "has(tenant) && tenant.tags['env'] == resource.tags['env']",
        "resource.texts.size() == 0 || 'a' in resource.texts",
        "has(landing_zone) && landing_zone.path.exists(z, z == 'prod') || resource.i + 1 > 3",
        "resource.rules.exists(r, r.name == resource.s && r.marks.all(m, m.startsWith('x')))",
        "resource.tags.all(k, v, k != v)",
    ];
    let bytes: Vec<u8> = (0..60_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for text in texts {
        assert_eq!(check_same(text, &bytes, 300).unwrap(), 0, "{text} is not all columnar");
    }
}

/// Batches, pieces and cores make no difference.
#[test]
fn many_rows_on_many_cores() {
    let mut table = Table::new(&FACET, None);
    let bytes: Vec<u8> = (0..4_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    let few: Vec<Row> = {
        let mut from = Choices(bytes.iter());
        (0..23).map(|_| row(&FACET.fields, &mut from)).collect()
    };
    let count = PIECE * 2 + BATCH + 7;
    for at in 0..count {
        table.push(few[at % few.len()].clone(), Table::nowhere());
    }
    let bound = bound("resource.b && resource.rules.all(r, r.flag) || resource.j > 1");
    let program = Program::compile(&bound);
    let outcomes: Vec<Outcome> =
        [1, 3].into_iter().map(|cores| judge(&[&program, &program], &table, cores).remove(1)).collect();
    let truths: Vec<Truth> = few.iter().map(|row| bound.judge(&Facts::new(&FACET, row))).collect();
    assert!(truths.contains(&Truth::True) && truths.contains(&Truth::False));
    for outcome in outcomes {
        assert_eq!(outcome.count_true() + outcome.count_false() + outcome.count_unknown(), count);
        for at in (0..count).step_by(61).chain(count - 9..count) {
            assert_eq!(outcome.truth(at), truths[at % few.len()]);
        }
        assert_eq!(outcome.unknowns().count(), outcome.count_unknown());
    }
}

/// However many entries a map has, the one that is asked for is found, and no other row's.
#[test]
fn maps_of_many_entries() {
    let mut bytes = [7_u8; 64].iter();
    let mut from = Choices(bytes.by_ref().as_slice().iter());
    let like = row(&FACET.fields, &mut from);
    let tags = FACET.fields.iter().position(|field| field.name == "tags").unwrap();
    let rows: Vec<Row> = [0, 1, 3, 63, 64, 65, 300, 2, 0, 10_000, 1]
        .into_iter()
        .enumerate()
        .map(|(number, many)| {
            let mut tags_of: BTreeMap<String, Datum> = (0..many).map(|at| (format!("k{at:05}"), "a".into())).collect();
            if number % 2 == 0 {
                tags_of.insert("z".to_owned(), format!("v{number}").as_str().into());
            }
            let mut row = like.clone();
            row.values[tags] = Datum::Map(tags_of.into_iter().collect());
            row
        })
        .collect();
    let mut table = Table::new(&FACET, None);
    rows.iter().for_each(|row| table.push(row.clone(), Table::nowhere()));
    for text in
        ["'z' in resource.tags", "resource.tags['z'] == 'v6'", "'z' in resource.tags && resource.tags['z'] != 'v6'"]
    {
        let bound = bound(text);
        let outcome = judge(&[&Program::compile(&bound)], &table, 1).remove(0);
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(outcome.truth(at), bound.judge(&Facts::new(&FACET, row)), "{text}, row {at}");
        }
    }
}

#[test]
fn a_program_of_another_facet_judges_nothing() {
    let program = Program::compile(&bound("resource.rules.all(r, r.flag)"));
    let table = Table::new(&places()[0], None);
    assert_eq!(judge(&[&program], &table, 1).remove(0).rows(), 0);
}
