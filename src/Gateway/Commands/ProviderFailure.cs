using System.ClientModel;
using System.Text.Json;

namespace Malten.Gateway.Commands;

/// <summary>
/// Turns failures of the provider into reasons in our own words; its own may quote the request or the key.
/// </summary>
internal static class ProviderFailure
{
    public const string TimedOut = "The provider did not answer in time.";
    public const string Empty = "The provider gave an empty answer.";
    public const string Unreadable = "The provider gave an answer that can't be read.";
    public const string BrokenOff = "The provider could not be reached, or broke off its answer.";

    /// <summary>The failure behind an exception of the SDK or the connection; null for any other exception.</summary>
    public static CommandFailedException? From(Exception exception) => exception switch
    {
        ClientResultException { Status: > 0 } refused =>
            new CommandFailedException(ReasonFor(refused.Status), refused.Status) { IsFree = true },
        ClientResultException or HttpRequestException or IOException =>
            new CommandFailedException(BrokenOff) { IsFree = WasNeverAsked(exception) },
        JsonException or FormatException or ArgumentException or InvalidOperationException or KeyNotFoundException =>
            new CommandFailedException(Unreadable),
        _ => null,
    };

    private static bool WasNeverAsked(Exception exception) =>
        (exception as HttpRequestException ?? exception.InnerException as HttpRequestException)?.HttpRequestError is
            HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    private static string ReasonFor(int status) => status switch
    {
        401 => "The provider refused the key.",
        403 => "The provider does not allow this with this key.",
        404 => "The provider does not know the model.",
        408 or 504 => TimedOut,
        429 or 503 => "The provider is overloaded; try again later.",
        >= 500 => "The provider has failed; try again later.",
        >= 400 => "The provider refused the request.",
        _ => Unreadable,
    };
}

/// <summary>A command can't be answered. The message gives the reason in our own words: it is shown in the stream.</summary>
internal sealed class CommandFailedException(string reason, int? status = null) : Exception(reason)
{
    /// <summary>The status with which the provider answered, if it did; for the operator.</summary>
    public int? Status { get; } = status;

    /// <summary>Whether the provider spent no tokens: it was not reached, or refused the request.</summary>
    public bool IsFree { get; init; }
}
