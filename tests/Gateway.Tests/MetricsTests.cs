using System.Diagnostics.Metrics;
using System.Globalization;
using Malten.Gateway.Telemetry;
using Malten.Testing.Provider;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>What a node measures, seen through a listener to all meters of that node.</summary>
public sealed class MetricsTests : GatewayTests
{
    [Fact]
    public async Task What_a_node_holds_and_does()
    {
        var (host, api) = await StartAsync("--Malten:MaxStreams=3");
        using var measured = new Measurements(host);
        (await api.PostAsync("/streams", ("stream", "a"))).Created();
        var listener = await api.HearAsync("b");
        await api.HearAsync("b");
        for (var i = 0; i < 3; i++) (await PostAsync(api, "b", "text")).Ok();
        await listener.HearsAsync("text", "text", "text");
        Assert.Equal((2, 2), (measured.Now("malten.streams"), measured.Now("malten.listeners")));
        Assert.InRange(measured.Now("malten.held"), (2 * 1024) + (2 * 20 * 1024), 60_000); // two streams and two listeners
        Assert.Equal(3, measured.Total("malten.messages.in"));
        await EventuallyAsync(() => Task.FromResult(measured.Total("malten.messages.out") == 6 && measured.Count("malten.delivery.lag") >= 2));
        await listener.DisposeAsync();
        await EventuallyAsync(() => Task.FromResult(measured.Now("malten.listeners") == 1));
        host.Time.Advance(TimeSpan.FromSeconds(1025));
        Assert.Equal(0, measured.Now("malten.streams"));
    }

    [Theory]
    [InlineData("/messages", "BadValue")]
    [InlineData("/messages?message=a&seat=x", "NotYours")]
    [InlineData("/streams?stream=taken", "NameTaken")]
    [InlineData("/nowhere", "UnknownPath")]
    [InlineData("/events", "WrongMethod")]
    [InlineData("/messages?message=a&stream=more", "Full")]
    public async Task A_refusal_is_counted_by_its_reason(string path, string reason)
    {
        var (host, api) = await StartAsync("--Malten:MaxStreams=1");
        (await api.PostAsync("/streams?stream=taken")).Created();
        using var measured = new Measurements(host);
        await api.PostAsync(path);
        Assert.Equal(1, measured.Total("malten.refusals", $"reason={reason}"));
        Assert.Equal(1, measured.Total("malten.refusals"));
    }

    [Fact]
    public async Task Lag_is_the_time_to_who_listens_not_to_who_comes_back()
    {
        var (host, api) = await StartAsync();
        using var measured = new Measurements(host);
        (await PostAsync(api, "s")).Ok();
        host.Time.Advance(TimeSpan.FromSeconds(100));
        await (await api.HearAsync("s", "last=0")).HearsAsync("a");
        await EventuallyAsync(() => Task.FromResult(measured.Total("malten.messages.out") == 1));
        Assert.InRange(measured.Total("malten.delivery.lag"), 0, 1);
    }

    [Fact]
    public async Task What_answers_cost()
    {
        var provider = Use(await FakeProvider.StartAsync());
        provider.Reply = FakeReply.Text("Yes.", tokens: 700);
        var (host, api) = await StartAsync($"--OPENAI_API_KEY={FakeProvider.Key}", $"--OPENAI_BASE_URL={provider.BaseUrl}");
        using var measured = new Measurements(host);
        (await api.PostAsync("/commands?stream=a&prompt=What")).Ok();
        await EventuallyAsync(() => Task.FromResult(measured.Now("malten.tokens") == 700));
    }

    [Fact]
    public async Task No_measurement_is_tagged_with_what_was_said_or_by_whom()
    {
        var (host, _) = await StartAsync("--Malten:TrustedProxies:0=127.0.0.0/8");
        using var measured = new Measurements(host);
        var session = new BusySession(host.Address);
        await session.RunAsync();
        measured.Now("malten.streams");
        var all = measured.ToString();
        Assert.Contains("http.server.request.duration", all, StringComparison.Ordinal);
        Assert.Contains("kestrel.connection.duration", all, StringComparison.Ordinal);
        session.AssertNotIn(all, "measurements");
    }

    /// <summary>All that the meters of one host measure while this listens.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Name, double Value, string Tags)> _all = [];

        public Measurements(GatewayHost host)
        {
            var ours = host.Services.GetRequiredService<IMeterFactory>();
            Assert.Equal("Malten", GatewayMetrics.MeterName);
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == ours) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
            _listener.Start();
        }

        public double Now(string name)
        {
            _listener.RecordObservableInstruments();
            lock (_all) return _all.Last(one => one.Name == name).Value;
        }

        public double Total(string name, string tags = "")
        {
            lock (_all) return _all.Where(one => one.Name == name && one.Tags.Contains(tags, StringComparison.Ordinal)).Sum(one => one.Value);
        }

        public int Count(string name)
        {
            lock (_all) return _all.Count(one => one.Name == name);
        }

        public override string ToString()
        {
            lock (_all) return string.Join('\n', _all.Select(one => $"{one.Name} {one.Value.ToString(CultureInfo.InvariantCulture)} {one.Tags}"));
        }

        public void Dispose() => _listener.Dispose();

        private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = new List<string>();
            foreach (var (name, tag) in tags) all.Add($"{name}={tag}");
            lock (_all) _all.Add((instrument.Name, value, string.Join(' ', all)));
        }
    }
}
