using System.Diagnostics.CodeAnalysis;
using System.Net;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>No text, name or address in any log line, whatever levels the operator sets.</summary>
public sealed class LogTests
{
    /// <summary>Settings that have everything logged that can be.</summary>
    internal static readonly string[] Everything =
    [
        "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace",
        "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace",
        "--Logging:Kept:LogLevel:Default=Trace", "--Logging:Kept:LogLevel:Microsoft=Trace", "--Logging:Kept:LogLevel:*.Kestrel=Trace",
        "--Logging:Kept:LogLevel:Microsoft.AspNetCore.Routing=Trace", "--Logging:Kept:IncludeScopes=true",
        "--Malten:TrustedProxies:0=127.0.0.0/8",
    ];

    [Fact]
    public async Task Nothing_that_was_said_is_logged()
    {
        var kept = new KeptLog();
        var session = await RunAsync(kept, _ => { });
        session.AssertNotIn(kept.ToString(), "the log");
        Assert.NotEqual("", kept.ToString());
    }

    [Fact]
    public async Task The_frameworks_would_log_it()
    {
        var kept = new KeptLog();
        var session = await RunAsync(kept, builder =>
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(PrivateLogging))));
        var log = kept.ToString();
        Assert.Contains(Secrets.Stream, log, StringComparison.Ordinal); // so the test above does test something
        Assert.Contains(Secrets.Path, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_logged_by_its_type_alone()
    {
        var kept = new KeptLog();
        await using var host = await GatewayHost.StartAsync(Everything, builder =>
        {
            builder.Logging.AddProvider(kept);
            builder.Services.AddSingleton<ICommandResponder, FailingResponder>();
        });
        using var http = new HttpClient { BaseAddress = host.Address };
        foreach (var path in new[]
        {
            $"/commands?stream={Secrets.Stream}&prompt={Secrets.Prompt}",
            $"/messages?stream={Secrets.Stream}&message=/malten%20{Secrets.Prompt}",
        })
        {
            var answer = await http.PostAsync(path, null);
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            new BusySession(host.Address).AssertNotIn(await answer.Content.ReadAsStringAsync(), "the answer");
        }

        Assert.Contains(nameof(NotSupportedException), kept.ToString(), StringComparison.Ordinal);
        new BusySession(host.Address).AssertNotIn(kept.ToString(), "the log");
    }

    private static async Task<BusySession> RunAsync(KeptLog kept, Action<WebApplicationBuilder> configure)
    {
        await using var host = await GatewayHost.StartAsync(Everything, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(kept);
            configure(builder);
        });
        Assert.NotNull(host.Services.GetRequiredService<IOptions<LoggerFilterOptions>>().Value);
        var session = new BusySession(host.Address);
        await session.RunAsync();
        host.Time.Advance(TimeSpan.FromSeconds(2000));
        return session;
    }

    /// <summary>Fails with words that repeat what was said, as failures do.</summary>
    private sealed class FailingResponder : ICommandResponder
    {
        public bool TryReserve(StreamName stream, ClientKey client, [NotNullWhen(false)] out StreamRefusedException? refusal) =>
            throw new NotSupportedException($"{stream.Value} {Secrets.Prompt}", new IOException(Secrets.Text));

        public void Release(StreamName stream, ClientKey client)
        {
        }

        public void Answer(Command command, IStreamBroker broker)
        {
        }
    }
}
