using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>The browser's code and separate .NET code both reproduce docs/encryption-vectors.json.</summary>
public sealed class VectorTests(Chromium chromium) : PageTest(chromium)
{
    private static readonly JsonNode Vectors = JsonNode.Parse(File.ReadAllText("encryption-vectors.json"))!;

    [Fact]
    public void Encrypted_messages_are_the_same_in_dotnet()
    {
        Assert.True(Vectors["enc1"]!.AsArray().Count >= 8);
        foreach (var vector in Vectors["enc1"]!.AsArray())
        {
            string Of(string name) => vector![name]!.GetValue<string>();
            var key = Enc1.FromBase64Url(Of("key"));
            Assert.Equal(Of("stream"), Enc1.StreamName(key));
            Assert.Equal(Of("message"), Enc1.Seal(
                Enc1.MessageKey(key), Enc1.FromBase64Url(Of("iv")), $"enc1 {Of("stream")}", Of("name"), Of("text")));
            Assert.Equal((vector!["read"]!["name"]!.GetValue<string>(), Of("text")), Enc1.Open(key, Of("message")));
        }
    }

    [Fact]
    public void Pipes_are_the_same_in_dotnet_from_either_end()
    {
        var pipe = Vectors["pipe1"]!;
        string Of(string name) => pipe[name]!.GetValue<string>();
        using var inviter = Key(pipe["inviter"]!);
        using var joiner = Key(pipe["joiner"]!);
        var (first, second) = (Pipe1.PublicBytes(inviter), Pipe1.PublicBytes(joiner));
        Assert.Equal(Of("commitment"), Pipe1.Commit(first));
        Assert.Equal(Of("invite"), $"pipe1.invite.{Base64Url.EncodeToString(first)}");
        foreach (var (own, theirs) in new[] { (inviter, second), (joiner, first) })
        {
            var keys = new Pipe1(own, theirs, first, second, Enc1.FromBase64Url(Of("secret")), Of("stream"));
            Assert.Equal(Of("join"), $"pipe1.join.{Base64Url.EncodeToString(second)}.{keys.Prove("join")}");
            Assert.Equal(Of("accept"), $"pipe1.accept.{Base64Url.EncodeToString(second)}.{keys.Prove("accept")}");
            Assert.Equal(Of("code"), keys.Code);
            foreach (var message in pipe["messages"]!.AsArray())
            {
                string Its(string name) => message![name]!.GetValue<string>();
                var iv = new byte[12];
                BinaryPrimitives.WriteUInt64BigEndian(iv.AsSpan(4), ulong.Parse(Its("count"), CultureInfo.InvariantCulture));
                Assert.Equal(Its("message"), Enc1.Seal(Its("from") == "inviter" ? keys.ToJoiner : keys.ToInviter, iv,
                    $"pipe1 {Of("stream")}", Its("name"), Its("text")));
            }
        }
    }

    [Fact]
    public async Task All_of_them_are_the_same_in_the_page()
    {
        var page = await OpenAsync("#vectors");
        var checks = await page.EvaluateAsync<int>("""
            async vectors => {
              const { enc1, pipe1 } = JSON.parse(vectors);
              const base = document.querySelector('script[type=module]').src.replace('main.js', 'crypto/');
              const load = name => import(base + name + '.js');
              const [bytes, envelope, stream, pipe, counter] = await Promise.all(['bytes', 'envelope', 'streamkeys', 'pipekeys', 'counter'].map(load));
              const from = bytes.fromBase64Url;
              let checks = 0;
              const same = (actual, expected) => {
                if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
                checks++;
              };
              for (const one of enc1) {
                const keys = await stream.streamKeys(from(one.key, 32));
                same(keys.stream, one.stream);
                same(await envelope.seal(keys.key, from(one.iv, 12), keys.about, one.text, one.name), one.message);
                const { text, name } = await envelope.unseal(keys.key, keys.about, one.message);
                same({ name, text }, one.read);
                same(await envelope.unseal(keys.key, keys.about + 'x', one.message), null);
              }
              const curve = { name: 'ECDH', namedCurve: 'P-256' };
              const raw = ({ x, y }) => bytes.concat(Uint8Array.of(4), from(x, 32), from(y, 32));
              const terms = { stream: pipe1.stream, secret: from(pipe1.secret, 16), inviter: raw(pipe1.inviter), joiner: raw(pipe1.joiner) };
              same(await pipe.commit(terms.inviter), pipe1.commitment);
              for (const [own, theirs] of [[pipe1.inviter, terms.joiner], [pipe1.joiner, terms.inviter]]) {
                const keys = await pipe.agree(await crypto.subtle.importKey('jwk', own, curve, false, ['deriveBits']), theirs, terms);
                same(keys.code, pipe1.code);
                same(`pipe1.join.${bytes.toBase64Url(terms.joiner)}.${await keys.prove('join')}`, pipe1.join);
                same(`pipe1.accept.${bytes.toBase64Url(terms.joiner)}.${await keys.prove('accept')}`, pipe1.accept);
                same(await keys.proves('join', from(pipe1.join.split('.')[3], 32)), true);
                same(await keys.proves('accept', from(pipe1.join.split('.')[3], 32)), false);
                for (const one of pipe1.messages) {
                  const key = one.from === 'inviter' ? keys.toJoiner : keys.toInviter;
                  same(await envelope.seal(key, counter.ivOf(BigInt(one.count)), keys.about, one.text, one.name), one.message);
                  same(String(counter.countOf((await envelope.unseal(key, keys.about, one.message)).iv)), one.count);
                }
              }
              return checks;
            }
            """, Vectors.ToJsonString());
        Assert.Equal((8 * 4) + 1 + (2 * (5 + (4 * 2))), checks);
    }

    private static ECDiffieHellman Key(JsonNode jwk)
    {
        byte[] Of(string name) => Enc1.FromBase64Url(jwk[name]!.GetValue<string>());
        return ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, D = Of("d"), Q = new ECPoint { X = Of("x"), Y = Of("y") },
        });
    }
}
