using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Malten.Testing.Contract;
using Malten.Testing.Telemetry;

namespace Malten.Gateway.Tests;

/// <summary>The program as a service manager and an operator see it.</summary>
public sealed class ProcessTests : GatewayTests
{
    // The host gives up after 5 s, where others do after 30 s; a machine that runs other tests beside this one adds to that.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task On_SIGTERM_listeners_are_told_when_to_come_back_and_the_process_ends()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        var gateway = Use(await GatewayProcess.StartAsync(("Malten__DrainSeconds", "3")));
        var api = Use(new Api([gateway.Address]));
        var listeners = new List<RawConnection>();
        for (var i = 0; i < 8; i++)
        {
            listeners.Add(await api.ConnectAsync());
            await listeners[i].GetAsync("/events?stream=s");
            await listeners[i].ReadToAsync("\"open\"");
        }

        (await PostAsync(api, "s", "before")).Ok();
        foreach (var path in new[] { "/readyz", "/healthz", "/events?stream=s&last=x" }) await api.GetAsync(path); // what is asked again is compiled
        gateway.Terminate();
        var ending = Stopwatch.StartNew();
        await EventuallyAsync(async () => (await api.GetAsync("/readyz")).Status == HttpStatusCode.ServiceUnavailable);
        var (ready, events, live, during) = (
            api.GetAsync("/readyz"), api.GetAsync("/events?stream=s"), api.GetAsync("/healthz"), PostAsync(api, "s", "during"));
        Refused(await ready, HttpStatusCode.ServiceUnavailable);
        Refused(await events, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, (await live).Status);
        (await during).Ok(); // whoever was sent here is still served

        var retries = new List<int>();
        foreach (var listener in listeners)
        {
            var last = await listener.ReadToEndAsync();
            Assert.Contains("before", last, StringComparison.Ordinal);
            Assert.EndsWith("\n\n", last, StringComparison.Ordinal);
            retries.Add(int.Parse(last[(last.LastIndexOf("retry: ", StringComparison.Ordinal) + 7)..], null));
        }

        Assert.True(retries.Distinct().Count() > 4, string.Join(' ', retries));
        Assert.All(retries, retry => Assert.InRange(retry, 1, 10_000));
        await gateway.EndAsync();
        Assert.InRange(ending.Elapsed, TimeSpan.Zero, LongestEnd);
        Assert.Equal(0, gateway.ExitCode);
    }

    [Fact]
    public async Task The_process_ends_in_time_whoever_holds_on_to_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var deaf = new Socket(SocketType.Stream, ProtocolType.Tcp); // a collector that takes connections and never answers
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen();
        var gateway = Use(await GatewayProcess.StartAsync(("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{deaf.LocalEndPoint}"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("Malten__PostBurstPerClientAndStream", "1000")));
        var api = Use(new Api([gateway.Address]));
        var text = "enc2." + new string('A', 6139);
        for (var i = 0; i < 700; i++) (await PostAsync(api, "s", text)).Ok();
        var stalled = await api.ConnectAsync(receiveBuffer: 4096);
        await stalled.GetAsync("/events?stream=s&last=0");
        await stalled.ReadToAsync("id: ");
        var half = await api.ConnectAsync();
        await half.WriteAsync("POST /messages HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{");
        var slow = await api.ConnectAsync();
        await slow.WriteAsync("GET /mess");
        gateway.Terminate();
        var ending = Stopwatch.StartNew();
        await gateway.EndAsync();
        Assert.InRange(ending.Elapsed, TimeSpan.Zero, LongestEnd);
        Assert.Equal(0, gateway.ExitCode);
    }

    [Fact]
    public async Task Nothing_is_left_behind_and_metrics_are_exported()
    {
        await using var collector = await Collector.StartAsync();
        var gateway = Use(await GatewayProcess.StartAsync(
            ("Logging__LogLevel__Default", "Trace"), ("Logging__Console__LogLevel__Default", "Trace"), ("Logging__Console__LogLevel__Microsoft", "Trace"),
            ("Logging__Console__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics", "Trace"), ("Logging__Debug__LogLevel__Default", "Trace"),
            ("Logging__EventSource__LogLevel__Default", "Trace"), ("Logging__Console__FormatterOptions__IncludeScopes", "true"),
            ("Logging__Console__IncludeScopes", "true"), ("Malten__TrustedProxies__0", "127.0.0.0/8"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100")));
        var session = new BusySession(gateway.Address);
        await session.RunAsync();
        Assert.Empty(gateway.Directory.EnumerateFileSystemInfos("*", SearchOption.AllDirectories));
        foreach (var metric in new[] { "malten.streams", "malten.listeners", "malten.held", "malten.messages.in", "malten.messages.out",
            "malten.refusals", "malten.delivery.lag", "http.server.request.duration", "kestrel.connection.duration" })
            await EventuallyAsync(() => Task.FromResult(collector.Received.Contains(metric, StringComparison.Ordinal)));
        if (!OperatingSystem.IsWindows())
        {
            gateway.Terminate();
            await gateway.EndAsync();
        }

        session.AssertNotIn(collector.Received, "the export");
        session.AssertNotIn(gateway.Output, "the output");
        Assert.Empty(gateway.Directory.EnumerateFileSystemInfos("*", SearchOption.AllDirectories));
        Assert.Single(gateway.Output.Split('\n'), line => line.StartsWith("Malten is up at http://127.0.0.1:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Malten__MaxStreams", "0")]
    [InlineData("Malten__MaxStrems", "10")]
    [InlineData("Malten__ListenersPerClient", "many")]
    [InlineData("ASPNETCORE_URLS", "nonsense")]
    public async Task A_start_that_makes_no_sense_is_explained(string variable, string value)
    {
        var gateway = Use(await GatewayProcess.FailAsync((variable, value)));
        Assert.Equal(1, gateway.ExitCode);
        Assert.Contains("Malten can't start: ", gateway.Output, StringComparison.Ordinal);
        if (!variable.StartsWith("Malten__", StringComparison.Ordinal)) return;
        Assert.Contains(variable["Malten__".Length..], gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal); // words, no stack
    }
}
