using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A draft on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.draft")]
internal readonly record struct DraftSurrogate(
    StreamAddress Address, string Text, string? User, Guid? Id, Guid? ReplyTo, Timestamp Begun, bool IsNew, ClientKey Client);

/// <summary>Carries <see cref="Draft"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class DraftConverter : IConverter<Draft, DraftSurrogate>
{
    public Draft ConvertFromSurrogate(in DraftSurrogate surrogate) =>
        new()
        {
            Address = surrogate.Address, Text = MessageText.Parse(surrogate.Text),
            User = surrogate.User is { } user ? UserLabel.Parse(user) : null,
            Id = surrogate.Id, ReplyTo = surrogate.ReplyTo, Begun = surrogate.Begun, IsNew = surrogate.IsNew,
            Client = surrogate.Client,
        };

    public DraftSurrogate ConvertToSurrogate(in Draft value) =>
        new(value.Address, value.Text.Value, value.User?.Value, value.Id, value.ReplyTo, value.Begun, value.IsNew,
            value.Client);
}
