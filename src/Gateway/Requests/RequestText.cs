namespace Malten.Gateway.Requests;

/// <summary>
/// What a request itself takes while it is under way: the server keeps its headers and its target as strings until the next one
/// comes on the connection, which for a listener is never.
/// </summary>
/// <remarks>dotnet/aspnetcore, <c>Http1Connection.ParseTarget</c>: the target is kept whole, and its query once more.</remarks>
internal static class RequestText
{
    private const int Usual = 2048; // characters, which are part of what any connection takes
    private const int OfHeader = 32; // of the object and the place in the table that each header has, as characters

    /// <summary>
    /// Whether an idle connection should not be kept for what it would keep: the target of its last request. Over HTTP/2, requests
    /// leave nothing.
    /// </summary>
    public static bool IsTooLongToKeep(HttpRequest request) => 2 * TargetLength(request) > Usual && !HttpProtocol.IsHttp2(request.Protocol);

    /// <summary>The bytes of it that are more than usual.</summary>
    public static long BytesBeyondUsual(HttpRequest request)
    {
        var characters = 2L * TargetLength(request);
        foreach (var (name, values) in request.Headers)
            foreach (var value in values)
                characters += name.Length + (value?.Length ?? 0) + OfHeader;
        return Math.Max(0, characters - Usual) * sizeof(char);
    }

    private static int TargetLength(HttpRequest request) => (request.Path.Value?.Length ?? 0) + (request.QueryString.Value?.Length ?? 0);
}
