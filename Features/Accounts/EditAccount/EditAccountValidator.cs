using System.Globalization;
using System.Text;
using System.Text.Json;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Writes;
using FluentValidation;
using Microsoft.Extensions.Options;

namespace CrmImport.Features.Accounts.EditAccount;

/// <summary>The catalogue's rules, then those of the password: as long as the settings ask, there where the kind of account needs one, nowhere else.</summary>
internal sealed class EditAccountValidator : AbstractValidator<EditAccountCommand>
{
    private static readonly string Password = AccountFields.Password.Name;

    private readonly int minLength;

    public EditAccountValidator(IOptions<AuthOptions> options)
    {
        minLength = options.Value.PasswordMinLength;
        RuleFor(command => command.Edit).Custom(RecordEdit.Check);
        RuleFor(command => command.Edit).Custom((edit, context) =>
        {
            if (edit.Input is { } input && !IsName(input.Text(AccountFields.OpId)))
            {
                context.AddProblem(Problem.Severe(
                    ApiErrors.FieldNotAllowed, AccountFields.OpId.Name, $"{AccountFields.OpId.Name} must consist of visible characters and single inner spaces, must not start with a bracket and must not contain a colon"));
            }
        });
        RuleFor(command => command.Edit).Custom((edit, context) =>
        {
            if ((edit.Patch is null ? CheckNew(edit) : CheckChanged(edit)) is { } problem)
            {
                context.AddProblem(problem);
            }
        });
    }

    // What stands in every audit entry must not pass for the console, nor hide what it is; a colon would end it in Basic (RFC 7617).
    private static bool IsName(string opId) =>
        opId.Length == 0 || (opId[0] != '(' && opId.EnumerateRunes().All(rune => rune.Value != ':' && (rune.Value == ' ' || (IsVisible(rune) && !IsVariant(rune)))));

    // Another way to write a letter or a digit, such as the long s or the full-width A: an op_id of it would pass for another account's.
    private static bool IsVariant(Rune rune) => rune.Value is
        0x131 or 0x17F // the dotless i and the long s
        or 0xAA or 0xB2 or 0xB3 or 0xB9 or 0xBA or (>= 0x2070 and <= 0x209F) // superscripts and subscripts
        or (>= 0x2100 and <= 0x218F) // letterlike symbols and number forms
        or (>= 0x2460 and <= 0x24FF) // enclosed
        or (>= 0xFB00 and <= 0xFB4F) // ligatures
        or (>= 0xFF00 and <= 0xFFEF) // full and half width
        or (>= 0x1D400 and <= 0x1D7FF); // mathematical

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    /// <summary>The password a request gives; null for none, or for what is no text.</summary>
    public static string? PasswordOf(RecordEdit edit) =>
        edit.Input is { } input ? (string?)input[AccountFields.Password]
            : edit.Patch!.Sets(Password, out var value) && value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>()
            : null;

    private Problem? CheckNew(RecordEdit edit)
    {
        var index = AccountFields.Account.IndexOf(AccountFields.Password);
        if (edit.Input!.ReadingProblem(index) is not null)
        {
            return null; // reported already
        }

        var isService = (string?)edit.Input[AccountFields.Kind] == AccountKinds.Service;
        return (isService, edit.Input[index]) switch
        {
            (true, not null) => ServiceHasNone(),
            (true, null) => null,
            (false, string password) => CheckLength(password, isTooLongTold: true),
            _ => Problem.Severe(ApiErrors.FieldMissing, Password, $"{Password} is missing"),
        };
    }

    private Problem? CheckChanged(RecordEdit edit) =>
        !edit.Patch!.Sets(Password, out var value) ? null
            : value is null ? Problem.Severe(ApiErrors.FieldNull, Password, $"{Password} must not be null")
            : PasswordOf(edit) is { } password ? CheckLength(password, isTooLongTold: false)
            : Problem.Severe(ApiErrors.FieldWrongType, Password, $"{Password} must be text");

    public static Problem ServiceHasNone() => Problem.Severe(ApiErrors.FieldNotAllowed, Password, $"{Password} is not allowed: a service account calls with the keys of its endpoints");

    private Problem? CheckLength(string password, bool isTooLongTold)
    {
        var length = password.EnumerateRunes().Count();
        return string.IsNullOrWhiteSpace(password) ? Problem.Severe(ApiErrors.FieldBlank, Password, $"{Password} must not be blank")
            : length < minLength ? Problem.Severe(ApiErrors.FieldNotAllowed, Password, $"{Password} is shorter than {minLength} characters")
            : length > PasswordHasher.MaxLength && !isTooLongTold ? Problem.Severe(ApiErrors.FieldTooLong, Password, $"{Password} is longer than {PasswordHasher.MaxLength} characters")
            : null;
    }
}
