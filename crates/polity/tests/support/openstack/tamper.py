"""Changes a domain behind Polity's back, as the administrator by hand. Each argument is a JSON list: what, and its words."""
import json
import sys

from common import connect

keystone = connect()
domain = keystone.find("domain", sys.argv[1])["id"]


def find(kind, name):
    return keystone.find(kind, name, None if kind == "role" else domain)


def change(kind, which, **members):
    """Changes members of an object."""
    keystone.ask("PATCH", f"/{kind}s/{find(kind, which)['id']}", {kind: members})


def tags(project, drop=None, add=None):
    found = find("project", project)
    kept = [tag for tag in found["tags"] if not drop or not tag.startswith(drop)] + ([add] if add else [])
    keystone.ask("PUT", f"/projects/{found['id']}/tags", {"tags": kept})


def grant(method, noun, who, role, project, below=False):
    begin, end = ("/OS-INHERIT", "/inherited_to_projects") if below else ("", "")
    path = f"/projects/{find('project', project)['id']}/{noun}s/{find(noun, who)['id']}/roles/{find('role', role)['id']}"
    keystone.ask(method, begin + path + end)


def member(method, group, user):
    keystone.ask(method, f"/groups/{find('group', group)['id']}/users/{find('user', user)['id']}")


def imply(method, prior, implied):
    keystone.ask(method, f"/roles/{find('role', prior)['id']}/implies/{find('role', implied)['id']}")


def drop(kind, name):
    keystone.ask("DELETE", f"/{kind}s/{find(kind, name)['id']}")


VERBS = {
    "rename": lambda kind, which, to: change(kind, which, name=to),
    "set": lambda kind, which, member, value: change(kind, which, **{member: value}),
    "untag": lambda project, start: tags(project, drop=start),
    "tag": lambda project, tag: tags(project, add=tag),
    "retag": lambda project, start, tag: tags(project, drop=start, add=tag),
    "unlock": lambda project: change("project", project, options={"immutable": False}),
    "grant": lambda *words: grant("PUT", *words),
    "revoke": lambda *words: grant("DELETE", *words),
    "join": lambda *words: member("PUT", *words),
    "leave": lambda *words: member("DELETE", *words),
    "imply": lambda *words: imply("PUT", *words),
    "unimply": lambda *words: imply("DELETE", *words),
    "delete": drop,
}
for line in sys.argv[2:]:
    verb, *words = json.loads(line)
    VERBS[verb](*words)
