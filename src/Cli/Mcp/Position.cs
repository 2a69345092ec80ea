using System.Globalization;
using Malten.Client;

namespace Malten.Cli.Mcp;

/// <summary>A place in a journal: right after what stands there. As text, it is what an agent is given and gives back.</summary>
/// <param name="Date">The server's date of a message, or of the last one before a note.</param>
/// <param name="Ordinal">What has that date besides: notes, and messages of a server that gives a date twice.</param>
internal readonly record struct Position(Timestamp Date, int Ordinal)
{
    private const char Separator = '-';

    /// <summary>Before everything.</summary>
    public static Position Beginning => default;

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out Position position)
    {
        var parts = text.Split(Separator, 2);
        var ordinal = 0;
        var isPosition = Timestamp.TryParse(parts[0], null, out var date)
            && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ordinal));
        position = new Position(date, ordinal);
        return isPosition;
    }

    /// <summary>A timestamp, with the ordinal after it unless that is 0.</summary>
    public override string ToString() => Ordinal == 0 ? $"{Date}" : string.Create(CultureInfo.InvariantCulture, $"{Date}{Separator}{Ordinal}");
}
