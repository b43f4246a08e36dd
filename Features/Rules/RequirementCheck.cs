using System.Globalization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Rules;

/// <summary>Whether something can be demanded of a field: it must tighten what the catalogue says, and keep its own rules.</summary>
internal static class RequirementCheck
{
    public static IEnumerable<Problem> ProblemsOf(Field field, FieldRequirement requirement)
    {
        var problems = new List<Problem>();
        if (field.Key || field.ReadOnly)
        {
            (bool IsSet, Field Of)[] demands =
            [
                (requirement.Mandatory, RequirementFields.Mandatory), (requirement.NonEmpty, RequirementFields.NonEmpty), (requirement.MaxLength is not null, RequirementFields.MaxLength), (requirement.Pattern is not null, RequirementFields.Pattern),
                (requirement.Allowed.Length > 0, RequirementFields.Allowed), (requirement.DefaultValue is not null, RequirementFields.Default), (requirement.Hidden, RequirementFields.Hidden),
            ];
            return demands.Where(demand => demand.IsSet).Select(demand => Refused(demand.Of, $"cannot be set of {(field.Key ? "a key" : "a field that is only read")}: only label and description can"));
        }

        if (field.Kind != FieldKind.Text)
        {
            AddIf(requirement.NonEmpty, RequirementFields.NonEmpty, "can only be set of a text");
            AddIf(requirement.MaxLength is not null, RequirementFields.MaxLength, "can only be set of a text");
            AddIf(requirement.Pattern is not null, RequirementFields.Pattern, "can only be set of a text");
        }
        else if (requirement.MaxLength > field.MaxLength)
        {
            problems.Add(Problem.Severe(ApiErrors.FieldOutOfRange, RequirementFields.MaxLength.Name, $"maxLength must be from 1 to {field.MaxLength}: the catalogue allows no more"));
        }

        AddIf(requirement is { Hidden: true, DefaultValue: null } && (requirement.Mandatory || field.Mandatory), RequirementFields.Hidden, "cannot be set of a mandatory field without a default");
        if (FaultOf(requirement.Pattern) is { } fault)
        {
            problems.Add(Refused(RequirementFields.Pattern, $"cannot be used: {fault}"));
        }

        var otherwise = problems.Count == 0 ? (requirement with { Allowed = [], DefaultValue = null }).Tighten(field) : field;
        for (var i = 0; i < requirement.Allowed.Length; i++)
        {
            if (FaultOf(otherwise, requirement.Allowed[i]) is { } unfit)
            {
                problems.Add(Problem.Severe(unfit.Error, $"{RequirementFields.Allowed.Name}[{i}]", $"{RequirementFields.Allowed.Name}[{i}] {unfit.Message}"));
            }
        }

        if (problems.Count == 0 && requirement.DefaultValue is { } text)
        {
            problems.AddRange(ProblemsOfDefault((requirement with { Allowed = [.. requirement.Allowed.Select(value => Canonical(field, value))] }).Tighten(field), text, RequirementFields.Default.Name));
        }

        return problems;

        void AddIf(bool isSet, Field of, string message)
        {
            if (isSet)
            {
                problems.Add(Refused(of, message));
            }
        }
    }

    /// <summary>What is wrong with a text that is to be a field's default.</summary>
    /// <param name="name">What the problem is said of.</param>
    public static IEnumerable<Problem> ProblemsOfDefault(Field field, string text, string name) =>
        FaultOf(field, text) is { } broken ? [Problem.Severe(broken.Error, name, $"{name} {broken.Message}")] : [];

    /// <summary>The one way to write a value of the field: a number without leading zeros and blanks, a day as ISO has it, true or false.</summary>
    public static string Canonical(Field field, string text) => LenientValue.Read(text, field, field.Name) switch
    {
        bool flag => flag ? "true" : "false",
        DateOnly day => FieldValue.Iso(day),
        int or decimal => Convert.ToString(LenientValue.Read(text, field, field.Name), CultureInfo.InvariantCulture)!,
        _ => text,
    };

    /// <summary>Whether a stored value can break it.</summary>
    public static bool MayBreak(FieldRequirement requirement) =>
        requirement.Mandatory || requirement.NonEmpty || requirement.MaxLength is not null || requirement.Pattern is not null || requirement.Allowed.Length > 0;

    private static Problem Refused(Field field, string message) => Problem.Severe(ApiErrors.FieldNotAllowed, field.Name, $"{field.Name} {message}");

    // What a text is as a value of the field, and what is wrong with that.
    private static (ApiError Error, string Message)? FaultOf(Field field, string text) => LenientValue.Read(text, field, field.Name) switch
    {
        Problem problem => (problem.Error, problem.Message[(field.Name.Length + 1)..]),
        null => (ApiErrors.FieldBlank, "must not be blank"),
        var value => RecordRules.FaultOf(field, value),
    };

    private static string? FaultOf(string? pattern)
    {
        try
        {
            _ = pattern is null ? null : FieldRules.Compile(pattern);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message.Split('\n')[0].TrimEnd('.');
        }
    }
}
