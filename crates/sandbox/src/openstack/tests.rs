//! An OpenStack's manners: what the published API promises, one promise a test.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod networks;

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{OpenStack, PASSWORD};
use crate::{
    cloud::{Access, Cloud, Tuning},
    faults::Fault,
    scenario::{Hand, HandCall},
};

/// An OpenStack, its time, and a token for it.
struct Sky {
    cloud: OpenStack,
    now: Timestamp,
    tuning: Tuning,
    token: String,
}

impl Sky {
    fn new() -> Self {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let mut sky = Self { cloud: OpenStack::new(7), now, tuning: Tuning::default(), token: String::new() };
        sky.token = sky
            .login("admin", PASSWORD, &json!({"project": {"name": "admin", "domain": {"name": "Default"}}}))
            .unwrap();
        sky
    }

    fn reply(&mut self, method: &str, path: &str, body: &Value) -> (u16, Option<String>, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request = http::Request::builder().method(method).uri(path).header("host", "sky.example");
        let request = request.header("x-auth-token", &self.token).body(Bytes::from(text)).unwrap();
        let call = self.cloud.hear(&request).unwrap();
        let reply = self.cloud.answer(&call, &request, &self.tuning, self.now);
        let token = reply.headers().get("x-subject-token").map(|token| token.to_str().unwrap().to_owned());
        let body = serde_json::from_slice(reply.body()).unwrap_or_default();
        (reply.status().as_u16(), token, body)
    }

