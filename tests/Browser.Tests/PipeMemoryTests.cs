using System.Security.Cryptography;
using System.Text.Json;
using Malten.Browser.Tests.Reference;
using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>An open pipe has no key in its page's memory that would open what was written first.</summary>
public sealed class PipeMemoryTests(Chromium chromium) : PageTest(chromium)
{
    private const string BytesOf = """
        holder => Object.values(Object.getOwnPropertyDescriptors(holder)).map(({ value }) => value) // getters of prototypes refuse to be asked
          .filter(one => one instanceof Uint8Array).map(bytes => Array.from(bytes, one => one.toString(16).padStart(2, '0')).join(''))
        """;

    [Fact]
    public async Task The_joiners_page_lets_go_of_the_handshakes_keys()
    {
        var (stream, own, others) = await PipePeer.BeginAsync(Node);
        await using var peer = new PipePeer(Node, stream, own);
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var kem = new MlKem768(RandomNumberGenerator.GetBytes(64));
        var inviter = new Pipe2Inviter(pair, kem, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        var page = await OpenAsync($"#/p/{stream}.{others}.{inviter.Link(stream).Token}");
        await PipeTests.OpenPipeAsync(page);
        await HasLetGoAsync(page, await peer.InviteAsync(inviter), inviter.Link(stream));
    }

    [Fact]
    public async Task The_inviters_page_lets_go_of_the_handshakes_keys()
    {
        var page = await OpenAsync("");
        var (link, seat) = Pipe2Link.Parse(await PipeTests.InviteAsync(page));
        await using var peer = new PipePeer(Node, link.Stream, seat);
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var keys = await peer.JoinAsync(new Pipe2Joiner(link, pair, RandomNumberGenerator.GetBytes(32)));
        await peer.SayAsync("hello");
        await HasLetGoAsync(page, keys, link);
    }

    private static async Task HasLetGoAsync(IPage page, Pipe2Keys keys, Pipe2Link link)
    {
        await PipeTests.CodeAsync(page);
        await using var heap = await Heap.OfAsync(page);
        var (privateKeys, secrets) = (Array.Empty<string>(), Array.Empty<string>());
        for (var i = 0; i < 50 && !(privateKeys is ["ECDH"] && secrets.Length == 0); i++) // what an await still holds is soon gone
        {
            privateKeys = await heap.EachAsync("CryptoKey", "key => key.type === 'private' ? [key.algorithm.name] : []");
            var all = await heap.EachAsync("Object", BytesOf);
            Assert.Contains(Convert.ToHexStringLower(keys.Transcript), all); // so the others would be found too
            secrets = [.. new[] { keys.Root, keys.Confirm, link.Secret }.Select(Convert.ToHexStringLower).Intersect(all)];
        }

        Assert.Equal(["ECDH"], privateKeys); // the ratchet's
        Assert.Empty(secrets);
        await Expect(page.Locator("#box")).ToBeEnabledAsync();
    }

    /// <summary>The objects that are alive in a page.</summary>
    private sealed class Heap(ICDPSession session) : IAsyncDisposable
    {
        public static async Task<Heap> OfAsync(IPage page) => new(await page.Context.NewCDPSessionAsync(page));

        /// <summary>What a function gives for each object of a class, after a collection of garbage.</summary>
        public async Task<string[]> EachAsync(string className, string function)
        {
            var prototype = await CallAsync("Runtime.evaluate", new() { ["expression"] = $"{className}.prototype" }, "result");
            var objects = await CallAsync("Runtime.queryObjects", new() { ["prototypeObjectId"] = prototype.GetProperty("objectId").GetString()! }, "objects");
            var answer = await CallAsync("Runtime.callFunctionOn", new()
            {
                ["objectId"] = objects.GetProperty("objectId").GetString()!, ["functionDeclaration"] = $"function() {{ return this.flatMap({function}); }}",
                ["returnByValue"] = true,
            }, "result");
            return answer.GetProperty("value").Deserialize<string[]>()!;
        }

        public async ValueTask DisposeAsync() => await session.DetachAsync();

        private async Task<JsonElement> CallAsync(string method, Dictionary<string, object> arguments, string result) =>
            (await session.SendAsync(method, arguments))!.Value.GetProperty(result);
    }
}
