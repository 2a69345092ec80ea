using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Malten.Client;

/// <summary>Reads the bodies of answers.</summary>
/// <remarks>
/// Each throws <see cref="JsonException"/> for a body that breaks the contract, or <see cref="InvalidOperationException"/>, as readers
/// of JSON do for text that is no Unicode.
/// </remarks>
internal static class Body
{
    /// <summary>More than this a node never sends, whatever it is asked for: no answer costs more memory than its own length by much.</summary>
    private const int MostEntries = 1024;

    public static Message ReadMessage(byte[] body) => Read(body, WireJson.Default.WirePayload).ToMessage();

    public static IReadOnlyList<Message> ReadPage(byte[] body)
    {
        var page = new List<Message>();
        var json = new Utf8JsonReader(body);
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray) throw new JsonException("A page is no array.");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            Add(page, (JsonSerializer.Deserialize(ref json, WireJson.Default.WirePayload) ?? throw new JsonException("A message is null.")).ToMessage());

        return json.Read() ? throw new JsonException("Something follows a page.") : page;
    }

    public static Command ReadCommand(byte[] body) => Read(body, WireJson.Default.WireEvent).ToCommand();

    public static Presence ReadPresence(byte[] body) => Read(body, WireJson.Default.WirePayload).ToPresence();

    public static BegunStream ReadStream(byte[] body) => Read(body, WireJson.Default.WireBegun).ToStream();

    public static Pipe ReadPipe(byte[] body) => Read(body, WireJson.Default.WireBegun).ToPipe();

    /// <summary>In the order of the answer, which a dictionary would not promise to keep.</summary>
    public static IReadOnlyList<ListedStream> ReadList(byte[] body)
    {
        var list = new List<ListedStream>();
        var json = new Utf8JsonReader(body);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new JsonException("A list is no object.");
        while (json.Read() && json.TokenType != JsonTokenType.EndObject)
        {
            var name = json.GetString()!;
            json.Read();
            Add(list, (JsonSerializer.Deserialize(ref json, WireJson.Default.WireListed) ?? throw new JsonException("A stream is null.")).ToListing(name));
        }

        return json.Read() ? throw new JsonException("Something follows a list.") : list;
    }

    /// <summary>For answers that say no more than that the request was accepted.</summary>
    public static bool Ignore(byte[] body) => true;

    private static void Add<T>(List<T> entries, T entry)
    {
        if (entries.Count == MostEntries) throw new JsonException($"An answer has more than {MostEntries} entries.");
        entries.Add(entry);
    }

    private static T Read<T>(byte[] body, JsonTypeInfo<T> type) where T : class =>
        JsonSerializer.Deserialize(body, type) ?? throw new JsonException("The answer is null.");
}
