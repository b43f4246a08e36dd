namespace CrmImport.Infrastructure.Answers;

/// <summary>What every request of the mediator answers: a value, or the refusal that says why there is none.</summary>
internal sealed class Answer<T> : IAnswer<Answer<T>>
{
    private readonly T? value;

    private Answer(T? value, Refusal? refusal) => (this.value, Refusal) = (value, refusal);

    public Refusal? Refusal { get; }

    /// <summary>The value; only where <see cref="Refusal"/> is null.</summary>
    public T Value => Refusal is null ? value! : throw new InvalidOperationException($"Refused: {Refusal.Error.Code}");

    /// <summary>A value whose type no conversion can start from: an interface.</summary>
    public static Answer<T> Of(T value) => new(value, null);

    public static Answer<T> Refused(Refusal refusal) => new(default, refusal);

    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Refusal refusal) => Refused(refusal);

    /// <summary>The refusal as it is, or what the endpoint makes of the value.</summary>
    public IResult ToResult(Func<T, IResult> onValue) => Refusal is { } refusal ? refusal : onValue(value!);
}

/// <summary>Lets a pipeline behaviour refuse a request without knowing what it answers.</summary>
internal interface IAnswer<out TSelf>
{
    static abstract TSelf Refused(Refusal refusal);
}

internal static class AnswerResults
{
    /// <summary>The refusal, or the value, which is a result itself.</summary>
    public static IResult ToResult<T>(this Answer<T> answer)
        where T : IResult => answer.Refusal is { } refusal ? refusal : answer.Value;
}
