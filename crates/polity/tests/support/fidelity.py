"""Holds a tape of the sandbox to the models that botocore carries of each service: `fidelity.py [--service NAME]... TAPE`.

Of each exchange on the tape:
- the operation is one of the service's, in the form of its protocol;
- a request that the model does not allow was refused;
- a reply has the members, types, lengths, patterns, enumerations and times that the model says, and all required ones;
- an error is one that the operation documents (or one that all services have), with its members and its HTTP status.

Prints the number of exchanges, or what is wrong, and then fails. With `--operations`, prints the operations instead.
"""
import base64
import collections
import datetime
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore.session

# Names that services sign with, and what botocore calls them.
SIGNED_AS = {"sso": "sso-admin", "s3": "s3control", "tagging": "resourcegroupstaggingapi"}
# Errors that every service of a protocol may answer, though no operation lists them, with their HTTP status.
COMMON_JSON = {
    "AccessDeniedException": {400, 403}, "ExpiredTokenException": {400, 403}, "IncompleteSignatureException": {400},
    "InternalFailure": {500}, "MissingAuthenticationTokenException": {400, 403}, "RequestExpired": {400},
    "SerializationException": {400}, "ServiceUnavailable": {503}, "ThrottlingException": {400},
    "UnknownOperationException": {400, 404}, "UnrecognizedClientException": {400, 403}, "ValidationException": {400},
    "InvalidSignatureException": {400, 403},
}
COMMON_QUERY = {
    "AccessDenied": {403}, "ExpiredToken": {403}, "IncompleteSignature": {400, 403}, "InternalFailure": {500},
    "InvalidAction": {400}, "InvalidClientTokenId": {403}, "MissingAuthenticationToken": {403}, "OptInRequired": {403},
    "ServiceUnavailable": {503}, "SignatureDoesNotMatch": {403}, "Throttling": {400}, "ValidationError": {400},
}
# EC2 and S3 model no errors; these are of the lists in their documentation.
COMMON = {
    "json": COMMON_JSON, "rest-json": COMMON_JSON, "query": COMMON_QUERY,
    "ec2": {
        "AuthFailure": {401, 403}, "DryRunOperation": {412}, "InternalError": {500}, "InvalidAction": {400},
        "InvalidParameterCombination": {400}, "InvalidVpcID.NotFound": {400}, "InvalidParameterValue": {400}, "MissingParameter": {400},
        "OptInRequired": {401, 403}, "OperationNotPermitted": {400}, "RequestExpired": {400}, "RequestLimitExceeded": {503},
        "UnauthorizedOperation": {403}, "UnknownParameter": {400}, "Unavailable": {503}, "MissingAuthenticationToken": {403},
    },
    "rest-xml": {
        "AccessDenied": {403}, "ExpiredToken": {400}, "InternalError": {500}, "InvalidAccessKeyId": {403},
        "InvalidRequest": {400}, "InvalidToken": {400}, "MalformedXML": {400}, "NoSuchPublicAccessBlockConfiguration": {404},
        "OperationAborted": {409}, "SlowDown": {503}, "ServiceUnavailable": {503}, "MissingSecurityHeader": {400},
    },
}
# AWS answers with an empty text where there is nothing, though its model allows none.
EMPTY = {"reply/InlinePolicy"}
# The documentation adds the codes of the service that holds the resource.
OPEN = {"reply/FailedResourcesMap/*/ErrorCode"}
SCALARS = {"boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float)}

session = botocore.session.get_session()
models, patterns, wrong = {}, {}, collections.OrderedDict()


class Bad(Exception):
    """An exchange that cannot be read any further."""


def model(service):
    if service not in models:
        models[service] = session.get_service_model(SIGNED_AS.get(service, service))
    return models[service]


def wire_name(name, shape):
    return shape.serialization.get("name", name)


def fits(pattern, text):
    if pattern not in patterns:
        try:
            # Java's spelling of a class that Python calls otherwise.
            patterns[pattern] = re.compile(pattern.replace(r"\p{Print}", r"[\x20-\x7e]").replace(r"\p{Graph}", r"[\x21-\x7e]"))
        except re.error:
            patterns[pattern] = None  # a pattern of Java's that Python does not read
    return patterns[pattern] is None or patterns[pattern].fullmatch(text) or patterns[pattern].search(text)


def check(shape, value, path, found, times):
    """Collects in `found` what the model does not allow of a value."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False) or (value == "" and path in EMPTY):
        return
    if kind == "structure":
        if not isinstance(value, dict):
            return found.append(f"{path}: expected an object, found {value!r}")
        members = {wire_name(name, member): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name not in members:
                found.append(f"{path}: {shape.name} has no member {name}")
            elif inner is not None:
                check(members[name], inner, f"{path}/{name}", found, times)
        for name in shape.required_members:
            if value.get(wire_name(name, shape.members[name])) is None:
                found.append(f"{path}: {shape.name} requires {name}")
    elif kind == "list":
        if not isinstance(value, list):
            return found.append(f"{path}: expected a list, found {value!r}")
        sized(shape, len(value), path, found)
        for item in value:
            check(shape.member, item, f"{path}/*", found, times)
    elif kind == "map":
        if not isinstance(value, dict):
            return found.append(f"{path}: expected a map, found {value!r}")
        sized(shape, len(value), path, found)
        for name, item in value.items():
            check(shape.key, name, f"{path}/*", found, times)
            check(shape.value, item, f"{path}/*", found, times)
    elif kind == "timestamp":
        timestamp(shape, value, path, found, times)
    elif kind == "blob":
        try:
            base64.b64decode(value, validate=True)
        except (TypeError, ValueError):
            found.append(f"{path}: {value!r} is not base64")
    elif kind in SCALARS:
        if not isinstance(value, SCALARS[kind]) or (isinstance(value, bool) and kind != "boolean"):
            return found.append(f"{path}: expected {kind}, found {value!r}")
        if kind != "boolean":
            sized(shape, value, path, found)
    elif not isinstance(value, str):
        found.append(f"{path}: expected text, found {value!r}")
    else:
        sized(shape, len(value), path, found)
        if getattr(shape, "enum", None) and value not in shape.enum and path not in OPEN:
            found.append(f"{path}: {value!r} is none of {shape.enum}")
        if shape.metadata.get("pattern") and not fits(shape.metadata["pattern"], value):
            found.append(f"{path}: {value!r} does not match {shape.metadata['pattern']}")


def sized(shape, size, path, found):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        found.append(f"{path}: {size} is not between {least} and {most}")


def timestamp(shape, value, path, found, times):
    form = shape.serialization.get("timestampFormat", times)
    if form == "unixTimestamp":
        fine = isinstance(value, (int, float)) and not isinstance(value, bool)
    else:
        try:
            fine = bool(datetime.datetime.strptime(value[:19], "%Y-%m-%dT%H:%M:%S")) and value.endswith("Z")
        except (TypeError, ValueError):
            fine = False
    if not fine:
        found.append(f"{path}: {value!r} is no time in the form {form}")


def scalar(shape, text, path, found):
    """A value that came as text."""
    kind = shape.type_name
    try:
        if kind == "boolean":
            return {"true": True, "false": False}[text]
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except (KeyError, ValueError):
        found.append(f"{path}: expected {kind}, found {text!r}")
        return None
    return text


def from_xml(shape, element, path, found, item):
    """An element as a value of this shape. Each element must be one that the shape knows."""
    kind, children = shape.type_name, list(element)
    if kind == "structure":
        value, members = {}, {}
        for name, member in shape.members.items():
            flat = member.type_name == "list" and member.serialization.get("flattened")
            members[wire_name(name, member.member) if flat and "name" in member.member.serialization else wire_name(name, member)] = (name, member, flat)
        for child in children:
            tag = child.tag.rpartition("}")[2]
            if tag not in members:
                found.append(f"{path}: {shape.name} has no element {tag}")
                continue
            name, member, flat = members[tag]
            if flat:
                value.setdefault(wire_name(name, member), []).append(from_xml(member.member, child, f"{path}/{tag}", found, item))
            elif wire_name(name, member) in value:
                found.append(f"{path}: {tag} stands twice")
            else:
                value[wire_name(name, member)] = from_xml(member, child, f"{path}/{tag}", found, item)
        return value
    if kind == "list":
        expected = shape.member.serialization.get("name", item)
        for child in children:
            if child.tag.rpartition("}")[2] != expected:
                found.append(f"{path}: items are called {expected}, not {child.tag.rpartition('}')[2]}")
        return [from_xml(shape.member, child, f"{path}/*", found, item) for child in children]
    if kind == "map":
        return {child[0].text: from_xml(shape.value, child[1], f"{path}/*", found, item) for child in children}
    if children:
        found.append(f"{path}: expected {kind}, found elements")
    return scalar(shape, element.text or "", path, found)


def from_form(shape, tree, path, found, protocol):
    """Parameters as a value of this shape; `tree` is what stands behind the dots of their names."""
    kind = shape.type_name
    if kind == "structure":
        names, value = {}, {}
        for name, member in shape.members.items():
            written = wire_name(name, member)
            if protocol == "ec2":
                written = member.serialization.get("queryName", written[:1].upper() + written[1:])
            names[written] = (wire_name(name, member), member)
        for name, inner in tree.items():
            if name not in names:
                found.append(f"{path}: {shape.name} has no parameter {name}")
            else:
                known, member = names[name]
                value[known] = from_form(member, inner, f"{path}/{name}", found, protocol)
        return value
    if kind == "list":
        if not isinstance(tree, dict):
            return [] if tree == "" else found.append(f"{path}: expected a list, found {tree!r}")
        if protocol == "query" and not shape.serialization.get("flattened"):
            tree = tree.get(shape.member.serialization.get("name", "member"), {})
        items = sorted(tree.items(), key=lambda pair: int(pair[0]))
        return [from_form(shape.member, inner, f"{path}/*", found, protocol) for _, inner in items]
    if isinstance(tree, dict):
        return found.append(f"{path}: expected {kind}, found {sorted(tree)}")
    return scalar(shape, tree, path, found)


def form(entry):
    tree = {}
    text = entry["body"] or entry["address"].partition("?")[2]
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        *steps, last = name.split(".")
        place = tree
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value
    return tree


def signed(entry):
    """Service, by the signature."""
    found = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/aws4_request", entry["headers"].get("authorization", ""))
    return found[1] if found else None


def operation_of(entry):
    """Operation of an exchange, and its parameters as they came."""
    target, service = entry["headers"].get("x-amz-target"), signed(entry)
    if target:
        prefix, _, name = target.rpartition(".")
        for candidate in [service] if service else CANDIDATES:
            found = model(candidate)
            if found.metadata.get("targetPrefix") == prefix and name in found.operation_names:
                return found.operation_model(name), json.loads(entry["body"] or "{}")
        raise Bad(f"no service has the target {target}")
    if service is None:
        action = form(entry).get("Action")
        if action is None:
            raise Bad("a request without a signature")
        service = next((name for name in ("sts", "iam") if action in model(name).operation_names), "ec2")
    found = model(service)
    protocol = found.metadata["protocol"]
    if protocol in ("query", "ec2"):
        tree = form(entry)
        name, version = tree.pop("Action", None), tree.pop("Version", None)
        if name not in found.operation_names or version != found.api_version:
            raise Bad(f"{service} has no operation {name} of {version}")
        return found.operation_model(name), tree
    for name in found.operation_names:
        operation = found.operation_model(name)
        route = re.sub(r"\\{(\w+)(\\\+)?\\}", r"(?P<\1>[^/?]+)", re.escape(operation.http["requestUri"].partition("?")[0]))
        matched = re.fullmatch(route, entry["address"].partition("?")[0])
        if matched and operation.http["method"] == entry["method"]:
            return operation, matched.groupdict()
    raise Bad(f"{service} has no operation at {entry['method']} {entry['address']}")


def rest_input(operation, entry, labels, found):
    """What a REST request asks for: parts of it stand in the path, the query, the headers, and the body."""
    shape, value = operation.input_shape, {}
    if shape is None:
        return value
    query = dict(urllib.parse.parse_qsl(entry["address"].partition("?")[2], keep_blank_values=True))
    payload, inside = shape.serialization.get("payload"), []
    for name, member in shape.members.items():
        where, written = member.serialization.get("location"), wire_name(name, member)
        place = {"uri": labels, "querystring": query, "header": entry["headers"]}.get(where)
        if place is None:
            inside.append(name)
            continue
        key = written.lower() if where == "header" else written
        if key in place:
            value[written] = scalar(member, urllib.parse.unquote(place[key]), written, found)
    if not entry["body"]:
        return value
    if operation.service_model.metadata["protocol"] == "rest-xml":
        root = ElementTree.fromstring(entry["body"])
        body = shape.members[payload] if payload else shape
        parsed = from_xml(body, root, operation.name, found, "member")
        return value | ({wire_name(payload, body): parsed} if payload else parsed)
    return value | json.loads(entry["body"])


def check_request(operation, entry, raw):
    """What the model does not allow of a request."""
    found, protocol = [], operation.service_model.metadata["protocol"]
    shape, times = operation.input_shape, "iso8601"
    if protocol in ("query", "ec2"):
        value = from_form(shape, raw, "request", found, protocol) if shape is not None else raw
    elif protocol == "json":
        value, times = raw, "unixTimestamp"
    else:
        value = rest_input(operation, entry, raw, found)
        times = "unixTimestamp" if protocol == "rest-json" else times
    if shape is not None:
        check(shape, value, "request", found, times)
    elif value:
        found.append(f"{operation.name} takes nothing, not even {sorted(value)}")
    return found


def check_success(operation, reply):
    found, shape = [], operation.output_shape
    metadata = operation.service_model.metadata
    protocol, body = metadata["protocol"], reply["body"]
    if protocol in ("json", "rest-json"):
        value = json.loads(body) if body else {}
        if shape is None:
            return [f"{operation.name} answers nothing, not even {sorted(value)}"] if value else []
        check(shape, value, "reply", found, "unixTimestamp")
        return found
    if not body:
        return [] if shape is None or protocol == "rest-xml" else ["an empty answer"]
    root = ElementTree.fromstring(body)
    space, _, tag = root.tag.rpartition("}")
    if protocol == "rest-xml":
        return check_document(shape, root, found)
    # EC2 writes a stroke at the end that its model has not.
    if metadata.get("xmlNamespace", space[1:]).rstrip("/") != space[1:].rstrip("/"):
        found.append(f"the namespace is {metadata['xmlNamespace']}, not {space[1:]}")
    if tag != f"{operation.name}Response":
        found.append(f"the document is called {operation.name}Response, not {tag}")
    children = {child.tag.rpartition("}")[2]: child for child in root}
    if protocol == "query":
        if children.pop("ResponseMetadata", None) is None:
            found.append("no ResponseMetadata")
        wrapper = shape.serialization.get("resultWrapper") if shape is not None else f"{operation.name}Result"
        if set(children) - {wrapper}:
            found.append(f"elements outside of {wrapper}: {sorted(children)}")
        root = children.get(wrapper)
    else:
        if "requestId" not in children:
            found.append("no requestId")
        else:
            root.remove(children["requestId"])
    if shape is None:
        if root is not None and len(root) and not (protocol == "ec2" and root[0].tag.endswith("return")):
            found.append(f"{operation.name} answers nothing")
        return found
    value = from_xml(shape, root, "reply", found, "member" if protocol == "query" else "item") if root is not None else {}
    check(shape, value, "reply", found, "iso8601")
    return found


def check_document(shape, root, found):
    """The reply of a REST service that speaks XML."""
    if shape is None:
        return ["a document where the operation answers nothing"]
    payload = shape.serialization.get("payload")
    inner = shape.members[payload] if payload else shape
    tag = root.tag.rpartition("}")[2]
    if payload and tag != wire_name(payload, inner):
        found.append(f"the document is called {wire_name(payload, inner)}, not {tag}")
    check(inner, from_xml(inner, root, "reply", found, "member"), "reply", found, "iso8601")
    return found


def check_error(operation, reply):
    found, protocol = [], operation.service_model.metadata["protocol"]
    if protocol in ("json", "rest-json"):
        members = json.loads(reply["body"])
        code = (members.pop("__type", None) or reply["headers"].get("x-amzn-errortype", "")).rpartition("#")[2]
        if protocol == "rest-json" and not reply["headers"].get("x-amzn-errortype", "").startswith(code):
            found.append("the header x-amzn-errortype does not name the error")
    else:
        code, members = xml_error(ElementTree.fromstring(reply["body"]), protocol, found)
    if not code:
        return found + ["an error without a code"]
    documented = {shape.metadata.get("error", {}).get("code", shape.name): shape for shape in operation.error_shapes}
    documented |= {shape.name: shape for shape in operation.error_shapes if protocol != "query"}
    status = reply["status"]
    if code in documented:
        shape = documented[code]
        modelled = shape.metadata.get("error", {}).get("httpStatusCode")
        expected = {modelled} if modelled and protocol != "json" else {500} if shape.metadata.get("fault") else {400} | ({500} if "Service" in code or "Internal" in code else set())
        error_members(shape, members, found)
    elif code in COMMON[protocol]:
        expected = COMMON[protocol][code]
    else:
        return found + [f"{operation.name} does not document the error {code}"]
    if status not in expected:
        found.append(f"the error {code} comes with the status {sorted(expected)}, not {status}")
    return found


def error_members(shape, members, found):
    """Services disagree on whether the message is written large or small, and some write both."""
    known = {wire_name(name, member): member for name, member in shape.members.items()}
    members = {name: value for name, value in members.items() if name in known or name.lower() != "message"}
    check(shape, members, f"error {shape.name}", found, "unixTimestamp")
    # A message that is required is checked by its small name or its large one.
    found[:] = [one for one in found if not re.search(r"requires [mM]essage$", one)]


def xml_error(root, protocol, found):
    def text(path):
        return next((element.text for element in root.iter() if element.tag.rpartition("}")[2] == path), None)

    tag = root.tag.rpartition("}")[2]
    expected = {"query": "ErrorResponse", "ec2": "Response", "rest-xml": "ErrorResponse"}[protocol]
    if tag not in (expected, "Error"):
        found.append(f"an error is called {expected}, not {tag}")
    if not text("RequestID" if protocol == "ec2" else "RequestId"):
        found.append("an error without the id of its request")
    if text("Message") is None:
        found.append("an error without a message")
    return text("Code"), {}


def exchange(entry):
    """One exchange; its operation and what is wrong with it."""
    operation, raw = operation_of(entry)
    name = f"{operation.service_model.service_name}:{operation.name}"
    asked, reply = check_request(operation, entry, raw), entry["reply"]
    if reply["status"] == 0:
        return name, []  # nobody answered, as the scenario wanted
    kind = reply["headers"].get("content-type", "")
    expected = {"json": "application/x-amz-json-1.1", "rest-json": "application/json"}.get(
        operation.service_model.metadata["protocol"], "xml")
    found = [] if expected in kind or not reply["body"] else [f"the content type is {expected}, not {kind}"]
    if reply["status"] >= 300:
        return name, found + check_error(operation, reply)
    found += [f"accepted, though the model does not allow it: {one}" for one in asked]
    return name, found + check_success(operation, reply)


CANDIDATES = ["organizations", "sso", "identitystore", "budgets", "cloudtrail", "tagging"]


def main():
    words = sys.argv[1:]
    only_operations = "--operations" in words
    checked, operations = 0, collections.Counter()
    with open(words[-1], encoding="utf-8") as tape:
        for number, line in enumerate(tape, 1):
            checked += 1
            entry = json.loads(line)
            try:
                name, found = exchange(entry)
                code = entry["reply"]["headers"].get("x-amzn-errortype", "") if entry["reply"]["status"] >= 300 else ""
                operations[f"{name} {code}".strip()] += 1
            except Bad as bad:
                name, found = f"{entry['method']} {entry['address']}", [str(bad)]
            except (ElementTree.ParseError, ValueError, KeyError) as error:
                name, found = "unreadable", [f"{type(error).__name__}: {error}: {entry['reply']['body'][:200]}"]
            for one in found:
                wrong.setdefault(f"{name}: {one}", []).append(number)
    if only_operations:
        for name, count in sorted(operations.items()):
            print(f"{count:6} {name}")
    elif not wrong:
        print(checked)
    if wrong:
        lines = [f"{what} (line {', '.join(map(str, where[:3]))}{'' if len(where) < 4 else f' and {len(where) - 3} more'})"
                 for what, where in wrong.items()]
        sys.exit("\n".join(lines[:60]))


main()
