using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Fuzz;

/// <summary>Makes a request for an operation that the service should accept.</summary>
internal sealed class ValidRequests(Known known, Caller caller)
{
    private readonly ValidBodies bodies = new(known, caller);

    public RequestDraft Make(Operation operation, Random random, string unique)
    {
        var draft = new RequestDraft(operation);
        foreach (var name in operation.PathParameters)
        {
            draft.PathValues[name] = Uri.EscapeDataString(known.Value(operation, name, random) ?? "1");
        }

        draft.Headers.Add(("Host", known.Authority));
        AddCredential(draft, random);
        foreach (var (name, schema) in operation.Query)
        {
            if (random.Chance(operation.Query.Count > 4 ? 0.15 : 0.2))
            {
                draft.Query.Add((Uri.EscapeDataString(name), Uri.EscapeDataString(QueryValues.Valid(known, operation, name, schema, random))));
            }
        }

        AddBody(draft, random, unique);
        if (operation.Method == "GET" && random.Chance(0.15))
        {
            draft.Method = "HEAD";
        }

        return draft;
    }

    private void AddCredential(RequestDraft draft, Random random)
    {
        if (draft.Operation.Area == "auth" && !draft.Operation.Path.EndsWith("/logout", StringComparison.Ordinal))
        {
            draft.Headers.Add(("x-database", known.Database));
        }
        else if (draft.Operation.Area == "auth" || random.Chance(0.05))
        {
            draft.Headers.Add(random.Chance(0.5) ? ("Authorization", $"Bearer {caller.AccessToken}") : ("OS_REST_AUTH_TOKEN", caller.AccessToken));
        }
        else if (random.Chance(0.01))
        {
            draft.Headers.Add(("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{caller.ApiAccount}:{caller.Password}"))}"));
            draft.Headers.Add(("x-database", known.Database));
        }
        else if (random.Chance(0.02))
        {
            draft.Headers.Add(("X-Access-Key", random.Pick(known.WeakKeys)));
        }
        else
        {
            draft.Headers.Add(random.Chance(0.3) ? ("X-Access-Key", caller.Key) : ("Authorization", $"Bearer {caller.Key}"));
        }
    }

    private void AddBody(RequestDraft draft, Random random, string unique)
    {
        if (draft.Operation.Bodies.Count == 0)
        {
            return;
        }

        var (mediaType, schema) = random.Pick(draft.Operation.Bodies.ToArray());
        if (schema["oneOf"] is JsonArray choices)
        {
            schema = random.Pick(choices.ToArray())!.AsObject();
        }

        JsonNode body = (string?)(schema["type"] as JsonValue) == "array"
            ? ValidBodies.Patch(draft.Operation, random)
            : bodies.Object(draft, schema, random, unique);
        draft.Headers.Add(("Content-Type", mediaType + (random.Chance(0.2) ? "; charset=utf-8" : "")));
        draft.Body = Encoding.UTF8.GetBytes(body.ToJsonString());
        draft.IsChunked = random.Chance(0.1);
    }
}
