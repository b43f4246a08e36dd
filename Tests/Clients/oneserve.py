#!/usr/bin/env python3
"""A client of Oneserve's contact API: everything its document shows, against a running service."""
import json
import sys

from steps import *

ENDPOINT = "/rest/contact/contact"

PAYLOAD = """{
"clientRef": "29",
"contactRef": "ZARADILLO1",
"salutation": "Mr",
"forename": "John",
"surname": "Test",
"contact1": "",
"contact1Type": "1",
"contact2": "07123456789",
"contact2Type": "10",
"contact3": "test@test.test",
"contact3Type": "6",
"contact4": "",
"contact4Type": "1",
"preferredContact": "1",
"address1": "Address line 1",
"address2": "Address line 2",
"address3": "Address line 3",
"address4": "Address line 4",
"notes": "These are notes",
"considerations": "These are considerations",
"postCode": "EX49HL",
"locations": [
{
"locationRef": "10174",
"isPreferred": "True",
"startDate": "09/07/2019",
"endDate": "18/12/2019",
"usageTypeId": "1"
}
]
}"""

SUCCESS = {"result": "success", "result_msg": ""}
ERROR = {"result": "fail", "result_msg": str, ...: ...}
REST0002 = {"result": "fail", "result_msg": "REST0002", "result_error_msg": "A JSONObject text must begin with '{' at character...", ...: ...}
NO_CLIENT = {"result": "fail", "result_msg": "Unable to locate client ref supplied", ...: ...}

# The document's table of fields, in its order: texts with their length, integers without.
FIELDS = {
    "clientRef": 50, "contactRef": 50, "salutation": 50, "forename": 80, "surname": 80,
    "contact1": 80, "contact1Type": None, "contact2": 50, "contact2Type": None, "contact3": 80, "contact3Type": None, "contact4": 80, "contact4Type": None,
    "preferredContact": None, "address1": 200, "address2": 200, "address3": 200, "address4": 200, "postCode": 50, "notes": 2000, "considerations": 4000,
}
OPTIONAL = {"contact2", "contact2Type", "contact3", "contact3Type", "contact4", "contact4Type", "address3", "address4", "notes", "considerations"}
MANDATORY = [name for name in FIELDS if name not in OPTIONAL]
TEXTS = {name: length for name, length in FIELDS.items() if length}

# What is stored of the payload: native types and ISO dates; an optional text that is empty is null.
STORED = json.loads(PAYLOAD) | {"contact1Type": 1, "contact2Type": 10, "contact3Type": 6, "contact4": None, "contact4Type": 1, "preferredContact": 1}

admin, user, client = {}, {}, unique("CLIENT")


def post(body, token=None, **headers):
    return call("POST", ENDPOINT, body, JSON | {"OS_REST_AUTH_TOKEN": token or user["token"]} | headers)


def contact(**changes):
    """The document's contact, of this run's client, without locations unless given."""
    return json.loads(PAYLOAD) | {"clientRef": client, "contactRef": unique("C"), "locations": []} | changes


def location(ref="A", **changes):
    return {"locationRef": ref, "isPreferred": "False"} | changes


def stored(sent):
    return call("GET", f"/api/v1/clients/{sent['clientRef']}/contacts/{sent['contactRef']}", headers=admin)


def stored_location(ref):
    return call("GET", f"/api/v1/clients/{client}/locations/{ref}", headers=admin)


def problems_of(*fields, code=...):
    """A failure that names exactly these fields."""
    return {"result": "fail", "result_msg": str, "problems": [{"level": "SEVERE", "field": field, "code": code, "message": str} for field in fields], ...: ...}


def prepare():
    """The records that the payload points at, and a dedicated user that may only write contacts and the usage type of locations."""
    admin.update(administrator())
    call("POST", "/api/v1/clients", {"clientRef": "29", "name": "Demo Housing"}, JSON | admin)
    call("POST", "/api/v1/clients/29/locations", {"locationRef": "10174", "name": "Demo House", "usageTypeId": 2}, JSON | admin)
    call("POST", "/api/v1/clients", {"clientRef": client, "name": "Oneserve"}, JSON | admin)
    for ref in "ABCD":
        call("POST", "/rest/contact/location", {"clientRef": client, "locationRef": ref, "name": f"Location {ref}", "usageTypeId": 2}, JSON | admin)
    user["name"], user["password"] = add_account("operator", ["contact:add", "contact:edit", "location:edit"])


