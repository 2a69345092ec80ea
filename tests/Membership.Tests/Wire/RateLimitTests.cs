using Malten.Membership.Wire;
using Malten.Testing;

namespace Malten.Membership.Tests.Wire;

public class RateLimitTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Requests_above_the_limit_wait_a_second_and_the_next_second_counts_anew()
    {
        var limit = new RateLimit(2, _time);
        Assert.True(Ask().IsCompleted);
        Assert.True(Ask().IsCompleted);
        var third = Ask();
        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.False(third.IsCompleted);
        Assert.False(Ask().IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        await third;

        Assert.True(Ask().IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.True(Ask().IsCompleted);
        Assert.False(Ask().IsCompleted);

        Task Ask() => limit.WaitAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_request_that_waits_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = new RateLimit(0, _time).WaitAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
