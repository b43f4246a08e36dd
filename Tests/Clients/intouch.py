#!/usr/bin/env python3
"""A client of the InTouch CRM REST API: everything its document shows, against a running service."""
import sys
from datetime import datetime

from steps import *

# The document's header, verbatim: gregor, password 123456.
GREGOR = "Basic Z3JlZ29yOjEyMzQ1Ng=="

PARTY = {
    "salutation": "Pan", "forename": "Karel", "surname": "Novák", "contact1": "+420 123 456 789", "contact1Type": 1, "preferredContact": 1,
    "address1": "Hlavní 1", "address2": "", "postCode": "110 00",
}

PROBLEM = {"level": one_of("INFO", "WARNING", "SEVERE"), "message": str, ...: ...}

admin, api, reader, party = {}, {}, {}, {}
client = unique("CLIENT")


def root(path=""):
    """The document's root URL, .../api: of a service with several databases, that of the database."""
    return f"/{options.database}/api{path}"


def failure(status, *problems):
    """The document's error object."""
    return {"ok": False, "status": status, "problems": list(problems) if problems else each(PROBLEM, 1), ...: ...}


def prepare():
    admin.update(administrator())
    call("POST", "/api/v1/clients", {"clientRef": client, "name": "InTouch"}, JSON | admin)
    api["name"], api["password"] = add_account("api", ["contact:read", "contact:add", "contact:edit"])
    reader.update(basic(*add_account("api", ["contact:read"])))
    api["headers"] = basic(api["name"], api["password"])


def authorization():
    step("I4", "without authorization, no answer", call("GET", root("/parties")), 401, failure(401))
    step("I9 I10", "the document's header, verbatim", call("GET", root("/parties?size=1"), headers={"Authorization": options.authorization}), 200, {"total": int, "items": list, ...: ...})
    step("I3 I5 I9 I11", "an account of type API only", call("GET", root("/parties?size=1"), headers=api["headers"]), 200, {"total": int, ...: ...})
    answer = call("GET", root("/parties?size=1"), headers={"x-database": options.database} | api["headers"])
    step("I9 I11", "and with the database named in a header", answer, 200, {"total": int, ...: ...})
    for url in ("/api", root()):
        index = call("GET", url, headers=api["headers"])
        step("I12", f"the root of all requests, {url}", index, 200, {...: ...})
        check("I12 I13", "names the directory", "/api/parties" in index.text, True)
    check("I1", "and the API's version", at(call("GET", "/openapi/v1.json"), "info", "version"), str)


def create_parties():
    answer = call("POST", root("/parties"), PARTY | {"clientRef": client}, JSON | api["headers"])
    step("I13 I16", "POST creates a party", answer, 201, {"id": int, **PARTY, ...: ...}, {"Location": str})
    party.update(at(answer, default={}))
    party["url"] = answer.headers.get("Location") or root("/parties/1")


def methods():
    url, headers = party.pop("url"), JSON | api["headers"]
    step("I14", "GET reads it", call("GET", url, headers=headers), 200, party)
    step("I18", "PATCH sends only what changes", call("PATCH", url, {"forename": "Jan"}, headers), 200, {**PARTY, "forename": "Jan", "id": party.get("id"), ...: ...})
    read = at(call("GET", url, headers=headers), default={})
    step("I15", "PUT changes the record as it was read", call("PUT", url, read | {"surname": "Dvořák"}, headers), 200, {**PARTY, "forename": "Jan", "surname": "Dvořák", ...: ...})
    step("I14", "GET reads the change", call("GET", url, headers=headers), 200, {"surname": "Dvořák", "id": party.get("id"), ...: ...})
    step("I17", "POST invokes an action", call("POST", f"/api/v1/admin/accounts/{api['name']}/unlock", headers=admin), 200, {"result": "success", ...: ...})
    answer = call("PUT", root("/parties"), PARTY, headers)
    step("I19", "the wrong method is refused, and the right ones are named", answer, 405, failure(405), {"Allow": str})
    answer = call("GET", "/api/v1/audit" + query(clientRef=client, contactRef=read.get("contactRef", "")), headers=admin)
    entry = {"account": api["name"], "kind": "service", "status": int, ...: ...}
    step("I7", "the changes are a program's, not a person's", answer, 200, {"items": each(entry, 3), ...: ...})
    answer = call("GET", "/api/v1/audit" + query(clientRef=client, recordType="client"), headers=admin)
    step("I7", "and those of a person are a person's", answer, 200, {"items": [{"kind": "human", ...: ...}], ...: ...})


