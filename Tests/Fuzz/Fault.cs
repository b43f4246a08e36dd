namespace CrmImport.Fuzz;

/// <summary>One way to make a request unusual or wrong. It changes the draft, or leaves it where it does not apply.</summary>
internal delegate void Fault(RequestDraft draft, Random random);
