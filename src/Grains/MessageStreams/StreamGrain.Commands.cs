using Malten.Grains.Commands;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Grains.MessageStreams;

/// <content>Commands: each is published, claimed by one silo, and either answered or announced as failed.</content>
internal sealed partial class StreamGrain
{
    // Every gateway renews its subscription in that time. Some would miss an earlier announcement.
    private static readonly TimeSpan RenewalTime = TimeSpan.FromSeconds(6);

    // Longer than any call is repeated that got no answer.
    private const int SentRemembered = 64;

    private readonly Claims _claims = new();
    private readonly Queue<Frame> _sent = new();
    private Task _renewed = Task.CompletedTask;

    public Task<Outcome<Frame>> SendCommand(StreamAddress address, string prompt, Guid id)
    {
        foreach (var frame in _sent)
            if (frame.Id == id)
                return Task.FromResult(new Outcome<Frame> { Value = frame });
        var sent = Outcome.Of(() => Stream.Announce(prompt, address, id));
        if (sent.Refusal is not null)
        {
            RetireIfUnused();
            return Task.FromResult(sent.As<Frame>());
        }

        _sent.Enqueue(sent.Value.Frame);
        if (_sent.Count > SentRemembered) _sent.Dequeue();
        _ = PublishAsync(sent.Value.Command);
        RetireIfUnused();
        return Task.FromResult(new Outcome<Frame> { Value = sent.Value.Frame });
    }

    public async Task Announce(Frame announcement, Guid? settles)
    {
        if (settles is { } command && !_claims.Settle(command)) return; // announced before, or answered
        Stream.Feed.Announce(announcement);
        if (settles is not null) await StoreClaimsAsync();
        RetireIfUnused();
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
        _renewed = Task.Delay(RenewalTime, hostTime);
        _ = FailLostAsync();
    }

    /// <summary>Publishes a command. One that cannot be published is announced as failed.</summary>
    private async Task PublishAsync(Command command)
    {
        try
        {
            await commands.PublishAsync(command);
        }
        catch (Exception) // of any kind: the request was answered long ago, so only an announcement can tell
        {
            if (_claims.TryForgo(command.Id)) Fail(command.Id, "The command could not be handed on; ask again.");
        }
    }

    /// <summary>Announces the failure of the commands whose silo has died before it answered them.</summary>
    private async Task FailLostAsync()
    {
        await _renewed;
        var lost = _claims.TakeLost(view);
        if (lost.Count == 0) return;
        foreach (var command in lost) Fail(command, "The node that was answering is gone.");
        await StoreClaimsAsync();
    }

    private void Fail(Guid command, string reason) => _stream.Announce(new Notice
    {
        Name = NoticeName.Failed, Stream = _stream.Name.Value, Command = command, Reason = reason,
    });

    /// <summary>Stores the claims, with the stream, for a later activation.</summary>
    private Task StoreClaimsAsync() => _stream.IsInUse ? StoreAsync() : Task.CompletedTask;
}
