"""Makes a domain as people make one by hand over the years: `seed.py <domain> <projects> <assignments>`."""
import concurrent.futures
import sys

from common import connect

keystone = connect()
name, count, assignments = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def make(kind, **members):
    return keystone.ask("POST", f"/{kind}s", {kind: members})[kind]["id"]


def together(calls):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda call: call(), calls))


domain = make("domain", name=name)
root = {"domain_id": domain, "parent_id": domain}
tops = [make("project", name=f"Area {top}", **root) for top in range(4)]
zones = [make("project", name=f"Zone {zone}", domain_id=domain, parent_id=tops[zone % 4]) for zone in range(12)]
people = together([
    lambda n=n: make("user", name=f"user{n}", email=f"user{n}@found.example", description=f"User Number{n}", domain_id=domain)
    for n in range(40)
])
make("user", name="robot", domain_id=domain)
groups = [make("group", name=f"Crew {n}", domain_id=domain, description="found") for n in range(20)]
for n, person in enumerate(people):
    keystone.ask("PUT", f"/groups/{groups[n % 20]}/users/{person}")
roles = {role["name"]: role["id"] for role in keystone.list("/roles", "roles")}
own = make("role", name="keeper", description="keeps")
keystone.ask("PUT", f"/roles/{own}/implies/{roles['member']}")
roles = [roles["member"], roles["reader"], own]
projects = together([
    lambda n=n: make(
        "project", name=f"proj-{n}", domain_id=domain, parent_id=zones[n % 12],
        tags=[f"cost_center={1000 + n % 9}", "env=dev" if n % 2 else "env=prod"], enabled=n % 50 != 7,
    )
    for n in range(count)
])
paths = []
for n in range(assignments):
    project, turn = projects[n % count], n // count
    # Pairs of principal and role that no other turn of this project has.
    noun, principal = ("groups", groups[(n + turn) % 20]) if turn < 6 else ("users", people[(n + turn) % 40])
    paths.append(f"/projects/{project}/{noun}/{principal}/roles/{roles[turn % 3]}")
together([lambda path=path: keystone.ask("PUT", path) for path in dict.fromkeys(paths)])
for zone in zones[:6]:
    keystone.ask("PUT", f"/OS-INHERIT/projects/{zone}/groups/{groups[0]}/roles/{roles[1]}/inherited_to_projects")
keystone.ask("PUT", f"/domains/{domain}/users/{people[0]}/roles/{own}")
print(domain, len(dict.fromkeys(paths)))
