-- What the documents' own examples choose from: Oneserve's contact types 1, 6, 10 and usage types 1, 2; SuperOffice's task list. Items can be renamed, switched off and added; a
-- database that has lists keeps them as they are.
insert into list_item (list, id, name, rank)
select item.list, item.id, item.name, item.rank
from (values
    ('contacttype', 1, 'Telephone', 1), ('contacttype', 6, 'E-mail', 2), ('contacttype', 10, 'Mobile', 3),
    ('usagetype', 1, 'Residential', 1), ('usagetype', 2, 'Commercial', 2),
    ('salutation', 1, 'Mr', 1), ('salutation', 2, 'Mrs', 2), ('salutation', 3, 'Ms', 3), ('salutation', 4, 'Dr', 4),
    ('task', 1, 'Meeting (Internal)', 1), ('task', 2, 'Meeting (External)', 2), ('task', 3, 'Phone-Out', 3), ('task', 4, 'Phone-In', 4),
    ('task', 5, 'Follow-up', 5), ('task', 6, 'Planning', 6), ('task', 7, 'Visit', 7), ('task', 8, 'Lunch', 8),
    ('task', 9, 'Proposal', 9), ('task', 10, 'Service', 10), ('task', 11, 'Private', 11), ('task', 12, 'Other', 12)
) as item (list, id, name, rank)
where not exists (select from list_item);
