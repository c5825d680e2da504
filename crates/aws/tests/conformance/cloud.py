"""A moto server and boto3 clients, driven over standard input and output, one JSON object per line. With the address of
a server that is there already, `cloud.py ENDPOINT`, there is no moto.

It first prints {"endpoint": ...}. Then it answers each request:
  {"reset": true}                                                    -> {}
  {"service": ..., "operation": ..., "arguments": {...}}             -> the answer, or {"error": "<code>"}
  {"account": "<12 digits>", ...}  makes the call in that account; {"region": ...} in that region.
It is the independent witness of the tests: what we wrote is read back by somebody else's client.
"""

import json
import os
import re
import sys
import urllib.request

os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
    os.environ.pop(name, None)

import logging

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

moto = not sys.argv[1:]
if moto:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
else:
    endpoint = sys.argv[1]
clients = {}


def client(service, region, account):
    key = (service, region, account)
    if key not in clients:
        keys = {}
        if account:
            sts = client("sts", region, None)
            role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
            found = sts.assume_role(RoleArn=role, RoleSessionName="witness")["Credentials"]
            keys = {
                "aws_access_key_id": found["AccessKeyId"],
                "aws_secret_access_key": found["SecretAccessKey"],
                "aws_session_token": found["SessionToken"],
            }
        config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False)
        made = boto3.client(service, region_name=region, endpoint_url=endpoint, config=config, **keys)
        made.meta.events.register("before-sign.s3-control", plain_host)
        clients[key] = made
    return clients[key]


def plain_host(request, **_):
    """S3 Control puts the account before the host; a local server has one host only."""
    request.url = re.sub(r"//\d{12}\.", "//", request.url)


def answer(request):
    if request.get("reset"):
        clients.clear()
        if moto:
            urllib.request.urlopen(urllib.request.Request(endpoint + "/moto-api/reset", method="POST")).read()
        return {}
    caller = client(request["service"], request.get("region", "us-east-1"), request.get("account"))
    try:
        found = caller._make_api_call(request["operation"], request.get("arguments", {}))
        found.pop("ResponseMetadata", None)
        return found
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}


print(json.dumps({"endpoint": endpoint}), flush=True)
for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # whatever it is, the test that asked must hear of it
        reply = {"failure": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply, default=str), flush=True)
