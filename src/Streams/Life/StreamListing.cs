using System.Text.Json.Serialization;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>A public stream as the list shows it; members are spelled as on the wire.</summary>
/// <param name="Name">The stream's name: the key in the list.</param>
/// <param name="Created">When the stream began.</param>
/// <param name="Updated">When its last message was stored; before the first message, when it began.</param>
/// <param name="Ttl">How long it lives after its last message, in seconds.</param>
/// <param name="Messages">How many messages it holds.</param>
/// <param name="Observers">How many connections listen to it, on all nodes.</param>
public sealed record StreamListing(
    [property: JsonIgnore] string Name, Timestamp Created, Timestamp Updated, int Ttl, int Messages, int Observers);
