//! Lists in pages. A token is good for the operation and the input that it was given out for, and for nothing else.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::{refusal::Refusal, service::Turn};

/// How one list is paged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    /// Name of the token, in and out.
    pub(crate) token: &'static str,
    /// Name of the member that asks for smaller pages.
    pub(crate) max: &'static str,
    /// Items on a page when nobody asks.
    pub(crate) usual: usize,
    /// Items on a page at most.
    pub(crate) most: usize,
    /// Code of the error for a token that is none.
    pub(crate) error: &'static str,
}

/// One page of a list, rendered, under the name `key`, with the token of the next page if there is one.
pub(crate) fn page<T>(
    turn: &Turn<'_>,
    pages: Pages,
    key: &str,
    items: impl ExactSizeIterator<Item = T>,
    render: impl Fn(T) -> Value,
) -> Result<Value, Refusal> {
    let input = super::input::Input::new(&turn.call.input);
    let asked = input.number(pages.max).map(|asked| usize::try_from(asked).unwrap_or(0));
    if asked.is_some_and(|asked| asked == 0 || asked > pages.most) {
        return Err(Refusal::new(pages.error, format!("{} must be between 1 and {}", pages.max, pages.most)));
    }
    let mut size = asked.unwrap_or(pages.usual);
    if let Some(most) = turn.tuning.page_max {
        size = size.min(most.max(1));
    }
    // The Tagging API's last page has an empty token, and clients begin with one.
    let given = input.text(pages.token).filter(|given| !given.is_empty() || pages.token != "PaginationToken");
    let offset = match given {
        None if turn.tuning.empty_pages => {
            return Ok(serde_json::json!({ key: [], pages.token: token(turn, pages, 0) }));
        }
        None => 0,
        Some(given) => read_token(turn, pages, given)?,
    };
    let total = items.len();
    let shown: Vec<Value> = items.skip(offset).take(size).map(render).collect();
    let end = offset.saturating_add(shown.len());
    let mut answer = serde_json::json!({ key: shown });
    if let (true, Some(map)) = (end < total, answer.as_object_mut()) {
        map.insert(pages.token.to_owned(), token(turn, pages, end).into());
    }
    Ok(answer)
}

fn token(turn: &Turn<'_>, pages: Pages, offset: usize) -> String {
    format!("{:016x}{offset:08x}", fingerprint(turn, pages))
}

fn read_token(turn: &Turn<'_>, pages: Pages, given: &str) -> Result<usize, Refusal> {
    let expected = format!("{:016x}", fingerprint(turn, pages));
    let offset = given.strip_prefix(expected.as_str()).and_then(|rest| usize::from_str_radix(rest, 16).ok());
    offset.ok_or_else(|| {
        Refusal::new(
            pages.error,
            format!("The value of {} is not one that this operation gave for this request.", pages.token),
        )
    })
}

/// What a token belongs to: the operation and all members but those of paging.
fn fingerprint(turn: &Turn<'_>, pages: Pages) -> u64 {
    let mut hasher = DefaultHasher::new();
    (turn.call.service, turn.call.operation.as_str(), turn.call.place.as_str()).hash(&mut hasher);
    for (name, value) in turn.call.input.as_object().into_iter().flatten() {
        if name != pages.token && name != pages.max {
            (name, value.to_string()).hash(&mut hasher);
        }
    }
    hasher.finish()
}
