using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Malten.Browser.Tests.Reference;

/// <summary>The part of docs/encryption-vectors.json that is about streams that leave no trace.</summary>
public static class TraceVectors
{
    private const string Ann = "Qm3kq0rJxW8uT5cV7yZ2bA";
    private const string Bob = "0vH1hJmJ6wN0v6m8lYp1jA";
    private const long Created = 1_795_219_513_081_506_816;

    public static JsonObject Write()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var room = new TraceRoom(secret);
        using var ann = new Enc2Author(room.Stream, "ann");
        using var bob = new Enc2Author(room.Stream, "bob");
        TraceMessage[] messages = [.. new[] { "Hello, world", "Grüße, 你好, 🌞" }.Select((text, at) => Written(ann, text, at))];
        var longest = Written(bob, string.Concat(Enumerable.Repeat("🌞", 1024)), 0);
        var here = room.SayHere(ann, Ann, 0, 2);
        var farewell = room.SayFarewell(ann.Id, ann);
        return new JsonObject
        {
            ["secret"] = Convert.ToHexStringLower(secret), ["key"] = room.Stream.Key, ["stream"] = room.Stream.Stream,
            ["signals"] = new JsonArray(
                Signal("a hello to all of somebody who has nothing", Bob, "", TraceRoom.SayHello()),
                Signal("a hello to one author, of whom two messages are there, and one of another", Bob, Ann, TraceRoom.SayHello((ann.Id, 1), (bob.Id, 0))),
                Signal("an author is here, with two messages", Ann, Bob, here),
                Signal("both messages in one frame", Ann, Bob, TraceRoom.HandOver(messages).Single()),
                Signal("the longest message", Bob, "", TraceRoom.HandOver([longest]).Single()),
                Signal("a farewell: the text of a message", "", "", farewell)),
            ["failures"] = new JsonArray(
                Failure("as if another had said it", Bob, "", room.Seal(Ann, "", here)),
                Failure("said to another", Ann, "", room.Seal(Ann, Bob, here)),
                Failure("without its end", Ann, "", room.Seal(Ann, "", here[..^64])),
                Failure("of an unknown kind", Ann, "", room.Seal(Ann, "", [9])),
                Failure("an author who speaks by another's listener", Bob, "", room.Seal(Bob, "", here)),
                Failure("signed by another", Ann, "", room.Seal(Ann, "", [.. here.AsSpan(0, 71), .. room.SayHere(bob, Ann, 0, 2).AsSpan(71)]))),
        };

        JsonObject Signal(string why, string from, string to, byte[] frame) => new()
        {
            ["why"] = why, ["from"] = from, ["to"] = to, ["frame"] = Convert.ToHexStringLower(frame), ["text"] = room.Seal(from, to, frame),
        };

        static JsonObject Failure(string why, string from, string to, string text) =>
            new() { ["why"] = why, ["from"] = from, ["to"] = to, ["text"] = text };
    }

    private static TraceMessage Written(Enc2Author author, string text, int at)
    {
        var (id, _, _) = author.Write(text, DateTimeOffset.FromUnixTimeMilliseconds((Created / 1_000_000) + at));
        return new TraceMessage(id, Created + (1024 * 1024 * at), author.LastSigned);
    }
}
