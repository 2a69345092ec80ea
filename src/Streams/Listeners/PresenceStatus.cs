using System.Text.Json.Serialization;

namespace Malten.Streams.Listeners;

/// <summary>What a listening user is doing, the liveliest last.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PresenceStatus>))]
public enum PresenceStatus
{
    /// <summary>Connected, looking elsewhere.</summary>
    [JsonStringEnumMemberName("away")] Away,

    /// <summary>Connected.</summary>
    [JsonStringEnumMemberName("online")] Online,

    /// <summary>Writing a message.</summary>
    [JsonStringEnumMemberName("typing")] Typing,
}
