"""What the client programs share: an HTTP call, a step that compares an answer with its document, and accounts of their own.

An expected body is written as the documents write theirs:
  {"Id": 1, "Name": str, ...: ...}   exactly these properties; with the last entry, others may follow
  [{"Id": 1}, ...]                   exactly these items; with the last entry, others may follow
  str, int, bool                     any value of that type
  "A JSONObject text must begin..."  a text that begins with that
  a function                         called with the value; returns what is wrong, or nothing
"""
import argparse
import base64
import http.client
import json
import random
import secrets
import sys
import time
import traceback
import urllib.parse
from types import SimpleNamespace

JSON = {"Content-Type": "application/json"}

options = argparse.Namespace()
counts = {"steps": 0, "failed": 0}
made = []  # accounts of this run, its administrator first
made_by = {}  # the administrator's headers


def start(document, *extra):
    """Read the command line. `extra` are further options: (name, default, help)."""
    parser = argparse.ArgumentParser(description=document, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the service runs")
    parser.add_argument("--database", default="cv_demodb", help="a database with the demo data")
    parser.add_argument("--operator", default="OWN", help="an operator with every permission")
    parser.add_argument("--password", default="own", help="its password")
    for name, default, text in extra:
        if default is False:
            parser.add_argument(name, action="store_true", help=text)
        else:
            parser.add_argument(name, default=default, help=text)
    parser.parse_args(namespace=options)


def run(*sections):
    """Run the sections; one that breaks off is a failed step. Returns the exit code."""
    for section in sections:
        try:
            section()
        except Exception as error:  # a program goes on with its next section, whatever an answer did to this one
            frame = traceback.extract_tb(error.__traceback__)[-1]
            report("-", f"{section.__name__} breaks off", [f"{frame.filename}:{frame.lineno} {type(error).__name__}: {error}"])
    deactivate_accounts()
    print(f"{counts['steps']} steps, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["steps"] else 0


# Calls

def call(method, path, body=None, headers=None):
    """Send a request with exactly these headers. A text is sent as it stands, anything else as JSON."""
    url = urllib.parse.urlsplit(options.url)
    make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = make(url.hostname, url.port, timeout=60)
    data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
    data = data.encode() if isinstance(data, str) else data
    try:
        connection.request(method, url.path.rstrip("/") + path, data, headers or {})
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        return answer_of(response.status, response.headers, text)
    except (OSError, http.client.HTTPException) as error:
        return answer_of(0, {}, f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def answer_of(status, headers, text):
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    return SimpleNamespace(status=status, headers=headers, text=text, json=parsed)


def at(value, *path, default=None):
    """A value inside an answer, or the default where it is not there."""
    value = value.json if isinstance(value, SimpleNamespace) else value
    for name in path:
        try:
            value = value[name]
        except (KeyError, IndexError, TypeError):
            return default
    return value


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def query(**parameters):
    return "?" + urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)


# Steps

def step(statements, title, answer, status, body=..., headers=None):
    """Compare an answer with what the document shows. `statements` are the numbers of the document's sentences."""
    wrong = [] if answer.status == status else [f"expected {status}, got {answer.status}"]
    if body is None:
        wrong += [] if answer.text == "" else ["expected no body"]
    elif body is not ... and answer.json is None:
        wrong.append("expected JSON")
    elif body is not ...:
        wrong += differences(body, answer.json)
    for name, value in (headers or {}).items():
        wrong += differences(value, answer.headers.get(name), name)
    report(statements, title, wrong, answer)


def check(statements, title, actual, expected):
    """Compare a value."""
    report(statements, title, differences(expected, actual))


def report(statements, title, wrong, answer=None):
    counts["steps"] += 1
    if wrong:
        counts["failed"] += 1
        body = f"; answer {answer.status} {answer.text[:300]}" if answer else ""
        print(f"FAIL {statements}  {title}: {'; '.join(wrong[:5])}{body}", flush=True)
    else:
        print(f"ok   {statements}  {title}", flush=True)


def differences(expected, actual, where="body"):
    if expected is ...:
        return []
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return [f"{where}: expected an object, got {show(actual)}"]
        wrong = [f"{where}: {name} is missing" for name in expected if name is not ... and name not in actual]
        wrong += [f"{where}: {name} is not expected" for name in actual if name not in expected and ... not in expected]
        return wrong + [found for name in expected if name in actual for found in differences(expected[name], actual[name], f"{where}.{name}")]
    if isinstance(expected, list):
        if not isinstance(actual, list):
            return [f"{where}: expected an array, got {show(actual)}"]
        items = [item for item in expected if item is not ...]
        if len(actual) < len(items) or (len(actual) > len(items) and ... not in expected):
            return [f"{where}: expected {len(items)} items, got {len(actual)}"]
        return [found for number, item in enumerate(items) for found in differences(item, actual[number], f"{where}[{number}]")]
    if isinstance(expected, type):
        fits = isinstance(actual, expected) and (expected is bool or not isinstance(actual, bool))
        return [] if fits else [f"{where}: expected {expected.__name__}, got {show(actual)}"]
    if callable(expected):
        wrong = expected(actual)
        return [f"{where}: {wrong}"] if wrong else []
    if isinstance(expected, str) and expected.endswith("...") and isinstance(actual, str):
        return [] if actual.startswith(expected[:-3]) else [f"{where}: expected {expected}, got {show(actual)}"]
    same = expected == actual and isinstance(expected, bool) == isinstance(actual, bool)
    return [] if same else [f"{where}: expected {show(expected)}, got {show(actual)}"]


def show(value):
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else text[:100] + "…"


def each(pattern, least=0):
    """A list of which every item fits."""
    def fits(items):
        if not isinstance(items, list) or len(items) < least:
            return f"expected {least} items or more, got {show(items)}"
        return "; ".join([found for number, item in enumerate(items) for found in differences(pattern, item, f"[{number}]")][:3])
    return fits


def one_of(*patterns):
    """A value that fits one of the patterns."""
    def fits(value):
        if all(differences(pattern, value) for pattern in patterns):
            return f"fits none of {len(patterns)} forms: {show(value)}"
    return fits


def names(*expected):
    """An object with exactly these properties, in this order."""
    def fits(value):
        if list(value or {}) != list(expected):
            return f"expected the properties {', '.join(expected)}, got {', '.join(value or {})}"
    return fits


# Accounts of this run's own: a log-in ends the operator's earlier session, so no two programs share one.

def unique(prefix):
    return f"{prefix}{secrets.token_hex(5).upper()}"


def log_in(name, password):
    answer = call("POST", "/api/v1/auth/login", {"op_id": name, "op_password": password}, JSON | {"x-database": options.database})
    return at(answer, "result", "access_token"), at(answer, "result", "refresh_token")


def administrator():
    """Headers of an operator that this run makes for itself, with every permission."""
    name, password = unique("ADMIN"), secrets.token_urlsafe(12)
    account = {"op_id": name, "op_name": "Client program", "op_level": 10, "kind": "operator", "op_password": password}
    for _ in range(50):  # another program may have logged in as the same operator in between
        token, _ = log_in(options.operator, options.password)
        answer = call("POST", "/api/v1/admin/accounts", account, JSON | bearer(token))
        if answer.status == 201:
            made.insert(0, name)
            made_by.update(bearer(log_in(name, password)[0]))
            return dict(made_by)
        if answer.status != 401:
            break
        time.sleep(random.random())
    sys.exit(f"No administrator could be made as {options.operator} in {options.database}: {answer.status} {answer.text}")


def add_account(kind, permissions=(), level=1):
    """An account of the kind; returns its name and its password, which a service account has none of."""
    name, password = unique(kind[:3].upper()), None if kind == "service" else secrets.token_urlsafe(12)
    account = {"op_id": name, "op_name": f"Client program, {kind}", "op_level": level, "kind": kind, "permissions": list(permissions)}
    answer = call("POST", "/api/v1/admin/accounts", account | ({"op_password": password} if password else {}), JSON | made_by)
    if answer.status != 201:
        raise RuntimeError(f"the account {name} was not made: {answer.status} {answer.text}")
    made.append(name)
    return name, password


def add_key(account, addresses=("127.0.0.1", "::1")):
    """An endpoint for the service account, and a key of it: keyId, accessKey, secret."""
    endpoint = call("POST", "/api/v1/admin/endpoints", {"name": unique("endpoint "), "account": account, "allowedAddresses": list(addresses)}, JSON | made_by)
    key = call("POST", f"/api/v1/admin/endpoints/{at(endpoint, 'data', 'id')}/keys", {}, JSON | made_by)
    if key.status != 201:
        raise RuntimeError(f"no key for {account}: {endpoint.status} {endpoint.text} {key.status} {key.text}")
    return key.json["data"]


def deactivate_accounts():
    for name in reversed(made):  # the administrator last
        call("PATCH", f"/api/v1/admin/accounts/{name}", {"active": False}, JSON | made_by)


def eventually(ask, good, seconds=5):
    """Ask again until the answer is good: refused calls are recorded a moment later."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if good(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.2)

