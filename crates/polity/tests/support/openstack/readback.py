"""Prints what a domain holds, as sorted JSON without native ids, so that two organizations can be compared."""
import json
import sys

from common import connect

keystone = connect()
domains = keystone.list(f"/domains?name={sys.argv[1]}", "domains")
if not domains:
    print("null")
    sys.exit()
domain = domains[0]
of_domain = f"domain_id={domain['id']}"
projects = keystone.list(f"/projects?{of_domain}", "projects")
users = keystone.list(f"/users?{of_domain}", "users")
groups = keystone.list(f"/groups?{of_domain}", "groups")
roles = keystone.list("/roles", "roles")
names = {one["id"]: one["name"] for one in [domain, *projects]}


def path(project):
    parent = project["parent_id"]
    if parent == domain["id"]:
        return f"/{project['name']}"
    return path(next(one for one in projects if one["id"] == parent)) + f"/{project['name']}"


def assignment(one):
    place = one["scope"].get("project") or one["scope"].get("domain")
    if not place or place["id"] not in names:
        return None
    below = "all below " if "OS-INHERIT:inherited_to" in one["scope"] else ""
    who = "user " + one["user"]["name"] if "user" in one else "group " + one["group"]["name"]
    return f"{who} is {one['role']['name']} on {below}{names[place['id']]}"


inferences = keystone.list("/role_inferences", "role_inferences")
assignments = keystone.list("/role_assignments?include_names=true", "role_assignments")
held = {
    "domain": {"name": domain["name"], "enabled": domain["enabled"]},
    "projects": sorted(
        ({"path": path(one), "enabled": one["enabled"], "tags": sorted(one["tags"]),
          "immutable": one["options"].get("immutable", False)} for one in projects),
        key=lambda one: one["path"],
    ),
    "users": sorted(
        ({name: one.get(name) for name in ("name", "email", "description", "enabled", "polity_address")}
         for one in users),
        key=lambda one: one["name"],
    ),
    "groups": sorted(
        ({"name": one["name"], "description": one["description"], "mark": one.get("polity_address"),
          "members": sorted(user["name"] for user in keystone.list(f"/groups/{one['id']}/users", "users"))}
         for one in groups),
        key=lambda one: one["name"],
    ),
    "roles": sorted(
        ({"name": one["name"], "description": one["description"],
          "implies": sorted(other["name"] for rule in inferences if rule["prior_role"]["id"] == one["id"]
                            for other in rule["implies"])} for one in roles),
        key=lambda one: one["name"],
    ),
    "assignments": sorted(filter(None, map(assignment, assignments))),
}
print(json.dumps(held, indent=1, sort_keys=True))
