"""Ends a domain with all that is in it, and the roles that Polity made."""
import sys

from common import connect

keystone = connect()
for domain in keystone.list(f"/domains?name={sys.argv[1]}", "domains"):
    for project in keystone.list(f"/projects?domain_id={domain['id']}", "projects"):
        if project["options"].get("immutable"):
            keystone.ask("PATCH", f"/projects/{project['id']}", {"project": {"options": {"immutable": False}}})
    keystone.ask("PATCH", f"/domains/{domain['id']}", {"domain": {"enabled": False}})
    keystone.ask("DELETE", f"/domains/{domain['id']}")
ours = {role["id"] for role in keystone.list("/roles", "roles") if role.get("polity_address")}
# SQLite does not end rules with their roles, and Keystone cannot list them then.
for rule in keystone.list("/role_inferences", "role_inferences"):
    for other in rule["implies"]:
        if {rule["prior_role"]["id"], other["id"]} & ours:
            keystone.ask("DELETE", f"/roles/{rule['prior_role']['id']}/implies/{other['id']}")
for role in keystone.list("/roles", "roles"):
    if role["id"] in ours:
        keystone.ask("DELETE", f"/roles/{role['id']}")
