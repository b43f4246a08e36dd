using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Lists;
using MediatR;

namespace CrmImport.Features.Rules.ListViolations;

internal sealed class ListViolationsHandler : IRequestHandler<ListViolationsQuery, Answer<PageBody<Violation>>>
{
    public async Task<Answer<PageBody<Violation>>> Handle(ListViolationsQuery request, CancellationToken cancellationToken)
    {
        if (RuledField.Find(request.Field) is not { } ruled)
        {
            return new Refusal(ApiErrors.FieldNotFound, $"No field {request.Field} in the catalogue");
        }

        if (!request.Caller.Can(ruled.Record.ReadPermission))
        {
            return new Refusal(ApiErrors.Forbidden, $"This requires the permission {ruled.Record.ReadPermission}");
        }

        var shape = await request.Tenant.Rules.OfAsync(ruled.Record.Shape, cancellationToken);
        return await request.Tenant.Queries.ReadAsync(request.Caller.AccountId, ReadAsync, cancellationToken);

        async Task<PageBody<Violation>> ReadAsync(Query query)
        {
            var (total, items) = (0L, new List<Violation>());
            await foreach (var violation in Violations.FindAsync(query.Connection, query.Limit(), ruled, shape.Fields[shape.IndexOf(ruled.Field)], cancellationToken))
            {
                if (total >= request.Page.Position && items.Count < request.Page.Size)
                {
                    items.Add(violation);
                }

                total++;
            }

            return new PageBody<Violation>(total, request.Page.Position, request.Page.Size, items);
        }
    }
}
