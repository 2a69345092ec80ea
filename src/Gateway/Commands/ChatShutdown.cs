namespace Malten.Gateway.Commands;

/// <summary>Stops the responder before anything else of the host stops, so that listeners still hear of it.</summary>
internal sealed class ChatShutdown(ChatResponder responder) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken) => responder.StopAsync();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
