using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Writes;
using FluentValidation;
using MediatR;

namespace CrmImport.Tests.Infrastructure.Mediation;

/// <summary>Ordinary rules of FluentValidation, as any validator may have them: their failures are problems like any other.</summary>
public sealed class ValidationBehaviorTests
{
    private sealed record Place(string? Name, string Code);

    private sealed record Person(string? Name, string? Surname, int Age, DateOnly? Born, IReadOnlyList<Place> Places);

    private sealed record WritePerson(Person Person) : IRequest<Answer<string>>;

    private static readonly Person Good = new("Anna", "Test", 30, new DateOnly(1990, 1, 1), [new("Home", "AB"), new("Work", "CD")]);

    [Test]
    public async Task Rules_become_problems_of_the_field_with_a_code_of_the_catalogue()
    {
        var refusal = await RefusalOfAsync(new Rules(), new Person(" ", null, 130, null, [new("Home", "AB"), new(null, "x1")]));

        Assert.That(refusal!.Problems.Select(problem => $"{problem.Level} {problem.Field} {problem.Code}"), Is.EqualTo(new[]
        {
            "SEVERE person.name field_blank",
            "SEVERE person.surname field_missing",
            "SEVERE person.age field_out_of_range",
            "WARNING person.born field_missing",
            "SEVERE person.places[1].name field_missing",
            "SEVERE person.places[1].code field_not_allowed",
        }));
        Assert.That(refusal.Error, Is.EqualTo(ApiErrors.FieldBlank));
    }

    [Test]
    public async Task A_text_that_is_too_long_is_told_from_one_that_is_too_short()
    {
        var longer = await RefusalOfAsync(new Rules(), Good with { Name = new string('x', 11) });
        var shorter = await RefusalOfAsync(new Rules(), Good with { Surname = "x" });
        var long2 = await RefusalOfAsync(new Rules(), Good with { Surname = new string('x', 11) });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(longer!.Error, Is.EqualTo(ApiErrors.FieldTooLong));
            Assert.That(shorter!.Error, Is.EqualTo(ApiErrors.FieldNotAllowed));
            Assert.That(long2!.Error, Is.EqualTo(ApiErrors.FieldTooLong));
        }
    }

    [Test]
    public async Task A_message_names_the_field_as_the_caller_wrote_it()
    {
        var refusal = await RefusalOfAsync(new Rules(), Good with { Age = 0 });

        Assert.That(refusal!.Message, Is.EqualTo("person.age must be between 1 and 120. You entered 0"));
    }

    [Test]
    public async Task A_rule_may_name_its_own_code_field_and_message()
    {
        var rules = new InlineValidator<WritePerson>();
        rules.RuleFor(command => command.Person.Name).Must(name => name == "x").OverridePropertyName("first_name").WithErrorCode(ApiErrors.FieldReadOnly.Code).WithMessage("first_name cannot be changed");

        var refusal = await RefusalOfAsync(rules, Good);

        Assert.That(refusal!.Problems, Is.EqualTo(new[] { Problem.Severe(ApiErrors.FieldReadOnly, "first_name", "first_name cannot be changed") }));
    }

    [Test]
    public async Task Warnings_alone_refuse_nothing()
    {
        Assert.That(await RefusalOfAsync(new Rules(), Good), Is.Null);
        Assert.That(await RefusalOfAsync(new Rules(), Good with { Born = null }), Is.Null);
    }

    private static async Task<Refusal?> RefusalOfAsync(IValidator<WritePerson> rules, Person person)
    {
        var behavior = new ValidationBehavior<WritePerson, Answer<string>>(rules, new StrictFields(), []);
        return (await behavior.Handle(new WritePerson(person), CancellationToken.None, () => Task.FromResult<Answer<string>>("done"))).Refusal;
    }

    private sealed class Rules : AbstractValidator<WritePerson>
    {
        public Rules()
        {
            RuleFor(command => command.Person.Name).NotEmpty().MaximumLength(10);
            RuleFor(command => command.Person.Surname).NotNull().Length(2, 10);
            RuleFor(command => command.Person.Age).InclusiveBetween(1, 120);
            RuleFor(command => command.Person.Born).NotNull().WithSeverity(Severity.Warning);
            RuleForEach(command => command.Person.Places).ChildRules(place =>
            {
                place.RuleFor(item => item.Name).NotEmpty();
                place.RuleFor(item => item.Code).Matches("^[A-Z]+$");
            });
        }
    }
}
