namespace Malten.Gateway.Commands;

/// <summary>Buffers a response before passing it on, and fails when it is larger than any valid answer.</summary>
internal sealed class BoundedResponseHandler : DelegatingHandler
{
    // The longest answer that is posted has about 64 KiB; a provider may add its reasoning and token counts.
    private const int MaxBytes = 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxBytes, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
