using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Gateway.Commands;

public sealed class TokenBudgetTests
{
    private static readonly ClientKey Ann = new(1, 1);
    private static readonly ClientKey Bob = new(2, 2);
    private readonly FakeTime _time = new();
    private readonly TokenBudget _budget;

    public TokenBudgetTests() =>
        _budget = new TokenBudget(new ChatOptions { TokensPerDay = 1000, TokensPerDayPerClient = 400 }, _time);

    [Fact]
    public void What_is_reserved_is_not_there_for_others_until_it_is_settled()
    {
        Assert.True(_budget.TryReserve(Ann, 400, out _));
        Assert.Equal(Refusal.Busy, Refused(Ann, 1).Refusal);
        _budget.Settle(Ann, 400, 10);
        Assert.True(_budget.TryReserve(Ann, 390, out _));
        Assert.Equal(Refusal.Busy, Refused(Ann, 1).Refusal);
    }

    [Fact]
    public void A_client_that_has_spent_its_share_waits_for_midnight_and_others_do_not()
    {
        Spend(Ann, 400);
        var refused = Refused(Ann, 1);
        Assert.Equal(Refusal.Busy, refused.Refusal);
        Assert.Contains("00:00 UTC", refused.Message, StringComparison.Ordinal);
        Assert.Equal(_time.GetUtcNow().UtcDateTime.Date.AddDays(1), _time.GetUtcNow().UtcDateTime + refused.RetryAfter);
        Assert.True(_budget.TryReserve(Bob, 400, out _));
    }

    [Fact]
    public void What_is_only_reserved_is_worth_a_short_wait()
    {
        _budget.TryReserve(Ann, 400, out _);
        Assert.Equal(TimeSpan.FromSeconds(10), Refused(Ann, 1).RetryAfter);
        foreach (var client in new[] { Bob, new ClientKey(3, 3) }) _budget.TryReserve(client, 300, out _);
        var refused = Refused(new ClientKey(4, 4), 1);
        Assert.Equal((Refusal.Full, TimeSpan.FromSeconds(10)), (refused.Refusal, refused.RetryAfter));
    }

    [Fact]
    public void The_clients_of_one_network_have_half_of_it_together()
    {
        Spend(new ClientKey(1, 7), 400);
        Spend(new ClientKey(2, 7), 100);
        var refused = Refused(new ClientKey(3, 7), 1);
        Assert.Equal(Refusal.Busy, refused.Refusal);
        Assert.Contains("network", refused.Message, StringComparison.Ordinal);
        Assert.True(_budget.TryReserve(new ClientKey(3, 8), 400, out _));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.True(_budget.TryReserve(new ClientKey(3, 7), 400, out _));
    }

    [Fact]
    public void A_node_that_has_spent_what_it_may_refuses_everybody()
    {
        foreach (var client in new[] { Ann, Bob }) Spend(client, 400);
        Spend(new ClientKey(3, 3), 200);
        var refused = Refused(new ClientKey(4, 4), 1);
        Assert.Equal(Refusal.Full, refused.Refusal);
        Assert.Contains("00:00 UTC", refused.Message, StringComparison.Ordinal);
        Assert.True(refused.RetryAfter > TimeSpan.FromSeconds(10) || _time.GetUtcNow().TimeOfDay > TimeSpan.FromHours(23.9));
    }

    [Fact]
    public void A_day_begins_at_midnight_and_what_is_under_way_counts_in_it()
    {
        Spend(Ann, 300);
        Assert.True(_budget.TryReserve(Ann, 100, out _));
        var untilMidnight = _time.GetUtcNow().UtcDateTime.Date.AddDays(1) - _time.GetUtcNow().UtcDateTime;
        _time.Advance(untilMidnight - TimeSpan.FromMilliseconds(1));
        Refused(Ann, 1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, _budget.SpentToday);
        Refused(Ann, 301); // else the answer under way could take more than the day has
        Assert.True(_budget.TryReserve(Ann, 300, out _));
        _budget.Settle(Ann, 100, 100);
        Assert.Equal(100, _budget.SpentToday);
        Refused(Ann, 1);
    }

    [Fact]
    public void More_than_was_reserved_is_counted_too()
    {
        _budget.TryReserve(Ann, 10, out _);
        _budget.Settle(Ann, 10, 5000);
        Assert.Equal(5000, _budget.SpentToday);
        Assert.Equal(Refusal.Busy, Refused(Ann, 1).Refusal);
        Assert.Equal(Refusal.Full, Refused(Bob, 1).Refusal);
    }

    [Fact]
    public void Nobody_is_remembered_who_costs_nothing()
    {
        for (ulong client = 0; client < 1000; client++)
        {
            Assert.True(_budget.TryReserve(new ClientKey(client, client), 400, out _));
            _budget.Settle(new ClientKey(client, client), 400, 0);
        }

        Assert.Equal(0, _budget.Clients);
        Spend(Ann, 1);
        Assert.Equal(1, _budget.Clients);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal((0, 0), (_budget.SpentToday, _budget.Clients));
    }

    [Fact]
    public void Many_at_once_spend_no_more_than_there_is()
    {
        var spent = 0L;
        Parallel.For(0, 100_000, number =>
        {
            var client = new ClientKey((ulong)(number % 7), (ulong)(number % 7));
            if (!_budget.TryReserve(client, 5, out _)) return;
            Interlocked.Add(ref spent, number % 6);
            _budget.Settle(client, 5, number % 6);
        });
        Assert.Equal(_budget.SpentToday, spent);
        Assert.InRange(spent, 990, 1000);
    }

    private StreamRefusedException Refused(ClientKey client, long tokens)
    {
        Assert.False(_budget.TryReserve(client, tokens, out var refusal));
        return refusal;
    }

    private void Spend(ClientKey client, long tokens)
    {
        Assert.True(_budget.TryReserve(client, tokens, out _));
        _budget.Settle(client, tokens, tokens);
    }
}
