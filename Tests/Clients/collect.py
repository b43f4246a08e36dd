#!/usr/bin/env python3
"""A client of the Collect! REST API: everything its document shows, against a running service."""
import base64
import json
import secrets
import socket
import struct
import sys
import urllib.parse

from steps import *

LOG_IN = """{
"op_id": "OWN",
"op_password": "own"
}"""

LOGGED_IN = {
    "status": 200,
    "result": {
        "nx_operator": {"op_rowid": str, "op_id": str, "op_name": str, "op_level": int, "op_function": int},
        "access_token": str,
        "refresh_token": str,
    },
}
OWNER = {"op_rowid": "1", "op_id": "OWN", "op_name": "Owner Of The Company", "op_level": 10, "op_function": 1}
FAILED = {"status": int, ...: ...}

admin, session = {}, {}
client, contact = unique("CLIENT"), unique("C")


def log_in_as(name, password, database=None):
    return call("POST", "/api/v1/auth/login", {"op_id": name, "op_password": password}, JSON | {"x-collect-database": database or options.database})


def prepare():
    admin.update(administrator())
    session["name"], session["password"] = add_account("operator", level=10)


def authorization():
    answer = call("POST", "/api/v1/auth/login", LOG_IN, JSON | {"x-collect-database": options.database})
    step("C17 C19 C20 C21 C23", "the document's log-in, verbatim", answer, 200, LOGGED_IN)
    check("C21", "is the operator of the document's answer", at(answer, "result", "nx_operator"), OWNER)
    step("C18 C22", "without logging in, every call fails", call("GET", "/api/v1/contacts"), 401, FAILED | {"status": 401})
    wrong = log_in_as(session["name"], "no")
    step("C22", "a wrong password fails, and the body's status says so", wrong, 401, FAILED | {"status": 401})
    unknown = log_in_as(session["name"], session["password"], "cv_" + unique("").lower())
    step("C46", "a database without configuration: not authorized", unknown, 401, FAILED | {"status": 401})
    check("C46", "and reads like a wrong password", at(unknown, "code", default=1), at(wrong, "code", default=2))
    answer = log_in_as(session["name"], session["password"])
    step("C19 C21", "logs in", answer, 200, LOGGED_IN)
    tokens = at(answer, "result", default={})
    session["token"] = tokens.get("access_token", "")
    headers = bearer(session["token"])
    step("C24", "the access token is the Bearer token", call("GET", "/api/v1/User/currentPrincipal", headers=headers), 200, {"Associate": session["name"], ...: ...})
    answer = call("GET", "/api/v1/contacts", headers=headers | {"x-collect-database": options.database})
    step("C17", "with the database's header on a request", answer, 200)
    step("C16 C12", "and without", call("GET", "/api/v1/contacts", headers=headers), 200)
    refresh = tokens.get("refresh_token", "")
    step("C25", "the refresh token is not for data", call("GET", "/api/v1/contacts", headers=bearer(refresh)), 401, FAILED | {"status": 401})
    answer = call("POST", "/api/v1/auth/refresh", {"refresh_token": refresh}, JSON)
    step("C25", "it goes on with the session", answer, 200, LOGGED_IN)
    session["token"] = at(answer, "result", "access_token", default=session["token"])
    step("C24 C25", "with another access token", call("GET", "/api/v1/contacts", headers=bearer(session["token"])), 200)


def environment():
    step("C12", "the root of all end-points", call("GET", "/api/v1/", headers=bearer(session["token"])), 200, {...: ...})
    step("C6 C7 C11", "a page to try out the end-points", call("GET", "/docs/index.html"), 200)
    answer = call("GET", "/openapi/v1.json")
    step("C11", "with the list of end-points", answer, 200, {"openapi": str, "paths": {"/api/v1/auth/login": {"post": ..., ...: ...}, ...: ...}, ...: ...})
    operations = [operation for methods in at(answer, "paths", default={}).values() for operation in methods.values() if isinstance(operation, dict)]
    groups = {group for operation in operations for group in operation.get("tags", [])}
    check("C7 C8", "grouped by table, and a section for tokens", {"Sessions", "Clients", "Contacts", "Locations"} - groups, set())
    check("C7", "Bearer is how to authorize", at(answer, "components", "securitySchemes", default={}), {"bearer": ..., ...: ...})
    tables = {"Client", "Contact", "Location"} - set(at(answer, "components", "schemas", default={}))
    check("C10", "schemas of the tables", tables, set())


