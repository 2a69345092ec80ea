using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Threading.Channels;

namespace Malten.Testing.Contract;

/// <summary>An open <c>/events</c> connection. Hears in the background; a test takes what it heard in order.</summary>
public sealed class Listener : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HttpResponseMessage _response;
    private readonly Channel<Heard> _heard = Channel.CreateUnbounded<Heard>();
    private readonly CancellationTokenSource _leaving = new();
    private readonly Task _hearing;

    public Listener(HttpResponseMessage response)
    {
        _response = response;
        _hearing = HearAsync();
    }

    /// <summary>The secret that <c>open</c> gave.</summary>
    public string Session { get; private set; } = "";

    /// <summary>The public handle that <c>open</c> gave.</summary>
    public string Handle => Opened.Payload.GetProperty("Listener").GetString()!;

    /// <summary>The <c>open</c> event.</summary>
    public Heard Opened { get; private set; } = null!;

    /// <summary>The cursor that an EventSource would come back with.</summary>
    public string? LastId { get; private set; }

    public HttpResponseMessage Response => _response;

    internal async Task OpenAsync()
    {
        Opened = await NextOfAnyKindAsync();
        Assert.Equal("open", Opened.Name);
        Session = Opened.Payload.GetProperty("Session").GetString()!;
    }

    /// <summary>The next event, whatever it is.</summary>
    public async Task<Heard> NextOfAnyKindAsync()
    {
        var heard = await _heard.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        LastId = heard.Id ?? LastId;
        return heard;
    }

    /// <summary>The next event that does not tell of presence.</summary>
    public async Task<Heard> NextAsync()
    {
        while (true)
            if (await NextOfAnyKindAsync() is { Name: not "presence" } heard)
                return heard;
    }

    /// <summary>The next event that tells of presence.</summary>
    public async Task<Heard> NextPresenceAsync()
    {
        while (true)
            if (await NextOfAnyKindAsync() is { Name: "presence" } heard)
                return heard;
    }

    /// <summary>Asserts that these messages come next.</summary>
    public async Task HearsAsync(params string[] texts)
    {
        foreach (var text in texts)
        {
            var heard = await NextAsync();
            Assert.True(heard.Type == "message" && heard.Text == text, $"'{text}' should have come, not {heard.Json}");
        }
    }

    /// <summary>Asserts that this event comes next.</summary>
    public async Task<Heard> HearsEventAsync(string name)
    {
        var heard = await NextAsync();
        Assert.True(heard.Name == name, $"'{name}' should have come, not {heard.Json}");
        return heard;
    }

    /// <summary>Asserts that the server ends the response, after nothing but news of presence.</summary>
    public async Task EndsAsync()
    {
        var heard = await Record.ExceptionAsync(async () => Assert.Fail($"The end should have come, not {(await NextAsync()).Json}"));
        Assert.True(heard is ChannelClosedException, heard?.Message);
        await _hearing.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (_leaving.IsCancellationRequested) return;
        await _leaving.CancelAsync(); // disposing of a response that is being read would garble what is read
        try
        {
            await _hearing.WaitAsync(Patience);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or HttpRequestException)
        {
            // closed by this side, or torn by the other: a test that cares has asked
        }

        _response.Dispose();
    }

    private async Task HearAsync()
    {
        try
        {
            await using var body = await _response.Content.ReadAsStreamAsync();
            await foreach (var item in SseParser.Create(body).EnumerateAsync(_leaving.Token))
                _heard.Writer.TryWrite(new Heard(item.EventType, item.EventId, JsonElement.Parse(item.Data)));
        }
        finally
        {
            _heard.Writer.TryComplete();
        }
    }
}
