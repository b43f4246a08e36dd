using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Settings;
using FluentValidation;
using FluentValidation.Results;
using MediatR;

namespace CrmImport.Infrastructure.Mediation;

/// <summary>Registers the mediator, every handler and every validator of this assembly.</summary>
internal static class MediationRegistration
{
    private static readonly Type[] Contracts = [typeof(IRequestHandler<,>), typeof(IValidator<>)];

    public static IServiceCollection AddMediation(this IServiceCollection services)
    {
        services.AddSingleton<ServiceFactory>(provider => provider.GetRequiredService!);
        services.AddSingleton<IMediator, Mediator>();
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(IdempotencyBehavior<,>));
        services.AddSingleton<RunningKeys>();

        var implementations =
            from type in typeof(Program).Assembly.GetTypes()
            where type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
            from contract in type.GetInterfaces()
            where contract.IsGenericType && Contracts.Contains(contract.GetGenericTypeDefinition())
            select (contract, type);
        foreach (var (contract, type) in implementations)
        {
            services.AddSingleton(contract, type); // stateless all of them: what a request needs travels in it
        }

        return services;
    }
}

/// <summary>Validates every request before its handler; one without a validator cannot be resolved, so it fails instead of passing.</summary>
internal sealed class ValidationBehavior<TRequest, TResponse>(IValidator<TRequest> validator) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IAnswer<TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var problems = validator.Validate(request).Errors.ConvertAll(failure => (Problem)failure.CustomState);
        return problems.Exists(problem => problem.Level == Problem.SevereLevel) ? Task.FromResult(TResponse.Refused(Refusal.Of(problems)))
            : problems.Exists(IsUnknownField) && request is IKeyedWrite write ? HandleUnknownFieldsAsync(write, problems, next, cancellationToken)
            : next();
    }

    // The settings are asked for only where there is something unknown: a write of known fields pays nothing for them.
    private static async Task<TResponse> HandleUnknownFieldsAsync(IKeyedWrite write, List<Problem> problems, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken) =>
        (await write.Tenant.Settings.ReadAsync(cancellationToken)).StrictFields
            ? TResponse.Refused(Refusal.Of(problems.ConvertAll(problem => IsUnknownField(problem) ? problem with { Level = Problem.SevereLevel, Message = $"{problem.Field} is not a known field" } : problem)))
            : await next();

    // A record that was read may be sent back, history and all.
    private static bool IsUnknownField(Problem problem) => problem.Code == ApiErrors.UnknownField.Code && !RecordHistory.Names.Contains(problem.Field);
}

/// <summary>How validators report: with the problem that the caller will read.</summary>
internal static class ValidationProblems
{
    public static void AddProblem<T>(this ValidationContext<T> context, Problem problem) =>
        context.AddFailure(new ValidationFailure(problem.Field ?? "", problem.Message) { ErrorCode = problem.Code, CustomState = problem });
}
