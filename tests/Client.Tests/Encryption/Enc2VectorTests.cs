using System.Text.Json;
using System.Text.Json.Nodes;
using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>The format of encrypted streams is that of docs/encryption.md.</summary>
public sealed class Enc2VectorTests
{
    private static readonly JsonNode Enc2Vectors = Vectors.All["enc2"]!;

    [Fact]
    public void A_secret_leads_to_its_name_and_to_its_key()
    {
        var keys = new Enc2Keys(Enc2Vectors.Hex("secret"));
        Assert.Equal((Enc2Vectors.Of("stream"), Enc2Vectors.Of("key")), (keys.Stream, keys.LinkKey));
        Assert.Equal(keys.Stream, Enc2Keys.FromLink(keys.LinkKey)!.Stream);
    }

    [Fact]
    public void Every_message_is_sealed_and_opened_as_the_vectors_say()
    {
        var format = new Enc2(new Enc2Keys(Enc2Vectors.Hex("secret")));
        Assert.True(Enc2Vectors["messages"]!.AsArray().Count >= 6);
        foreach (var vector in Enc2Vectors["messages"]!.AsArray())
        {
            var (id, content) = (Guid.Parse(vector!.Of("id")), vector!["content"].Deserialize<Enc2Content>()!);
            Assert.Equal(vector.Of("message"), format.SealSigned(vector.Hex("iv"), id, content.Encode(), vector.Hex("signature")));
            var (opened, hash, fault) = format.Open(id, vector.Of("message"));
            Assert.Equal((vector.Of("hash"), JsonSerializer.Serialize(content), SealFault.None), (hash, JsonSerializer.Serialize(opened), fault));
        }
    }

    [Fact]
    public void Every_failure_is_refused_as_the_vectors_say()
    {
        var format = new Enc2(new Enc2Keys(Enc2Vectors.Hex("secret")));
        Assert.True(Enc2Vectors["failures"]!.AsArray().Count >= 13);
        foreach (var vector in Enc2Vectors["failures"]!.AsArray())
        {
            var (content, _, fault) = format.Open(Guid.Parse(vector!.Of("id")), vector!.Of("message"));
            Assert.Null(content);
            Assert.True(vector!.Of("fault") == (fault == SealFault.Sealed ? "sealed" : "signed"), vector!.Of("why"));
        }
    }

    [Fact]
    public void Every_history_is_judged_as_the_vectors_say()
    {
        Assert.True(Vectors.All["histories"]!.AsArray().Count >= 36);
        foreach (var vector in Vectors.All["histories"]!.AsArray())
        {
            var entries = vector!["entries"].Deserialize<List<HistoryEntry>>(JsonSerializerOptions.Web)!;
            var known = vector["known"]!.AsArray().Select(one => new HistoryEntry(
                one!.Of("id"), one!.Of("hash"), one!["created"]!.GetValue<double>(), one!.Of("author"), 0, 0, 0, "", [], one!.Of("name"))).ToList();
            var found = new History(entries, vector["isWhole"]!.GetValue<bool>(), known, vector["since"]!.GetValue<double>()).Compare();
            var expected = vector["findings"]!.AsObject().Select(one => (one.Key, Kinds(one.Value!)));
            Assert.True(expected.Order().SequenceEqual(found.Select(one => (one.Key, one.Value)).Order()),
                $"{vector.Of("why")}: {string.Join("; ", found.Select(one => $"{one.Key} {one.Value}"))}");
        }
    }

    [Theory]
    [InlineData("A\u200Bnn", "Ann")]
    [InlineData("\u202Ennᴀ", "nnᴀ")]
    [InlineData("a\u0301\u0301\u0301\u0301\u0301\u0301", "á\u0301\u0301\u0301\u0301")]
    [InlineData("می\u200Cخواهم", "می\u200Cخواهم")] // a script that needs the joiner
    [InlineData("👩\u200D💻", "👩\u200D💻")]
    [InlineData("A\u200Dnn", "Ann")]
    [InlineData("A\uFFFEe\u0301", "A\uFFFEé")] // as in the page, whose normalization takes it
    [InlineData("A\uFFFE\u0301\uFFFE", "A\uFFFE\u0301\uFFFE")]
    public void A_name_is_shown_without_what_nobody_sees(string name, string shown) => Assert.Equal(shown, VisibleName.Of(name));

    [Theory]
    [InlineData("Ann\uFFFE", "ann")]
    [InlineData("A\uFFFE\u0301nn", "ann")]
    [InlineData("Ａnn\uFFFE", "ann")]
    [InlineData("\uFFFE", "\uFFFE")]
    [InlineData("\uFFFF\uFDD0Ann", "ann")]
    public void A_name_has_a_look_whatever_it_is(string name, string look) => Assert.Equal(look, NameLook.Of(name));

    [Fact]
    public void Half_of_a_surrogate_pair_in_a_name_is_replaced() => Assert.Equal("A\uFFFDnn", VisibleName.Of("A\uD83Cnn"));

    private static Findings Kinds(JsonNode kinds) => kinds.AsArray()
        .Select(kind => Enum.Parse<Findings>(kind!.GetValue<string>(), ignoreCase: true)).Aggregate(Findings.None, (all, one) => all | one);
}
