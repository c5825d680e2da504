//! A small server for kinds that the test cluster is too old for: it keeps what is applied, adds what a real server fills
//! in, and writes down every body, so that a test can hold them to the published description of the API.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value as Json, json};

/// What a server holds: objects by path.
type Objects = Arc<Mutex<BTreeMap<String, Json>>>;

/// A running server; it ends with the process.
pub(crate) struct Fake {
    /// Where it listens.
    pub(crate) address: String,
    objects: Objects,
    bodies: Arc<Mutex<Vec<Json>>>,
    script: Script,
}

/// What is answered next at a path, before anything else is: status and text.
type Script = Arc<Mutex<BTreeMap<String, VecDeque<(u16, String)>>>>;

impl Fake {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heart = json!({"metadata": {"name": "kube-system", "uid": "0f5e0f5e-0f5e-0f5e-0f5e-0f5e0f5e0f5e"}});
        let objects = Objects::default();
        objects.lock().unwrap().insert("/api/v1/namespaces/kube-system".to_owned(), heart);
        let fake = Self { address, objects, bodies: Arc::default(), script: Script::default() };
        let (objects, bodies, script) = (Arc::clone(&fake.objects), Arc::clone(&fake.bodies), Arc::clone(&fake.script));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (objects, bodies, script) = (Arc::clone(&objects), Arc::clone(&bodies), Arc::clone(&script));
                thread::spawn(move || serve(stream, &objects, &bodies, &script));
            }
        });
        fake
    }

    /// All bodies that it was sent.
    pub(crate) fn bodies(&self) -> Vec<Json> {
        self.bodies.lock().unwrap().clone()
    }

    /// Answers this at a path, once, after what it was told to answer there before.
    pub(crate) fn say(&self, path: &str, status: u16, text: &str) {
        self.script.lock().unwrap().entry(path.to_owned()).or_default().push_back((status, text.to_owned()));
    }

    /// Changes an object by hand.
    pub(crate) fn tamper(&self, path: &str, pointer: &str, value: Json) {
        let mut objects = self.objects.lock().unwrap();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        objects.get_mut(path).unwrap().pointer_mut(parent).unwrap()[name] = value;
    }
}

fn serve(stream: TcpStream, objects: &Objects, bodies: &Mutex<Vec<Json>>, script: &Script) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
                length = number.trim().parse().unwrap();
            }
            let end = line.trim().is_empty();
            head.push_str(&line);
            if end {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body: Json = serde_json::from_slice(&body).unwrap_or(Json::Null);
        if !body.is_null() {
            bodies.lock().unwrap().push(body.clone());
        }
        let mut words = head.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let scripted = script.lock().unwrap().get_mut(path).and_then(VecDeque::pop_front);
        let path = path.split('?').next().unwrap_or_default();
        let merges = head.contains("merge-patch");
        let (status, text) = scripted.unwrap_or_else(|| {
            let (status, answer) = answer(method, path, body, merges, &mut objects.lock().unwrap());
            (status, answer.to_string())
        });
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", text.len());
        if writer.write_all((head + &text).as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(method: &str, path: &str, body: Json, merges: bool, objects: &mut BTreeMap<String, Json>) -> (u16, Json) {
    let name = path.rsplit('/').next().unwrap_or_default();
    let gone = json!({"kind": "Status", "reason": "NotFound", "message": format!("{name} not found"), "details": {"name": name}});
    match method {
        "GET" if objects.contains_key(path) => (200, objects[path].clone()),
        "GET" if ["validatingadmissionpolicies", "validatingadmissionpolicybindings"].contains(&name) => {
            let items: Vec<&Json> =
                objects.iter().filter(|(at, _)| at.starts_with(&format!("{path}/"))).map(|(_, one)| one).collect();
            (200, json!({"kind": "List", "items": items}))
        }
        "PATCH" if merges => {
            let object = objects.get_mut(path).unwrap();
            merge(object, &body);
            (200, object.clone())
        }
        "PATCH" => {
            let mut object = body;
            // What a real server fills in.
            if let Some(rules) = object.pointer_mut("/spec/matchConstraints/resourceRules").and_then(Json::as_array_mut)
            {
                rules.iter_mut().for_each(|rule| rule["scope"] = "*".into());
            }
            object["metadata"]["uid"] = "1".into();
            objects.insert(path.to_owned(), object.clone());
            (200, object)
        }
        "DELETE" => objects.remove(path).map_or((404, gone), |object| (200, object)),
        _ => (404, gone),
    }
}

fn merge(into: &mut Json, patch: &Json) {
    for (name, value) in patch.as_object().into_iter().flatten() {
        match value {
            Json::Null => drop(into.as_object_mut().unwrap().remove(name)),
            Json::Object(_) => merge(&mut into[name.as_str()], value),
            other => into[name.as_str()] = other.clone(),
        }
    }
}
