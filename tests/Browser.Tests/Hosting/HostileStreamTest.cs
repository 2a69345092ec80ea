using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests.Hosting;

/// <summary>A test of an encrypted stream, whose readers get what a hostile server chooses.</summary>
public abstract class HostileStreamTest(Chromium chromium) : PageTest(chromium)
{
    private HostileServer? _server;

    protected Enc2 Stream { get; } = new(RandomNumberGenerator.GetBytes(32));

    protected HostileServer Server => _server!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _server = await HostileServer.StartAsync(Node);
    }

    public override async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Posts what an author writes after having seen messages of others, and gives its hash.</summary>
    protected async Task<string> PostAsync(Enc2Author author, string text, params string[] seen)
    {
        var (id, message, hash) = author.Write(text, seen);
        await Node.PostAsync(Stream.Stream, message, id: id);
        return hash;
    }

    protected (Enc2Content Content, string Hash) Of(JsonObject message) =>
        Stream.Open(message["Id"]!.GetValue<string>(), message["Text"]!.GetValue<string>());

    protected Task<IPage> ReadAsync(Reader reader, string? name = null) =>
        OpenAsync($"#/e/any/{Stream.Key}", name: name, address: Server.AddressOf(reader));
}
