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
for role in keystone.list("/roles", "roles"):
    if role.get("polity_address"):
        keystone.ask("DELETE", f"/roles/{role['id']}")
