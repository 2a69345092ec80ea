using System.Net;
using Malten.Gateway.Limits;
using Malten.Gateway.Settings;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Contract;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>What is said to all who hear a stream costs a copy for each of them, so nobody says more of it than a bounded amount.</summary>
public sealed class SignalPaceTests : GatewayTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_client_says_five_times_as_much_to_all_as_it_may_post_and_to_one_what_it_likes()
    {
        var (host, api) = await StartAsync("--Malten:PostsPerSecondPerClientAndStream=20", "--Malten:PostBurstPerClientAndStream=4");
        var from = Use(await api.HearAsync("s"));
        for (var i = 0; i < 20; i++) Accepted(await SayAsync($"{i}"));
        var refused = await SayAsync("one too many");
        Refused(refused, HttpStatusCode.TooManyRequests);
        Assert.Equal("stream", refused.Json().GetProperty("param").GetString());
        for (var i = 0; i < 40; i++) Accepted(await SayAsync($"to one {i}", ("to", from.Handle)));
        for (var i = 0; i < 4; i++) (await api.PostAsync("/messages", ("stream", "s"), ("message", "hello"))).Ok();
        host.Time.Advance(TimeSpan.FromMilliseconds(10));
        Accepted(await SayAsync("one more"));
        Refused(await SayAsync("one too many"), HttpStatusCode.TooManyRequests);

        Task<Answer> SayAsync(string text, params (string, string)[] more) =>
            api.PostAsync("/signals", [("session", from.Session), ("stream", "s"), ("message", text), .. more]);
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(512, 1000)]
    [InlineData(513, 500)]
    [InlineData(6144, 84)] // the last of them owes 8 of its 12
    public void A_long_signal_counts_as_several(int length, int atOnce)
    {
        var pace = new SignalPace(Options.Create(new GatewayOptions()), _time);
        var signal = Signal(length > 1024 ? "enc2." + new string('A', length - 5) : new string('a', length));
        for (var i = 0; i < atOnce; i++) pace.Take(signal);
        Assert.Throws<StreamRefusedException>(() => pace.Take(signal));
        pace.Take(signal with { Client = new ClientKey(2) });
        pace.Take(signal with { Address = StreamName.Parse("other") });
        pace.Take(signal with { To = "somebody" });
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 100 / ((length + 511) / 512); i++) pace.Take(signal);
        Assert.Throws<StreamRefusedException>(() => pace.Take(signal));
    }

    [Fact]
    public void Long_signals_that_come_faster_than_they_may_are_said_as_fast_as_they_may()
    {
        var pace = new SignalPace(Options.Create(new GatewayOptions()), _time);
        while (IsTaken(pace, Short))
        {
        }

        var said = 0;
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100)); // ten tokens of its twelve
            if (IsTaken(pace, Long)) said++;
        }

        Assert.InRange(said, 80, 84);
    }

    [Fact]
    public void A_long_signal_is_not_passed_for_ever_by_short_ones()
    {
        var pace = new SignalPace(Options.Create(new GatewayOptions()), _time);
        while (IsTaken(pace, Short))
        {
        }

        var (random, said) = (new Random(1), 0);
        for (var i = 0; i < 10_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1)); // a tenth of a token
            var isFirst = random.Next(2) == 0;
            if (isFirst && IsTaken(pace, Long)) said++;
            IsTaken(pace, Short);
            if (!isFirst && IsTaken(pace, Long)) said++;
        }

        Assert.InRange(said, 50, 84);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Where_little_may_be_said_at_once_a_long_signal_may_be(int burst)
    {
        var pace = new SignalPace(Options.Create(new GatewayOptions { PostBurstPerClientAndStream = burst }), _time);
        pace.Take(Long);
        var refused = Assert.Throws<StreamRefusedException>(() => pace.Take(Short));
        Assert.Equal(TimeSpan.FromMilliseconds(10 * (13 - (5 * burst))), refused.RetryAfter);
        _time.Advance(refused.RetryAfter!.Value);
        pace.Take(Short);
    }

    [Fact]
    public void What_a_network_refuses_takes_nothing_from_the_client()
    {
        var pace = new SignalPace(Options.Create(new GatewayOptions()), _time);
        for (var i = 0; i < 2000; i++) pace.Take(Short with { Client = new ClientKey(10 + ((ulong)i % 2), 7) });
        var third = new ClientKey(3, 7);
        for (var i = 0; i < 1000; i++) Assert.False(IsTaken(pace, Long with { Client = third }));
        _time.Advance(TimeSpan.FromSeconds(5)); // the network may say 1,000 again
        var taken = 0;
        while (IsTaken(pace, Short with { Client = third })) taken++;
        Assert.Equal(1000, taken);
    }

    private static Signal Short => Signal("a");

    private static Signal Long => Signal("enc2." + new string('A', 6139));

    private static bool IsTaken(SignalPace pace, Signal signal)
    {
        try
        {
            pace.Take(signal);
            return true;
        }
        catch (StreamRefusedException)
        {
            return false;
        }
    }

    private static void Accepted(Answer answer) => Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);

    private static Signal Signal(string text) => new()
    {
        Session = "session", Address = StreamName.Parse("s"), Text = MessageText.Parse(text), Client = new ClientKey(1),
    };
}
