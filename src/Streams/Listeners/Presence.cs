using System.Text.Encodings.Web;
using System.Text.Json;
using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>The listeners of a stream; members are spelled as on the wire.</summary>
/// <param name="Observers">How many connections listen.</param>
/// <param name="Users">The users who gave a label: each label once, with the liveliest of its statuses; at most 128.</param>
public sealed record Presence(int Observers, IReadOnlyList<PresentUser> Users)
{
    /// <summary>
    /// The public handles of those who listen, in a stream that names them: one that holds no messages, or a pipe. At most 128.
    /// Null for any other.
    /// </summary>
    public IReadOnlyList<string>? Listeners { get; init; }

    /// <summary>The presence of a stream without listeners.</summary>
    public static Presence Nobody { get; } = new(0, []);

    // What the users of one client take in each event, where others listen too: 128 labels of any script, or 38 of 32 emoji.
    private const int BytesOfOne = 16 * 1024;
    private const int BytesBesideLabel = 40; // {"User":"","Status":"online"},

    /// <summary>Adds up the listeners of several nodes. They take turns to be named. Handles are left out.</summary>
    public static Presence Sum(IEnumerable<Presence> parts)
    {
        var all = parts.Where(part => part.Observers > 0).ToList();
        var turns = RoundRobin.Of(all.Select(part => part.Users)).Select(one => (one.Part, one.Item.User));
        return new Presence(all.Sum(part => part.Observers),
            Name(turns, all.Count > 1, all.SelectMany(part => part.Users).Select(user => (user.User, user.Status))));
    }

    /// <summary>Names the first of these labels, of each part only some where there are several, each with its liveliest status.</summary>
    internal static IReadOnlyList<PresentUser> Name(
        IEnumerable<(object Part, string Label)> turns, bool areSeveral, IEnumerable<(string Label, PresenceStatus Status)> all)
    {
        var named = new OrderedDictionary<string, PresenceStatus>(); // no more than are told, of however many
        var taken = new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        foreach (var (part, label) in turns)
        {
            if (named.ContainsKey(label)) continue;
            var bytes = taken.GetValueOrDefault(part);
            if (areSeveral && bytes >= BytesOfOne) continue;
            named.Add(label, default);
            if (named.Count == StreamLimits.UsersNamed) break;
            taken[part] = bytes + BytesBesideLabel
                + JsonEncodedText.Encode(label, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.Length;
        }

        foreach (var (label, status) in all)
            if (named.IndexOf(label) is >= 0 and var index && status > named.GetAt(index).Value)
                named.SetAt(index, status);
        return [.. named.Select(one => new PresentUser(one.Key, one.Value))];
    }
}

/// <summary>A user who listens; members are spelled as on the wire.</summary>
/// <param name="User">The label.</param>
/// <param name="Status">What they are doing.</param>
public sealed record PresentUser(string User, PresenceStatus Status);

/// <summary>The listeners of a stream on one node.</summary>
/// <param name="Presence">The part that clients may see.</param>
/// <param name="AtFirstSeat">How many listen from the first seat of a pipe.</param>
/// <param name="AtSecondSeat">How many listen from the second seat of a pipe.</param>
/// <param name="Number">Grows with each report of a node, because reports may overtake each other on the way.</param>
public sealed record NodePresence(Presence Presence, int AtFirstSeat = 0, int AtSecondSeat = 0, long Number = 0)
{
    /// <summary>How many listen in the audiences that are larger than <see cref="Audience.Few"/>, where any do; all others are few.</summary>
    public IReadOnlyDictionary<Audience, int> Crowds { get; init; } = new Dictionary<Audience, int>();

    /// <summary>
    /// The number of the newest listener, which grows like that of reports. Whoever has come since the last report has to be told who
    /// listens, even if another has left meanwhile; so have those who have come to another audience by that. 0 of a node that says none.
    /// </summary>
    public long Joined { get; init; }
}
