#!/usr/bin/env python3
"""A client of the Neoserra RESTful JSON API: everything its document shows, against a running service."""
import json
import secrets
import sys

from steps import *

SUCCESS = {"result": "success", "result_msg": "", "data": {...: ...}, ...: ...}
FAILURE = {"result": "fail", "result_msg": str, "status": int, "problems": each({"level": str, "message": str, ...: ...}, 1), ...: ...}

# What the service account of the document may do: edit and add client and contact records. It reads them, to edit them.
CLIENT_AND_CONTACT = ["client:read", "client:add", "client:edit", "contact:read", "contact:add", "contact:edit"]

CONTACT = {
    "salutation": "Ms", "forename": "Ann", "surname": "Owner", "contact1": "805 967 1280", "contact1Type": 1, "preferredContact": 1,
    "address1": "1 Main Street", "address2": "", "postCode": "93117", "notes": "First visit", "locations": [],
}

admin, contractor, service, key = {}, {}, {}, {}
sandbox, contact = unique("SANDBOX"), unique("C")


def failure(status):
    return FAILURE | {"status": status}


def prepare():
    admin.update(administrator())


def accounts():
    settings = call("GET", "/api/v1/admin/settings", headers=admin)
    step("N7", "the API is activated in the database", settings, 200, {"data": {"apiEnabled": True, ...: ...}, ...: ...})
    wanted = {"op_id": unique("CONTRACTOR"), "op_name": "Contractor", "kind": "operator", "permissions": [*CLIENT_AND_CONTACT, "integration:manage"]}
    contractor.update(name=wanted["op_id"], password=secrets.token_urlsafe(12))
    answer = call("POST", "/api/v1/admin/accounts", wanted | {"op_password": contractor["password"]}, JSON | admin)
    made.append(wanted["op_id"])
    step("N11 N12", "an account for the contractor, limited to record types", answer, 201, {"data": wanted | {...: ...}, ...: ...})
    contractor.update(bearer(log_in(contractor["name"], contractor["password"])[0]))
    wanted = {"op_id": unique("SERVICE"), "op_name": "Web site", "kind": "service", "permissions": CLIENT_AND_CONTACT}
    answer = call("POST", "/api/v1/admin/accounts", wanted, JSON | admin)
    made.append(wanted["op_id"])
    service.update(name=wanted["op_id"])
    step("N14 N17", "a service account to edit and add client and contact records", answer, 201, {"data": wanted | {...: ...}, ...: ...})
    answer = call("POST", "/api/v1/auth/login", {"op_id": service["name"], "op_password": "any"}, JSON | {"x-database": options.database})
    step("N15", "it has no login permissions", answer, 401, failure(401))
    step("N12", "the contractor is no administrator", call("GET", "/api/v1/admin/accounts", headers=headers_of(contractor)), 403, failure(403))


def headers_of(account):
    return {name: value for name, value in account.items() if name in ("Authorization", "X-Access-Key")}


def endpoints():
    name, password = add_account("operator", ["client:read"])
    step("N11", "without the checkbox, no integration module", call("GET", "/api/v1/admin/endpoints", headers=bearer(log_in(name, password)[0])), 403, failure(403))
    wanted = {"name": unique("Web site "), "account": service["name"], "allowedAddresses": ["127.0.0.1", "::1"]}
    answer = call("POST", "/api/v1/admin/endpoints", wanted, JSON | headers_of(contractor))
    step("N18 N19", "the contractor makes an endpoint with addresses for the service account", answer, 201, {"data": wanted | {"id": str, ...: ...}, ...: ...})
    keys = f"/api/v1/admin/endpoints/{at(answer, 'data', 'id')}/keys"
    answer = call("POST", keys, {}, JSON | headers_of(contractor))
    step("N20", "and an Access Key", answer, 201, {"data": {"keyId": str, "accessKey": str, ...: ...}, ...: ...})
    key.update({"X-Access-Key": at(answer, "data", "accessKey", default="")})
    answer = call("GET", keys, headers=headers_of(contractor))
    hidden = lambda items: "the key is shown again" if key["X-Access-Key"] in json.dumps(items) else None
    step("N20", "which is not shown again", answer, 200, {"items": hidden, ...: ...})
    answer = call("POST", "/api/v1/admin/endpoints", {"name": unique("Anywhere "), "account": service["name"], "allowedAddresses": []}, JSON | headers_of(contractor))
    step("N19", "left blank, any computer may call", answer, 201, {"data": {"allowedAddresses": [], ...: ...}, ...: ...})
    anywhere = call("POST", f"/api/v1/admin/endpoints/{at(answer, 'data', 'id')}/keys", {}, JSON | headers_of(contractor))
    headers = {"X-Access-Key": at(anywhere, "data", "accessKey", default="")}
    step("N19 N20", "with its key", call("GET", "/api/v1/clients?size=1", headers=headers), 200)
    elsewhere = add_key(service["name"], ["192.0.2.0/24"])["accessKey"]
    step("N19", "an address that is not on the list is refused", call("GET", "/api/v1/clients", headers={"X-Access-Key": elsewhere}), 403, failure(403))


