"""Cloud Custodian's in-process evaluation of filters, on the resources and questions of
`crates/engine/examples/audit_speed.rs`: `custodian.py ROWS`. Prints one JSON object."""

import json
import sys
import time

from c7n.filters.core import And, Not, Or, ValueFilter

rows, mask = int(sys.argv[1]), (1 << 64) - 1


def dice(at, sides, salt):
    return (((at * 2654435761 + salt * 40503) & mask) >> 7) % sides


def store(at):
    tags = [{"Key": "owner", "Value": f"team-{dice(at, 40, 1)}"}]
    if dice(at, 3, 2) > 0:
        tags.append({"Key": "env", "Value": ("prod", "test", "dev")[dice(at, 3, 3)]})
    made = {
        "name": f"{('log', 'data', 'web')[dice(at, 3, 4)]}-{at}",
        "public": dice(at, 10, 7) == 0,
        "encrypted": dice(at, 5, 8) > 0,
        "versioning": dice(at, 2, 9) == 0,
        "tls_required": dice(at, 3, 10) > 0,
        "Tags": tags,
    }
    if dice(at, 10, 5) > 0:
        made["region"] = ("north", "south", "east", "west")[dice(at, 4, 6)]
    if dice(at, 2, 11) == 0:
        made["retention_days"] = dice(at, 400, 12)
    return made


def value(key, value, op="eq"):
    return ValueFilter({"type": "value", "key": key, "value": value, "op": op})


class Every(And):
    """The filter `and` over filters that are made already."""

    def __init__(self, *filters):
        self.filters = list(filters)

    def process(self, resources, events=None):
        for one in self.filters:
            resources = one.process(resources, events)
        return resources


QUESTIONS = [
    Every(value("public", False), value("encrypted", True), value("versioning", True)),
    Every(value("region", ["north", "south"], "in"), value("tls_required", True), value("name", "^(?!web-).*", "regex")),
    Every(value("tag:env", "prod"), value("retention_days", 30, "ge")),
]

resources = [store(at) for at in range(rows)]
measured = []
for question in QUESTIONS:
    begun = time.perf_counter()
    found = question.process(resources)
    measured.append({"seconds": time.perf_counter() - begun, "matches": len(found)})
print(json.dumps({"rows": rows, "questions": measured}))
