using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Malten.Testing;
using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>Writes docs/encryption-vectors.json with fresh keys.</summary>
public static class VectorWriter
{
    private const string Stream = "ZrUfq2LqTg2Jt0m3bWbF1w";
    private const long Time = 1_795_219_513_081;

    public static JsonObject Write()
    {
        var vectors = new JsonObject
        {
            ["enc2"] = Enc2Vectors(), ["trace"] = TraceVectors.Write(),
            ["histories"] = HistoryVectors.Write(), ["pipe2"] = new JsonArray(PipeVectors(true), PipeVectors(false)),
        };
        var messages = vectors["enc2"]!["messages"]!.AsArray().Count;
        var failures = vectors["enc2"]!["failures"]!.AsArray().Count;
        var steps = vectors["pipe2"]!.AsArray().Sum(pipe => pipe!["messages"]!.AsArray().Count);
        var signals = vectors["trace"]!["signals"]!.AsArray().Count + vectors["trace"]!["failures"]!.AsArray().Count;
        vectors["checks"] = 2 + (3 * messages) + failures + 2 + signals + vectors["histories"]!.AsArray().Count + (2 * 7) + 3 + steps;
        return vectors;
    }

    private static JsonObject Enc2Vectors()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var stream = new Enc2(secret);
        using var ann = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bob = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var none = ToBase64Url(new byte[32]);
        var (first, hash) = Message("an author's first message", ann, none, 0, [], "ann", "Hello, world");
        var (second, other) = Message("another author's, who had seen it; without a name", bob, none, 0, [hash], "", "Hello");
        var (third, _) = Message("the author's second", ann, hash, 1, [other], "ann", "Grüße, 你好, 🌞");
        var (longest, _) = Message("the longest: 1024 characters, a name of 32, and 4 hashes", bob, other, 1, [hash, hash, hash, hash],
            string.Concat(Enumerable.Repeat("🐝", 32)), string.Concat(Enumerable.Repeat("🌞", 1024)));
        var (empty, _) = Message("an empty text is still a message", ann, none, uint.MaxValue, [], "ann", "");
        var (after, _) = Message("after two that could not be sent", bob, other, 3, [hash], "bob", "At last", skipped: 2);
        return new JsonObject
        {
            ["secret"] = Convert.ToHexStringLower(secret), ["key"] = stream.Key, ["stream"] = stream.Stream,
            ["messages"] = new JsonArray(first, second, third, longest, empty, after), ["failures"] = Failures(),
        };

        (JsonObject Message, string Hash) Message(
            string why, ECDsa author, string previous, long number, string[] seen, string name, string text, long skipped = 0)
        {
            var content = new Enc2Content(IdOf(author), number, skipped, Time + number, previous, seen, name, text);
            var (id, iv) = (Guid.NewGuid().ToString(), RandomNumberGenerator.GetBytes(12));
            var body = Enc2.Encode(content);
            var signature = stream.Sign(author, id, body);
            var message = new JsonObject
            {
                ["why"] = why, ["id"] = id, ["iv"] = Convert.ToHexStringLower(iv), ["content"] = JsonSerializer.SerializeToNode(content),
                ["signature"] = Convert.ToHexStringLower(signature), ["hash"] = stream.HashOf(id, body),
                ["message"] = stream.SealSigned(iv, id, body, signature),
            };
            return (message, stream.HashOf(id, body));
        }

