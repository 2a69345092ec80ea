using Malten.Gateway.Requests;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Connections;

namespace Malten.Gateway.Errors;

/// <summary>Turns every failure of a request into a problem. Unexpected ones are logged, by type and stack alone.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, Problems problems, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException) when (context.RequestAborted.IsCancellationRequested)
        {
            throw; // the client disconnected within its request; the server must know, or it waits for another one
        }
        catch (Exception failure) when (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested
            || failure is ConnectionResetException) // which a body's reader may learn of before RequestAborted says so
        {
            context.Abort(); // the client has disconnected, or has half a response that can't be completed
        }
        catch (StreamRefusedException refused)
        {
            await problems.WriteAsync(context, refused);
        }
        catch (BadHttpRequestException bad)
        {
            await WriteAsync(context, bad);
        }
        catch (Exception failure)
        {
            LogFailure(failure.GetType().FullName, failure.StackTrace);
            await problems.WriteAsync(context, StatusCodes.Status500InternalServerError, "Internal error",
                "The server failed; the request may or may not have taken effect.", "Failure");
        }
    }

    private Task WriteAsync(HttpContext context, BadHttpRequestException bad)
    {
        // A connection on which a body was left unread can't carry another request; HTTP/2 has a stream for each.
        if (bad.StatusCode != StatusCodes.Status415UnsupportedMediaType && !HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return bad.StatusCode switch
        {
            StatusCodes.Status413PayloadTooLarge => problems.WriteAsync(context, bad.StatusCode, "Body too large",
                $"A body may have at most {RequestBody.MaxBytes} bytes.", "TooLarge"),
            StatusCodes.Status415UnsupportedMediaType => problems.WriteAsync(context, bad.StatusCode,
                "Unsupported media type", bad.Message, "UnsupportedType"),
            _ => problems.WriteAsync(context, bad.StatusCode, "Bad request",
                "The request is incomplete or malformed.", "BadRequest"),
        };
    }

    // An exception's message may repeat what was sent; its type and stack do not.
    [LoggerMessage(LogLevel.Error, "A request failed with {Type} {StackTrace}")]
    private partial void LogFailure(string? type, string? stackTrace);
}
