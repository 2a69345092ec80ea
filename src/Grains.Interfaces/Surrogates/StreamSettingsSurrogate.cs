using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Settings on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.settings")]
internal readonly record struct StreamSettingsSurrogate(string Name, bool Private, int Seconds, int Keep, ClientKey Client);

/// <summary>Carries <see cref="StreamSettings"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class StreamSettingsConverter : IConverter<StreamSettings, StreamSettingsSurrogate>
{
    public StreamSettings ConvertFromSurrogate(in StreamSettingsSurrogate surrogate) =>
        new(StreamName.Parse(surrogate.Name), surrogate.Private, TimeToLive.FromSeconds(surrogate.Seconds))
        {
            Keep = Retention.FromMessages(surrogate.Keep), Client = surrogate.Client,
        };

    public StreamSettingsSurrogate ConvertToSurrogate(in StreamSettings value) =>
        new(value.Name.Value, value.Private, value.TimeToLive.Seconds, value.Keep.Messages, value.Client);
}
