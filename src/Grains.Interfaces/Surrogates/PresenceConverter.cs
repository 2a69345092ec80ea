using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Carries <see cref="Presence"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class PresenceConverter : IConverter<Presence, PresenceSurrogate>
{
    public Presence ConvertFromSurrogate(in PresenceSurrogate surrogate) =>
        new(surrogate.Observers,
            [.. surrogate.Users.Zip(surrogate.Statuses, (user, status) => new PresentUser(user, status))]);

    public PresenceSurrogate ConvertToSurrogate(in Presence value) =>
        new(value.Observers,
            [.. value.Users.Select(user => user.User)], [.. value.Users.Select(user => user.Status)]);
}
