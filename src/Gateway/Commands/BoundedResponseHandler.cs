namespace Malten.Gateway.Commands;

/// <summary>Reads a response whole before it is handed on, and fails when it is longer than any answer.</summary>
internal sealed class BoundedResponseHandler : DelegatingHandler
{
    // The longest answer that is posted is some 64 KiB; a provider may add what it thought and what it counted.
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