def records():
    headers = bearer(session["token"])
    allowed = at(call("GET", "/api/v1/admin/settings", headers=admin), "data", "allowDelete", default=False)

    def crud(table, route, ref, record, change):
        """Create, read, update and delete a record of a table."""
        url = f"{route}/{ref}"
        whole = {"result": "success", "result_msg": "", "data": {**plain(record), ...: ...}, ...: ...}
        step("C2", f"creates a {table}", call("POST", "/api/v1/contacts" if table == "contact" else route, record, JSON | headers), 201, whole)
        step("C1", f"reads the {table}", call("GET", url, headers=headers), 200, whole)
        found = call("GET", route + query(**{"$filter": f"{table}Ref eq '{ref}'"}), headers=headers)
        step("C1", f"finds it among the {table}s", found, 200, {"total": 1, "items": [{**plain(record), ...: ...}], ...: ...})
        step("C3", f"updates the {table}", call("PATCH", url, change, JSON | headers), 200, {"data": {**change, ...: ...}, ...: ...})
        answer = call("DELETE", url, headers=headers)
        if allowed:
            step("C4", f"deletes the {table}", answer, 204, None)
        else:
            step("C4", f"DELETE of the {table} is not allowed in this database", answer, 405, FAILED | {"status": 405})
            step("C4", f"archives the {table} instead", call("POST", f"{url}/archive", headers=headers), 200)
        step("C4", f"the {table} is gone", call("GET", url, headers=headers), 404, FAILED | {"status": 404})

    def plain(record):
        """The record as it is stored: numbers where texts were sent."""
        return {name: int(value) if name in ("contact1Type", "preferredContact") else value for name, value in record.items() if name != "locations"}

    ref = unique("CLIENT")
    crud("client", "/api/v1/clients", ref, {"clientRef": ref, "name": "Creditor"}, {"notes": "Please review Sales account"})
    call("POST", "/api/v1/clients", {"clientRef": client, "name": "Collect!"}, JSON | headers)
    crud("location", f"/api/v1/clients/{client}/locations", "L1", {"locationRef": "L1", "name": "Office"}, {"name": "Head office"})
    call("POST", f"/api/v1/clients/{client}/locations", {"locationRef": "L2", "name": "Office"}, JSON | headers)
    record = {
        "clientRef": client, "contactRef": contact, "salutation": "Mr", "forename": "John", "surname": "Test", "contact1": "", "contact1Type": "1",
        "preferredContact": "1", "address1": "Address line 1", "address2": "", "postCode": "EX49HL",
        "locations": [{"locationRef": "L2", "isPreferred": "False", "startDate": "2023-01-12", "endDate": "2023-01-29"}],
    }
    crud("contact", f"/api/v1/clients/{client}/contacts", contact, record, {"notes": "Review file..."})
    record |= {"contactRef": unique("C")}
    step("C47", "numbers as texts and ISO dates", call("POST", "/api/v1/contacts", record, JSON | headers), 201,
         {"data": {"contact1Type": 1, "locations": [{"startDate": "2023-01-12", "endDate": "2023-01-29", ...: ...}], ...: ...}, ...: ...})
    boundary = unique("boundary")
    row = f"clientRef,contactRef,salutation,forename,surname,contact1,contact1Type,preferredContact,address1,address2,postCode\r\n{client},{unique('C')},Mr,John,Test,,1,1,,,\r\n"
    form = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="contacts.csv"\r\nContent-Type: text/csv\r\n\r\n{row}\r\n--{boundary}--\r\n'
    answer = call("POST", "/api/v1/imports", form, headers | {"Content-Type": f"multipart/form-data; boundary={boundary}", "Prefer": "respond-sync"})
    step("C42", "uploads a file", answer, 200, {"data": {"state": "completed", "rowsRead": 1, "rowsCreated": 1, ...: ...}, ...: ...})


# The web socket, after the document and RFC 6455.

def connect():
    """Open /websocket. Returns the socket and the status line's code."""
    url = urllib.parse.urlsplit(options.url)
    connection = socket.create_connection((url.hostname, url.port or 80), 10)
    lines = [
        f"GET {url.path.rstrip('/')}/websocket HTTP/1.1", f"Host: {url.netloc}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}", f"Authorization: Bearer {session['token']}", "", "",
    ]
    connection.sendall("\r\n".join(lines).encode())
    reader = connection.makefile("rb")
    status = int((reader.readline().split() or [0, 0])[1])
    while reader.readline().strip():
        pass
    return connection, reader, status


def receive(reader):
    """The next message: a short text frame of JSON, unmasked; None where nothing comes."""
    try:
        first, length = reader.read(2)
        if length == 126:
            length, = struct.unpack(">H", reader.read(2))
        text = reader.read(length)
        return json.loads(text) if first & 15 == 1 else receive(reader)
    except (OSError, ValueError):
        return None


def web_socket():
    if not options.web_socket:
        return
    connection, reader, status = connect()
    check("C26", "/websocket takes the connection", status, 101)
    key = receive(reader) if status == 101 else None
    check("C27", "the first message is the key", key, {"type": "key", "message": lambda text: None if len(base64.b64decode(text)) == 16 else f"{text} is not 16 bytes"})
    key = at(key, "message", default="43tzLWO2RJzlxQPpsw4EOA==")
    for how in ("header", "body"):
        headers, body = ({"websocket-id": key}, {}) if how == "header" else ({}, {"websocket-id": key})
        answer = call("PATCH", f"/api/v1/clients/{client}", {"notes": unique("")} | body, JSON | bearer(session["token"]) | headers)
        step("C29", f"a call with websocket-id in the {how}", answer, 200)
        started = receive(reader) if status == 101 else None
        check("C28 C30", "is acknowledged by start", started, {"websocket-id": key, "jobid": str, "type": "start"})
        ended = receive(reader) if status == 101 else None
        check("C28 C33", "and by end", ended, {"websocket-id": key, "jobid": at(started, "jobid"), "type": "end"})
    connection.close()


if __name__ == "__main__":
    start(__doc__, ("--web-socket", False, "also the steps of the web socket"))
    sys.exit(run(prepare, authorization, environment, records, web_socket))
