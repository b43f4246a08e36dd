namespace CrmImport.Fuzz;

/// <summary>What was wrong with an answer, on which operation; alike if both are the same. With the request that brought it about.</summary>
internal sealed record Violation(string What, string Operation, string Origin, byte[] Request, string Answer);