def tokens():
    token, _ = log_in(user["name"], user["password"])
    check("O1 O2", "a log-in creates a JSON Web Token", (token or "").count("."), 2)
    user["token"] = token
    step("O22 O20", "no token is 401", call("POST", ENDPOINT, PAYLOAD, JSON), 401, ERROR)
    step("O22", "an unknown token is 401", post(PAYLOAD, "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"), 401, ERROR)
    user["token"], _ = log_in(user["name"], user["password"])
    step("O4", "the token is reset when the user logs in", post(PAYLOAD, token), 401, ERROR)
    step("O1 O5", "the dedicated user's newest token is accepted", post(contact()), 200, SUCCESS)
    service, _ = add_account("service", ["contact:add", "contact:edit", "location:edit"])
    step("O5", "a service account's key, which no log-in resets, in the same header", post(contact(), add_key(service)["accessKey"]), 200, SUCCESS)


def example():
    step("O6 O7 O18 O19", "the example payload, verbatim", post(PAYLOAD), 200, SUCCESS)
    locations = [{"locationRef": "10174", "isPreferred": bool, "startDate": "2019-07-09", "endDate": "2019-12-18", "usageTypeId": 1}]
    step("O8 O9 O16", "is stored with all its fields", stored(STORED), 200, {"data": STORED | {"locations": locations, ...: ...}, ...: ...})
    sent = contact(locations=[location("A", isPreferred="True", startDate="09/07/2019", endDate="18/12/2019", usageTypeId="1")])
    answer = post(sent)
    step("O7 O19", "adds a contact", answer, 200, SUCCESS, {"X-Outcome": "created"})
    step("O7 O19", "updates it", post(sent | {"surname": "Test2"}), 200, SUCCESS, {"X-Outcome": "updated"})
    step("O7 O19", "leaves it as it is", post(sent | {"surname": "Test2"}), 200, SUCCESS, {"X-Outcome": "unchanged"})
    step("O7", "has the update", stored(sent), 200, {"data": {"surname": "Test2", "forename": "John", ...: ...}, ...: ...})
    step("O10", "another contactRef is another contact", post(sent | {"contactRef": unique("C"), "locations": []}), 200, SUCCESS, {"X-Outcome": "created"})


def fields():
    longest = {name: "x" * length for name, length in TEXTS.items()}
    call("POST", "/api/v1/clients", {"clientRef": longest["clientRef"], "name": "A ref of 50 characters"}, JSON | admin)
    longest |= {"contactRef": (unique("C") + "x" * 50)[:50]}
    sent = contact(**longest)
    step("O8", "each text at its full length", post(sent), 200, SUCCESS)
    step("O8", "is stored whole", stored(sent), 200, {"data": longest | {...: ...}, ...: ...})
    step("O8 O29", "each text a character longer is refused", post(contact(**{name: "x" * (length + 1) for name, length in TEXTS.items()})), 400, problems_of(*TEXTS))
    step("O8", "each mandatory field must be there", post({}), 400, problems_of(*MANDATORY, code="field_missing"))
    sent = contact()
    step("O8", "each optional field may be left out", post({name: sent[name] for name in MANDATORY}), 200, SUCCESS)
    texts = {name: "one" for name in FIELDS if name not in TEXTS}
    step("O8 O29 O30", "a text that is no integer is refused", post(contact(**texts)), 400, problems_of(*texts))
    updated = {name: "y" for name in TEXTS if not name.endswith("Ref")} | {"contact1Type": 6, "contact2Type": 6, "contact3Type": 6, "contact4Type": 6, "preferredContact": 4}
    step("O8 O10", "each field but the refs is updatable", post(sent | updated), 200, SUCCESS, {"X-Outcome": "updated"})
    step("O8 O10", "is stored updated", stored(sent), 200, {"data": updated | {"clientRef": client, ...: ...}, ...: ...})
    types = call("GET", "/api/v1/MDOList/contacttype", headers=admin)
    check("O11 O12", "the types of the example are configured", {1, 6, 10} - {at(item, "Id") for item in types.json or []}, set())
    step("O11", "a type that is not configured is refused", post(contact(contact1Type="999")), 400, problems_of("contact1Type"))
    for number in (1, 2, 3, 4):
        step("O13", f"preferredContact {number}", post(contact(preferredContact=str(number))), 200, SUCCESS)
    for number in (0, 5):
        step("O13", f"preferredContact {number} is refused", post(contact(preferredContact=str(number))), 400, problems_of("preferredContact"))


