#!/usr/bin/env python3
"""A client of the SuperOffice REST API: everything its document shows, against a running service."""
import json
import sys
import urllib.parse

from steps import *

ACCEPT = {"Accept": "application/json"}

# The document's bodies. Its numbers 2, 591 and 1 stand for a company, an appointment and a person of one's own.
APPOINTMENT = """{
  "Contact": {
    "ContactId": 2
  },
  "Description": "Hello world!"
}"""

JSON_PATCH = """[
  {
    "op": "replace",
    "path": "/Person",
    "value": {
      "PersonId": 1
    }
  }
]"""

MERGE_PATCH = """{
  "Task": {
    "TaskListItemId": 2
  }
}"""

TASKS = ["Meeting (Internal)", "Meeting (External)", "Phone-Out", "Phone-In", "Follow-up", "Planning", "Visit", "Lunch", "Proposal", "Service", "Private", "Other"]
TASK_LIST = [{"Id": number, "Name": name, ...: ...} for number, name in enumerate(TASKS, 1)]

SELECT = "$select=AppointmentId,Contact,Description,Person"

admin, user, system, numbers = {}, {}, {}, {}
client, contact = unique("CLIENT"), unique("C")


def ask(method, path, ticket, body=None):
    """A request as the document writes it: the tenant in the path, and no header but the ticket's and Accept."""
    return call(method, f"/{options.tenant or options.database}{path}", body, ACCEPT | ticket)


def prepare():
    """A company with a person, a normal user, and a system user with its ticket and secret."""
    admin.update(administrator())
    call("POST", "/api/v1/clients", {"clientRef": client, "name": "SuperOffice"}, JSON | admin)
    person = {
        "clientRef": client, "contactRef": contact, "salutation": "Ms", "forename": "Ann", "surname": "Person", "contact1": "", "contact1Type": 1,
        "preferredContact": 1, "address1": "Street 1", "address2": "", "postCode": "1",
    }
    call("POST", "/api/v1/contacts", person, JSON | admin)
    user["name"], user["password"] = add_account("operator", level=10)
    system["name"], _ = add_account("service", level=10)
    key = add_key(system["name"])
    system.update(ticket=key["keyId"], secret=key["secret"])


def tickets():
    user["token"], user["refresh"] = log_in(user["name"], user["password"])
    interactive, system["headers"] = bearer(user["token"]), {"Authorization": f"SOTicket {system['ticket']}", "SO-AppToken": system["secret"]}
    for kind, name, ticket in (("S23 S25 S26 S27", user["name"], interactive), ("S4 S24 S25 S26 S27", system["name"], system["headers"])):
        answer = ask("GET", "/api/v1/User/currentPrincipal", ticket)
        step(kind, f"currentPrincipal with {ticket['Authorization'].split()[0]}", answer, 200, {"AssociateId": int, "Associate": name, ...: ...})
        numbers[name] = at(answer, "AssociateId")
    without = ask("GET", "/api/v1/User/currentPrincipal", {"Authorization": system["headers"]["Authorization"]})
    step("S24", "SOTicket without its SO-AppToken is 401", without, 401, {"status": 401, ...: ...})
    name, password = add_account("api", ["contact:read"])
    answer = ask("GET", "/api/v1/User/currentPrincipal", basic(name, password))
    step("S20", "Basic, on site", answer, 200, {"Associate": name, ...: ...})
    answer = ask("GET", "/api/v1/User/currentPrincipal", {"Authorization": "Bearer no"})
    step("S1", "no ticket is 401", answer, 401, {"status": 401, ...: ...})
    step("S10 S11", "a user of narrow permissions is refused what it has not", ask("GET", "/api/v1/audit", basic(name, password)), 403, {"status": 403, ...: ...})
    answer = call("POST", "/api/v1/auth/refresh", {"refresh_token": user["refresh"]}, JSON)
    step("S5 S18", "a refresh token goes on without another sign-in", answer, 200, {"result": {"access_token": str, "refresh_token": str, ...: ...}, ...: ...})
    user["token"] = at(answer, "result", "access_token", default=user["token"])
    user["headers"] = bearer(user["token"])
    step("S5 S18", "with a new ticket", ask("GET", "/api/v1/User/currentPrincipal", user["headers"]), 200, {"Associate": user["name"], ...: ...})


