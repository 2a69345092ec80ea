using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;
using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>
/// The browser's code and separate .NET code both reproduce docs/encryption-vectors.json. To write it anew, run
/// <c>MALTEN_VECTORS=$PWD/docs/encryption-vectors.json dotnet test tests/Browser.Tests --filter VectorTests</c>.
/// </summary>
public sealed class VectorTests(Chromium chromium) : PageTest(chromium)
{
    private static readonly string? Place = Environment.GetEnvironmentVariable("MALTEN_VECTORS");
    private static readonly JsonNode Vectors = Place is null ? JsonNode.Parse(File.ReadAllText("encryption-vectors.json"))! : (JsonNode)Write();

    [Fact]
    public void Encrypted_streams_are_the_same_in_dotnet()
    {
        var vectors = Vectors["enc2"]!;
        var stream = new Enc2(Hex(vectors, "secret"));
        Assert.Equal((Of(vectors, "stream"), Of(vectors, "key")), (stream.Stream, stream.Key));
        Assert.True(vectors["messages"]!.AsArray().Count >= 5);
        foreach (var vector in vectors["messages"]!.AsArray())
        {
            var content = vector!["content"].Deserialize<Enc2Content>()!;
            Assert.Equal(Of(vector, "message"), stream.SealSigned(Hex(vector, "iv"), Of(vector, "id"), Enc2.Encode(content), Hex(vector, "signature")));
            var (opened, hash) = stream.Open(Of(vector, "id"), Of(vector, "message"));
            Assert.Equal((Of(vector, "hash"), JsonSerializer.Serialize(content)), (hash, JsonSerializer.Serialize(opened)));
        }

        foreach (var vector in vectors["failures"]!.AsArray())
            Assert.ThrowsAny<Exception>(() => stream.Open(Of(vector!, "id"), Of(vector!, "message")));
    }

