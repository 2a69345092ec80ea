using Malten.Streams.Listeners;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Presence on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.presence")]
internal readonly record struct PresenceSurrogate(int Observers, string[] Users, PresenceStatus[] Statuses, string[]? Listeners);

/// <summary>Carries <see cref="Presence"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class PresenceConverter : IConverter<Presence, PresenceSurrogate>
{
    public Presence ConvertFromSurrogate(in PresenceSurrogate surrogate) =>
        new(surrogate.Observers,
            [.. surrogate.Users.Zip(surrogate.Statuses, (user, status) => new PresentUser(user, status))])
        {
            Listeners = surrogate.Listeners,
        };

    public PresenceSurrogate ConvertToSurrogate(in Presence value) =>
        new(value.Observers,
            [.. value.Users.Select(user => user.User)], [.. value.Users.Select(user => user.Status)],
            value.Listeners as string[] ?? value.Listeners?.ToArray());
}

/// <summary>One node's presence on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.node-presence")]
internal readonly record struct NodePresenceSurrogate(
    Presence Presence, int AtFirstSeat, int AtSecondSeat, long Number, Dictionary<Audience, int>? Crowds, long Joined);

/// <summary>Carries <see cref="NodePresence"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class NodePresenceConverter : IConverter<NodePresence, NodePresenceSurrogate>
{
    public NodePresence ConvertFromSurrogate(in NodePresenceSurrogate surrogate) =>
        new(surrogate.Presence, surrogate.AtFirstSeat, surrogate.AtSecondSeat, surrogate.Number)
        {
            Crowds = surrogate.Crowds ?? [], // none of a node that does not count them
            Joined = surrogate.Joined,
        };

    public NodePresenceSurrogate ConvertToSurrogate(in NodePresence value) =>
        new(value.Presence, value.AtFirstSeat, value.AtSecondSeat, value.Number,
            value.Crowds.Count == 0 ? null : value.Crowds.ToDictionary(), value.Joined);
}
