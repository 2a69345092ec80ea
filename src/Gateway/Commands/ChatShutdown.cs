using Malten.Gateway.Shutdown;

namespace Malten.Gateway.Commands;

/// <summary>Stops the responder before any other part of the host, so that listeners still hear that their commands failed.</summary>
internal sealed class ChatShutdown(ChatResponder responder) : StoppingService
{
    public override Task StoppingAsync(CancellationToken cancellationToken) => responder.StopAsync();
}
