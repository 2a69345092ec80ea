using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Malten.Browser.Tests.Reference;

/// <summary>What two sides of a pipe seal and open in a test vector: turns, losses, late messages, repeats and a farewell.</summary>
public sealed class VectorConversation
{
    private readonly Pipe2Keys _keys;
    private readonly Dictionary<string, DoubleRatchet> _states;
    private readonly JsonArray _steps = [];

    public VectorConversation(Pipe2Keys keys, Pipe2Joiner joiner, Pipe2Inviter inviter)
    {
        _keys = keys;
        _states = new() { ["joiner"] = joiner.Ratchet(keys, Take), ["inviter"] = inviter.Ratchet(keys, Take) };
    }

    /// <summary>The key pairs of the turns, in the order in which they are needed.</summary>
    public List<ECDiffieHellman> Turns { get; } = [];

    public JsonArray Write(long time)
    {
        Pipe2Said Said(int kind, long number, long newest, string text, long skipped = 0, params long[] missing) =>
            new(kind, number, skipped, newest, missing, time + number, text.Length > 0 ? "ann" : "", text);
        var first = Seal("joiner", Pipe2.Message, Said(Pipe2Said.Note, 0, 0, ""));
        Add("open", first);
        var second = Seal("inviter", Pipe2.Message, Said(Pipe2Said.Words, 1, 0, "one"));
        var lost = Seal("inviter", Pipe2.Message, Said(Pipe2Said.Words, 2, 0, "two, which comes late"));
        var third = Seal("inviter", Pipe2.Message, Said(Pipe2Said.Words, 3, 0, "three"));
        Add("open", second);
        Add("open", third);
        Add("refuse", third);
        var answer = Seal("joiner", Pipe2.Message, Said(Pipe2Said.Words, 1, 3, new string('x', 1024), missing: 2));
        Add("open", answer);
        var after = Seal("inviter", Pipe2.Message, Said(Pipe2Said.Words, 5, 1, "after a turn, and one that could not be sent", skipped: 1));
        Add("refuse", after with { Id = Guid.NewGuid().ToString() });
        Add("refuse", after with { Frame = [.. after.Frame[..^1], (byte)(after.Frame[^1] ^ 1)] });
        Add("refuse", after with { Frame = [Pipe2.Bye, .. after.Frame[1..]] });
        Add("open", after);
        Add("open", lost);
        Add("refuse", lost);
        Add("refuse", answer with { From = "inviter" }); // played back to its sender
        Add("open", Seal("inviter", Pipe2.Bye, Said(Pipe2Said.Farewell, 5, 1, "")));
        return _steps;
    }

    private ECDiffieHellman Take()
    {
        Turns.Add(VectorWriter.NewPair());
        return Turns[^1];
    }

    private Step Seal(string from, byte type, Pipe2Said said)
    {
        var id = Guid.NewGuid().ToString();
        byte[] about = [.. _keys.Transcript, type, .. Bytes.Of(id)];
        byte[] message;
        if (type == Pipe2.Bye) message = _states[from].SealLast(said.Encode(), about);
        else (message, _states[from]) = _states[from].Seal(said.Encode(), about);
        return Add("seal", new Step(from, id, said, [type, .. message]));
    }

    /// <summary>Adds a step; whoever opens goes on from it.</summary>
    private Step Add(string does, Step step)
    {
        if (does == "open")
        {
            var to = step.From == "joiner" ? "inviter" : "joiner";
            byte[] about = [.. _keys.Transcript, step.Frame[0], .. Bytes.Of(step.Id)];
            (_, _states[to]) = _states[to].Open(step.Frame[1..], about, step.Frame[0] == Pipe2.Bye);
        }

        _steps.Add(new JsonObject
        {
            ["does"] = does, ["from"] = step.From, ["id"] = step.Id, ["said"] = JsonSerializer.SerializeToNode(step.Said),
            ["frame"] = Bytes.ToBase64Url(step.Frame),
        });
        return step;
    }

    private sealed record Step(string From, string Id, Pipe2Said Said, byte[] Frame);
}
