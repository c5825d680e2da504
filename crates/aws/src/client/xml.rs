//! XML answers as JSON, so that kinds read one kind of tree.

use polity_provider::{Error, Problem};
use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesRef, Event},
};
use serde_json::{Map, Value as Json};

/// Deepest nesting that is read; AWS's answers stay below ten.
const DEEPEST: usize = 64;

/// An element that is still open.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    children: Map<String, Json>,
}

/// The children of the root element, an `...Result` element around them taken off too: an element with children is an
/// object, one with text a string, a repeated one an array; `member` and `item` are always arrays.
pub(crate) fn to_json(operation: &str, text: &str) -> Result<Json, Error> {
    let root = tree(text).map_err(|why| Error::new(Problem::Unexpected, operation, why))?;
    let Json::Object(mut children) = root else { return Ok(root) };
    let name = operation.rsplit(':').next().unwrap_or(operation);
    Ok(children.remove(&format!("{name}Result")).unwrap_or(Json::Object(children)))
}

/// The content of the root element.
pub(super) fn tree(text: &str) -> Result<Json, String> {
    let broken = |why: &dyn std::fmt::Display| format!("the answer is no XML that can be read: {why}");
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| broken(&error))? {
            Event::Start(start) => {
                if open.len() == DEEPEST {
                    return Err(broken(&"it is nested too deep"));
                }
                let name = start.local_name();
                open.push(Open { name: name.as_ref().to_owned(), ..Open::default() });
            }
            Event::End(_) => {
                let Some(closed) = open.pop() else { return Err(broken(&"an element ends that did not begin")) };
                let (name, value) = finish(closed);
                match open.last_mut() {
                    Some(parent) => add(&mut parent.children, name, value),
                    None => return Ok(value),
                }
            }
            Event::Text(part) => write(&mut open, &part.xml10_content()),
            Event::CData(part) => write(&mut open, &part.xml10_content()),
            Event::GeneralRef(reference) => {
                let Some(character) = resolve(&reference) else { return Err(broken(&"an entity is unknown")) };
                write(&mut open, &character);
            }
            Event::Eof => return Err(broken(&"it ends too early")),
            _ => {}
        }
    }
}

fn write(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character.to_string()),
        Ok(None) => resolve_predefined_entity(reference).map(str::to_owned),
        Err(_) => None,
    }
}

fn finish(element: Open) -> (String, Json) {
    let value = if element.children.is_empty() { Json::String(element.text) } else { Json::Object(element.children) };
    (element.name, value)
}

fn add(children: &mut Map<String, Json>, name: String, value: Json) {
    let list = name == "member" || name == "item";
    match children.get_mut(&name) {
        Some(Json::Array(items)) => items.push(value),
        Some(first) => {
            let items = vec![first.take(), value];
            *first = Json::Array(items);
        }
        None if list => {
            children.insert(name, Json::Array(vec![value]));
        }
        None => {
            children.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_arrays_even_with_one_item_or_none() {
        let text = "<?xml version=\"1.0\"?>\n<ListResponse xmlns=\"https://iam.example/\"><ListResult><Aliases>\n <member>a</member>\n</Aliases>\
             <None/><More>false</More></ListResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListResponse>";
        let answer = to_json("iam:List", text).unwrap();
        assert_eq!(answer, json!({"Aliases": {"member": ["a"]}, "None": "", "More": "false"}));
    }

    #[test]
    fn repeated_elements_entities_and_cdata_are_understood() {
        let text = "<R><a>1 &lt; 2 &#38; &quot;3&quot;</a><a><![CDATA[<x>]]></a><ns:b xmlns:ns='n'>y</ns:b></R>";
        assert_eq!(to_json("ec2:R", text).unwrap(), json!({"a": ["1 < 2 & \"3\"", "<x>"], "b": "y"}));
    }

    #[test]
    fn text_that_is_no_xml_is_an_error() {
        for text in ["", "hello", "<a>", "<a></b>", "<a>&unknown;</a>", &"<a>".repeat(100)] {
            assert!(to_json("ec2:R", text).is_err(), "{text}");
        }
    }
}
