using Malten.Cluster.Tests.Ends;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>What is left of an activation that ends because of another, or before it was complete.</summary>
public sealed class EndingTests : IDisposable
{
    private const long Later = 1000; // than any epoch so far

    private readonly LoneGrain _silo = new();

    public void Dispose() => _silo.Dispose();

    [Fact]
    public async Task One_that_is_replaced_before_it_is_complete_is_no_longer_looked_for_and_leaves_what_it_found()
    {
        HoldElsewhere();
        _silo.Copies.Found = async () =>
        {
            await Eventually.IsSoAsync(() => _silo.Here.FenceOf(LoneGrain.Name.Value) == 2); // its own question is answered
            _silo.Here.Find(LoneGrain.Name.Value, Later);
        };
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        Assert.Equal(1, _silo.Runtime.Ends);

        End();
        Assert.False(_silo.Local.Contains(LoneGrain.Name.Value));
        _silo.Elsewhere.Drop(LoneGrain.Name.Value, new CopyWriter(LoneGrain.Other, Later), turn: 1);
        Assert.Single(_silo.Here.Find(LoneGrain.Name.Value, Later + 1).Copy!.Stream.Messages);
    }

    [Fact]
    public async Task One_that_ends_before_it_has_stored_what_it_found_leaves_it()
    {
        HoldElsewhere();
        _silo.Copies.Outcome = CopyOutcome.Refused;
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        Assert.False(_silo.Here.Holds(LoneGrain.Name.Value));

        End();
        Assert.False(_silo.Local.Contains(LoneGrain.Name.Value));
        Assert.True(_silo.Here.Holds(LoneGrain.Name.Value));
    }

    [Fact]
    public async Task So_does_one_that_fails_while_it_begins()
    {
        HoldElsewhere();
        _silo.Runtime.HasEnded = true;
        await Assert.ThrowsAsync<InvalidOperationException>(() => _silo.Grain.OnActivateAsync(CancellationToken.None));

        End();
        Assert.False(_silo.Local.Contains(LoneGrain.Name.Value));
        Assert.True(_silo.Here.Holds(LoneGrain.Name.Value));
    }

    [Fact]
    public async Task One_that_Orleans_no_longer_waits_for_does_not_begin()
    {
        HoldElsewhere();
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _silo.Copies.Found = () => answered.Task;
        using var stopping = new CancellationTokenSource();
        var beginning = _silo.Grain.OnActivateAsync(stopping.Token);
        await stopping.CancelAsync();
        End();
        answered.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beginning);
        Assert.False(_silo.Local.Contains(LoneGrain.Name.Value));
        Assert.True(_silo.Elsewhere.Holds(LoneGrain.Name.Value));
    }

    [Fact]
    public async Task One_that_has_ended_has_left_its_stream_for_whoever_asks_for_it()
    {
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        End();
        _silo.Runtime.HasEnded = true;
        await ((IRunningStream)_silo.Grain).ReplaceAsync();
    }

    [Fact]
    public async Task One_that_has_noticed_that_it_was_replaced_leaves_what_it_held_though_the_fence_is_forgotten_by_its_end()
    {
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        await _silo.Grain.Append([new Draft { Address = LoneGrain.Name, Text = MessageText.Parse("held") }]);
        _silo.Here.Find(LoneGrain.Name.Value, Later);
        await Assert.ThrowsAsync<OrleansException>(() => _silo.Grain.Read(new PageRequest(LoneGrain.Name)));
        Assert.Equal(1, _silo.Runtime.Ends);
        _silo.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, _silo.Here.FenceOf(LoneGrain.Name.Value));
        Assert.False(_silo.Here.Holds(LoneGrain.Name.Value));

        await DeactivateAsync();
        Assert.True(_silo.Here.Holds(LoneGrain.Name.Value));
    }

    [Fact]
    public async Task One_that_hears_it_from_another_silo_does_so_too_and_leaves_nothing_that_was_not_acknowledged()
    {
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        await _silo.Grain.Append([new Draft { Address = LoneGrain.Name, Text = MessageText.Parse("held") }]);
        _silo.Elsewhere.Find(LoneGrain.Name.Value, Later);
        await Assert.ThrowsAsync<OrleansException>(() => _silo.Grain.Append([new Draft { Address = LoneGrain.Name, Text = MessageText.Parse("lost") }]));
        Assert.Equal(1, _silo.Runtime.Ends);

        await DeactivateAsync();
        Assert.Single(_silo.Here.Find(LoneGrain.Name.Value, Later).Copy!.Stream.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_that_nobody_posts_to_is_kept_for_its_listeners_only_where_the_next_activation_would_be(bool isElsewhere)
    {
        var first = isElsewhere ? LoneGrain.Other : LoneGrain.Self;
        _silo.Membership.Set(
            (LoneGrain.Self, isElsewhere ? SiloStatus.ShuttingDown : SiloStatus.Active), (LoneGrain.Other, isElsewhere ? SiloStatus.Active : SiloStatus.Dead));
        Assert.Equal(first, Assert.Single(_silo.Membership.View.View.Candidates(LoneGrain.Name.Value, 1)));
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        await ListenAsync();
        Assert.Equal(isElsewhere ? SettleOutcome.Moves : SettleOutcome.Unused, await _silo.Grain.Settle(Timestamp.None));
        Assert.Equal(isElsewhere ? 1 : 0, _silo.Runtime.Ends);
    }

    [Fact]
    public async Task One_that_is_busy_then_goes_once_it_is_idle()
    {
        await _silo.Grain.OnActivateAsync(CancellationToken.None);
        await ListenAsync();
        await _silo.Grain.SendCommand(LoneGrain.Name, "wait", Guid.NewGuid(), default);
        _silo.Membership.Set((LoneGrain.Self, SiloStatus.ShuttingDown), (LoneGrain.Other, SiloStatus.Active));
        Assert.Equal(SettleOutcome.Unused, await _silo.Grain.Settle(Timestamp.None));
        Assert.Equal(0, _silo.Runtime.Ends);
        await Eventually.IsSoAsync(() =>
        {
            _silo.Time.Advance(TimeSpan.FromSeconds(1)); // for as long as a command's prompt is kept
            return _silo.Runtime.Ends > 0;
        });
    }

    private Task<FeedUpdate> ListenAsync() => _silo.Grain.Subscribe(new FeedSubscription
    {
        Gateway = "gateway", Number = 1, Observer = new DeadGateway(), Begun = Timestamp.None, Last = Timestamp.None, CanOffer = false,
        Presence = new NodePresence(new Presence(1, [])),
    });

    private Task DeactivateAsync() =>
        _silo.Grain.OnDeactivateAsync(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, ""), CancellationToken.None);

    /// <summary>As Orleans ends one that was not complete.</summary>
    private void End() => _silo.Grain.Dispose();

    private void HoldElsewhere()
    {
        using var stream = new MessageStream(LoneGrain.Name, _silo.Capacity, _silo.Time);
        stream.TryAppend(new Draft { Address = LoneGrain.Name, Text = MessageText.Parse("held") }, out _);
        var copy = new StreamCopy { Stream = stream.Capture()!, Writer = new CopyWriter(LoneGrain.Other, 1), Turn = 1 };
        Assert.Equal(CopyOutcome.Held, _silo.Elsewhere.Hold(copy));
    }
}
