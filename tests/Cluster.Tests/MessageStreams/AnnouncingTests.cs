using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>Whatever keeps the failure of a command from being told leaves it to be told by the next call.</summary>
public sealed class AnnouncingTests : IDisposable
{
    private readonly LoneGrain _silo = new();

    public void Dispose() => _silo.Dispose();

    [Fact]
    public async Task A_failure_that_a_silo_without_its_lease_could_not_tell_is_told_when_it_is_asked_again()
    {
        var command = new Command(Guid.NewGuid(), LoneGrain.Name, "what?", new Timestamp(1024), Timestamp.None);
        var failed = FrameEncoder.Encode(new Notice { Name = NoticeName.Failed, Command = command.Id }, default);
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        await _silo.Grain.Append([new Draft { Address = LoneGrain.Name, Text = MessageText.Parse("held") }]);
        _silo.Options.ServesWithoutTable = false;
        await Assert.ThrowsAsync<OrleansException>(() => _silo.Grain.Announce(failed, command.Id));
        _silo.Options.ServesWithoutTable = true;
        Assert.True(await _silo.Grain.ReportProgress(command, "half")); // it is not settled
        await _silo.Grain.Announce(failed, command.Id);
        Assert.False(await _silo.Grain.ReportProgress(command, "whole"));
    }
}
