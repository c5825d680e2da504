"""Checks the dialogues under the given folder against botocore's models of the services.

Requests must have all required members, no unknown one, and the right types and patterns; answers must have only
members that the service gives, of the right types; error codes must be ones that the operation documents.
Prints the number of calls that were checked, or what is wrong, and then fails.
"""

import json
import pathlib
import re
import sys
import urllib.parse

import botocore.parsers
import botocore.session

SERVICES = {"tagging": "resourcegroupstaggingapi", "s3-control": "s3control"}
COMMON = {"AccessDeniedException", "AccessDenied", "ThrottlingException", "ValidationException", "UnrecognizedClientException"}
session = botocore.session.get_session()
models = {}
wrong = []


def model(service):
    if service not in models:
        models[service] = session.get_service_model(SERVICES.get(service, service))
    return models[service]


def check(shape, value, path, strict):
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return  # any JSON
    if kind == "structure":
        if not isinstance(value, dict):
            return wrong.append(f"{path}: expected an object, found {value!r}")
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name in value:
            if name not in members:
                wrong.append(f"{path}: {shape.name} has no member {name}")
            else:
                check(members[name], value[name], f"{path}/{name}", strict)
        if strict:
            for name in shape.required_members:
                if name not in value:
                    wrong.append(f"{path}: {shape.name} requires {name}")
    elif kind == "list":
        if not isinstance(value, list):
            return wrong.append(f"{path}: expected a list, found {value!r}")
        for number, item in enumerate(value):
            check(shape.member, item, f"{path}/{number}", strict)
    elif kind == "map":
        if not isinstance(value, dict):
            return wrong.append(f"{path}: expected a map, found {value!r}")
        for name, item in value.items():
            check(shape.value, item, f"{path}/{name}", strict)
    else:
        scalar(shape, kind, value, path, strict)


def scalar(shape, kind, value, path, strict):
    types = {"string": str, "boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float)}
    expected = types.get(kind, (int, float, str))
    if not isinstance(value, expected) or (isinstance(value, bool) and kind != "boolean"):
        return wrong.append(f"{path}: expected {kind}, found {value!r}")
    if kind == "string":
        if getattr(shape, "enum", None) and value not in shape.enum:
            wrong.append(f"{path}: {value!r} is none of {shape.enum}")
        pattern = shape.metadata.get("pattern")
        if pattern and (value or strict):  # AWS itself answers with an empty text where there is nothing
            try:
                fits = re.search(pattern, value)
            except re.error:  # a pattern of Java's that Python does not read
                fits = True
            if not fits:
                wrong.append(f"{path}: {value!r} does not match {pattern}")


def form(operation, request, reply, status, path):
    """A call of the Query protocols: parameters go out, XML comes back."""
    members = operation.input_shape.members if operation.input_shape is not None else {}
    if isinstance(request, str):
        for name, value in urllib.parse.parse_qsl(request, keep_blank_values=True):
            expected = {"Action": operation.name, "Version": operation.service_model.api_version}.get(name)
            if expected is not None and value != expected:
                wrong.append(f"{path}: {name} is {value}, not {expected}")
            elif expected is None and name not in members:
                wrong.append(f"{path}: {operation.name} takes no {name}")
            elif expected is None and getattr(members[name], "enum", None) and value not in members[name].enum:
                wrong.append(f"{path}: {name} is {value!r}, none of {members[name].enum}")
    if status < 400 and isinstance(reply, str):
        parser = botocore.parsers.create_parser(operation.service_model.metadata["protocol"])
        parsed = parser.parse({"status_code": status, "headers": {}, "body": reply.encode()}, operation.output_shape)
        parsed.pop("ResponseMetadata", None)
        written = re.findall(r">([^<>\s]+)<", reply.replace("<requestId>req-1<", "<"))
        if len(written) != leaves(parsed):
            wrong.append(f"{path}: of the answer's values {written} botocore reads only {parsed}")


def leaves(value):
    if isinstance(value, dict):
        return sum(leaves(inner) for inner in value.values())
    if isinstance(value, list):
        return sum(leaves(inner) for inner in value)
    return 1


def call(entry, path):
    service, _, name = entry["operation"].partition(":")
    service_model = model(service)
    if name not in service_model.operation_names:
        return wrong.append(f"{path}: {service} has no operation {name}")
    operation = service_model.operation_model(name)
    request, reply = entry.get("request"), entry.get("reply")
    if operation.service_model.metadata["protocol"] in ("query", "ec2"):
        return form(operation, request, reply, entry.get("status", 200), path)
    if isinstance(request, dict):
        if operation.input_shape is not None:
            check(operation.input_shape, request, f"{path} request", True)
        elif request:
            wrong.append(f"{path}: {name} takes nothing")
    if entry.get("status", 200) >= 400:
        code = reply.get("__type") or reply.get("code") if isinstance(reply, dict) else None
        documented = {shape.name for shape in operation.error_shapes} | COMMON
        if code is not None and code not in documented:
            wrong.append(f"{path}: {name} does not document the error {code}")
    elif isinstance(reply, dict) and reply:
        if operation.output_shape is None:
            wrong.append(f"{path}: {name} answers nothing")
        else:
            check(operation.output_shape, reply, f"{path} reply", False)


checked = 0
for file in sorted(pathlib.Path(sys.argv[1]).glob("*/*.json")):
    for number, entry in enumerate(json.loads(file.read_text()).get("calls", [])):
        call(entry, f"{file.parent.name}/{file.name} call {number + 1}")
        checked += 1
if wrong:
    sys.exit("\n".join(wrong))
print(checked)
