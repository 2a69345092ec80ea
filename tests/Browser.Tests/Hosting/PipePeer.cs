using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests.Hosting;

/// <summary>One side of a pipe, written for .NET, that speaks to a node over HTTP.</summary>
public sealed class PipePeer(TestNode node, string stream, string seat) : IAsyncDisposable
{
    private readonly HttpClient _client = new();
    private readonly HashSet<string> _read = [];
    private readonly ConcurrentDictionary<string, byte> _wrote = [];
    private Pipe2Keys? _keys;
    private DoubleRatchet? _ratchet;
    private long _written;
    private long _skipped;
    private readonly SortedSet<long> _arrived = [0];

    /// <summary>Begins a pipe, and gives its stream and its seats.</summary>
    public static async Task<(string Stream, string Own, string Other)> BeginAsync(TestNode node)
    {
        using var client = new HttpClient();
        var pipe = (await (await client.PostAsync($"{node.Address}/pipes", null)).Content.ReadFromJsonAsync<JsonNode>())!;
        return (pipe["stream"]!.GetValue<string>(), pipe["seats"]![0]!.GetValue<string>(), pipe["seats"]![1]!.GetValue<string>());
    }

    /// <summary>Goes through the handshake as the one who opened the link.</summary>
    public async Task<Pipe2Keys> JoinAsync(Pipe2Joiner joiner)
    {
        await PostAsync(joiner.Commit());
        await PostAsync(joiner.Reveal(await NextAsync(Pipe2.Hello)));
        _keys = joiner.Finish(await NextAsync(Pipe2.Accept));
        _ratchet = joiner.Ratchet(_keys, NewPair);
        return _keys;
    }

    /// <summary>Goes through the handshake as the one who made the link, up to the joiner's first message.</summary>
    public async Task<Pipe2Keys> InviteAsync(Pipe2Inviter inviter)
    {
        await PostAsync(inviter.Hello(await NextAsync(Pipe2.Commit)));
        (var frame, _keys) = inviter.Accept(await NextAsync(Pipe2.Reveal));
        await PostAsync(frame);
        _ratchet = inviter.Ratchet(_keys, NewPair);
        await HearAsync();
        return _keys;
    }

    public Task SayAsync(string text, string name = "") => SendAsync(Said(Pipe2Said.Words, ++_written, text, name));

    /// <summary>Writes a text that counts as not sent, and posts it where the server stored it nonetheless.</summary>
    public async Task GiveUpAsync(string text, bool isStored)
    {
        var before = _skipped;
        var said = Said(Pipe2Said.Words, ++_written, text);
        _skipped = before + 1;
        if (isStored) await SendAsync(said);
    }

    /// <summary>Says which texts have arrived so far.</summary>
    public Task AcknowledgeAsync() => SendAsync(Said(Pipe2Said.Note, _written));

    public Task LeaveAsync()
    {
        var id = Guid.NewGuid().ToString();
        var said = Said(Pipe2Said.Farewell, _written);
        return PostAsync([Pipe2.Bye, .. _ratchet!.SealLast(said.Encode(), About(Pipe2.Bye, id))], id);
    }

    /// <summary>Whether this side wrote the message with an id.</summary>
    public bool Wrote(string id) => _wrote.ContainsKey(id);

    /// <summary>The next message of the other side.</summary>
    public async Task<Pipe2Said> HearAsync()
    {
        var said = await OpenNextAsync();
        if (said.Kind == Pipe2Said.Words) _arrived.Add(said.Number);
        return said;
    }

    /// <summary>The next text that is this one; what comes before it counts as not arrived.</summary>
    public async Task HearTextAsync(string text)
    {
        Pipe2Said said;
        do said = await OpenNextAsync();
        while (said.Text != text);
        _arrived.Add(said.Number);
    }

    /// <summary>The next frame of a type that this side did not write.</summary>
    public async Task<byte[]> NextAsync(byte type) => (await NextFrameAsync(frame => frame[0] == type)).Frame;

    public Task PostAsync(byte[] frame, string? id = null)
    {
        id ??= Guid.NewGuid().ToString();
        _read.Add(id);
        _wrote.TryAdd(id, 0);
        return node.PostAsync(stream, Bytes.Prefix + Bytes.ToBase64Url(frame), id: id, seat: seat);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static ECDiffieHellman NewPair() => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    private Pipe2Said Said(int kind, long number, string text = "", string name = "")
    {
        var missing = Enumerable.Range(1, (int)_arrived.Max).Select(one => (long)one).Except(_arrived).ToList();
        var said = new Pipe2Said(kind, number, _skipped, _arrived.Max, missing, Now, name, text);
        if (kind == Pipe2Said.Words) _skipped = 0;
        return said;
    }

    private async Task SendAsync(Pipe2Said said)
    {
        var id = Guid.NewGuid().ToString();
        (var message, _ratchet) = _ratchet!.Seal(said.Encode(), About(Pipe2.Message, id));
        await PostAsync([Pipe2.Message, .. message], id);
    }

    private async Task<Pipe2Said> OpenNextAsync()
    {
        var (id, frame) = await NextFrameAsync(frame => frame[0] is Pipe2.Message or Pipe2.Bye);
        (var plain, _ratchet) = _ratchet!.Open(frame[1..], About(frame[0], id), isLast: frame[0] == Pipe2.Bye);
        return Pipe2Said.Decode(plain);
    }

    private byte[] About(byte type, string id) => [.. _keys!.Transcript, type, .. Bytes.Of(id)];

    private async Task<(string Id, byte[] Frame)> NextFrameAsync(Func<byte[], bool> isIt)
    {
        for (var since = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(since).TotalSeconds < 15; await Task.Delay(20))
        {
            var held = await _client.GetFromJsonAsync<JsonArray>($"{node.Address}/messages?stream={stream}&seat={seat}&limit=1024");
            foreach (var message in held!)
            {
                var (id, text) = (message!["Id"]!.GetValue<string>(), message["Text"]!.GetValue<string>());
                if (!text.StartsWith(Bytes.Prefix, StringComparison.Ordinal) || _read.Contains(id)) continue;
                var frame = Bytes.FromBase64Url(text[Bytes.Prefix.Length..]);
                if (isIt(frame) && _read.Add(id)) return (id, frame);
            }
        }

        throw new TimeoutException("The other side did not answer.");
    }
}
