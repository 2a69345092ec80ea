using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Grains.MessageStreams;

/// <content>Commands: handed on, claimed by the silo that answers, and never left without an answer in silence.</content>
internal sealed partial class StreamGrain
{
    // Every gateway renews its subscription in that time; what is said before is not heard by all.
    private static readonly TimeSpan RenewalTime = TimeSpan.FromSeconds(6);

    private readonly Claims _claims = new();
    private Task _renewed = Task.CompletedTask;

    public Task<Outcome<Frame>> SendCommand(StreamAddress address, string prompt)
    {
        var sent = Outcome.Of(() => Stream.Announce(prompt, address));
        if (sent.Refusal is not null) return Task.FromResult(sent.As<Frame>());
        _ = PublishAsync(sent.Value.Command);
        return Task.FromResult(new Outcome<Frame> { Value = sent.Value.Frame });
    }

    public async Task Announce(Frame announcement, Guid? settles)
    {
        if (settles is { } command && !_claims.Settle(command)) return; // said before, or answered
        Stream.Feed.Announce(announcement);
        if (settles is not null) await StoreClaimsAsync();
    }

    public async Task<bool> TryClaim(Guid command, SiloAddress silo)
    {
        if (!_claims.TryClaim(command, silo)) return false;
        await StoreClaimsAsync();
        return true;
    }

    private void RestoreClaims(CommandClaim[] claims)
    {
        if (claims.Length == 0) return;
        _claims.Restore(claims);
        _renewed = Task.Delay(RenewalTime, CancellationToken.None);
        _ = FailLostAsync();
    }

    /// <summary>Hands a command to whoever answers; one that reaches nobody fails visibly.</summary>
    private async Task PublishAsync(Command command)
    {
        try
        {
            // What is delivered twice is claimed by one all the same.
            await Retry.CallAsync(async () =>
            {
                await commands.PublishAsync(command);
                return true;
            }, CancellationToken.None);
        }
        catch (Exception) // whatever it was: the request was answered long ago, so this is the only way to say it
        {
            if (_claims.TryForgo(command.Id)) Fail(command.Id, "The command could not be handed on; ask again.");
        }
    }

    /// <summary>Says of commands that they will not be answered, since the silo that did has died.</summary>
    private async Task FailLostAsync()
    {
        await _renewed;
        var lost = _claims.TakeLost(peers);
        if (lost.Count == 0) return;
        foreach (var command in lost) Fail(command, "The node that was answering is gone.");
        await StoreClaimsAsync();
    }

    private void Fail(Guid command, string reason) => _stream.Announce(new Notice
    {
        Name = NoticeName.Failed, Stream = _stream.Name.Value, Command = command, Reason = reason,
    });

    /// <summary>A later activation has to know who answers; where no stream is in use, there is no copy that could tell it.</summary>
    private Task StoreClaimsAsync() => _stream.IsInUse ? StoreAsync() : Task.CompletedTask;
}