def locations():
    sent = contact(locations=[location("A"), location("B", startDate="09/07/2019", endDate="18/12/2019")])
    step("O14 O9", "a contact of two locations", post(sent), 200, SUCCESS)
    a = {"locationRef": "A", "isPreferred": False, "startDate": None, "endDate": None, "usageTypeId": int}
    b = a | {"locationRef": "B", "startDate": "2019-07-09", "endDate": "2019-12-18"}
    step("O14 O16", "has both, the first without dates", stored(sent), 200, {"data": {"locations": [a, b], ...: ...}, ...: ...})
    step("O9", "locationRef and isPreferred are mandatory", post(contact(locations=[{}])), 400, problems_of("locations[0].locationRef", "locations[0].isPreferred"))
    step("O9", "a locationRef of 51 characters is refused", post(contact(locations=[location("x" * 51)])), 400, problems_of("locations[0].locationRef"))
    step("O9", "an unknown location is refused", post(contact(locations=[location("NONE")])), 400, problems_of("locations[0].locationRef"))
    step("O16", "a date of another form is refused", post(contact(locations=[location("A", startDate="07/19/2019")])), 400, problems_of("locations[0].startDate"))
    first, second = contact(locations=[location("C", isPreferred="True")]), contact(locations=[location("C", isPreferred="True")])
    step("O15", "a preferred contact for a location", post(first), 200, SUCCESS)
    step("O15", "is the location's", stored_location("C"), 200, {"data": {"preferredContactRef": first["contactRef"], ...: ...}, ...: ...})
    step("O15", "another one takes its place", post(second), 200, SUCCESS)
    step("O15", "the location has the new one", stored_location("C"), 200, {"data": {"preferredContactRef": second["contactRef"], ...: ...}, ...: ...})
    step("O15", "the old one is no longer preferred", stored(first), 200, {"data": {"locations": [{"isPreferred": False, ...: ...}], ...: ...}, ...: ...})
    step("O17", "a usage type", post(contact(locations=[location("D", usageTypeId="1")])), 200, SUCCESS)
    step("O17", "is updated on the location", stored_location("D"), 200, {"data": {"usageTypeId": 1, ...: ...}, ...: ...})
    step("O17", "an unknown usage type is refused", post(contact(locations=[location("D", usageTypeId="999")])), 400, problems_of("locations[0].usageTypeId"))
    sent = contact(locations=[{"location Ref": "D", "isPreferred": "False"}])
    step("O32", "the spelling `location Ref`", post(sent), 200, SUCCESS)
    step("O32", "is the location's ref", stored(sent), 200, {"data": {"locations": [{"locationRef": "D", ...: ...}], ...: ...}, ...: ...})


def failures():
    service, _ = add_account("service", ["contact:add", "contact:edit"])
    elsewhere = add_key(service, ["192.0.2.0/24"])["accessKey"]
    step("O24 O20", "an address that is blocked is 403", post(contact(), elsewhere), 403, ERROR)
    answer = call("POST", "/rest/contact/contacts", PAYLOAD, JSON | {"OS_REST_AUTH_TOKEN": user["token"]})
    step("O25 O20", "a mistyped endpoint is 404", answer, 404, ERROR)
    for method in ("GET", "DELETE"):
        step("O26 O20", f"{method} is 405", call(method, ENDPOINT, headers={"OS_REST_AUTH_TOKEN": user["token"]}), 405, ERROR, {"Allow": "POST"})
    for media in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        step("O27 O20", f"{media} is 415", post(PAYLOAD, **{"Content-Type": media}), 415, ERROR)
    step("O28 O21", "an array is REST0002", post(f"[\n{PAYLOAD}\n]"), 400, REST0002)
    step("O28 O21", "an empty body is REST0002", post(""), 400, REST0002)
    sent = contact(surname="x" * 81, contact1Type="home")
    step("O29 O30", "wrong type and overlong: the failure names both", post(sent), 400, problems_of("surname", "contact1Type"))
    step("O29 O30", "and nothing is stored", stored(sent), 404, ERROR)
    sent = contact(clientRef=unique("NONE"))
    answer = post(sent)
    step("O31 O20 O21", "an unknown client", answer, 400, NO_CLIENT)
    trace = at(answer, "trace_id", default="none")
    entries = eventually(lambda: call("GET", "/api/v1/audit" + query(traceId=trace), headers=admin), lambda audit: at(audit, "total"))
    step("O33", "support finds the call by its trace_id", entries, 200, {"items": [{"account": user["name"], "address": str, "status": 400, "traceId": trace, ...: ...}], ...: ...})


if __name__ == "__main__":
    start(__doc__)
    sys.exit(run(prepare, tokens, example, fields, locations, failures))
