using System.Globalization;
using Malten.Gateway.Telemetry;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Diagnostics;

namespace Malten.Gateway.Errors;

/// <summary>Answers with errors as clients get them, <c>application/problem+json</c> (RFC 9457), and counts them by reason.</summary>
internal sealed class Problems(GatewayMetrics metrics)
{
    private static readonly TimeSpan Shortly = TimeSpan.FromSeconds(1);

    /// <summary>Answers a request that the broker or the parser refused.</summary>
    public Task WriteAsync(HttpContext context, StreamRefusedException refused)
    {
        var (status, title) = refused.Refusal switch
        {
            Refusal.BadValue => (StatusCodes.Status400BadRequest, "Invalid value"),
            Refusal.NotYours => (StatusCodes.Status403Forbidden, "Access denied"),
            Refusal.NotListening => (StatusCodes.Status404NotFound, "Not listening"),
            Refusal.NameTaken => (StatusCodes.Status409Conflict, "Name in use"),
            Refusal.Busy => (StatusCodes.Status429TooManyRequests, "Too many requests"),
            Refusal.NoReceiver => (StatusCodes.Status404NotFound, "Nobody receives"),
            Refusal.TooSlow => (StatusCodes.Status408RequestTimeout, "Request timeout"),
            Refusal.ChannelBusy => (StatusCodes.Status409Conflict, "Channel in use"),
            Refusal.ReceiverGone => (StatusCodes.Status410Gone, "Receiver gone"),
            Refusal.Full => (StatusCodes.Status503ServiceUnavailable, "Node at capacity"),
            _ => (StatusCodes.Status503ServiceUnavailable, "Temporarily unavailable"),
        };
        return WriteAsync(context, status, title, refused.Message, refused.Refusal.ToString(), refused.Parameter, refused.RetryAfter, refused.Taken);
    }

    /// <summary>Answers what routing found no endpoint for: an unknown path, a wrong method.</summary>
    public Task WriteAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        return http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => WriteAsync(http, StatusCodes.Status404NotFound, "Not found",
                "Nothing is served at this path; GET / describes what is.", "UnknownPath"),
            StatusCodes.Status405MethodNotAllowed => WriteAsync(http, StatusCodes.Status405MethodNotAllowed,
                "Method not allowed", "The Allow header lists the methods of this path.", "WrongMethod"),
            _ => Task.CompletedTask,
        };
    }

    /// <summary>Answers with an error.</summary>
    /// <param name="reason">What the error is counted as.</param>
    /// <param name="parameter">The parameter at fault, if one is.</param>
    /// <param name="retryAfter">With 429 and 503: when to try again; a second, if null.</param>
    /// <param name="taken">How many bytes of the body the receiver's connection has taken, if one was being received.</param>
    public Task WriteAsync(
        HttpContext context, int status, string title, string detail, string reason, string? parameter = null,
        TimeSpan? retryAfter = null, long? taken = null)
    {
        metrics.Refused(reason);
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter =
                ((long)Math.Ceiling((retryAfter ?? Shortly).TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var extensions = parameter is null && taken is null ? null : new Dictionary<string, object?>();
        if (parameter is not null) extensions!["param"] = parameter;
        if (taken is not null) extensions!["taken"] = taken;
        return TypedResults.Problem(detail, statusCode: status, title: title, extensions: extensions).ExecuteAsync(context);
    }
}
