import datetime
import json

from common import UNCHECKED, client, founded, pages, refused

org, root = founded()
trail = client("cloudtrail")
units = [org.create_organizational_unit(ParentId=root, Name=f"Unit {number:02}")["OrganizationalUnit"]["Id"]
         for number in range(12)]
org.update_organizational_unit(OrganizationalUnitId=units[0], Name="Renamed")


def look(name, value, size=None):
    return pages(trail, "lookup_events", "Events", size, LookupAttributes=[{"AttributeKey": name, "AttributeValue": value}])


events, _ = look("ResourceName", units[0])
assert [event["EventName"] for event in events] == ["UpdateOrganizationalUnit", "CreateOrganizationalUnit"], events
event = events[0]
assert event["ReadOnly"] == "false" and event["EventSource"] == "organizations.amazonaws.com", event
assert units[0] in [resource["ResourceName"] for resource in event["Resources"]], event
details = json.loads(event["CloudTrailEvent"])
assert details["eventName"] == "UpdateOrganizationalUnit" and details["userIdentity"]["arn"], details
assert event["Username"] in details["userIdentity"]["arn"], event
events, count = look("EventName", "CreateOrganizationalUnit", 5)
assert (len(events), count) == (12, 3), (len(events), count)
assert len(look("EventId", event["EventId"])[0]) == 1
assert look("ReadOnly", "true")[0] == []
soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)
assert trail.lookup_events(StartTime=soon)["Events"] == []
refused("InvalidTimeRangeException", trail.lookup_events, StartTime=soon, EndTime=soon - datetime.timedelta(hours=1))
refused("InvalidMaxResultsException", client("cloudtrail", config=UNCHECKED).lookup_events, MaxResults=51)
refused("InvalidNextTokenException", trail.lookup_events, NextToken="invented")
refused("InvalidLookupAttributesException", client("cloudtrail", config=UNCHECKED).lookup_events,
        LookupAttributes=[{"AttributeKey": "Weather", "AttributeValue": "fine"}])
