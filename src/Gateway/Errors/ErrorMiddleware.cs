using Malten.Streams.Values;

namespace Malten.Gateway.Errors;

/// <summary>Turns whatever a request fails with into a problem. What failed unforeseen is logged by its type alone.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException) when (context.RequestAborted.IsCancellationRequested)
        {
            throw; // the client has gone in the middle of its request; the server must know, or it looks for another one
        }
        catch (Exception) when (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            context.Abort(); // the client has gone, or has half an answer that can't be mended
        }
        catch (StreamRefusedException refused)
        {
            await Problem.WriteAsync(context, refused);
        }
        catch (BadHttpRequestException bad)
        {
            // What was not read to its end can't be followed by another request.
            if (bad.StatusCode != StatusCodes.Status415UnsupportedMediaType) context.Response.Headers.Connection = "close";
            await (bad.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => Problem.WriteAsync(context, bad.StatusCode, "Body too large",
                    $"A body may have {GatewayLimits.BodyBytes} bytes.", "TooLarge"),
                StatusCodes.Status415UnsupportedMediaType => Problem.WriteAsync(context, bad.StatusCode,
                    "Body type not read", bad.Message, "UnsupportedType"),
                _ => Problem.WriteAsync(context, bad.StatusCode, "Bad request",
                    "The request was cut off or is not well formed.", "BadRequest"),
            });
        }
        catch (Exception failure)
        {
            LogFailure(logger, failure.GetType().FullName, failure.StackTrace);
            await Problem.WriteAsync(context, StatusCodes.Status500InternalServerError, "Our fault",
                "Something failed on the server; nothing is known about whether the request took effect.", "Failure");
        }
    }

    // An exception's message may repeat what was sent; its type and place do not.
    [LoggerMessage(LogLevel.Error, "A request failed with {Type} {StackTrace}")]
    private static partial void LogFailure(ILogger logger, string? type, string? stackTrace);
}
