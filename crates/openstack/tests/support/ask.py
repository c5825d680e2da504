"""Asks as the administrator, with keystoneauth, which knows nothing of Polity: `ask.py <method> <path> <body> ...`, where a path
is one of Keystone, or `<service>:<path>`. Prints a list of what was answered, or of the status where that has no body."""
import json
import os
import sys

from keystoneauth1 import session
from keystoneauth1.identity import v3

env = os.environ
auth = v3.Password(
    auth_url=env["OS_AUTH_URL"], username=env["OS_USERNAME"], password=env["OS_PASSWORD"],
    project_name=env["OS_PROJECT_NAME"], user_domain_name=env["OS_USER_DOMAIN_NAME"],
    project_domain_name=env["OS_PROJECT_DOMAIN_NAME"],
)
session = session.Session(auth=auth)


def ask(method, path, body):
    service, path = ("identity", path) if path.startswith("/") else path.split(":", 1)
    answer = session.request(
        path, method, json=json.loads(body), endpoint_filter={"service_type": service, "interface": "public"},
    )
    return answer.json() if answer.content else answer.status_code


words = sys.argv[1:]
print(json.dumps([ask(*words[place:place + 3]) for place in range(0, len(words), 3)]))
