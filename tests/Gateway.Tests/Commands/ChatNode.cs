using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Provider;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Malten.Gateway.Commands;

/// <summary>A broker with a responder before a <see cref="FakeProvider"/>, under a clock that stands still.</summary>
internal sealed class ChatNode : IAsyncDisposable
{
    private readonly IHost _host;

    private ChatNode(IHost host, FakeProvider provider, FakeTime time, LogCapture log)
    {
        (_host, Provider, Time, Log) = (host, provider, time, log);
        Responder = host.Services.GetRequiredService<ICommandResponder>();
        Budget = host.Services.GetRequiredService<TokenBudget>();
        Broker = new LocalBroker(Capacity, time, Responder);
    }

    public FakeProvider Provider { get; }

    public FakeTime Time { get; }

    public LogCapture Log { get; }

    public ICommandResponder Responder { get; }

    public TokenBudget Budget { get; }

    public Capacity Capacity { get; } = new(new CapacityOptions { MaxMemoryMegabytes = 1 });

    public LocalBroker Broker { get; }

    public static async Task<ChatNode> StartAsync(params (string Name, string Value)[] settings)
    {
        var provider = await FakeProvider.StartAsync();
        var (time, log) = (new FakeTime(), new LogCapture());
        var host = BuildHost(time, log,
            [(ChatOptions.ApiKeySetting, FakeProvider.Key), (ChatOptions.BaseUrlSetting, provider.BaseUrl), .. settings]);
        await host.StartAsync();
        return new ChatNode(host, provider, time, log);
    }

    public static IHost BuildHost(TimeProvider time, LogCapture log, IEnumerable<(string Name, string Value)> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)));
        builder.Services.AddSingleton(time);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        builder.AddChatResponder();
        return builder.Build();
    }

    public async Task<Listener> ListenAsync(StreamAddress address) =>
        new(await Broker.ListenAsync(new ListenRequest { Streams = [address], Last = [Timestamp.None] }));

    public ValueTask<Frame> SayAsync(StreamAddress address, string text, string? user = null, Guid? replyTo = null) =>
        Broker.AppendAsync(new Draft
        {
            Address = address, Text = MessageText.Parse(text), ReplyTo = replyTo,
            User = user is null ? null : UserLabel.Parse(user),
        });

    /// <summary>Puts a command; returns its id.</summary>
    public async Task<Guid> AskAsync(StreamAddress address, string prompt, ClientKey client = default) =>
        (await Broker.SendCommandAsync(address, prompt, client)).Id;

    /// <summary>Returns once so much has been spent today.</summary>
    public Task SpentAsync(long tokens) => Eventually.IsSoAsync(() => Budget.SpentToday == tokens);

    /// <summary>Moves the clock by steps until something is so.</summary>
    public Task AdvanceUntilAsync(TimeSpan step, Func<bool> isSo) => Eventually.IsSoAsync(() =>
    {
        if (!isSo()) Time.Advance(step);
        return isSo();
    });

    /// <summary>Puts a command to a stream of its own and awaits the answer: with one worker, all before it is done then.</summary>
    public async Task AwaitAllBeforeAsync()
    {
        Provider.Reply = FakeReply.Text("Done.");
        var stream = StreamName.Random();
        await using var listener = await ListenAsync(stream);
        await AskAsync(stream, "last");
        await listener.NextAnswerAsync();
    }

    public Task StopAsync() => _host.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync()
    {
        var stop = _host.StopAsync();
        while (!stop.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMinutes(1)); // so that a responder that does not stop fails its test, and hangs none
            await Task.Delay(1);
        }

        _host.Dispose();
        Broker.Dispose();
        await Provider.DisposeAsync();
    }
}
