-- Every replica of the service keeps sessions and lists in memory. Whoever changes them, by whatever way, tells all replicas at commit.
-- Only tables that change rarely have these triggers; those of contacts have none.
create function notify_change() returns trigger language plpgsql as $$
begin
    perform pg_notify('crmimport', tg_argv[0] || ':' || coalesce(to_jsonb(coalesce(old, new)) ->> tg_argv[1], ''));
    return null;
end
$$;

create trigger account_change after update or delete on account
    for each row execute function notify_change('account', 'account_id');

create trigger session_change after update of ended_at on session
    for each row execute function notify_change('session', 'session_id');

create trigger list_item_change after insert or update or delete on list_item
    for each row execute function notify_change('list', 'list');
