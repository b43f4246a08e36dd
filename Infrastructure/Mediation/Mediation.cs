using CrmImport.Infrastructure.Answers;
using FluentValidation;
using MediatR;

namespace CrmImport.Infrastructure.Mediation;

/// <summary>Registers the mediator, every handler and every validator of this assembly.</summary>
internal static class MediationRegistration
{
    public static void AddMediation(this WebApplicationBuilder builder)
    {
        var (services, types) = (builder.Services, typeof(Program).Assembly.GetTypes());
        services.AddSingleton<ServiceFactory>(provider => provider.GetRequiredService!);
        services.AddSingleton<IMediator, Mediator>();
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));

        // Singletons all of them: what a request needs travels in it.
        services.AddValidatorsFromAssemblyContaining<Program>(ServiceLifetime.Singleton, includeInternalTypes: true);
        foreach (var request in types.Where(type => type.IsDefined(typeof(UnvalidatedAttribute), inherit: false)))
        {
            services.AddSingleton(typeof(IValidator<>).MakeGenericType(request), typeof(NoRules<>).MakeGenericType(request));
        }

        foreach (var handler in types.Where(type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }))
        {
            foreach (var contract in handler.GetInterfaces().Where(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>)))
            {
                services.AddSingleton(contract, handler);
            }
        }
    }
}

/// <summary>A request without rules, and why it needs none. A request with neither rules nor this attribute fails.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class UnvalidatedAttribute(string reason) : Attribute
{
    public string Reason => reason;
}

internal sealed class NoRules<T> : AbstractValidator<T>;

/// <summary>Whether a request that is valid but for warnings is refused nevertheless.</summary>
internal interface IWarningPolicy
{
    ValueTask<Refusal?> CheckAsync(object request, IReadOnlyList<Problem> warnings, CancellationToken cancellationToken);
}

/// <summary>Adds to the faults in a request's fields what it refers to and is not there.</summary>
internal interface IReferenceCheck<in TRequest>
{
    Task<Refusal> AddAsync(TRequest request, IReadOnlyList<Problem> problems, CancellationToken cancellationToken);
}

/// <summary>Validates every request before its handler; one without a validator cannot be resolved, so it fails instead of passing.</summary>
internal sealed class ValidationBehavior<TRequest, TResponse>(IValidator<TRequest> validator, IWarningPolicy policy, IEnumerable<IReferenceCheck<TRequest>> references) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IAnswer<TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var problems = validator.ProblemsOf(request);
        return ValidationProblems.RefusalOf(problems) is { } refusal ? RefuseAsync(request, refusal, cancellationToken)
            : problems.Count > 0 ? HandleWarningsAsync(request, problems, next, cancellationToken)
            : next();
    }

    private async Task<TResponse> RefuseAsync(TRequest request, Refusal refusal, CancellationToken cancellationToken)
    {
        foreach (var check in references)
        {
            refusal = await check.AddAsync(request, refusal.Problems, cancellationToken);
        }

        return TResponse.Refused(refusal);
    }

    private async Task<TResponse> HandleWarningsAsync(TRequest request, List<Problem> warnings, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken) =>
        await policy.CheckAsync(request, warnings, cancellationToken) is { } refusal ? TResponse.Refused(refusal) : await next();
}
