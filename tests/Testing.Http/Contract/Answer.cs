using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>A whole answer to a request.</summary>
public sealed record Answer(
    HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Body)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public string? ContentType => ContentHeaders.ContentType?.MediaType;

    public string Text => Strict.GetString(Body);

    public JsonElement Json() => JsonElement.Parse(Text);

    /// <summary>The JSON of an answer that must be one of success.</summary>
    public JsonElement Ok(HttpStatusCode status = HttpStatusCode.OK)
    {
        Assert.True(Status == status, $"{(int)Status} {Text}");
        Assert.Equal("application/json", ContentType);
        Assert.Equal("utf-8", ContentHeaders.ContentType?.CharSet);
        return Json();
    }

    public JsonElement Created() => Ok(HttpStatusCode.Created);
}
