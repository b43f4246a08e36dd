namespace CrmImport.Fuzz;

/// <summary>The accounts of one connection, all with every permission: a service account with a key, and an operator with a password, whose session changes with the requests.</summary>
internal sealed class Caller(string key, string operatorId, string password, string apiAccount)
{
    public string Key => key;

    public string OperatorId => operatorId;

    public string Password => password;

    public string ApiAccount => apiAccount;

    public string AccessToken { get; set; } = "none";

    public string RefreshToken { get; set; } = "none";
}
