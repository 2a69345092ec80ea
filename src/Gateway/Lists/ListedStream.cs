using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Malten.Streams.Life;

namespace Malten.Gateway.Lists;

/// <summary>A public stream as one list shows it: its listing, and that as JSON. Thread-safe.</summary>
/// <param name="listing">The listing.</param>
/// <param name="type">How a list is encoded.</param>
/// <param name="isKept">Whether its JSON is kept for the next who asks.</param>
internal sealed class ListedStream(StreamListing listing, JsonTypeInfo<OrderedDictionary<string, StreamListing>> type, bool isKept)
{
    private volatile bool _isKept = isKept;
    private byte[]? _json;

    /// <summary>The stream's name.</summary>
    public string Name => listing.Name;

    /// <summary>The stream as a member of the list's JSON object.</summary>
    public ReadOnlyMemory<byte> Encode()
    {
        var json = _json ?? JsonSerializer.SerializeToUtf8Bytes(new OrderedDictionary<string, StreamListing> { [Name] = listing }, type);
        if (_isKept) _json = json;
        return json.AsMemory(1..^1); // without the braces
    }

    /// <summary>Keeps its JSON no longer: a newer list has it.</summary>
    public void Release()
    {
        _isKept = false;
        _json = null;
    }
}
