namespace CrmImport.Infrastructure.Answers;

/// <summary>One cause of failure: its stable code (lower case, never reused), its HTTP status and what it means to the caller.</summary>
internal sealed record ApiError(string Code, int Status, string Meaning);

/// <summary>The error catalogue: every code an answer can carry. The page <c>/docs/errors</c> is made from it.</summary>
internal static class ApiErrors
{
    public static readonly ApiError AnyAddress = new("any_address", 200, "Only ever a warning beside a success: the endpoint names no address, so calls from any are admitted.");
    public static readonly ApiError InvalidJson = new("invalid_json", 400, "The body is empty, not JSON, or not one JSON object (`result_msg` is `REST0002`).");
    public static readonly ApiError InvalidRequest = new("invalid_request", 400, "The request could not be read as HTTP.");
    public static readonly ApiError InvalidParameter = new("invalid_parameter", 400, "A query parameter or a header has a value it cannot have.");
    public static readonly ApiError InvalidFilter = new("invalid_filter", 400, "`$filter` cannot be read; `result_msg` tells why, and at which character.");
    public static readonly ApiError DatabaseRequired = new("database_required", 400, "Several databases are configured and `x-database` names none.");
    public static readonly ApiError DatabaseHeadersDiffer = new("database_headers_differ", 400, "`x-database` and `x-collect-database` name different databases.");
    public static readonly ApiError FieldMissing = new("field_missing", 400, "A mandatory field is absent.");
    public static readonly ApiError FieldNull = new("field_null", 400, "A mandatory field is null.");
    public static readonly ApiError FieldBlank = new("field_blank", 400, "A field that must not be blank is blank.");
    public static readonly ApiError FieldNotAddressable = new("field_not_addressable", 400, "A ref is `.` or `..`, which no address can hold.");
    public static readonly ApiError FieldTooLong = new("field_too_long", 400, "A text has more characters (Unicode code points) than the field holds.");
    public static readonly ApiError FieldWrongType = new("field_wrong_type", 400, "The JSON value is of another type than the field.");
    public static readonly ApiError FieldNotInteger = new("field_not_integer", 400, "The value is not a whole number the field can hold.");
    public static readonly ApiError FieldNotBoolean = new("field_not_boolean", 400, "The value is neither true nor false.");
    public static readonly ApiError FieldNotDate = new("field_not_date", 400, "The value is no date as `dd/MM/yyyy` or `yyyy-MM-dd`.");
    public static readonly ApiError FieldOutOfRange = new("field_out_of_range", 400, "The number is outside the field's range.");
    public static readonly ApiError InvalidCharacters = new("invalid_characters", 400, "A text has a NUL, a lone surrogate, or bytes that are not UTF-8.");
    public static readonly ApiError FieldReadOnly = new("field_read_only", 400, "A field that cannot be changed is given another value.");
    public static readonly ApiError DuplicateField = new("duplicate_field", 400, "A property stands twice in one JSON object.");
    public static readonly ApiError UnknownField = new("unknown_field", 400, "A property is not known: refused in a PATCH, elsewhere ignored with a warning.");
    public static readonly ApiError FieldNotAllowed = new("field_not_allowed", 400, "The value is not one of those the field takes, or breaks a rule that its message names.");
    public static readonly ApiError DuplicateLocation = new("duplicate_location", 400, "A location stands twice in one contact.");
    public static readonly ApiError TooManyItems = new("too_many_items", 400, "An array has more items than allowed.");
    public static readonly ApiError EndBeforeStart = new("end_before_start", 400, "An end date lies before its start date.");
    public static readonly ApiError UnknownClient = new("unknown_client", 400, "The client a contact is written for does not exist.");
    public static readonly ApiError UnknownLocation = new("unknown_location", 400, "A location does not exist for that client.");
    public static readonly ApiError UnknownContactType = new("unknown_contact_type", 400, "A contact type is not one of the database's.");
    public static readonly ApiError UnknownUsageType = new("unknown_usage_type", 400, "A usage type is not one of the database's.");
    public static readonly ApiError UnknownAccount = new("unknown_account", 400, "The account an endpoint is for does not exist, or is no service account.");
    public static readonly ApiError InvalidPatch = new("invalid_patch", 400, "The patch is not one of RFC 6902, or names a path that is not there.");
    public static readonly ApiError NotAuthenticated = new("not_authenticated", 401, "No valid credential for that database.");
    public static readonly ApiError BadCredentials = new("bad_credentials", 401, "The log-in was refused.");
    public static readonly ApiError BadRefreshToken = new("bad_refresh_token", 401, "The refresh token is not valid, spent or expired.");
    public static readonly ApiError Forbidden = new("forbidden", 403, "The credential does not permit this.");
    public static readonly ApiError AddressNotAllowed = new("address_not_allowed", 403, "The endpoint of the access key does not admit calls from that address.");
    public static readonly ApiError ApiDisabled = new("api_disabled", 403, "The API of that database is switched off; sessions and administration work on.");
    public static readonly ApiError HttpsRequired = new("https_required", 403, "Plain HTTP is taken on loopback and from trusted proxies only.");
    public static readonly ApiError RouteNotFound = new("route_not_found", 404, "There is no such route.");
    public static readonly ApiError ClientNotFound = new("client_not_found", 404, "There is no such client.");
    public static readonly ApiError ContactNotFound = new("contact_not_found", 404, "There is no such contact.");
    public static readonly ApiError LocationNotFound = new("location_not_found", 404, "There is no such location.");
    public static readonly ApiError ListNotFound = new("list_not_found", 404, "There is no such list.");
    public static readonly ApiError PartyNotFound = new("party_not_found", 404, "There is no such party.");
    public static readonly ApiError AccountNotFound = new("account_not_found", 404, "There is no such account.");
    public static readonly ApiError EndpointNotFound = new("endpoint_not_found", 404, "There is no such endpoint.");
    public static readonly ApiError KeyNotFound = new("key_not_found", 404, "The endpoint has no such key.");
    public static readonly ApiError MethodNotAllowed = new("method_not_allowed", 405, "The route does not take that method; `Allow` names those it takes.");
    public static readonly ApiError RequestTimeout = new("request_timeout", 408, "The request arrived too slowly.");
    public static readonly ApiError Conflict = new("conflict", 409, "The change conflicts with what is stored.");
    public static readonly ApiError PatchTestFailed = new("patch_test_failed", 409, "A test operation of the JSON Patch failed.");
    public static readonly ApiError ContactExists = new("contact_exists", 409, "The contact to be created exists.");
    public static readonly ApiError AccountExists = new("account_exists", 409, "There is an account of that `op_id`.");
    public static readonly ApiError EndpointExists = new("endpoint_exists", 409, "There is an endpoint of that name.");
    public static readonly ApiError IdempotencyKeyInUse = new("idempotency_key_in_use", 409, "A request with that `Idempotency-Key` is still running; try again after `Retry-After` seconds.");
    public static readonly ApiError PreconditionFailed = new("precondition_failed", 412, "The stored version is not the one that `If-Match`, `If-None-Match` or `If-Unmodified-Since` asks for.");
    public static readonly ApiError BodyTooLarge = new("body_too_large", 413, "The body is larger than the limit.");
    public static readonly ApiError UriTooLong = new("uri_too_long", 414, "The address with its query is longer than the limit.");
    public static readonly ApiError UnsupportedMediaType = new("unsupported_media_type", 415, "The body is not of a media type the route takes, mostly `application/json`.");
    public static readonly ApiError IdempotencyKeyReused = new("idempotency_key_reused", 422, "The `Idempotency-Key` was used for another request.");
    public static readonly ApiError VersionRequired = new("version_required", 428, "The database conditions `If-Match` or `If-Unmodified-Since` of whoever changes a record.");
    public static readonly ApiError TooManyRequests = new("too_many_requests", 429, "More requests than allowed; `RateLimit` tells what is left, try again after `Retry-After` seconds.");
    public static readonly ApiError TooManyLogins = new("too_many_logins", 429, "Too many failed log-ins of that account or from that address; try again after `Retry-After` seconds.");
    public static readonly ApiError HeadersTooLarge = new("headers_too_large", 431, "The headers are larger than the limit.");
    public static readonly ApiError Internal = new("internal", 500, "A fault of the service; `trace_id` finds it in the log.");
    public static readonly ApiError DatabaseUnavailable = new("database_unavailable", 503, "The database cannot be reached; try again after `Retry-After` seconds.");
    public static readonly ApiError Busy = new("busy", 503, "Too many writes to the same record, or requests to the same database, at once; try again after `Retry-After` seconds.");
    public static readonly ApiError QueueFull = new("queue_full", 503, "Too many writes wait for the database; try again after `Retry-After` seconds.");
    public static readonly ApiError TooManyConnections = new("too_many_connections", 503, "Too many connections are open; try again after `Retry-After` seconds.");
    public static readonly ApiError VersionNotSupported = new("version_not_supported", 505, "The service speaks HTTP/1.0, HTTP/1.1 and HTTP/2.");

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