def oauth():
    """OAuth 2.0 client credentials (RFC 6749, 8414): the system user's ticket and secret are the client's id and secret."""
    metadata = call("GET", "/.well-known/oauth-authorization-server", headers=ACCEPT)
    offered = lambda grants: None if "client_credentials" in (grants or []) else f"no client_credentials among {grants}"
    step("S19", "OAuth's metadata", metadata, 200, {"issuer": str, "token_endpoint": str, "grant_types_supported": offered, ...: ...})
    check("S19", "name the token endpoint", urllib.parse.urlsplit(at(metadata, "token_endpoint", default="")).path, "/oauth/token")
    form, grant = {"Content-Type": "application/x-www-form-urlencoded"}, {"grant_type": "client_credentials"}
    token = {"access_token": str, "token_type": "Bearer", "expires_in": int, ...: ...}
    answer = call("POST", "/oauth/token", urllib.parse.urlencode(grant), form | basic(system["ticket"], system["secret"]))
    step("S19 S18", "client credentials by Basic", answer, 200, token)
    ticket = bearer(at(answer, "access_token", default="none"))
    step("S19 S23", "their token is a ticket", ask("GET", "/api/v1/User/currentPrincipal", ticket), 200, {"Associate": system["name"], ...: ...})
    credentials = grant | {"client_id": system["ticket"], "client_secret": system["secret"]}
    step("S19", "client credentials in the form", call("POST", "/oauth/token", urllib.parse.urlencode(credentials), form), 200, token)
    answer = call("POST", "/oauth/token", urllib.parse.urlencode(credentials | {"grant_type": "password"}), form)
    step("S19", "another grant is refused as OAuth says", answer, 400, {"error": "unsupported_grant_type", ...: ...})


def company():
    answer = ask("GET", f"/api/v1/clients/{client}", user["headers"])
    step("S7 S28", "a company has a number, the ContactId of its appointments", answer, 200, {"data": {"id": int, ...: ...}, ...: ...})
    numbers["client"] = at(answer, "data", "id", default=2)
    answer = ask("GET", "/api/parties" + query(**{"$filter": f"clientRef eq '{client}'"}), user["headers"])
    step("S6 S28", "a person has a number, its PersonId", answer, 200, {"items": [{"id": int, "contactRef": contact, ...: ...}], ...: ...})
    numbers["person"] = at(answer, "items", 0, "id", default=1)


def appointments(ticket, name):
    me = {"AssociateId": numbers[name], "Name": str, ...: ...}
    task = one_of(None, {"TaskListItemId": int, "Name": str, ...: ...})
    created = {
        "Associate": me, "Contact": {"ContactId": numbers["client"], "Name": "SuperOffice", ...: ...}, "CreatedBy": me, "AppointmentId": int,
        "Description": "Hello world!", "Person": None, "Task": task, "StartDate": ..., "EndDate": ..., ...: ...,
    }
    body = APPOINTMENT.replace('"ContactId": 2', f'"ContactId": {numbers["client"]}')
    scheme = ticket["Authorization"].split()[0]
    answer = ask("POST", "/api/v1/Appointment", ticket, body)
    step("S28 S30 S31 S32", f"{scheme}: POST creates an appointment", answer, 201, created)
    number = at(answer, "AppointmentId", default=591)
    url = f"/api/v1/Appointment/{number}"
    step("S28", f"{scheme}: with Content-Type too", ask("POST", "/api/v1/Appointment", ticket | JSON, body), 201, created)
    person = {"PersonId": numbers["person"], ...: ...}
    patched = created | {"AppointmentId": number, "Person": person}
    patch = JSON_PATCH.replace('"PersonId": 1', f'"PersonId": {numbers["person"]}')
    step("S33 S34", f"{scheme}: JSON Patch sets the person that was null", ask("PATCH", url, ticket, patch), 200, patched)
    step("S33 S34", f"{scheme}: and again, with Content-Type", ask("PATCH", url, ticket | JSON, patch), 200, patched)
    step("S38", f"{scheme}: MDOList task", ask("GET", "/api/v1/MDOList/task", ticket), 200, [*TASK_LIST, ...])
    complete = patched | {"Task": {"TaskListItemId": 2, "Name": "Meeting (External)", ...: ...}}
    step("S29 S35 S37", f"{scheme}: a merge patch by POST sets the task", ask("POST", url, ticket, MERGE_PATCH), 200, complete)
    step("S29 S35", f"{scheme}: a merge patch by PATCH", ask("PATCH", url, ticket, MERGE_PATCH), 200, complete)
    chosen = names("AppointmentId", "Contact", "Description", "Person")
    step("S45", f"{scheme}: only the selected fields when PATCHing", ask("PATCH", f"{url}?{SELECT}", ticket, patch), 200, chosen)
    step("S44", f"{scheme}: only the selected fields when reading", ask("GET", f"{url}?{SELECT}", ticket), 200, chosen)
    step("S28 S31", f"{scheme}: GET reads the complete appointment", ask("GET", url, ticket), 200, complete)
    listed = one_of(each({"AppointmentId": int, ...: ...}, 1), {"items": each({"AppointmentId": int, ...: ...}, 1), ...: ...})
    step("S28", f"{scheme}: GET lists appointments", ask("GET", "/api/v1/Appointment?$top=5", ticket), 200, listed)


def appointments_interactive():
    appointments(user["headers"], user["name"])


def appointments_non_interactive():
    appointments(system["headers"], system["name"])


