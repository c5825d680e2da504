"""Asks Polity, Cloud Custodian and Prowler the same questions of the same resources, and prints where they agree:

    compare.py --truth FILE --polity FILE --custodian PROGRAM --prowler PROGRAM --work FOLDER

`--truth` is what `crates/aws/tests/surveys/seed.py` wrote of one account, `--polity` what `polity audit -o json` printed. The other two are
run here, within that account. Ends with 1 where a difference is not explained.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import boto3

from questions import QUESTIONS

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for name in ("truth", "polity", "custodian", "prowler", "work"):
    parser.add_argument(f"--{name}", required=True)
arguments = parser.parse_args()
work = pathlib.Path(arguments.work)
truth = json.loads(pathlib.Path(arguments.truth).read_text())
resources, (account,) = truth["resources"], truth["accounts"].values()
# A grant to everybody is a fact of the role that gives it.
anybody = {one["facts"]["role"] for one in resources if one["facet"] == "grant" and one["facts"]["public"]}
for one in resources:
    if one["facet"] == "identity":
        one["facts"]["trusted_by_anybody"] = one["id"] in anybody
groups = {one["id"]: one["facts"]["group"] for one in resources if one["facet"] == "network_rule"}


def within():
    """The environment of whoever works within the account."""
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    keys = boto3.client("sts", region_name="us-east-1").assume_role(RoleArn=role, RoleSessionName="peers")["Credentials"]
    return os.environ | {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def ran(words, log):
    """Runs one of the others; what it says is kept."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=within(), cwd=work)
    (work / log).write_text(done.stdout + done.stderr)


def polity(question, known):
    """Names of what fails."""
    found = set()
    for finding in json.loads(pathlib.Path(arguments.polity).read_text())["findings"]:
        if finding["control"] == question.control and finding["status"] == "fail":
            resource = finding["resource"]
            # What has no name is called by the end of its id.
            name = resource.get("name") or resource["id"].rsplit("/", 1)[-1]
            found.add(groups.get(resource["id"], name))
    return found & known


def custodian():
    """Names of what each policy matches, by control."""
    policies = [
        {"name": question.control, "resource": question.custodian[0], "filters": question.custodian[2]} for question in QUESTIONS
    ]
    file = work / "policies.json"
    file.write_text(json.dumps({"policies": policies}))
    out = work / "custodian"
    ran([arguments.custodian, "run", "--cache-period", "0", "-r", "us-east-1", "-s", out, file], "custodian.log")
    found = {}
    for question in QUESTIONS:
        file = out / question.control / "resources.json"
        if file.exists():
            found[question.control] = {name_of(one, question.custodian[1]) for one in json.loads(file.read_text())}
    return found


def named(raw, question):
    """What others call by their ids, by our names."""
    found = set()
    for one in resources:
        if one["facet"] == question.facet:
            ends = {one["id"], one["id"].rsplit("/", 1)[-1], one["id"].rsplit(":", 1)[-1], one["name"], question.by(one)}
            found |= {question.by(one)} if ends & raw else set()
    return found


def name_of(resource, key):
    if key == "Name" and "Name" not in resource:
        return next((tag["Value"] for tag in resource.get("Tags", []) if tag["Key"] == "Name"), "")
    return resource[key].rsplit("/", 1)[-1] if key == "KeyId" else resource[key]


def prowler():
    """Names of what fails, by check."""
    asked = sorted({check for question in QUESTIONS for check in question.prowler})
    out = work / "prowler"
    words = [arguments.prowler, "aws", "-f", "us-east-1", "-M", "json-ocsf", "-F", "found", "-o", out, "--no-banner", "--ignore-exit-code-3", "--scan-unused-services"]
    ran([*words, "-c", *asked], "prowler.log")
    found = {}
    for finding in json.loads((out / "found.ocsf.json").read_text()):
        check = finding["metadata"]["event_code"]
        failed = found.setdefault(check, set())
        if finding["status_code"] == "FAIL":
            resource = finding["resources"][0]
            failed |= {resource["name"], resource["uid"].rsplit("/", 1)[-1], resource["uid"].rsplit(":", 1)[-1]}
            details = resource.get("data", {}).get("metadata", {})
            failed |= {details[key] for key in ("id", "name") if isinstance(details.get(key), str)}
    return found


def told(found, known, bad):
    """Agreement with the truth, in a word or in numbers."""
    if found is None:
        return "cannot say"
    missed, more = bad - found, (found & known) - bad
    if not missed and not more:
        return "the same"
    return ", ".join([f"{len(missed)} missed"] * bool(missed) + [f"{len(more)} more"] * bool(more))


theirs, checks = custodian(), prowler()
print("| question | resources | bad | polity | Cloud Custodian | Prowler |\n|---|---|---|---|---|---|")
reasons, unexplained = [], []
for question in QUESTIONS:
    known, bad = question.truth(resources)
    asked = question.prowler and all(check in checks for check in question.prowler)
    verdicts = {
        "polity": polity(question, known),
        "custodian": theirs.get(question.control),
        "prowler": named(set().union(*(checks[check] for check in question.prowler)), question) if asked else None,
    }
    words = {tool: told(found, known, bad) for tool, found in verdicts.items()}
    print(f"| {question.words} | {len(known)} | {len(bad)} | {words['polity']} | {words['custodian']} | {words['prowler']} |")
    for tool, said in words.items():
        if said == "the same":
            continue
        why = question.differs.get(tool)
        (reasons if why else unexplained).append(f"- {question.words}, {tool} ({said}): {why or sorted((verdicts[tool] or set()) & known ^ bad)[:5]}")
print("\n" + "\n".join(reasons))
if unexplained:
    sys.exit("not explained:\n" + "\n".join(unexplained))
