using System.Net.Http.Headers;
using Malten.Client.Connections;

namespace Malten.Client;

/// <summary>A request that may be sent to any node, and more than once.</summary>
/// <param name="Method">GET has its parameters in the query, POST in a form: neither needs a CORS preflight.</param>
/// <param name="Path">Relative to the node's address.</param>
internal sealed record Request(HttpMethod Method, string Path, Parameters Parameters)
{
    /// <summary>
    /// Whether it may be repeated when nobody knows what became of it. If not, it is repeated only when it certainly had no effect.
    /// </summary>
    public bool IsIdempotent { get; init; } = true;

    /// <summary>A body to send as it is, once; the parameters are then in the query.</summary>
    public HttpContent? Body { get; init; }

    /// <summary>The media type of the answer.</summary>
    public string Accept { get; init; } = "application/json";

    public static Request Get(string path, Parameters parameters) => new(HttpMethod.Get, path, parameters);

    public static Request Post(string path, Parameters parameters) => new(HttpMethod.Post, path, parameters);

    /// <summary>A message for one attempt.</summary>
    public HttpRequestMessage To(Uri node)
    {
        var query = Method == HttpMethod.Get || Body is not null ? Parameters.ToQuery() : "";
        var message = new HttpRequestMessage(Method, new Uri(node, query.Length == 0 ? Path : $"{Path}?{query}"));
        if (Method == HttpMethod.Post) message.Content = Body ?? new FormUrlEncodedContent(Parameters);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Accept));
        return message;
    }
}
