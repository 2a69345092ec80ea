using System.Net;

namespace Malten.Testing;

/// <summary>Stands between a client and its nodes: counts requests, and answers some of them itself, or fails them.</summary>
public sealed class InterceptingHandler() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, MaxResponseDrainSize = 0 })
{
    private readonly List<(Uri Address, string Body)> _requests = [];

    /// <summary>Runs before a request is sent. An answer takes the place of the node's; null lets the request pass.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Before { get; set; } = _ => null;

    /// <summary>As <see cref="Before"/>, told of the body too, and may take its time.</summary>
    public Func<HttpRequestMessage, string, CancellationToken, Task<HttpResponseMessage?>> BeforeAsync { get; set; } =
        (_, _, _) => Task.FromResult<HttpResponseMessage?>(null);

    /// <summary>Runs after the node has answered; may throw, as if the answer had been lost.</summary>
    public Action<HttpRequestMessage> After { get; set; } = _ => { };

    /// <summary>Every request that was tried.</summary>
    public IReadOnlyList<(Uri Address, string Body)> Requests
    {
        get { lock (_requests) return [.. _requests]; }
    }

    public static HttpResponseMessage Refusal(HttpStatusCode status, TimeSpan? retryAfter = null)
    {
        var answer = new HttpResponseMessage(status)
        {
            Content = new StringContent("""{"title":"Busy","status":0,"detail":"Try later.","param":"stream"}""", null, "application/problem+json"),
        };
        if (retryAfter is { } wait) answer.Headers.RetryAfter = new(wait);
        return answer;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        lock (_requests) _requests.Add((request.RequestUri!, body));
        if ((Before(request) ?? await BeforeAsync(request, body, cancellationToken)) is { } instead) return instead;
        var answer = await base.SendAsync(request, cancellationToken);
        After(request);
        return answer;
    }
}