def records():
    answer = call("POST", "/api/v1/clients", {"clientRef": sandbox, "name": "Sandbox"}, JSON | key)
    step("N3 N9 N17", "POST creates a client, for test records", answer, 201, SUCCESS)
    answer = call("POST", "/api/v1/contacts", CONTACT | {"clientRef": sandbox, "contactRef": contact}, JSON | key)
    step("N3 N5 N17", "POST creates a contact", answer, 201, {"data": CONTACT | {...: ...}, ...: ...}, {"Content-Type": "application/json..."})
    url = f"/api/v1/clients/{sandbox}/contacts/{contact}"
    step("N1 N5", "GET reads it", call("GET", url, headers=key), 200, {"data": CONTACT | {...: ...}, ...: ...}, {"Content-Type": "application/json..."})
    changed = CONTACT | {"surname": "Director"}
    step("N2 N5 N17", "PUT updates it", call("PUT", url, changed, JSON | key), 200, {"data": changed | {...: ...}, ...: ...})
    step("N2", "PUT updates the client", call("PUT", f"/api/v1/clients/{sandbox}", {"name": "Sandbox center"}, JSON | key), 200, {"data": {"name": "Sandbox center", ...: ...}, ...: ...})
    many = {"contacts": [CONTACT | {"clientRef": sandbox, "contactRef": unique("C")} for _ in range(25)]}
    answer = call("POST", "/api/v1/imports", many, JSON | key | {"Prefer": "respond-sync"})
    step("N6", "imports many records in one call", answer, 200, {"data": {"state": "completed", "rowsRead": 25, "rowsCreated": 25, "rowsRejected": 0, ...: ...}, ...: ...})
    answer = call("GET", f"/api/v1/clients/{sandbox}/contacts?size=1", headers=headers_of(contractor))
    step("N13", "the contractor reviews the imported records", answer, 200, {"total": 26, ...: ...})
    answer = call("POST", f"/api/v1/clients/{sandbox}/locations", {"locationRef": "A", "name": "Office"}, JSON | key)
    step("N17", "the service account has no other record types", answer, 403, failure(403))
    settings = call("GET", "/api/v1/admin/settings", headers=admin)
    if not at(settings, "data", "allowDelete"):
        step("N4", "DELETE is not supported", call("DELETE", url, headers=key), 405, failure(405))


def documentation():
    step("N21", "the documentation is a page", call("GET", "/docs/index.html"), 200)
    answer = call("GET", "/openapi/v1.json")
    step("N21 N25", "generated, in one version", answer, 200, {"openapi": str, "paths": {"/api/v1/contacts": {"get": ..., "post": ..., ...: ...}, ...: ...}, ...: ...})


def errors():
    url = f"/api/v1/clients/{sandbox}/contacts/{contact}"
    answer = call("PUT", url, {}, JSON | key)
    step("N27", "400: the input fails validation", answer, 400, failure(400))
    step("N27", "401: not authenticated", call("GET", url), 401, failure(401))
    step("N27 N32", "403: authenticated, not allowed", call("GET", "/api/v1/admin/settings", headers=key), 403, failure(403))
    step("N27", "404: no such record", call("GET", url + "X", headers=key), 404, failure(404))
    step("N32", "an endpoint that does not exist is 4xx", call("GET", "/api/v1/centers", headers=key), 404, failure(404))
    answer = call("PUT", url, CONTACT | {"surname": 5}, JSON | key)
    step("N31", "a number for a string does not succeed", answer, 400, FAILURE | {"problems": [{"level": "SEVERE", "field": "surname", "message": str, ...: ...}]})
    trace = at(answer, "trace_id", default="none")
    entry = {"account": service["name"], "kind": "service", "address": str, "route": str, "status": 400, "outcome": "refused: ...", "traceId": trace, ...: ...}
    ask = lambda: call("GET", "/api/v1/audit" + query(traceId=trace), headers=admin)
    step("N28 N33", "the audit log has the refused call", eventually(ask, lambda answer: at(answer, "total")), 200, {"total": 1, "items": [entry], ...: ...})
    answer = call("GET", "/api/v1/audit" + query(clientRef=sandbox, contactRef=contact, outcome="updated"), headers=admin)
    step("N28 N29", "and the change", answer, 200, {"total": 1, "items": [{"account": service["name"], "changes": {"surname": ["Owner", "Director"]}, ...: ...}], ...: ...})
    step("N30", "the system is up after all that", call("GET", "/health/live"), 200)


def afterwards():
    answer = call("PATCH", f"/api/v1/admin/accounts/{contractor['name']}", {"active": False}, JSON | admin)
    step("N16", "the contractor is inactivated", answer, 200, {"data": {"active": False, ...: ...}, ...: ...})
    step("N16", "and cannot call any more", call("GET", "/api/v1/clients", headers=headers_of(contractor)), 401, failure(401))
    answer = call("POST", "/api/v1/contacts", CONTACT | {"clientRef": sandbox, "contactRef": unique("C")}, JSON | key)
    step("N16", "the solution runs on under the service account", answer, 201, SUCCESS)


if __name__ == "__main__":
    start(__doc__)
    sys.exit(run(prepare, accounts, endpoints, records, documentation, errors, afterwards))
