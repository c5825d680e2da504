//! Neutron: networks that are shared, and security groups.

use super::*;

#[test]
fn a_network_is_shared_once_with_each_project() {
    let mut sky = Sky::new();
    let shop = sky.make("project", project("shop", "default"));
    let root = "/network/v2.0";
    let (_, _, networks) = sky.reply("GET", &format!("{root}/networks?name=public"), &Value::Null);
    let network = networks["networks"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(sky.reply("GET", &format!("{root}/networks/{network}"), &Value::Null).2["network"]["name"], "public");
    let rule = json!({"rbac_policy": {
        "object_type": "network", "object_id": network, "action": "access_as_shared", "target_tenant": shop,
    }});
    let policies = format!("{root}/rbac-policies");
    let (status, _, made) = sky.reply("POST", &policies, &rule);
    assert_eq!((status, &made["rbac_policy"]["target_tenant"]), (201, &json!(shop)));
    assert_eq!(sky.reply("POST", &policies, &rule).0, 409);
    assert_eq!(sky.reply("POST", &policies, &json!({"rbac_policy": {}})).0, 400);
    let one = format!("{policies}/{}", made["rbac_policy"]["id"].as_str().unwrap());
    assert_eq!([0; 2].map(|_| sky.reply("DELETE", &one, &Value::Null).0), [204, 404]);
}

#[test]
fn a_project_has_a_security_group_once_somebody_asks_and_no_rule_twice() {
    let mut sky = Sky::new();
    let shop = sky.make("project", project("shop", "default"));
    let root = "/network/v2.0";
    let all = format!("{root}/security-groups");
    assert_eq!(sky.reply("GET", &all, &Value::Null).2["security_groups"], json!([]));
    let (_, _, born) = sky.reply("GET", &format!("{all}?project_id={shop}&name=default"), &Value::Null);
    let group = born["security_groups"][0].clone();
    let id = group["id"].as_str().unwrap();
    assert_eq!(group["security_group_rules"].as_array().unwrap().len(), 4);
    assert_eq!(sky.reply("GET", &format!("{all}?project_id={shop}"), &Value::Null).2, born, "it is made once");
    let rules = format!("{root}/security-group-rules");
    let rule = |members: Value| {
        let mut rule = json!({"security_group_id": id, "direction": "ingress"});
        rule.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({ "security_group_rule": rule })
    };
    let ssh = rule(json!({"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}));
    let (status, _, made) = sky.reply("POST", &rules, &ssh);
    assert_eq!((status, &made["security_group_rule"]["project_id"]), (201, &json!(shop)));
    assert_eq!(sky.reply("POST", &rules, &ssh).2["NeutronError"]["type"], "SecurityGroupRuleExists");
    assert_eq!(sky.reply("POST", &rules, &rule(json!({"port_range_min": 22}))).0, 400);
    assert_eq!(sky.reply("POST", &rules, &json!({"security_group_rule": {"security_group_id": "no"}})).0, 404);
    let one = format!("{rules}/{}", made["security_group_rule"]["id"].as_str().unwrap());
    assert_eq!([0; 2].map(|_| sky.reply("DELETE", &one, &Value::Null).0), [204, 404]);
    let template =
        sky.reply("GET", &format!("{root}/default-security-group-rules?used_in_default_sg=true"), &Value::Null).2;
    assert_eq!(template["default_security_group_rules"].as_array().unwrap().len(), 4);
}
