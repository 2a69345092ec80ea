namespace Malten.Gateway.Answers;

/// <summary>Whether a request asks for the head of an answer alone.</summary>
internal static class HeadRequest
{
    /// <summary>
    /// Whether it is <c>HEAD</c>, to the letter: methods are case-sensitive (RFC 9110, 9.1). Routing is not so strict, but the server
    /// is, and awaits the body of an answer to <c>Head</c>.
    /// </summary>
    public static bool IsHead(this HttpRequest request) => request.Method == HttpMethods.Head;
}
