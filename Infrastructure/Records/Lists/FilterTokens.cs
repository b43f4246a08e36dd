using System.Globalization;

namespace CrmImport.Infrastructure.Records.Lists;

internal enum FilterTokenKind
{
    Name,
    Text,
    Number,
    Open,
    Close,
    Comma,
    End,
}

/// <summary>One word of a filter: a text without its quotes, everything else as it was written; and where it begins.</summary>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int At)
{
    public bool Is(string keyword) => Kind == FilterTokenKind.Name && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    /// <summary>As a message names it.</summary>
    public override string ToString() => Kind switch
    {
        FilterTokenKind.End => "the end",
        FilterTokenKind.Text => "a text",
        _ => Text.Length > 60 ? "a long word" : Text,
    };
}

/// <summary>Why a filter cannot be read, and at which of its characters.</summary>
internal sealed class InvalidFilterException(string message, int at) : Exception(message)
{
    public int At => at;
}

/// <summary>Cuts a filter into words.</summary>
internal sealed class FilterTokens(string filter)
{
    private int at;

    public FilterToken Next()
    {
        while (at < filter.Length && filter[at] is ' ' or '\t' or '\r' or '\n')
        {
            at++;
        }

        if (at == filter.Length)
        {
            return new FilterToken(FilterTokenKind.End, "", at);
        }

        return filter[at] switch
        {
            '(' => Mark(FilterTokenKind.Open),
            ')' => Mark(FilterTokenKind.Close),
            ',' => Mark(FilterTokenKind.Comma),
            '\'' => Quoted(),
            '-' or (>= '0' and <= '9') => Word(FilterTokenKind.Number),
            '_' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') => Word(FilterTokenKind.Name),
            _ => throw new InvalidFilterException($"{StringInfo.GetNextTextElement(filter, at)} is not expected here", at),
        };
    }

    private FilterToken Mark(FilterTokenKind kind) => new(kind, filter[at].ToString(), at++);

    // A number ends where a name would, so that 12abc is one wrong word and not two right ones; a time is written like one: 2026-01-31T09:30:00Z.
    private FilterToken Word(FilterTokenKind kind)
    {
        var start = at++;
        while (at < filter.Length && (char.IsAsciiLetterOrDigit(filter[at]) || filter[at] is '_' or '.' || (kind == FilterTokenKind.Name && filter[at] is '/') || (kind == FilterTokenKind.Number && filter[at] is '-' or ':' or '+')))
        {
            at++;
        }

        return new FilterToken(kind, filter[start..at], start);
    }

    private FilterToken Quoted()
    {
        var start = at++;
        while (true)
        {
            var quote = filter.IndexOf('\'', at);
            if (quote < 0)
            {
                throw new InvalidFilterException("the text that starts here is not closed", start);
            }

            at = quote + 1;
            if (at == filter.Length || filter[at] != '\'')
            {
                return new FilterToken(FilterTokenKind.Text, filter[(start + 1)..quote].Replace("''", "'", StringComparison.Ordinal), start);
            }

            at++; // two quotes are one quote of the text
        }
    }
}
