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

    // A command is claimed within a fraction of a second, unless it is lost.
    private static readonly TimeSpan ClaimTime = RenewalTime;

    // Longer than any call is repeated that got no answer.
    private const int SentRemembered = 64;

    private readonly Claims _claims = new();
    private readonly Queue<(Guid Id, Timestamp Created, Timestamp Begun)> _sent = new(); // without the prompts, which a repeat brings
    private readonly Dictionary<Guid, string> _prompts = []; // of the commands of the last seconds
    private Task _renewed = Task.CompletedTask;

    public async Task<Outcome<Frame>> SendCommand(StreamAddress address, string prompt, Guid id, ClientKey client)
    {
        foreach (var (known, created, begun) in _sent)
            if (known == id)
                return new Outcome<Frame> { Value = FrameEncoder.Encode(new Command(id, address, prompt, created, begun)) };
        var sent = Outcome.Of(() => SendOnce(address, prompt, id, client));
        if (sent.Refusal is null && _claims.Contains(id)) await StoreClaimsAsync();
        RetireIfUnused();
        return sent;
    }

    public Task<bool> ReportProgress(Command command, string text) =>
        Look(() => !_claims.IsSettled(command.Id) && Stream.ReportProgress(command, text)); // what comes late follows no answer

    public async Task Announce(Frame announcement, Guid? settles)
    {
        var feed = Stream.Feed; // before anything is settled: this may fail, and is then asked again
        // An earlier activation may have stored the answer, and have been lost before it said so.
        if (settles is not { } command || (_claims.Settle(command) && !feed.HasAnswer(command))) feed.Announce(announcement);
        if (settles is not null) await StoreClaimsAsync();
        RetireIfUnused();
    }

    public async Task<bool> TryClaim(Guid command, SiloAddress silo)
    {
        if (_stream.Feed.HasAnswer(command)) _claims.Settle(command); // by a silo that is asked a second time, say
        if (!_claims.TryClaim(command, silo)) return false;
        await StoreClaimsAsync();
        return true;
    }

    public Task<string?> GetPrompt(Guid command)
    {
        var prompt = _prompts.GetValueOrDefault(command);
        RetireIfUnused();
        return Task.FromResult(prompt);
    }

    private void RestoreClaims(CommandClaim[] claims)
    {
        if (claims.Length == 0) return;
        _claims.Restore(claims);
        _renewed = Task.Delay(RenewalTime, hostTime);
        _ = FailLostAsync();
        foreach (var claim in claims) _ = FailUnclaimedAsync(claim.Command);
    }

    private Frame SendOnce(StreamAddress address, string prompt, Guid id, ClientKey client)
    {
        var stream = Stream;
        stream.Check(address.Seat);
        if (_claims.Contains(id)) // sent by the activation before this one
            return FrameEncoder.Encode(new Command(id, address, prompt, Timestamp.Now(time), stream.Begun));
        if (_claims.AreFull) throw new StreamRefusedException(Refusal.Busy, Command.TooManyWaiting);
        capacity.MakeRoom(client, begins: false);
        Follow(id);
        try
        {
            return Send(address, prompt, id, client, Timestamp.None);
        }
        catch (StreamRefusedException)
        {
            _claims.TryForgo(id);
            throw;
        }
    }

    /// <summary>Sends a command to listeners and to those who subscribe to commands.</summary>
    private Frame Send(StreamAddress address, string prompt, Guid id, ClientKey client, Timestamp posted)
    {
        var (command, frame) = Stream.Announce(prompt, address, id, posted, client);
        _sent.Enqueue((command.Id, command.Created, command.Begun));
        if (_sent.Count > SentRemembered) _sent.Dequeue();
        _ = KeepPromptAsync(command);
        _ = PublishAsync(command);
        return frame;
    }

    /// <summary>Where silos answer commands, sees to it that this one is answered or fails. The caller stores the claims.</summary>
    private void Follow(Guid command)
    {
        if (responder is null) return;
        _claims.Add(command);
        _ = FailUnclaimedAsync(command);
    }

    /// <summary>Announces the failure of a command that no silo claims: it was lost on its way, with the silo whose queue it was in.</summary>
    private async Task FailUnclaimedAsync(Guid command)
    {
        await Task.Delay(ClaimTime, hostTime);
        if (_isOver || !_claims.TryForgo(command)) return;
        Fail(command, Command.Lost);
        await StoreClaimsAsync();
        RetireIfUnused();
    }

    /// <summary>Keeps the prompt for those who hear of the command on the Orleans stream, for the time in which one claims it.</summary>
    private async Task KeepPromptAsync(Command command)
    {
        _prompts[command.Id] = command.Prompt;
        await Task.Delay(ClaimTime, hostTime);
        _prompts.Remove(command.Id);
        RetireIfUnused();
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
            if (_isOver || !_claims.TryForgo(command.Id)) return;
            Fail(command.Id, "The command could not be handed on; ask again.");
            await StoreClaimsAsync();
        }
    }

    /// <summary>Announces the failure of the commands whose silo has died before it answered them.</summary>
    private async Task FailLostAsync()
    {
        await _renewed;
        var lost = _claims.TakeLost(view);
        if (_isOver || lost.Count == 0) return;
        foreach (var command in lost) Fail(command, "The node that was answering is gone.");
        await StoreClaimsAsync();
        RetireIfUnused();
    }

    private void Fail(Guid command, string reason)
    {
        if (_stream.Feed.HasAnswer(command)) return;
        _stream.Announce(new Notice { Name = NoticeName.Failed, Stream = _stream.Name.Value, Command = command, Reason = reason });
    }

    /// <summary>Stores the claims for a later activation: with the stream or, where none is in use, by themselves.</summary>
    private Task StoreClaimsAsync() => _stream.IsInUse ? StoreAsync() : _holders.StoreAsync(_claims.Open);
}
