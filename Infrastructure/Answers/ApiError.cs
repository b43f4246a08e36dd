namespace CrmImport.Infrastructure.Answers;

/// <summary>One cause of failure: its stable code (lower case, never reused), its HTTP status and what it means to the caller.</summary>
internal sealed record ApiError(string Code, int Status, string Meaning);

/// <summary>The error catalogue: every code an answer can carry. The page <c>/docs/errors</c> is made from it.</summary>
internal static class ApiErrors
{
    public static readonly ApiError AnyAddress = new("any_address", 200, "A warning on a success: the endpoint has no allowed addresses, so calls from any address are allowed.");
    public static readonly ApiError PreferredTaken = new("preferred_taken", 200, "A warning on a success: another contact is no longer the preferred one of the location.");
    public static readonly ApiError PreferredKept = new("preferred_kept", 200, "A warning on a success: the contact repeats a claim on a location that another contact has taken since, and does not take it back.");
    public static readonly ApiError PreferredContactEmpty = new("preferred_contact_empty", 200, "A warning on a success: `preferredContact` points to an empty one of `contact1` to `contact4`, and another of them is not empty.");
    public static readonly ApiError RecordsBreakRule = new("records_break_rule", 200, "A warning on a success: records that are stored break what is now required of a field; they stay as they are until they are written.");
    public static readonly ApiError NullIgnored = new("null_ignored", 200, "An information on a success: null leaves the field as it is, since the value is another record's.");
    public static readonly ApiError ImportedBefore = new("imported_before", 200, "A warning on a success: a file with the same content was imported before.");
    public static readonly ApiError ColumnIgnored = new("column_ignored", 200, "A warning on a success: a column of the file is no field of a contact, and is not imported.");
    public static readonly ApiError InvalidJson = new("invalid_json", 400, "The body is empty, not JSON, or not one JSON object (`result_msg` is `REST0002`).");
    public static readonly ApiError InvalidRequest = new("invalid_request", 400, "The request could not be read as HTTP.");
    public static readonly ApiError InvalidParameter = new("invalid_parameter", 400, "A query parameter or a header has an invalid value.");
    public static readonly ApiError InvalidFilter = new("invalid_filter", 400, "`$filter` cannot be parsed; `result_msg` says why and at which character.");
    public static readonly ApiError QueryTooCostly = new("query_too_costly", 400, "The list took longer than `Queries:Seconds`: narrow the filter (`eq`, `in` and `begins` cost less than `contains`), or order by the key.");
    public static readonly ApiError DatabaseRequired = new("database_required", 400, "Several databases are configured and `x-database` is missing.");
    public static readonly ApiError DatabaseHeadersDiffer = new("database_headers_differ", 400, "`x-database` and `x-collect-database` name different databases.");
    public static readonly ApiError FieldMissing = new("field_missing", 400, "A mandatory field is absent.");
    public static readonly ApiError FieldNull = new("field_null", 400, "A mandatory field is null.");
    public static readonly ApiError FieldBlank = new("field_blank", 400, "A field that must not be blank is blank.");
    public static readonly ApiError FieldNotAddressable = new("field_not_addressable", 400, "A ref must not be `.` or `..` (not usable in a URL).");
    public static readonly ApiError FieldTooLong = new("field_too_long", 400, "A text is longer than the field allows, in characters (Unicode code points).");
    public static readonly ApiError FieldWrongType = new("field_wrong_type", 400, "The JSON value has the wrong type for the field.");
    public static readonly ApiError FieldNotDecimal = new("field_not_decimal", 400, "The value is not a number, or has more digits than the field can hold.");
    public static readonly ApiError FieldNotInteger = new("field_not_integer", 400, "The value is not a whole number that the field can hold.");
    public static readonly ApiError FieldNotBoolean = new("field_not_boolean", 400, "The value is neither true nor false.");
    public static readonly ApiError FieldNotDate = new("field_not_date", 400, "The value is not a date (`dd/MM/yyyy` or `yyyy-MM-dd`).");
    public static readonly ApiError FieldOutOfRange = new("field_out_of_range", 400, "The number is outside the field's range.");
    public static readonly ApiError InvalidCharacters = new("invalid_characters", 400, "A text has a NUL, a lone surrogate, or bytes that are not UTF-8.");
    public static readonly ApiError FieldReadOnly = new("field_read_only", 400, "The request changes a field that cannot be changed, or a ref in the body is not the one in the URL.");
    public static readonly ApiError DuplicateField = new("duplicate_field", 400, "A property appears more than once in a JSON object.");
    public static readonly ApiError UnknownField = new("unknown_field", 400, "A property is unknown: refused in a PATCH, otherwise ignored with a warning.");
    public static readonly ApiError FieldNotAllowed = new("field_not_allowed", 400, "The value is not one of the allowed values, or breaks the rule in the message.");
    public static readonly ApiError DuplicateLocation = new("duplicate_location", 400, "A location appears more than once in a contact.");
    public static readonly ApiError TooManyItems = new("too_many_items", 400, "An array has more items than allowed.");
    public static readonly ApiError EndBeforeStart = new("end_before_start", 400, "An end date is before its start date.");
    public static readonly ApiError UnknownClient = new("unknown_client", 400, "The contact's client does not exist.");
    public static readonly ApiError UnknownLocation = new("unknown_location", 400, "The client has no such location.");
    public static readonly ApiError UnknownContactType = new("unknown_contact_type", 400, "The contact type does not exist in this database.");
    public static readonly ApiError UnknownUsageType = new("unknown_usage_type", 400, "The usage type does not exist in this database.");
    public static readonly ApiError UnknownAccount = new("unknown_account", 400, "The endpoint's account does not exist or is not a service account, or an appointment's does not exist or is not active.");
    public static readonly ApiError UnknownContact = new("unknown_contact", 400, "The client has no such contact.");
    public static readonly ApiError UnknownTask = new("unknown_task", 400, "The task does not exist in this database.");
    public static readonly ApiError InvalidPatch = new("invalid_patch", 400, "The patch is not valid (RFC 6902), or one of its paths does not exist.");
    public static readonly ApiError EmptyFile = new("empty_file", 400, "The file to be imported has no rows.");
    public static readonly ApiError InvalidEncoding = new("invalid_encoding", 400, "The file is not in the encoding it is said to be in, or in UTF-8 where none is; `encoding=windows-1252` names another.");
    public static readonly ApiError InvalidFile = new("invalid_file", 400, "The file is not of the format it is said to be of, or broken from some place on: what is before it was imported.");
    public static readonly ApiError InvalidMapping = new("invalid_mapping", 400, "The `mapping` of an import cannot be read, or names a column or a field that does not exist.");
    public static readonly ApiError MissingColumn = new("missing_column", 400, "The file has no column for a field that each row must have.");
    public static readonly ApiError DigestMismatch = new("digest_mismatch", 400, "The body is not the one that its `Content-Digest` is of.");
    public static readonly ApiError TooManyRows = new("too_many_rows", 400, "The file has more rows than an import of its mode may have.");
    public static readonly ApiError MalformedRow = new("malformed_row", 400, "A row of an import cannot be read: quotes that do not match, or more or fewer cells than the header has.");
    public static readonly ApiError RowTooLarge = new("row_too_large", 400, "A row of an import is larger than 1 MiB.");
    public static readonly ApiError DuplicateRow = new("duplicate_row", 400, "The contact of a row stands in the file again.");
    public static readonly ApiError AmbiguousListItem = new("ambiguous_list_item", 400, "Several items of the list have the name that a row gives; use the id.");
    public static readonly ApiError RowsRejected = new("rows_rejected", 400, "An atomic import was not carried out, since rows of it were rejected.");
    public static readonly ApiError TooManyRejects = new("too_many_rejects", 400, "An import was stopped, since more rows were rejected than `maxRejects` or `maxRejectsPercent` allows.");
    public static readonly ApiError NotAuthenticated = new("not_authenticated", 401, "There is no valid credential for this database.");
    public static readonly ApiError BadCredentials = new("bad_credentials", 401, "The login was refused.");
    public static readonly ApiError BadRefreshToken = new("bad_refresh_token", 401, "The refresh token is invalid, already used or expired.");
    public static readonly ApiError Forbidden = new("forbidden", 403, "The credential does not permit this.");
    public static readonly ApiError AddressNotAllowed = new("address_not_allowed", 403, "The access key's endpoint does not allow calls from this address.");
    public static readonly ApiError ApiDisabled = new("api_disabled", 403, "The API of this database is switched off; sessions and administration keep working.");
    public static readonly ApiError HttpsRequired = new("https_required", 403, "HTTPS is required, except from loopback and trusted proxies.");
    public static readonly ApiError RouteNotFound = new("route_not_found", 404, "The route does not exist.");
    public static readonly ApiError ClientNotFound = new("client_not_found", 404, "The client does not exist.");
    public static readonly ApiError ContactNotFound = new("contact_not_found", 404, "The contact does not exist.");
    public static readonly ApiError LocationNotFound = new("location_not_found", 404, "The location does not exist.");
    public static readonly ApiError ListNotFound = new("list_not_found", 404, "The list does not exist.");
    public static readonly ApiError FieldNotFound = new("field_not_found", 404, "The field, or the kind of record, does not exist.");
    public static readonly ApiError PartyNotFound = new("party_not_found", 404, "The party does not exist.");
    public static readonly ApiError AppointmentNotFound = new("appointment_not_found", 404, "The appointment does not exist.");
    public static readonly ApiError AccountNotFound = new("account_not_found", 404, "The account does not exist.");
    public static readonly ApiError EndpointNotFound = new("endpoint_not_found", 404, "The endpoint does not exist.");
    public static readonly ApiError KeyNotFound = new("key_not_found", 404, "The endpoint has no such key.");
    public static readonly ApiError ImportNotFound = new("import_not_found", 404, "The import does not exist, or is another account's.");
    public static readonly ApiError MethodNotAllowed = new("method_not_allowed", 405, "The route does not support this method; `Allow` lists those it supports.");
    public static readonly ApiError RequestTimeout = new("request_timeout", 408, "The request arrived too slowly.");
    public static readonly ApiError Conflict = new("conflict", 409, "The change conflicts with what is stored.");
    public static readonly ApiError PatchTestFailed = new("patch_test_failed", 409, "A test operation of the JSON Patch failed.");
    public static readonly ApiError ContactExists = new("contact_exists", 409, "The contact already exists.");
    public static readonly ApiError ClientExists = new("client_exists", 409, "The client already exists.");
    public static readonly ApiError LocationExists = new("location_exists", 409, "The client already has a location with this ref.");
    public static readonly ApiError AccountExists = new("account_exists", 409, "An account with this `op_id` already exists.");
    public static readonly ApiError EndpointExists = new("endpoint_exists", 409, "An endpoint with this name already exists.");
    public static readonly ApiError ListItemActive = new("list_item_active", 409, "The item to be deleted is active: make it inactive first.");
    public static readonly ApiError ClientInUse = new("client_in_use", 409, "The client to be archived has contacts that are not.");
    public static readonly ApiError LocationInUse = new("location_in_use", 409, "The location to be archived is the location of a contact that is not.");
    public static readonly ApiError ListItemInUse = new("list_item_in_use", 409, "The item to be deleted is used by a contact or a location.");
    public static readonly ApiError ChangedSince = new("changed_since", 409, "What an undo would give back was changed by somebody else since, and is kept.");
    public static readonly ApiError ImportWithoutFile = new("import_without_file", 409, "The import is an undo, which has no file.");
    public static readonly ApiError IdempotencyKeyInUse = new("idempotency_key_in_use", 409, "A request with this `Idempotency-Key` is still running; try again after `Retry-After` seconds.");
    public static readonly ApiError ImportNotOver = new("import_not_over", 409, "The import is not over yet.");
    public static readonly ApiError ImportOver = new("import_over", 409, "The import is over: it can no longer be cancelled, or it was undone already.");
    public static readonly ApiError CursorExpired = new("cursor_expired", 410, "The cursor `updatedSince` is of a history that the database no longer has, as after its backup was restored: begin again with a time.");
    public static readonly ApiError PreconditionFailed = new("precondition_failed", 412, "The stored version does not match `If-Match`, `If-None-Match` or `If-Unmodified-Since`.");
    public static readonly ApiError BodyTooLarge = new("body_too_large", 413, "The body is larger than the limit.");
    public static readonly ApiError UriTooLong = new("uri_too_long", 414, "The request URI is too long.");
    public static readonly ApiError UnsupportedMediaType = new("unsupported_media_type", 415, "The body's media type is not supported by the route, in most cases `application/json`.");
    public static readonly ApiError IdempotencyKeyReused = new("idempotency_key_reused", 422, "The `Idempotency-Key` was used for another request.");
    public static readonly ApiError VersionRequired = new("version_required", 428, "The database requires `If-Match` or `If-Unmodified-Since` to change a record.");
    public static readonly ApiError TooManyRequests = new("too_many_requests", 429, "Too many requests, or too many lists of one account at a time; `RateLimit` shows what is left of the requests, try again after `Retry-After` seconds.");
    public static readonly ApiError TooManyLogins = new("too_many_logins", 429, "Too many failed logins for this account or from this address; try again after `Retry-After` seconds.");
    public static readonly ApiError TooManyImports = new("too_many_imports", 429, "Too many imports are waiting; try again after `Retry-After` seconds.");
    public static readonly ApiError HeadersTooLarge = new("headers_too_large", 431, "The headers are larger than the limit.");
    public static readonly ApiError Internal = new("internal", 500, "An error in the service; find it in the log by `trace_id`.");
    public static readonly ApiError DatabaseUnavailable = new("database_unavailable", 503, "The database cannot be reached; try again after `Retry-After` seconds.");
    public static readonly ApiError IdentityProviderUnavailable = new("identity_provider_unavailable", 503, "The token's identity provider cannot be reached, and none of its keys is known yet; try again after `Retry-After` seconds.");
    public static readonly ApiError Busy = new("busy", 503, "Too many concurrent writes to the same record, requests to the same database or large bodies; try again after `Retry-After` seconds.");
    public static readonly ApiError Stopping = new("stopping", 503, "The service is stopping; only `/health/ready` says so, other requests are still answered.");
    public static readonly ApiError QueueFull = new("queue_full", 503, "Too many writes are waiting for the database; try again after `Retry-After` seconds.");
    public static readonly ApiError TooManyConnections = new("too_many_connections", 503, "Too many connections are open; try again after `Retry-After` seconds.");
    public static readonly ApiError VersionNotSupported = new("version_not_supported", 505, "The service supports HTTP/1.0, HTTP/1.1 and HTTP/2.");

    /// <summary>All codes, in the order they are declared.</summary>
    public static IReadOnlyList<ApiError> All { get; } =
        [.. typeof(ApiErrors).GetFields().Where(field => field.FieldType == typeof(ApiError)).Select(field => (ApiError)field.GetValue(null)!)];

    /// <summary>The error a status of the framework's own stands for.</summary>
    public static ApiError ForStatus(int status) => status switch
    {
        401 => NotAuthenticated,
        403 => Forbidden,
        404 => RouteNotFound,
        405 => MethodNotAllowed,
        408 => RequestTimeout,
        409 => Conflict,
        413 => BodyTooLarge,
        414 => UriTooLong,
        415 => UnsupportedMediaType,
        429 => TooManyRequests,
        431 => HeadersTooLarge,
        503 => DatabaseUnavailable,
        505 => VersionNotSupported,
        >= 500 => Internal,
        _ => InvalidRequest,
    };
}
