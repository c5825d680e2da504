"""What the scripts beside this file share: a session of keystoneauth, which knows nothing of Polity."""
import os

from keystoneauth1 import loading, session
from keystoneauth1.identity import v3


def connect():
    env = os.environ
    auth = v3.Password(
        auth_url=env["OS_AUTH_URL"], username=env["OS_USERNAME"], password=env["OS_PASSWORD"],
        project_name=env["OS_PROJECT_NAME"], user_domain_name=env["OS_USER_DOMAIN_NAME"],
        project_domain_name=env["OS_PROJECT_DOMAIN_NAME"],
    )
    return Keystone(session.Session(auth=auth))


class Keystone:
    def __init__(self, session):
        self.session = session
        self.filter = {"service_type": "identity", "interface": "public", "version": "3"}

    def ask(self, method, path, body=None):
        # A read that failed once is asked again, as every client would.
        again = {"status_code_retries": 2, "retriable_status_codes": [500, 503]} if method == "GET" else {}
        answer = self.session.request(path, method, json=body, endpoint_filter=self.filter, **again)
        return answer.json() if answer.content else None

    def list(self, path, key):
        return self.ask("GET", path)[key]

    def find(self, kind, name, domain=None):
        """The one object of this name."""
        query = f"/{kind}s?name={name}" + (f"&domain_id={domain}" if domain else "")
        found = self.list(query, f"{kind}s")
        assert len(found) == 1, (kind, name, found)
        return found[0]
