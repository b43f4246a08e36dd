using System.Text.Json;
using CrmImport.Infrastructure.Answers;
using FluentValidation;
using FluentValidation.Results;

namespace CrmImport.Infrastructure.Mediation;

/// <summary>What validators report as problems that the caller will read: a custom rule says its own, an ordinary rule of FluentValidation stands for one of the catalogue's.</summary>
internal static class ValidationProblems
{
    public static void AddProblem<T>(this ValidationContext<T> context, Problem problem) =>
        context.AddFailure(new ValidationFailure(problem.Field ?? "", problem.Message) { ErrorCode = problem.Code, CustomState = problem });

    /// <summary>What the request breaks; null where it may go on, if with warnings.</summary>
    public static Refusal? FindRefusal<T>(this IValidator<T> validator, T request) => RefusalOf(validator.ProblemsOf(request));

    public static List<Problem> ProblemsOf<T>(this IValidator<T> validator, T request) => validator.Validate(request).Errors.ConvertAll(Of);

    public static Refusal? RefusalOf(List<Problem> problems) => problems.Exists(problem => problem.Level == Problem.SevereLevel) ? Refusal.Of(problems) : null;

    /// <summary>
    /// The problem that a failure is: in the field's name on the wire, which <c>OverridePropertyName</c> says where it is not the property's in camel case, with the code
    /// that <c>WithErrorCode</c> says or that the kind of rule stands for.
    /// </summary>
    public static Problem Of(ValidationFailure failure)
    {
        if (failure.CustomState is Problem problem)
        {
            return problem;
        }

        var field = WireName(failure.PropertyName);
        return new Problem(failure.Severity == Severity.Error ? Problem.SevereLevel : Problem.WarningLevel, field, ErrorOf(failure), MessageOf(failure, field));
    }

    private static string WireName(string property) => string.Join('.', property.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    // The library's messages name a property by its words in quotes.
    private static string MessageOf(ValidationFailure failure, string field) =>
        (failure.FormattedMessagePlaceholderValues is { } values && values.TryGetValue("PropertyName", out var name)
            ? failure.ErrorMessage.Replace($"'{name}'", field, StringComparison.Ordinal)
            : failure.ErrorMessage).TrimEnd('.');

    private static ApiError ErrorOf(ValidationFailure failure) => failure.ErrorCode switch
    {
        "NotNullValidator" => ApiErrors.FieldMissing,
        "NotEmptyValidator" => failure.AttemptedValue is null ? ApiErrors.FieldMissing : ApiErrors.FieldBlank,
        "MaximumLengthValidator" => ApiErrors.FieldTooLong,
        "LengthValidator" or "ExactLengthValidator" when Number(failure, "TotalLength") > Number(failure, "MaxLength") => ApiErrors.FieldTooLong,
        "InclusiveBetweenValidator" or "ExclusiveBetweenValidator" or "GreaterThanValidator" or "GreaterThanOrEqualValidator" or "LessThanValidator" or "LessThanOrEqualValidator" =>
            ApiErrors.FieldOutOfRange,
        var code => ApiErrors.All.FirstOrDefault(error => error.Code == code) ?? ApiErrors.FieldNotAllowed,
    };

    private static int? Number(ValidationFailure failure, string placeholder) => failure.FormattedMessagePlaceholderValues.GetValueOrDefault(placeholder) as int?;
}