def pages():
    headers = api["headers"]
    many = {"contacts": [PARTY | {"clientRef": client, "contactRef": unique("C")} for _ in range(70)]}
    call("POST", "/api/v1/imports", many, JSON | admin | {"Prefer": "respond-sync"})
    item = {"id": int, "surname": str, ...: ...}
    answer = call("GET", root("/parties"), headers=headers)
    step("I20 I21", "the first page, without an order", answer, 200, {"total": int, "position": 0, "size": 20, "items": each(item, 20)})
    answer = call("GET", root("/parties?position=60&size=20&orderBy=modified&desc=false"), headers=headers)
    step("I20 I22", "the document's page", answer, 200, {"total": int, "position": 60, "size": 20, "orderBy": "modified", "desc": False, "items": each(item)})
    check("I20", "its keys in the document's order", list(answer.json or {}), ["total", "position", "size", "orderBy", "desc", "items"])
    answer = call("GET", root("/parties?orderBy=modified&desc=true&size=3"), headers=headers)
    step("I20 I22", "the newest first", answer, 200, {"orderBy": "modified", "desc": True, "items": each(item, 3), ...: ...})
    times = [datetime.fromisoformat(at(item, "updatedAt")) for item in at(answer, "items", default=[])]
    check("I22", "in that order", times, sorted(times, reverse=True))

    # Of this run's client only: the directory itself changes while others write.
    ours, found, position = {"$filter": f"clientRef eq '{client}'"}, [], 0
    while position <= 80:
        answer = call("GET", root("/parties") + query(position=position, size=20, **ours), headers=headers)
        items = at(answer, "items", default=[])
        step("I20 I23 I24", f"the page at {position}", answer, 200, {"total": 71, "position": position, "size": 20, "items": each(item, max(0, min(20, 71 - position)))})
        found += [at(item, "id") for item in items]
        position += 20
    check("I23", "all pages have each record once", [len(found), len(set(found))], [71, 71])
    answer = call("GET", root("/parties") + query(size=500, **ours), headers=headers)
    step("I24", "the size may exceed the number of items", answer, 200, {"total": 71, "position": 0, "size": 500, "items": each(item, 71)})


def errors():
    headers = JSON | api["headers"]
    url = root(f"/parties/{party.get('id')}")
    step("I25 I26 I27 I29 I30", "a party that does not exist", call("GET", root("/parties/999999999"), headers=headers), 404, failure(404))
    step("I25 I29 I30", "a URL that does not exist", call("GET", root("/nothing"), headers=headers), 404, failure(404))
    surname = {"level": "SEVERE", "field": "surname", "message": str, ...: ...}
    answer = call("PATCH", url, {"surname": "x" * 81}, headers)
    step("I26 I27 I28 I29", "a bad surname is named", answer, 400, failure(400, surname))
    answer = call("PATCH", url, {"forename": None, "surname": 5}, headers)
    step("I28 I29", "several problems, all of them", answer, 400, failure(400, {"field": "forename", ...: ...}, {"field": "surname", ...: ...}))
    step("I29 I30", "a body that is no JSON", call("PATCH", url, "{", headers), 400, failure(400))
    step("I29 I30", "a page that does not exist", call("GET", root("/parties?position=-1"), headers=headers), 400, failure(400))
    step("I29 I30", "what the account may not do", call("PATCH", url, {"surname": "x"}, JSON | reader), 403, failure(403))
    answer = call("GET", root("/parties?size=1"), headers=headers)
    step("I31", "decent behaviour: the limits are reported", answer, 200, ..., {"RateLimit-Policy": str, "RateLimit": str})


if __name__ == "__main__":
    start(__doc__, ("--authorization", GREGOR, "the header of an account that may read contacts; the document's is gregor:123456"))
    sys.exit(run(prepare, authorization, create_parties, methods, pages, errors))
