using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Malten.Gateway.Requests;

/// <summary>Reads a body: a urlencoded form or a JSON object.</summary>
internal static class RequestBody
{
    /// <summary>The longest body, enforced by the server: 64 KiB. The longest valid request is under 20 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>What a request takes that waits for its body: over HTTP/2, a stream with its pipes.</summary>
    private const int TakenBytes = 12 * 1024;

    public static async ValueTask ReadAsync(HttpRequest request, RequestParameters into)
    {
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false) return;
        var reader = request.BodyReader;
        var unread = request.HttpContext.RequestServices.GetRequiredService<UnreadBodies>();
        var buffer = await ReadToEndAsync(reader, unread, request.HttpContext);
        try
        {
            if (!buffer.IsEmpty) Parse(request.ContentType, buffer, into);
        }
        finally
        {
            reader.AdvanceTo(buffer.End);
        }
    }

    private static async ValueTask<ReadOnlySequence<byte>> ReadToEndAsync(PipeReader reader, UnreadBodies unread, HttpContext context)
    {
        var read = await ReadPieceAsync(() => ValueTask.FromResult(reader.TryRead(out var there) ? there : default(ReadResult?)));
        if (read is { IsCompleted: true } whole) return whole.Buffer; // as those of most posts are
        // Also where nothing has come yet: over HTTP/2, a hundred requests of a connection may wait so, and the server's limit of
        // how slowly bodies may come is for all of them together.
        using var body = unread.Begin(context, reader);
        var taken = TakenBytes + RequestText.BytesBeyondUsual(context.Request);
        while (read is not { IsCompleted: true })
        {
            if (read is { } part) reader.AdvanceTo(part.Buffer.Start, part.Buffer.End);
            body.Hold(taken + (read?.Buffer.Length ?? 0));
            read = await ReadPieceAsync(body.ReadAsync);
        }

        return read.Value.Buffer;
    }

    /// <summary>Reads something of a body: the failures of a body are those of its client, and not of this server.</summary>
    /// <exception cref="BadHttpRequestException">The client sends less than 240 bytes a second, or what the server can't read.</exception>
    /// <exception cref="ConnectionResetException">The client has disconnected, or nothing that follows can be read.</exception>
    public static async ValueTask<T> ReadPieceAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read();
        }
        catch (IOException malformed) when (malformed is not (BadHttpRequestException or ConnectionResetException))
        {
            throw new BadHttpRequestException("The size of a chunk is too large to be counted.");
        }
        catch (InvalidOperationException)
        {
            // A trailer that is not UTF-8, after which the server can neither read on nor skip the rest.
            throw new ConnectionResetException("The body is malformed.");
        }
    }

    private static void Parse(string? contentType, ReadOnlySequence<byte> body, RequestParameters into)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || !IsUtf8(type)) throw Unsupported();
        if (type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            UrlEncoded.Parse(body.IsSingleSegment ? body.FirstSpan : body.ToArray(), into);
        else if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                 || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            ParseJson(body, into);
        else throw Unsupported();
    }

    private static bool IsUtf8(MediaTypeHeaderValue type) =>
        !type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);

    private static BadHttpRequestException Unsupported() => new(
        "Send the body as application/x-www-form-urlencoded or as a JSON object (application/json), in UTF-8.",
        StatusCodes.Status415UnsupportedMediaType);

    private static void ParseJson(ReadOnlySequence<byte> body, RequestParameters into)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject) throw NotAnObject();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString()!;
                json.Read();
                if (json.TokenType != JsonTokenType.StartArray) AddValue(ref json, name, into);
                else
                    while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                        AddValue(ref json, name, into);
            }

            json.Read(); // throws if anything follows the object
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw NotAnObject(); // the parser's own words may repeat what was sent
        }
    }

    private static void AddValue(ref Utf8JsonReader json, string name, RequestParameters into)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                into.Add(name, json.GetString()!);
                break;
            case JsonTokenType.Number:
                into.Add(name, Encoding.UTF8.GetString(json.HasValueSequence ? json.ValueSequence.ToArray() : json.ValueSpan));
                break;
            case JsonTokenType.True or JsonTokenType.False:
                into.Add(name, json.GetBoolean() ? "true" : "false");
                break;
            case JsonTokenType.Null:
                break;
            default:
                throw NotAnObject();
        }
    }

    private static StreamRefusedException NotAnObject() => new(Refusal.BadValue,
        "The body must be one JSON object in valid UTF-8 whose values are strings, numbers, true or false.");
}
