namespace Malten.Gateway.Commands;

/// <summary>
/// Passes a response on as it comes, and fails when it is larger than any valid answer, or an answer of another kind than the
/// server-sent events that were asked for.
/// </summary>
internal sealed class BoundedResponseHandler : DelegatingHandler
{
    // Each token of the longest answer takes an event of some 300 bytes; a provider may send its reasoning too.
    private const int MaxBytes = 8 * 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType != "text/event-stream")
                throw new FormatException("The provider's answer is not an event stream.");
            var content = response.Content;
            response.Content = new StreamContent(new BoundedStream(await content.ReadAsStreamAsync(cancellationToken), MaxBytes));
            foreach (var (name, values) in content.Headers) response.Content.Headers.TryAddWithoutValidation(name, values);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
