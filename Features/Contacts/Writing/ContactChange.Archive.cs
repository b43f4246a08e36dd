using CrmImport.Features.Contacts.UpsertContact;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The contact goes into the archive, or comes back from it.</summary>
internal sealed partial class ContactChange
{
    /// <summary>Whether the contact is archived after the change.</summary>
    public bool IsArchived => command.Mode == ContactWriteMode.Archive;

    /// <summary>Whether the contact is archived or restored by the change.</summary>
    public bool ChangesArchive => Before is not null && Before.IsArchived != IsArchived;

    private void SetArchived()
    {
        if (ChangesArchive)
        {
            Changes.Add("archived", Before!.IsArchived, IsArchived);
        }
    }

    // Who restores a contact gets its associations back; those with locations that were archived since are gone.
    private void RestoreLocations()
    {
        if (!ChangesArchive || IsArchived)
        {
            return;
        }

        foreach (var link in Before!.Links.Values.OrderBy(link => link.LocationRef, StringComparer.Ordinal))
        {
            if (LocationsToRemove.Contains(link.LocationRef) || LocationsToStore.Exists(stored => stored.LocationRef == link.LocationRef))
            {
                continue;
            }

            if (link.HasLocation)
            {
                LocationsToStore.Add(link);
            }
            else
            {
                LocationsToRemove.Add(link.LocationRef);
                AddLocation(link, null);
            }
        }
    }
}
