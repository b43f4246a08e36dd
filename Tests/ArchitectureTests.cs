using System.IO.Enumeration;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Carter;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Tests.Running;
using FluentValidation;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CrmImport.Tests;

/// <summary>What the folders promise: slices that know each other by their requests only, an infrastructure that knows no slice, and nothing lying about.</summary>
public sealed class ArchitectureTests
{
    private const string Features = "CrmImport.Features";

    /// <summary>What several slices share: the one write path of contacts, and how imports are read, carried out and given back.</summary>
    private static readonly string[] Shared = [$"{Features}.Contacts.Writing", $"{Features}.Imports.Reading", $"{Features}.Imports.Running", $"{Features}.Imports.Returning"];

    /// <summary>Slices that send another's request under a route of their own.</summary>
    private static readonly string[] SendAnothersRequest = ["CreateContact", "ReplaceContact", "ArchiveContact", "ArchiveClient", "ArchiveLocation"];

    /// <summary>The folders of the infrastructure, in README's order, from the ground up: each knows those of lower floors only.</summary>
    private static readonly string[][] Floors =
    [
        ["Answers", "Callers", "Settings"],
        ["Mediation", "Database"],
        ["Records.Fields"],
        ["Tenancy"],
        ["Http", "Records.Lists", "Telemetry"],
        ["Records.Patches", "OpenApi", "Audit", "Docs"],
        ["Auth", "Records.Writes"],
        ["Pipeline"],
        ["Startup"],
        ["CommandLine"],
    ];

    private static readonly Assembly Product = typeof(Program).Assembly;

    /// <summary>Every type of the product, nested and compiler-generated ones too.</summary>
    private static readonly Type[] Types = [.. Product.GetTypes().Where(IsOurs)];

    private static readonly ILookup<string, Type> Slices =
        Types.Where(type => SliceOf(type) is not null).ToLookup(type => SliceOf(type)!);

