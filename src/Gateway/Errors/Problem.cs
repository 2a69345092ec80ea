using Malten.Gateway.Telemetry;
using Malten.Streams.Values;

namespace Malten.Gateway.Errors;

/// <summary>An error as a client gets it: <c>application/problem+json</c> (RFC 9457), counted by reason.</summary>
internal static class Problem
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Answers with what a broker refused.</summary>
    public static Task WriteAsync(HttpContext context, StreamRefusedException refused)
    {
        var (status, title) = refused.Refusal switch
        {
            Refusal.BadValue => (StatusCodes.Status400BadRequest, "Bad value"),
            Refusal.NotYours => (StatusCodes.Status403Forbidden, "Not your pipe"),
            Refusal.NameTaken => (StatusCodes.Status409Conflict, "Name taken"),
            Refusal.Busy => (StatusCodes.Status429TooManyRequests, "Too many at once"),
            Refusal.Full => (StatusCodes.Status503ServiceUnavailable, "This node is full"),
            _ => (StatusCodes.Status503ServiceUnavailable, "Not available now"),
        };
        return WriteAsync(context, status, title, refused.Message, refused.Refusal.ToString(), refused.Parameter);
    }

    /// <summary>Answers with an error.</summary>
    public static Task WriteAsync(
        HttpContext context, int status, string title, string detail, string reason, string? parameter = null)
    {
        context.RequestServices.GetRequiredService<GatewayMetrics>().Refused(reason);
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        var extensions = parameter is null ? null : new Dictionary<string, object?> { ["param"] = parameter };
        return TypedResults.Problem(detail, statusCode: status, title: title, extensions: extensions).ExecuteAsync(context);
    }
}