    fn call(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let (status, _, body) = self.reply(method, &format!("/identity/v3{path}"), &body);
        (status, body)
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn put(&mut self, path: &str) -> u16 {
        self.call("PUT", path, Value::Null).0
    }

    /// Makes an object and returns its id.
    fn make(&mut self, noun: &str, members: Value) -> String {
        let (status, made) = self.call("POST", &format!("/{noun}s"), json!({noun: members}));
        assert_eq!(status, 201, "{made}");
        made[noun]["id"].as_str().unwrap().to_owned()
    }

    /// Status and message of a refusal.
    fn refused(&mut self, method: &str, path: &str, body: Value) -> (u16, String) {
        let (status, body) = self.call(method, path, body);
        (status, body["error"]["message"].as_str().unwrap_or_else(|| panic!("{status} {body}")).to_owned())
    }

    fn login(&mut self, user: &str, password: &str, scope: &Value) -> Result<String, u16> {
        let user = json!({"name": user, "domain": {"id": "default"}, "password": password});
        let identity = json!({"methods": ["password"], "password": {"user": user}});
        self.prove(json!({"identity": identity, "scope": scope}))
    }

    fn prove(&mut self, auth: Value) -> Result<String, u16> {
        let (status, token, _) = self.reply("POST", "/identity/v3/auth/tokens", &json!({"auth": auth}));
        token.ok_or(status)
    }

    fn role(&mut self, name: &str) -> String {
        self.get(&format!("/roles?name={name}"))["roles"][0]["id"].as_str().unwrap().to_owned()
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    fn hand(&mut self, service: &str, operation: &str, input: Value) -> Option<String> {
        let call =
            HandCall { service: service.into(), operation: operation.into(), input, account: None, region: None };
        self.cloud.tamper(&Hand { by: "mallory".into(), call }, self.now).unwrap().failed
    }
}

fn project(name: &str, parent: &str) -> Value {
    json!({"name": name, "domain_id": "default", "parent_id": parent})
}

#[test]
fn it_is_born_with_an_administrator_and_roles_that_imply_each_other() {
    let mut sky = Sky::new();
    let names: BTreeSet<String> = sky.get("/roles")["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["admin", "manager", "member", "reader", "service"].map(str::to_owned).into());
    assert_eq!(sky.get("/role_inferences")["role_inferences"].as_array().unwrap().len(), 3);
    let admin = sky.role("admin");
    let (status, why) = sky.refused("PATCH", &format!("/roles/{admin}"), json!({"role": {"name": "boss"}}));
    assert!(status == 403 && why.contains("immutable role"), "{why}");
}

#[test]
fn a_token_ends_with_its_hour_with_its_password_and_with_its_user() {
    let mut sky = Sky::new();
    let scope = json!({"project": {"name": "admin", "domain": {"id": "default"}}});
    assert_eq!(sky.login("admin", "wrong", &scope), Err(401));
    assert_eq!(sky.login("nobody", PASSWORD, &scope), Err(401));
    sky.pass(3599);
    sky.get("/projects");
    sky.pass(2);
    let (status, why) = sky.refused("GET", "/projects", Value::Null);
    assert_eq!((status, why.as_str()), (401, "The request you have made requires authentication."));

    sky.token = sky.login("admin", PASSWORD, &scope).unwrap();
    let admin = sky.get("/users?name=admin")["users"][0]["id"].as_str().unwrap().to_owned();
    sky.pass(1);
    assert_eq!(sky.call("PATCH", &format!("/users/{admin}"), json!({"user": {"password": "new"}})).0, 200);
    assert_eq!(sky.call("GET", "/projects", Value::Null).0, 401, "a new password ends all tokens");
    assert!(sky.get_user_hides_password("new", &scope));

    sky.tuning.session_max = Some(Duration::from_secs(10));
    sky.token = sky.login("admin", "new", &scope).unwrap();
    sky.pass(11);
    assert_eq!(sky.call("GET", "/projects", Value::Null).0, 401, "a scenario may make them short");
}

impl Sky {
    fn get_user_hides_password(&mut self, password: &str, scope: &Value) -> bool {
        self.token = self.login("admin", password, scope).unwrap();
        self.get("/users")["users"][0].get("password").is_none()
    }
}

#[test]
fn a_token_tells_who_where_and_which_services_there_are() {
    let mut sky = Sky::new();
    let user = json!({"name": "admin", "domain": {"name": "Default"}, "password": PASSWORD});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let auth = json!({"auth": {"identity": identity, "scope": {"system": {"all": true}}}});
    let (_, token, told) = sky.reply("POST", "/identity/v3/auth/tokens", &auth);
    let token = token.unwrap();
    assert_eq!(told["token"]["user"]["domain"]["name"], "Default");
    assert_eq!(told["token"]["system"]["all"], true);
    let urls: Vec<&str> = told["token"]["catalog"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| service["endpoints"][0]["url"].as_str().unwrap())
        .collect();
    for url in ["http://sky.example/identity", "http://sky.example/compute/v2.1", "http://sky.example/volume/v3"] {
        assert!(urls.contains(&url), "{urls:?}");
    }
    let again = json!({"identity": {"methods": ["token"], "token": {"id": token}}});
    assert!(sky.prove(again).is_ok());
    let unknown = json!({"identity": {"methods": ["token"], "token": {"id": "gAAAAABx"}}});
    assert_eq!(sky.prove(unknown), Err(404), "of a token that it does not know Keystone says that it is not found");
}

#[test]
fn an_application_credential_is_good_for_its_project() {
    let mut sky = Sky::new();
    let admin = sky.get("/users?name=admin")["users"][0]["id"].as_str().unwrap().to_owned();
    let asked = json!({"application_credential": {"name": "pipeline", "secret": "hush"}});
    let (status, made) = sky.call("POST", &format!("/users/{admin}/application_credentials"), asked);
    assert_eq!(status, 201, "{made}");
    let id = &made["application_credential"]["id"];
    let proof = |secret: &str| {
        json!({"identity": {
            "methods": ["application_credential"], "application_credential": {"id": id, "secret": secret},
        }})
    };
    assert_eq!(sky.prove(proof("wrong")), Err(401));
    sky.token = sky.prove(proof("hush")).unwrap();
    sky.get("/projects");
}

#[test]
fn who_has_no_role_for_it_is_refused_with_the_rule() {
    let mut sky = Sky::new();
    let ada = sky.make("user", json!({"name": "ada", "password": "hush"}));
    let shop = sky.make("project", project("shop", "default"));
    let scope = json!({"project": {"id": shop}});
    assert_eq!(sky.login("ada", "hush", &scope), Err(401), "a token needs a role in its project");
    let member = sky.role("member");
    assert_eq!(sky.put(&format!("/projects/{shop}/users/{ada}/roles/{member}")), 204);
    let admin = sky.token.clone();
    sky.token = sky.login("ada", "hush", &scope).unwrap();
    let (status, why) = sky.refused("POST", "/projects", json!({"project": {"name": "mine"}}));
    assert_eq!(
        (status, why.as_str()),
        (403, "You are not authorized to perform the requested action: identity:create_project.")
    );
    let hers = std::mem::replace(&mut sky.token, admin);
    assert_eq!(sky.call("PATCH", &format!("/users/{ada}"), json!({"user": {"enabled": false}})).0, 200);
    sky.token = hers;
    assert_eq!(sky.call("GET", "/projects", Value::Null).0, 401, "who is switched off is nobody");
}

#[test]
fn projects_nest_five_levels_and_never_move() {
    let mut sky = Sky::new();
    let mut parent = "default".to_owned();
    let mut all = Vec::new();
    for level in 1..=5 {
        parent = sky.make("project", project(&format!("level-{level}"), &parent));
        all.push(parent.clone());
    }
    let (status, why) = sky.refused("POST", "/projects", json!({"project": project("level-6", &parent)}));
    assert!(status == 403 && why.contains("Max hierarchy depth reached"), "{why}");
    let top = format!("/projects/{}", all[0]);
    let (status, why) =
        sky.refused("PATCH", &format!("/projects/{}", all[1]), json!({"project": {"parent_id": "default"}}));
    assert!(status == 403 && why.contains("Update of `parent_id` is not allowed"), "{why}");
    let (status, why) = sky.refused("DELETE", &top, Value::Null);
    assert!(status == 403 && why.contains("not a leaf"), "{why}");
    let (status, why) = sky.refused("PATCH", &top, json!({"project": {"enabled": false}}));
    assert!(status == 403 && why.contains("its subtree contains enabled projects"), "{why}");
    let (status, why) = sky.refused("POST", "/projects", json!({"project": project("level-1", "default")}));
    assert!(status == 409 && why.contains("level-1"), "{why}");
    assert_eq!(sky.get(&format!("/projects?parent_id={}", all[0]))["projects"].as_array().unwrap().len(), 1);
}

#[test]
fn a_branch_is_switched_on_from_above() {
    let mut sky = Sky::new();
    let upper = sky.make("project", json!({"name": "upper", "domain_id": "default", "enabled": false}));
    let below = json!({"project": project("lower", &upper)});
    let (status, why) = sky.refused("POST", "/projects", below.clone());
    assert!(status == 403 && why.contains("disabled project"), "{why}");
    let on = |on: bool| json!({"project": {"enabled": on}});
    sky.call("PATCH", &format!("/projects/{upper}"), on(true));
    let lower = sky.make("project", project("lower", &upper));
    for id in [&lower, &upper] {
        assert_eq!(sky.call("PATCH", &format!("/projects/{id}"), on(false)).0, 200);
    }
    let (status, why) = sky.refused("PATCH", &format!("/projects/{lower}"), on(true));
    assert!(status == 403 && why.contains("disabled parents"), "{why}");
}

#[test]
fn what_is_immutable_is_opened_first() {
    let mut sky = Sky::new();
    let vault = json!({"name": "vault", "options": {"immutable": true}, "tags": ["a=b"]});
    let path = format!("/projects/{}", sky.make("project", vault));
    assert_eq!(sky.refused("PATCH", &path, json!({"project": {"name": "x"}})).0, 403);
    assert_eq!(sky.refused("PUT", &format!("{path}/tags"), json!({"tags": []})).0, 403);
    assert_eq!(sky.refused("DELETE", &path, Value::Null).0, 403);
    assert_eq!(sky.call("PATCH", &path, json!({"project": {"options": {"immutable": false}}})).0, 200);
    assert_eq!(sky.call("PUT", &format!("{path}/tags"), json!({"tags": ["c=d"]})).0, 200);
    for tags in [json!(["a/b"]), json!(["a,b"]), json!(["a", "a"]), json!([""]), json!("a")] {
        assert_eq!(sky.refused("PUT", &format!("{path}/tags"), json!({"tags": tags})).0, 400);
    }
    assert_eq!(sky.get(&path)["project"]["tags"], json!(["c=d"]));
    assert_eq!(sky.call("DELETE", &path, Value::Null).0, 204);
}

#[test]
fn a_domain_is_switched_off_before_it_ends_and_takes_all_in_it_along() {
    let mut sky = Sky::new();
    let corp = sky.make("domain", json!({"name": "corp"}));
    let shop = sky.make("project", json!({"name": "shop", "domain_id": corp}));
    let ada = sky.make("user", json!({"name": "ada", "domain_id": corp}));
    let path = format!("/domains/{corp}");
    let (status, why) = sky.refused("DELETE", &path, Value::Null);
    assert!(status == 403 && why.contains("please disable it first"), "{why}");
    sky.call("PATCH", &path, json!({"domain": {"enabled": false}}));
    assert_eq!(sky.call("DELETE", &path, Value::Null).0, 204);
    for gone in [path, format!("/projects/{shop}"), format!("/users/{ada}")] {
        let (status, why) = sky.refused("GET", &gone, Value::Null);
        assert!(status == 404 && why.starts_with("Could not find"), "{why}");
    }
}

#[test]
fn whatever_is_written_beside_the_known_members_is_kept() {
    let mut sky = Sky::new();
    let ada = sky.make("user", json!({"name": "ada", "polity_address": "acme/os/user/ada", "email": "a@b.example"}));
    assert_eq!(sky.get(&format!("/users/{ada}"))["user"]["polity_address"], "acme/os/user/ada");
    let (_, changed) = sky.call("PATCH", &format!("/users/{ada}"), json!({"user": {"polity_address": null}}));
    assert_eq!(changed["user"]["polity_address"], Value::Null);
    assert_eq!(changed["user"]["email"], "a@b.example");
}

#[test]
fn memberships_and_grants_are_made_twice_and_ended_once() {
    let mut sky = Sky::new();
    let ada = sky.make("user", json!({"name": "ada"}));
    let crew = sky.make("group", json!({"name": "crew"}));
    let shop = sky.make("project", project("shop", "default"));
    let reader = sky.role("reader");
    for path in [
        format!("/groups/{crew}/users/{ada}"),
        format!("/projects/{shop}/groups/{crew}/roles/{reader}"),
        format!("/domains/default/users/{ada}/roles/{reader}"),
        format!("/OS-INHERIT/projects/{shop}/users/{ada}/roles/{reader}/inherited_to_projects"),
    ] {
        assert_eq!(sky.call("HEAD", &path, Value::Null), (404, Value::Null), "{path}");
        assert_eq!((sky.put(&path), sky.put(&path)), (204, 204), "{path}");
        assert_eq!(sky.call("HEAD", &path, Value::Null).0, 204, "{path}");
        let statuses = [0; 2].map(|_| sky.call("DELETE", &path, Value::Null).0);
        assert_eq!(statuses, [204, 404], "{path}");
    }
    assert_eq!(sky.put(&format!("/projects/{shop}/users/nobody/roles/{reader}")), 404);
}

#[test]
fn assignments_are_listed_with_names_and_what_is_inherited_says_so() {
    let mut sky = Sky::new();
    let (crew, zone) = (sky.make("group", json!({"name": "crew"})), sky.make("project", project("zone", "default")));
    let member = sky.role("member");
    sky.put(&format!("/OS-INHERIT/projects/{zone}/groups/{crew}/roles/{member}/inherited_to_projects"));
    let listed = sky.get(&format!("/role_assignments?include_names=true&group.id={crew}"));
    let one = &listed["role_assignments"][0];
    assert_eq!(one["scope"]["OS-INHERIT:inherited_to"], "projects");
    assert_eq!((&one["group"]["name"], &one["role"]["name"]), (&json!("crew"), &json!("member")));
    assert_eq!(one["scope"]["project"]["domain"]["id"], "default");
    let (status, why) = sky.refused("GET", "/role_assignments?effective", Value::Null);
    assert!(status == 501 && why.contains("does not simulate"), "{why}");
    // It holds below, and not at the place itself.
    let ada = sky.make("user", json!({"name": "ada", "password": "hush"}));
    let shop = sky.make("project", project("shop", &zone));
    sky.put(&format!("/groups/{crew}/users/{ada}"));
    assert_eq!(sky.login("ada", "hush", &json!({"project": {"id": zone}})), Err(401));
    assert!(sky.login("ada", "hush", &json!({"project": {"id": shop}})).is_ok());
}

#[test]
fn roles_imply_others_even_in_a_circle_but_never_the_administrators() {
    let mut sky = Sky::new();
    let [upper, lower] = ["upper", "lower"].map(|name| sky.make("role", json!({"name": name})));
    assert_eq!(sky.put(&format!("/roles/{upper}/implies/{lower}")), 201);
    assert_eq!(sky.put(&format!("/roles/{lower}/implies/{upper}")), 201, "Keystone does not refuse it");
    let admin = sky.role("admin");
    assert_eq!(sky.put(&format!("/roles/{upper}/implies/{admin}")), 403);
    assert_eq!(
        [0; 2].map(|_| sky.call("DELETE", &format!("/roles/{upper}/implies/{lower}"), Value::Null).0),
        [204, 404]
    );
}

#[test]
fn a_limit_needs_a_registered_one_and_stands_once() {
    let mut sky = Sky::new();
    let shop = sky.make("project", project("shop", "default"));
    let nova = sky.get("/services?type=compute")["services"][0]["id"].clone();
    let limit = |resource: &str| {
        json!({"limits": [{
            "project_id": shop, "service_id": nova, "region_id": null, "resource_name": resource, "resource_limit": 8,
        }]})
    };
    let (status, why) = sky.refused("POST", "/limits", limit("unheard"));
    assert!(status == 400 && why.contains("no corresponding registered limit"), "{why}");
    let (status, made) = sky.call("POST", "/limits", limit("class:VCPU"));
    assert_eq!(status, 201, "{made}");
    assert_eq!(sky.refused("POST", "/limits", limit("class:VCPU")).0, 409);
    let path = format!("/limits/{}", made["limits"][0]["id"].as_str().unwrap());
    assert_eq!(sky.call("PATCH", &path, json!({"limit": {"resource_limit": 4}})).1["limit"]["resource_limit"], 4);
    sky.call("DELETE", &format!("/projects/{shop}"), Value::Null);
    assert_eq!(sky.call("GET", &path, Value::Null).0, 404, "it ends with its project");
}

#[test]
fn each_service_keeps_its_quotas_and_takes_back_its_own() {
    let mut sky = Sky::new();
    let shop = sky.make("project", project("shop", "default"));
    for (root, member, item, default) in [
        ("/compute/v2.1/os-quota-sets", "quota_set", "cores", 20),
        ("/volume/v3/os-quota-sets", "quota_set", "gigabytes", 1000),
        ("/network/v2.0/quotas", "quota", "router", 10),
    ] {
        let path = format!("{root}/{shop}");
        let held = |sky: &mut Sky| sky.reply("GET", &path, &Value::Null).2[member][item].clone();
        assert_eq!(held(&mut sky), default);
        assert_eq!(sky.reply("PUT", &path, &json!({member: {item: 3}})).0, 200);
        assert_eq!(held(&mut sky), 3);
        assert_eq!(sky.reply("PUT", &path, &json!({member: {item: -2}})).0, 400);
        assert_eq!(sky.reply("PUT", &path, &json!({member: {"unheard": 1}})).0, 400);
        assert!((200..300).contains(&sky.reply("DELETE", &path, &Value::Null).0));
        assert_eq!(held(&mut sky), default);
    }
    let (status, _, body) = sky.reply("GET", "/compute/v2.1/os-quota-sets/nowhere", &Value::Null);
    assert_eq!((status, body["badRequest"]["code"].clone()), (400, json!(400)));
    let (_, _, body) = sky.reply("DELETE", &format!("/network/v2.0/quotas/{shop}"), &Value::Null);
    assert_eq!(body["NeutronError"]["type"], "TenantQuotaNotFound");
    assert_eq!(sky.reply("GET", "/compute/v2.1/servers?all_tenants=1", &Value::Null).2["servers"], json!([]));
}

#[test]
fn lists_come_in_pages_where_a_scenario_wants_it() {
    let mut sky = Sky::new();
    for number in 0..4 {
        sky.make("project", project(&format!("p{number}"), "default"));
    }
    sky.tuning.page_max = Some(2);
    let (mut names, mut path) = (BTreeSet::new(), "/projects".to_owned());
    loop {
        let page = sky.get(&path);
        for one in page["projects"].as_array().unwrap() {
            assert!(names.insert(one["name"].as_str().unwrap().to_owned()), "no item twice: {page}");
        }
        let Some(next) = page["links"]["next"].as_str() else { break };
        path = next.split_once("/v3").unwrap().1.to_owned();
    }
    assert_eq!(names.len(), 5);
}

#[test]
fn what_is_not_simulated_is_refused_by_saying_so() {
    let mut sky = Sky::new();
    let (status, why) = sky.refused("GET", "/regions", Value::Null);
    assert_eq!((status, why.as_str()), (501, "the sandbox does not simulate `GET /regions` of the service `identity`"));
    let (status, _, body) = sky.reply("GET", "/network/v2.0/routers", &Value::Null);
    assert_eq!((status, body["NeutronError"]["type"].as_str()), (501, Some("NotImplemented")));
    let (status, _, body) = sky.reply("GET", "/identity/v3", &Value::Null);
    assert_eq!((status, body["version"]["id"].as_str()), (200, Some("v3.14")));
    let root = sky.reply("GET", "/compute", &Value::Null);
    assert_eq!((root.0, root.2["versions"][0]["version"].as_str()), (300, Some("2.96")));
}

#[test]
fn faults_are_worded_as_each_service_would() {
    let mut sky = Sky::new();
    let request = http::Request::post("/network/v2.0/quotas/x").body(Bytes::new()).unwrap();
    let call = sky.cloud.hear(&request).unwrap();
    assert_eq!(call.access, Access::Write);
    for (fault, status) in [
        (Fault::Throttled, 429),
        (Fault::Denied, 403),
        (Fault::Expired, 401),
        (Fault::Busy, 503),
        (Fault::BrokenAfter, 500),
    ] {
        assert_eq!(sky.cloud.refuse(&call, fault).status(), status);
    }
}

#[test]
fn hands_name_things_by_their_names() {
    let mut sky = Sky::new();
    sky.make("project", project("shop", "default"));
    let off = json!({"project": {"enabled": false}});
    assert_eq!(sky.hand("identity", "PATCH /projects/${project:shop}", off.clone()), None);
    assert_eq!(sky.get("/projects?name=shop")["projects"][0]["enabled"], false);
    assert_eq!(sky.hand("compute", "PUT /os-quota-sets/${project:shop}", json!({"quota_set": {"cores": 99}})), None);
    let told = |sky: &mut Sky, operation: &str| sky.hand("identity", operation, off.clone()).unwrap();
    assert_eq!(told(&mut sky, "PATCH /projects/${project:store}"), "`${project:store}` names nothing");
    assert_eq!(told(&mut sky, "PATCH /regions/one"), "the sandbox does not simulate `PATCH /regions/one`");
    assert!(told(&mut sky, "DELETE /domains/default").starts_with("Forbidden: "));
}

#[test]
fn what_is_written_down_reads_back() {
    let mut sky = Sky::new();
    sky.make("project", project("shop", "default"));
    let saved = sky.cloud.save();
    assert_eq!(OpenStack::load(&saved).unwrap().save(), saved);
    assert!(OpenStack::load(&json!({"ids": 7})).is_err());
}

#[test]
fn a_read_of_the_past_still_knows_the_token() {
    let mut sky = Sky::new();
    let scope = json!({"project": {"name": "admin", "domain": {"id": "default"}}});
    sky.cloud.remember(sky.now, Duration::from_secs(60));
    let before = sky.now;
    sky.pass(1);
    sky.token = sky.login("admin", PASSWORD, &scope).unwrap();
    sky.make("project", project("shop", "default"));
    let request =
        http::Request::get("/identity/v3/projects").header("x-auth-token", &sky.token).body(Bytes::new()).unwrap();
    let call = sky.cloud.hear(&request).unwrap();
    let mut past = sky.cloud.recall(&call, before).unwrap();
    let reply = past.answer(&call, &request, &sky.tuning, sky.now);
    let listed: Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(listed["projects"].as_array().map(Vec::len), Some(1), "{listed}");
}
