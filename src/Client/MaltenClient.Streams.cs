using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Malten.Client.Connections;

namespace Malten.Client;

/// <content>Beginning streams, and finding them.</content>
public sealed partial class MaltenClient
{
    private const int NameBytes = 16;
    private const int DefaultKeep = 1024;
    private static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(1024);

    /// <summary>Begins a stream. Without options: a public one with a random name.</summary>
    /// <exception cref="ArgumentException">The name is empty or has half of a surrogate pair, or the lifetime is not in whole seconds.</exception>
    /// <exception cref="MaltenException">
    /// 409: the name is in use (which it also is when a node had begun the stream and its answer was lost). Or another refusal, or
    /// no node answered in time.
    /// </exception>
    public async Task<BegunStream> BeginStreamAsync(BeginStreamOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new BeginStreamOptions();
        if (options.Stream is "") throw new ArgumentException("A stream's name is empty.", nameof(options));
        var name = options.Stream ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NameBytes));
        var begin = Request.Post("streams", new Parameters
        {
            { "stream", name }, { "private", options.Private ? "true" : "false" }, { "ttl", Seconds(options.Ttl) },
            { "keep", options.Keep?.ToString(CultureInfo.InvariantCulture) },
        });
        try
        {
            return await _transport.CallAsync(begin, Body.ReadStream, cancellationToken).ConfigureAwait(false);
        }
        catch (MaltenException taken) when (taken.Status == HttpStatusCode.Conflict && options.Stream is null)
        {
            // Nobody else has this name: it was begun by an attempt whose answer was lost.
            return new BegunStream(name, options.Private, options.Ttl ?? DefaultTtl, options.Keep ?? DefaultKeep);
        }
    }

    /// <summary>The public streams, the most recently used first. The list may be a second old.</summary>
    /// <param name="prefix">Only names that begin so; null for all.</param>
    /// <param name="limit">At most so many: 1–1024.</param>
    /// <exception cref="ArgumentException">The prefix has half of a surrogate pair.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public Task<IReadOnlyList<ListedStream>> ListStreamsAsync(string? prefix = null, int limit = 1024, CancellationToken cancellationToken = default)
    {
        var list = Request.Get("streams", new Parameters { { "prefix", prefix }, { "limit", limit.ToString(CultureInfo.InvariantCulture) } });
        return _transport.CallAsync(list, Body.ReadList, cancellationToken);
    }

    /// <summary>Begins a pipe: a stream for two, whose every use needs one of its two secrets.</summary>
    /// <param name="ttl">How long it lives after its last message: 1–86,400 whole seconds. Null takes the server's default, 1024 s.</param>
    /// <exception cref="ArgumentException">The lifetime is not in whole seconds.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public Task<Pipe> BeginPipeAsync(TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        var begin = Request.Post("pipes", new Parameters { { "ttl", Seconds(ttl) } });
        return _transport.CallAsync(begin, Body.ReadPipe, cancellationToken);
    }

    private static string? Seconds(TimeSpan? ttl) =>
        ttl is not { } time ? null
        : time.Ticks % TimeSpan.TicksPerSecond == 0 ? (time.Ticks / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture)
        : throw new ArgumentException("A lifetime has whole seconds.", nameof(ttl));
}