    [Test]
    public void The_slices_are_found()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Types, Has.Length.GreaterThan(100));
            Assert.That(Slices.Select(slice => slice.Key), Is.SupersetOf(new[] { "ListAudit", "Login", "Logout", "ReadClient", "ReadContact", "RefreshSession", "UpsertContact" }));
            Assert.That(Types.Where(type => type.Namespace == Features), Is.Empty, "a type that belongs to no slice");
        }
    }

    [Test]
    public void Every_slice_has_an_endpoint_and_one_request_with_its_validator_and_its_handler()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var slice in Slices.Where(slice => !SendAnothersRequest.Contains(slice.Key)))
            {
                var requests = slice.Where(type => AnswerOf(type) is not null).ToArray();
                Assert.That(requests, Has.Length.EqualTo(1), $"requests of {slice.Key}");
                Assert.That(slice.Where(type => type.Name == $"{slice.Key}Endpoint" && IsStatic(type) && HandlesRoutes(type)).ToArray(), Has.Length.EqualTo(1), $"endpoints of {slice.Key}");
                foreach (var request in requests)
                {
                    var validator = typeof(IValidator<>).MakeGenericType(request);
                    var handler = typeof(IRequestHandler<,>).MakeGenericType(request, AnswerOf(request)!);
                    Assert.That(request.Name, Is.EqualTo($"{slice.Key}Command").Or.EqualTo($"{slice.Key}Query"));
                    string[] validators = request.GetCustomAttribute<UnvalidatedAttribute>() is null ? [$"{slice.Key}Validator"] : [];
                    Assert.That(slice.Where(validator.IsAssignableFrom).Select(type => type.Name), Is.EqualTo(validators), $"validators of {request.Name}");
                    Assert.That(slice.Where(handler.IsAssignableFrom).Select(type => type.Name), Is.EqualTo(new[] { $"{slice.Key}Handler" }), $"handlers of {request.Name}");
                }
            }
        }
    }

    [Test]
    public void Every_slice_has_its_tests_in_a_folder_of_the_same_name()
    {
        var root = Path.Combine(ServiceProcess.Root, "Tests");
        var (slices, tested) = (FoldersOfSlices(ServiceProcess.Root), FoldersOfSlices(root));
        var withFixture = tested.Where(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*Tests.cs").Any());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(slices, Has.Length.GreaterThan(30));
            Assert.That(slices.Except(withFixture), Is.Empty, "slices without a fixture");
            Assert.That(tested.Except(slices), Is.Empty, "folders of tests without a slice");
        }
    }

    [Test]
    public void Every_area_lists_its_routes_in_one_module()
    {
        var features = Types.Where(type => type.Namespace!.StartsWith($"{Features}.", StringComparison.Ordinal)).ToArray();
        var areas = features.Select(type => type.Namespace!.Split('.')[2]).Distinct().Order(StringComparer.Ordinal);
        var mapping = features.Where(type => type.GetMethods().Any(method => method.GetParameters().Any(parameter => parameter.ParameterType.IsAssignableTo(typeof(IEndpointRouteBuilder)))));

        Assert.That(mapping.Select(type => type.FullName).Order(StringComparer.Ordinal), Is.EqualTo(areas.Select(area => $"{Features}.{area}.{area}Module")));
    }

    [Test]
    public void A_request_without_rules_says_why()
    {
        var unvalidated = Types.Select(type => type.GetCustomAttribute<UnvalidatedAttribute>()).OfType<UnvalidatedAttribute>().ToArray();

        Assert.That(unvalidated, Is.Not.Empty);
        Assert.That(unvalidated.Select(attribute => attribute.Reason), Is.All.Not.Empty);
    }

    [Test]
    public void Every_request_answers_an_Answer()
    {
        var answers = Types.Where(type => AnswerOf(type) is not null).Select(type => AnswerOf(type)!).ToArray();

        Assert.That(answers, Has.Length.GreaterThanOrEqualTo(7));
        Assert.That(answers.Where(answer => !answer.IsGenericType || answer.GetGenericTypeDefinition() != typeof(Answer<>)), Is.Empty);
    }

    [Test]
    public void A_slice_is_known_from_outside_by_its_request_only()
    {
        var published = Slices.SelectMany(slice => slice).Where(type => AnswerOf(type) is not null).SelectMany(PublishedBy).ToHashSet();
        var violations =
            from type in Types
            where !type.IsAssignableTo(typeof(ICarterModule)) && type.DeclaringType?.IsAssignableTo(typeof(ICarterModule)) != true
            from used in References.Of(type)
            where IsOurs(used) && SliceOf(used) is { } slice && SliceOf(type) != slice && !published.Contains(used)
            select $"{type} uses {used}";

        Assert.That(violations.Distinct(), Is.Empty);
    }

    [Test]
    public void The_infrastructure_knows_no_feature()
    {
        var infrastructure = Types.Where(type => FolderOf(type) is not null).ToArray();
        var violations =
            from type in infrastructure
            from used in References.Of(type)
            where IsOurs(used) && used.Namespace!.StartsWith(Features, StringComparison.Ordinal)
            select $"{type} uses {used}";

        Assert.That(infrastructure, Has.Length.GreaterThan(50));
        Assert.That(violations.Distinct(), Is.Empty);
    }

    [Test]
    public void Folders_of_the_infrastructure_only_point_down()
    {
        var arrows =
            (from type in Types
             from used in References.Of(type)
             where IsOurs(used) && FolderOf(type) is not null && FolderOf(used) is not null && FolderOf(type) != FolderOf(used)
             group $"{type.Name} uses {used.Name}" by (From: FolderOf(type)!, To: FolderOf(used)!) into arrow
             orderby Floor(arrow.Key.From), Floor(arrow.Key.To)
             select arrow).ToArray();
        foreach (var from in arrows.ToLookup(arrow => arrow.Key.From, arrow => arrow.Key.To))
        {
            TestContext.Out.WriteLine($"{from.Key} -> {string.Join(", ", from)}");
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Types.Select(FolderOf).OfType<string>().Distinct(), Is.EquivalentTo(Floors.SelectMany(floor => floor)), "every folder has a floor");
            Assert.That(arrows, Has.Length.GreaterThan(50));
            Assert.That(arrows.Where(arrow => Floor(arrow.Key.To) >= Floor(arrow.Key.From)).Select(arrow => $"{arrow.Key}: {string.Join(", ", arrow.Distinct())}"), Is.Empty);
        }
    }

    [Test]
    public void References_are_found_wherever_they_hide()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var hidden in new[] { typeof(HiddenField), typeof(HiddenBase), typeof(HiddenParameter), typeof(HiddenInBody), typeof(HiddenInLambda), typeof(HiddenInAsync), typeof(HiddenArgument), typeof(HiddenAttribute) })
            {
                var found = typeof(Hider).GetNestedTypes(BindingFlags.NonPublic).Append(typeof(Hider)).SelectMany(References.Of);
                Assert.That(found, Does.Contain(hidden));
            }
        }
    }

    [Test]
    public void Types_are_internal_and_closed()
    {
        var written = Types.Where(type => !IsGenerated(type)).ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written, Has.Length.GreaterThan(80));
            Assert.That(written.Where(type => type.IsVisible && !type.IsAssignableTo(typeof(ICarterModule))), Is.Empty);
            Assert.That(written.Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !written.Any(other => other.BaseType == type || other.BaseType?.IsAssignableTo(type) == true)), Is.Empty);
        }
    }

    [Test]
    public void The_top_level_holds_what_a_newcomer_looks_for_and_nothing_else()
    {
        string[] allowed =
        [
            "Features", "Infrastructure", "Tests", "docs", "Properties", "Program.cs", "CrmImport.csproj", "CrmImport.slnx", "appsettings.json", "Dockerfile", "README.md", "contacts.csv", "Directory.*.props", ".*",
        ];
        var root = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "CrmImport.slnx")))
        {
            root = root.Parent;
        }

        Assert.That(root, Is.Not.Null, "CrmImport.slnx was not found above the tests");
        var ignored = File.ReadLines(Path.Combine(root!.FullName, ".gitignore")).Select(line => line.Trim().Trim('/')).Where(line => line.Length > 0).ToArray();
        var names = root.EnumerateFileSystemInfos().Select(entry => entry.Name).ToArray();
        var patterns = allowed.Concat(ignored).ToArray();

        Assert.That(names, Does.Contain("Program.cs"));
        Assert.That(names.Where(name => !patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))), Is.Empty);
    }

    private static bool IsOurs(Type type) => type.Assembly == Product && type.Namespace?.StartsWith("CrmImport.", StringComparison.Ordinal) == true;

    /// <summary>A slice is a folder in an area's folder; what lies in the area itself, all of its slices share.</summary>
    private static string? SliceOf(Type type) =>
        type.Namespace!.StartsWith($"{Features}.", StringComparison.Ordinal) && !Shared.Contains(type.Namespace) && type.Namespace.Split('.') is [_, _, _, var slice] ? slice : null;

    /// <summary>Below a root, the folders in the folders of the areas.</summary>
    private static string[] FoldersOfSlices(string root) =>
        [.. Directory.GetDirectories(Path.Combine(root, "Features")).SelectMany(area => Directory.GetDirectories(area)).Select(slice => Path.GetRelativePath(root, slice))];

    /// <summary>The folder below Infrastructure; those of Records count each for itself.</summary>
    private static string? FolderOf(Type type) => type.Namespace!.Split('.') switch
    {
        [_, "Infrastructure", "Records", var folder, ..] => $"Records.{folder}",
        [_, "Infrastructure", var folder, ..] => folder,
        _ => null,
    };

    private static int Floor(string folder) => Array.FindIndex(Floors, floor => floor.Contains(folder));

    private static bool IsStatic(Type type) => type is { IsAbstract: true, IsSealed: true };

    private static bool IsGenerated(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) || type.Name.StartsWith('<') || (type.DeclaringType is { } outer && IsGenerated(outer));

    private static bool HandlesRoutes(Type type) => type.GetMethods().Any(method => method.IsStatic && method.ReturnType == typeof(Task<IResult>));

    /// <summary>What a request of the mediator answers; null for all other types.</summary>
    private static Type? AnswerOf(Type type) =>
        type is { IsClass: true, IsAbstract: false }
            ? type.GetInterfaces().SingleOrDefault(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequest<>))?.GetGenericArguments()[0]
            : null;

    /// <summary>A request, what it takes, what it answers, and so on through their properties: what another slice needs to send it and to read the answer.</summary>
    private static HashSet<Type> PublishedBy(Type request)
    {
        var published = new HashSet<Type>();
        var open = new Queue<Type>([request, AnswerOf(request)!]);
        while (open.TryDequeue(out var type))
        {
            foreach (var part in References.Parts(type).Where(published.Add).Where(IsOurs))
            {
                foreach (var property in part.GetProperties())
                {
                    open.Enqueue(property.PropertyType);
                }
            }
        }

        return published;
    }

    private sealed class HiddenField;

    private class HiddenBase;

    private sealed class HiddenParameter;

    private sealed class HiddenInBody;

    private sealed class HiddenInLambda;

    private sealed class HiddenInAsync;

    private sealed class HiddenArgument;

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class HiddenAttribute : Attribute;

    private sealed class Hider : HiddenBase
    {
        public HiddenField? Field { get; }

        public static void Parameter(HiddenParameter[] value) => _ = value;

        [Hidden]
        public static Type Body() => typeof(HiddenInBody);

        public static Func<object> Lambda() => () => new HiddenInLambda();

        public static async Task<object> AsyncBody()
        {
            await Task.Yield();
            return new HiddenInAsync();
        }

        public static object Argument() => Enumerable.Empty<object>().OfType<List<HiddenArgument>>();
    }

    /// <summary>Which types a type mentions: in its ancestry, its members' signatures, its attributes, and the instructions of its methods.</summary>
    private static class References
    {
        private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

        private static readonly Dictionary<short, OpCode> OpCodesByValue =
            typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

        public static HashSet<Type> Of(Type type) => [.. Mentioned(type).SelectMany(Parts)];

        /// <summary>The type itself, without arrays and references, and the types it is made with.</summary>
        public static IEnumerable<Type> Parts(Type type)
        {
            var bare = type;
            while (bare.HasElementType)
            {
                bare = bare.GetElementType()!;
            }

            return bare.IsGenericParameter ? []
                : bare.IsGenericType ? bare.GetGenericArguments().SelectMany(Parts).Prepend(bare.GetGenericTypeDefinition())
                : [bare];
        }

        private static IEnumerable<Type> Mentioned(Type type)
        {
            var members = type.GetMembers(Declared);
            return new[] { type.BaseType }.OfType<Type>()
                .Concat(type.GetInterfaces())
                .Concat(type.GetFields(Declared).Select(field => field.FieldType))
                .Concat(members.Append(type).SelectMany(member => member.GetCustomAttributesData()).SelectMany(attribute => Mentioned(attribute)))
                .Concat(members.OfType<MethodBase>().SelectMany(method => Mentioned(method)));
        }

        private static IEnumerable<Type> Mentioned(CustomAttributeData attribute) =>
            attribute.ConstructorArguments.Select(argument => argument.Value).OfType<Type>().Prepend(attribute.AttributeType);

        private static IEnumerable<Type> Mentioned(MethodBase method) =>
            method.GetParameters().Select(parameter => parameter.ParameterType)
                .Concat(method is MethodInfo { ReturnType: var returned } ? [returned] : [])
                .Concat(method.GetMethodBody() is { } body
                    ? body.LocalVariables.Select(local => local.LocalType)
                        .Concat(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!))
                        .Concat(Tokens(body.GetILAsByteArray()!).SelectMany(token => Mentioned(method, token)))
                    : []);

        private static IEnumerable<Type> Mentioned(MethodBase method, int token)
        {
            var member = method.Module.ResolveMember(
                token, method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null)!;
            return member switch
            {
                Type type => [type],
                FieldInfo field => [field.FieldType, field.DeclaringType!],
                MethodBase called => called.GetParameters().Select(parameter => parameter.ParameterType)
                    .Concat(called.DeclaringType is { } owner ? [owner] : [])
                    .Concat(called is MethodInfo { ReturnType: var returned } ? [returned] : [])
                    .Concat(called.IsGenericMethod ? called.GetGenericArguments() : []),
                _ => throw new NotSupportedException($"{member} is no type, field or method"),
            };
        }

        private static IEnumerable<int> Tokens(byte[] il)
        {
            for (var at = 0; at < il.Length;)
            {
                var code = il[at] == 0xFE ? OpCodesByValue[(short)((il[at] << 8) | il[at + 1])] : OpCodesByValue[il[at]];
                at += code.Size;
                if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                {
                    yield return BitConverter.ToInt32(il, at);
                }

                at += code.OperandType switch
                {
                    OperandType.InlineNone => 0,
                    OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                    OperandType.InlineVar => 2,
                    OperandType.InlineI8 or OperandType.InlineR => 8,
                    OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                    _ => 4,
                };
            }
        }
    }
}