        JsonArray Failures()
        {
            var id = Guid.NewGuid().ToString();
            var content = new Enc2Content(IdOf(ann), 0, 0, Time, none, [], "ann", "refused");
            var (body, good) = (Enc2.Encode(content), stream.Seal(ann, id, content));
            string With(byte[] signature) => stream.SealSigned(RandomNumberGenerator.GetBytes(12), id, body, signature);
            string Signed(byte[] changed) => stream.SealSigned(RandomNumberGenerator.GetBytes(12), id, changed, stream.Sign(ann, id, changed));
            var padded = stream.SealPadded(RandomNumberGenerator.GetBytes(12), id, [.. body, .. stream.Sign(ann, id, body), 0, 1]);
            JsonObject Failure(string why, string fault, string message, string? under = null) =>
                new() { ["why"] = why, ["fault"] = fault, ["id"] = under ?? id, ["message"] = message };
            return
            [
                Failure("another id", "sealed", good, Guid.NewGuid().ToString()),
                Failure("another stream's", "sealed", new Enc2(new byte[32]).Seal(ann, id, content)),
                Failure("too short", "sealed", "enc2.AAAA"),
                Failure("signed by another", "signed", With(stream.Sign(bob, id, body))),
                Failure("signed for another id", "signed", With(stream.Sign(ann, Guid.NewGuid().ToString(), body))),
                Failure("padded with something else than zeros", "signed", padded),
                Failure("5 hashes", "signed", Signed(Enc2.Encode(content with { Seen = [none, none, none, none, none] }))),
                Failure("more given up than were written", "signed", Signed(Enc2.Encode(content with { Skipped = 1 }))),
                Failure("17 given up", "signed", Signed(Enc2.Encode(content with { Number = 17, Skipped = 17 }))),
                Failure("1025 characters", "signed", Signed(Enc2.Encode(content with { Text = new string('a', 1025) }))),
                Failure("a date that no calendar has", "signed", Signed(Enc2.Encode(content with { Time = long.MaxValue }))),
                Failure("a text that is not UTF-8", "signed", Signed([.. Enc2.Encode(content with { Text = "" })[..^1], 1, 0xFF])),
                Failure("an author off the curve", "signed", Signed([.. new byte[63], 1, .. body[64..]])),
            ];
        }
    }

    private static string IdOf(ECDsa author) => ToBase64Url(Point(author.ExportParameters(false)).AsSpan(1));

    private static JsonObject PipeVectors(bool isHybrid)
    {
        var (own, other) = (NewPair(), NewPair());
        var (seed, m) = (isHybrid ? RandomNumberGenerator.GetBytes(64) : null, isHybrid ? RandomNumberGenerator.GetBytes(32) : null);
        var (nonce, secret) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        var inviter = new Pipe2Inviter(own, seed is null ? null : new MlKem768(seed), nonce, secret);
        var link = inviter.Link(Stream);
        var joiner = new Pipe2Joiner(link, other, m);
        var commit = joiner.Commit();
        var hello = inviter.Hello(commit);
        var reveal = joiner.Reveal(hello);
        var (accept, keys) = inviter.Accept(reveal);
        joiner.Finish(accept);
        var conversation = new VectorConversation(keys, joiner, inviter);
        var messages = conversation.Write(Time);
        return new JsonObject
        {
            ["why"] = isHybrid ? "both have ML-KEM-768" : "neither has ML-KEM-768", ["stream"] = Stream, ["secret"] = Hex(secret), ["nonce"] = Hex(nonce),
            ["kemSeed"] = seed is null ? null : Hex(seed), ["kemRandomness"] = m is null ? null : Hex(m), ["inviter"] = Jwk(own), ["joiner"] = Jwk(other),
            ["token"] = link.Token, ["isHybrid"] = keys.IsHybrid, ["code"] = keys.Code, ["transcript"] = Hex(keys.Transcript), ["root"] = Hex(keys.Root),
            ["frames"] = new JsonObject
            {
                ["commit"] = ToBase64Url(commit), ["hello"] = ToBase64Url(hello), ["reveal"] = ToBase64Url(reveal), ["accept"] = ToBase64Url(accept),
            },
            ["turns"] = new JsonArray([.. conversation.Turns.Select(Jwk)]), ["messages"] = messages,
        };
    }

    internal static ECDiffieHellman NewPair() => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static JsonObject Jwk(ECDiffieHellman pair)
    {
        var key = pair.ExportParameters(true);
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = ToBase64Url(key.Q.X), ["y"] = ToBase64Url(key.Q.Y), ["d"] = ToBase64Url(key.D) };
    }
}
