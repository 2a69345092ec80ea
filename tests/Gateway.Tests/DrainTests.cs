using Malten.Gateway.Shutdown;
using Malten.Testing.Contract;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>The first part of an orderly stop, beside what ProcessTests shows of it.</summary>
public sealed class DrainTests : GatewayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_listener_that_hears_a_message_just_when_the_drain_begins_is_told_when_to_come_back()
    {
        var host = await GatewayHost.StartAsync();
        var api = Use(new Api(host.Addresses), host);
        var listener = await api.ConnectAsync();
        await listener.GetAsync("/events?stream=s");
        await listener.ReadToAsync("\"open\"");

        var drain = host.Services.GetRequiredService<Drain>();
        var heard = new TaskCompletionSource<string>();
        // It runs before what wakes the listener, which was registered earlier: a wake-up may also meet another, and be one with it.
        await using var first = drain.Begun.Register(() => heard.SetResult(Hear()));
        var draining = drain.StoppingAsync(TestContext.Current.CancellationToken);
        Assert.Contains("retry: ", await heard.Task, StringComparison.Ordinal);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        await draining;

        string Hear()
        {
            PostAsync(api, "s", "news").GetAwaiter().GetResult().Ok();
            var end = listener.ReadToEndAsync();
            return end.Wait(Patience) ? end.Result : ""; // else this would wait for itself
        }
    }
}
