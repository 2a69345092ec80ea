using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Malten.Client;

/// <summary>Makes exceptions of answers and of failures to get one.</summary>
internal static class Problem
{
    private const int LongestProblem = 64 * 1024;

    /// <summary>Of an answer that is no success. Reads its body, as far as a problem can be long.</summary>
    public static async Task<MaltenException> OfAsync(HttpResponseMessage response, Uri node, TimeProvider time, CancellationToken cancellationToken)
    {
        var status = response.StatusCode;
        if ((int)status < 400)
        {
            return new MaltenException(MaltenFault.BadAnswer,
                $"{node} answered with status {(int)status}; if it redirects, name the address to which it does.", node);
        }

        var problem = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
        var said = problem?.Detail ?? problem?.Title ?? response.ReasonPhrase;
        return new MaltenException(MaltenFault.Refused, string.IsNullOrEmpty(said) ? $"{node} answered with status {(int)status}." : said, node)
        {
            Status = status, Title = problem?.Title, Detail = problem?.Detail, Parameter = problem?.Param,
            RetryAfter = RetryAfter(response, time),
            // A proxy's 503 may mean that it lost the node's answer.
            HadNoEffect = (int)status < 500 || (status == HttpStatusCode.ServiceUnavailable && problem is not null),
        };
    }

    /// <summary>Of a request for which no answer came.</summary>
    public static MaltenException Of(HttpRequestException failure, Uri node) => failure.HttpRequestError switch
    {
        HttpRequestError.ConfigurationLimitExceeded => TooLong(node, failure),
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError =>
            new MaltenException(MaltenFault.BadAnswer, $"{node} does not speak HTTP as it should: {failure.Message}", node, failure),
        var error => new MaltenException(MaltenFault.Unreachable, $"{node} could not be reached: {failure.Message}", node, failure)
        {
            HadNoEffect = error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
        },
    };

    public static MaltenException Lost(Uri node, Exception failure) =>
        new(MaltenFault.Unreachable, $"The connection to {node} was lost: {failure.Message}", node, failure);

    public static MaltenException TimedOut(Uri node, TimeSpan limit) => new(MaltenFault.Unreachable,
        string.Create(CultureInfo.InvariantCulture, $"{node} has not answered within {limit.TotalSeconds:0.#} s."), node);

    public static MaltenException Silent(Uri node, TimeSpan limit) => new(MaltenFault.Unreachable,
        string.Create(CultureInfo.InvariantCulture, $"Nothing has come from {node} for {limit.TotalSeconds:0.#} s."), node);

    public static MaltenException TooLong(Uri node, Exception failure) =>
        new(MaltenFault.BadAnswer, $"{node} sends more than an answer or an event can have.", node, failure);

    public static MaltenException NotMalten(Uri node, Exception? failure = null) =>
        new(MaltenFault.BadAnswer, $"{node} does not answer as a Malten node does.", node, failure);

    private static async Task<WireProblem?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json") return null;
        var body = new byte[LongestProblem];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(body.AsSpan(0, length), WireJson.Default.WireProblem);
        }
        catch (JsonException)
        {
            return null; // the status says enough
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider time)
    {
        var retryAfter = response.Headers.RetryAfter;
        var wait = retryAfter?.Delta ?? retryAfter?.Date - time.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
