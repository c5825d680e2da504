"""What the scripts of this folder share: clients, refusals, waiting."""
import re

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# A client that does not look at what it sends, so that the server has to.
UNCHECKED = Config(parameter_validation=False, retries={"max_attempts": 0})
CHECKED = Config(retries={"max_attempts": 0})


def client(service, keys=None, config=CHECKED, region="us-east-1"):
    words = {}
    if keys:
        words = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"],
                 "aws_session_token": keys["SessionToken"]}
    made = boto3.client(service, config=config, region_name=region, **words)
    if service == "s3control":
        # AWS has a host for each account; a local server has one.
        made.meta.events.register("before-send", plain_host)
    return made


def plain_host(request, **_):
    request.url = re.sub(r"://\d{12}\.", "://", request.url)


def refused(code, call, *words, reason=None, **arguments):
    """The call must be refused with this code, and this reason where one is given."""
    try:
        answer = call(*words, **arguments)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"{arguments}: expected {code}, found {error}"
        if reason is not None:
            assert error.response.get("Reason") == reason, f"{arguments}: expected {reason}, found {error.response}"
        return error.response
    raise AssertionError(f"{arguments}: expected {code}, but it was done: {answer}")


def pages(made, operation, key, size=None, **arguments):
    """All items, and on how many pages they came."""
    settings = {"PageSize": size} if size else {}
    found = [page.get(key, []) for page in made.get_paginator(operation).paginate(PaginationConfig=settings, **arguments)]
    return [item for page in found for item in page], len(found)


def until(question, done, tries=200):
    """Asks until the answer is as wished for."""
    for _ in range(tries):
        answer = question()
        if done(answer):
            return answer
    raise AssertionError(f"it never ended: {answer}")


def founded(features="ALL"):
    """A client of Organizations with an organization, and the id of its root."""
    org = client("organizations")
    org.create_organization(FeatureSet=features)
    return org, org.list_roots()["Roots"][0]["Id"]


def member(org, name="shop", role=None):
    """A new member account."""
    words = {"RoleName": role} if role else {}
    made = org.create_account(AccountName=name, Email=f"{name}@acme.example", **words)["CreateAccountStatus"]
    made = until(lambda: org.describe_create_account_status(CreateAccountRequestId=made["Id"])["CreateAccountStatus"],
                 lambda status: status["State"] != "IN_PROGRESS")
    assert made["State"] == "SUCCEEDED", made
    return made["AccountId"]


def inside(account, role="OrganizationAccountAccessRole", **words):
    """Credentials inside a member account."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    return client("sts").assume_role(RoleArn=arn, RoleSessionName="test", **words)["Credentials"]