def lists():
    for path, number in (("/api/v1/MDOList/task", "S38"), ("/api/v1/List/Task/MDOItems", "S40"), ("/api/v1/List/MDO/task", "S41")):
        step(f"{number} S39 S42", f"the list of tasks at {path}", ask("GET", path, user["headers"]), 200, [*TASK_LIST, ...])
    for name in ("contacttype", "usagetype", "salutation"):
        step("S43", f"the list {name}", ask("GET", f"/api/v1/MDOList/{name}", user["headers"]), 200, each({"Id": int, "Name": str, ...: ...}, 1))
    step("S43", "a list that does not exist is 404", ask("GET", "/api/v1/MDOList/none", user["headers"]), 404, {"status": 404, ...: ...})


def entities():
    """Create, read, update and delete companies and persons, and follow changes."""
    ticket, ref, person = user["headers"] | JSON, unique("CLIENT"), unique("C")
    url = f"/api/v1/clients/{ref}"
    answer = ask("POST", "/api/v1/clients", ticket, {"clientRef": ref, "name": "Company"})
    step("S7", "creates a company", answer, 201, {"data": {"clientRef": ref, "name": "Company", "notes": None, ...: ...}, ...: ...})
    step("S7", "reads it", ask("GET", url, ticket), 200, {"data": {"name": "Company", ...: ...}, ...: ...})
    patch = [{"op": "replace", "path": "/notes", "value": "by JSON Patch"}]
    step("S7 S33", "JSON Patch sets a property that was null", ask("PATCH", url, ticket, patch), 200, {"data": {"notes": "by JSON Patch", "postCode": None, ...: ...}, ...: ...})
    answer = ask("PATCH", url, user["headers"], json.dumps(patch))
    step("S33", "JSON Patch without Content-Type", answer, 200, {"data": {"notes": "by JSON Patch", ...: ...}, ...: ...})
    answer = ask("PATCH", url, user["headers"], '{"notes": "by merge patch"}')
    step("S35", "merge patch without Content-Type", answer, 200, {"data": {"notes": "by merge patch", ...: ...}, ...: ...})
    answer = ask("POST", url, ticket, {"notes": "by POST"})
    step("S37", "merge patch by POST", answer, 200, {"data": {"notes": "by POST", "name": "Company", ...: ...}, ...: ...})
    answer = ask("PATCH", f"{url}?$select=clientRef,notes", ticket, {"notes": "selected"})
    step("S45", "only the selected fields of a company when PATCHing", answer, 200, {"data": names("clientRef", "notes"), ...: ...})
    record = {
        "clientRef": ref, "contactRef": person, "salutation": "Ms", "forename": "Ann", "surname": "Person", "contact1": "", "contact1Type": 1,
        "preferredContact": 1, "address1": "", "address2": "", "postCode": "",
    }
    step("S6", "creates a person", ask("POST", "/api/v1/contacts", ticket, record), 201, {"data": {**record, "notes": None, "createdBy": user["name"], ...: ...}, ...: ...})
    step("S6", "reads it", ask("GET", f"{url}/contacts/{person}", ticket), 200, {"data": {**record, ...: ...}, ...: ...})
    answer = ask("PATCH", f"{url}/contacts/{person}?$select=contactRef,notes", ticket, {"notes": "patched"})
    step("S6 S35 S45", "updates it", answer, 200, {"data": {"contactRef": person, "notes": "patched"}, ...: ...})
    answer = ask("POST", f"{url}/contacts/{person}", ticket, {"notes": "by POST"})
    step("S6 S37", "and by POST", answer, 200, {"data": {**record, "notes": "by POST", ...: ...}, ...: ...})
    answer = ask("GET", "/api/v1/contacts" + query(**{"$filter": f"updatedAt gt '2020-01-01T00:00:00Z' and clientRef eq '{ref}'", "$orderBy": "updatedAt"}), ticket)
    step("S9", "finds what has changed since", answer, 200, {"total": 1, "items": [{"contactRef": person, ...: ...}], ...: ...})
    if at(ask("GET", "/api/v1/admin/settings", ticket), "data", "allowDelete"):
        step("S6", "deletes it", ask("DELETE", f"{url}/contacts/{person}", ticket), 204, None)
    else:
        step("S6", "archives it, where DELETE is not allowed", ask("POST", f"{url}/contacts/{person}/archive", ticket), 200)
    step("S6", "it is gone", ask("GET", f"{url}/contacts/{person}", ticket), 404, {"status": 404, ...: ...})
    step("S13 S15", "the OpenAPI file", call("GET", "/openapi/v1.json", headers=ACCEPT), 200, {"openapi": str, "paths": {"/api/v1/User/currentPrincipal": ..., ...: ...}, ...: ...})


if __name__ == "__main__":
    start(__doc__, ("--tenant", "", "the tenant in the path; the database's name if empty"))
    sys.exit(run(prepare, tickets, oauth, company, appointments_interactive, appointments_non_interactive, lists, entities))