    [Fact]
    public void Signals_of_streams_that_leave_no_trace_are_the_same_in_dotnet()
    {
        var vectors = Vectors["trace"]!;
        var room = new TraceRoom(Hex(vectors, "secret"));
        Assert.Equal((Of(vectors, "stream"), Of(vectors, "key")), (room.Stream.Stream, room.Stream.Key));
        Assert.True(vectors["signals"]!.AsArray().Count >= 6);
        foreach (var vector in vectors["signals"]!.AsArray())
        {
            var (from, frame) = (Of(vector!, "from"), Hex(vector!, "frame"));
            var opened = room.Open(from, Of(vector!, "to"), Of(vector!, "text"));
            Assert.Equal(Bytes.Pad(frame, 256, 1024, 2304, 4576), opened);
            if (frame[0] is TraceRoom.Here or TraceRoom.Farewell) Assert.True(room.IsSigned(from, opened));
        }

        foreach (var vector in vectors["failures"]!.AsArray()) Assert.False(IsAccepted(vector!), Of(vector!, "why"));

        bool IsAccepted(JsonNode vector)
        {
            try
            {
                var frame = room.Open(Of(vector, "from"), Of(vector, "to"), Of(vector, "text"));
                return frame[0] == TraceRoom.Here && room.IsSigned(Of(vector, "from"), frame);
            }
            catch (CryptographicException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Histories_are_the_same_in_dotnet()
    {
        Assert.True(Vectors["histories"]!.AsArray().Count >= 36);
        foreach (var vector in Vectors["histories"]!.AsArray())
        {
            var entries = vector!["entries"].Deserialize<List<Enc2Entry>>(JsonSerializerOptions.Web)!;
            var known = vector["known"].Deserialize<List<Enc2Known>>(JsonSerializerOptions.Web)!;
            var found = new Enc2History(entries, vector["isWhole"]!.GetValue<bool>(), known, vector["since"]!.GetValue<long>()).Findings();
            Assert.Equal(vector["findings"]!.ToJsonString(), JsonSerializer.Serialize(found));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Pipes_are_the_same_in_dotnet(int index)
    {
        var vector = Vectors["pipe2"]![index]!;
        var (inviter, joiner, link) = Sides(vector);
        var commit = joiner.Commit();
        var hello = inviter.Hello(commit);
        var reveal = joiner.Reveal(hello);
        var (accept, keys) = inviter.Accept(reveal);
        var same = joiner.Finish(accept);
        Assert.Equal(Of(vector, "token"), link.Token);
        foreach (var (name, frame) in new[] { ("commit", commit), ("hello", hello), ("reveal", reveal), ("accept", accept) })
            Assert.Equal(Of(vector["frames"]!, name), Bytes.ToBase64Url(frame));
        Assert.Equal((Of(vector, "code"), Of(vector, "code")), (keys.Code, same.Code));
        Assert.Equal((Of(vector, "root"), Of(vector, "transcript")), (Hex(keys.Root), Hex(keys.Transcript)));
        Assert.Equal(vector["isHybrid"]!.GetValue<bool>(), keys.IsHybrid);
        var pairs = new Queue<ECDiffieHellman>(vector["turns"]!.AsArray().Select(one => Pair(one!)));
        var states = new Dictionary<string, DoubleRatchet>
        {
            ["joiner"] = joiner.Ratchet(keys, pairs.Dequeue), ["inviter"] = inviter.Ratchet(keys, pairs.Dequeue),
        };
        foreach (var step in vector["messages"]!.AsArray()) Replay(step!, states, keys);
    }

    [Fact]
    public async Task All_of_them_are_the_same_in_the_page()
    {
        var page = await OpenAsync("#vectors");
        var checks = await page.EvaluateAsync<int>(await File.ReadAllTextAsync("vectors.js", TestContext.Current.CancellationToken), Vectors.ToJsonString());
        Assert.Equal(Vectors["checks"]!.GetValue<int>(), checks);
    }

    [Fact]
    public async Task ML_KEM_is_the_same_in_the_page_in_both_directions()
    {
        var page = await OpenAsync("#kem");
        var seed = RandomNumberGenerator.GetBytes(64);
        var own = new MlKem768(seed);
        var answer = await page.EvaluateAsync<string[]>("""
            async publicKey => {
              const kem = { name: 'ML-KEM-768' };
              const bytes = text => Uint8Array.from(text.match(/../g), one => parseInt(one, 16));
              const hex = buffer => Array.from(new Uint8Array(buffer), one => one.toString(16).padStart(2, '0')).join('');
              const key = await crypto.subtle.importKey('raw-public', bytes(publicKey), kem, false, ['encapsulateBits']);
              const made = await crypto.subtle.encapsulateBits(kem, key);
              window.pair = await crypto.subtle.generateKey(kem, false, ['encapsulateBits', 'decapsulateBits']);
              return [hex(made.ciphertext), hex(made.sharedKey), hex(await crypto.subtle.exportKey('raw-public', pair.publicKey))];
            }
            """, Hex(own.PublicKey));
        Assert.Equal(answer[1], Hex(own.Decapsulate(Convert.FromHexString(answer[0]))));
        var (secret, ciphertext) = MlKem768.Encapsulate(Convert.FromHexString(answer[2]), RandomNumberGenerator.GetBytes(32));
        const string decapsulate = """
            async ciphertext => {
              const bytes = Uint8Array.from(ciphertext.match(/../g), one => parseInt(one, 16));
              const shared = await crypto.subtle.decapsulateBits({ name: 'ML-KEM-768' }, window.pair.privateKey, bytes);
              return Array.from(new Uint8Array(shared), one => one.toString(16).padStart(2, '0')).join('');
            }
            """;
        Assert.Equal(Hex(secret), await page.EvaluateAsync<string>(decapsulate, Hex(ciphertext)));
        ciphertext[7] ^= 1;
        Assert.NotEqual(Hex(secret), await page.EvaluateAsync<string>(decapsulate, Hex(ciphertext)));
    }

    private static void Replay(JsonNode step, Dictionary<string, DoubleRatchet> states, Pipe2Keys keys)
    {
        var (from, to) = Of(step, "from") == "joiner" ? ("joiner", "inviter") : ("inviter", "joiner");
        var frame = Bytes.FromBase64Url(Of(step, "frame"));
        byte[] about = [.. keys.Transcript, frame[0], .. Bytes.Of(Of(step, "id"))];
        var said = step["said"].Deserialize<Pipe2Said>()!;
        if (Of(step, "does") == "seal")
        {
            if (frame[0] == Pipe2.Bye) Assert.Equal(frame[1..], states[from].SealLast(said.Encode(), about));
            else
            {
                (var message, states[from]) = states[from].Seal(said.Encode(), about);
                Assert.Equal(frame[1..], message);
            }
        }
        else if (Of(step, "does") == "open")
        {
            (var plain, states[to]) = states[to].Open(frame[1..], about, frame[0] == Pipe2.Bye);
            Assert.Equal(JsonSerializer.Serialize(said), JsonSerializer.Serialize(Pipe2Said.Decode(plain)));
        }
        else
        {
            var state = states[to] with { NewPair = VectorWriter.NewPair };
            Assert.ThrowsAny<CryptographicException>(() => state.Open(frame[1..], about, frame[0] == Pipe2.Bye));
        }
    }

    private static (Pipe2Inviter Inviter, Pipe2Joiner Joiner, Pipe2Link Link) Sides(JsonNode vector)
    {
        var seed = vector["kemSeed"] is { } one ? Convert.FromHexString(one.GetValue<string>()) : null;
        var m = vector["kemRandomness"] is { } other ? Convert.FromHexString(other.GetValue<string>()) : null;
        var kem = seed is null ? null : new MlKem768(seed);
        var inviter = new Pipe2Inviter(Pair(vector["inviter"]!), kem, Hex(vector, "nonce"), Hex(vector, "secret"));
        var link = inviter.Link(Of(vector, "stream"));
        return (inviter, new Pipe2Joiner(link, Pair(vector["joiner"]!), m), link);
    }

    private static ECDiffieHellman Pair(JsonNode jwk)
    {
        byte[] Part(string name) => Bytes.FromBase64Url(Of(jwk, name));
        return ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, D = Part("d"), Q = new ECPoint { X = Part("x"), Y = Part("y") },
        });
    }

    private static string Of(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static byte[] Hex(JsonNode node, string name) => Convert.FromHexString(Of(node, name));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static JsonObject Write()
    {
        var vectors = VectorWriter.Write();
        var readable = new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        File.WriteAllText(Place!, vectors.ToJsonString(readable) + "\n");
        return vectors;
    }
}
