using System.Text.Json.Nodes;

namespace Malten.Browser.Tests.Reference;

/// <summary>Histories as a server may show them, and what a reader can tell from each: written by hand from docs/encryption.md.</summary>
public static class HistoryVectors
{
    private const string None = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    public static JsonArray Write() =>
    [
        Case("an honest history", true, [Entry("a", 0), Entry("b", 0, seen: ["a0"]), Entry("a", 1, seen: ["b0"])]),
        Case("a hole", true, [Entry("a", 0), Entry("a", 2)], ("a2", "missing")),
        Case("a hole that another message shows too", true, [Entry("a", 0), Entry("a", 2), Entry("b", 0, seen: ["a1"])], ("a2", "missing"), ("b0", "unseen")),
        Case("the beginning is missing", true, [Entry("a", 3)], ("a3", "faded")),
        Case("the beginning was not loaded", false, [Entry("a", 3, seen: ["b7"])]),
        Case("a message moved down", true, [Entry("a", 1), Entry("a", 0)], ("a0", "late")),
        Case("an answer above its question", true, [Entry("b", 0, seen: ["a0"]), Entry("a", 0)], ("b0", "before")),
        Case("two messages with one number", true, [Entry("a", 0), Entry("a", 1), Entry("a", 1, version: "x")], ("a1x", "changed")),
        Case("a message that does not follow", true, [Entry("a", 0), Entry("a", 1, previous: "a9")], ("a1", "changed")),
        Case("a first message that claims one before", true, [Entry("a", 0, previous: "a9")], ("a0", "changed")),
        Case("an author who was not shown what stands above for long", true, [Entry("a", 0, at: 0), Entry("b", 0, at: 61_000)], ("b0", "behind")),
        Case("an author who may not have had it yet", true, [Entry("a", 0, at: 0), Entry("b", 0, at: 59_000)]),
        Case("an author who may have come after what stands above had faded", true,
            [Entry("a", 0, at: 0), Entry("b", 0, at: 61_000), Entry("c", 0, at: 200_000)], [("c0", "behind")], [], since: 61_000),
        Case("an author whose earlier messages named what stands above", true,
            [Entry("a", 0, at: 0), Entry("b", 0, at: 1000, seen: ["a0"]), Entry("b", 1, at: 62_000)]),
        Case("a date two minutes away", true, [Entry("a", 0, at: 0, time: 120_000)]),
        Case("a date further away", true, [Entry("a", 0, at: 0, time: 120_001)], ("a0", "date")),
        Case("two keys with one name", true, [Entry("a", 0, name: "Ann"), Entry("b", 0, name: "ａｎｎ ", seen: ["a0"])], ("a0", "namesake"), ("b0", "namesake")),
        Case("two keys with names that look alike", true, [Entry("a", 0, name: "Warni 10"), Entry("b", 0, name: "VVАΜ|Ιο", seen: ["a0"])],
            ("a0", "namesake"), ("b0", "namesake")),
        Case("two keys with names in the capitals of two alphabets", true, [Entry("a", 0, name: "Nina Yar"), Entry("b", 0, name: "ΝΙΝΑ ҮАг", seen: ["a0"])],
            ("a0", "namesake"), ("b0", "namesake")),
        Case("two keys with one name, of which one has letters that nobody sees", true,
            [Entry("a", 0, name: "Ann"), Entry("b", 0, name: "\u115FA\u1160n\u3164n\uFFA0\u2800", seen: ["a0"])], ("a0", "namesake"), ("b0", "namesake")),
        Case("two keys with one name that is punctuation", true,
            [Entry("a", 0, name: "???"), Entry("b", 0, name: "？？？ ", seen: ["a0"]), Entry("c", 0, name: "!!!", seen: ["b0"])],
            ("a0", "namesake"), ("b0", "namesake")),
        Case("two keys without a name that can be seen", true, [Entry("a", 0, name: "\u3164"), Entry("b", 0, name: "\u2060", seen: ["a0"])]),
        Case("a name that another key had on the visit before", false,
            [Entry("b", 0, at: 9000, name: "Ann")], [("b0", "namesake")], known: [("a0", 1000), ("b0", 9000)], names: "Ann"),
        Case("two keys with names that look different", true, [Entry("a", 0, name: "Ann"), Entry("b", 0, name: "Änn", seen: ["a0"])]),
        Case("an author who goes on to name what was not loaded", false, [Entry("a", 3, seen: ["b7"]), Entry("a", 4, seen: ["b7"])]),
        Case("an author whom what is older than all here may have reached after the first message", false,
            [Entry("a", 3, at: 0), Entry("a", 4, at: 100_000, seen: ["b7"]), Entry("a", 5, at: 200_000, seen: ["b7"])]),
        Case("an author who names something new that is not here", false,
            [Entry("a", 3, at: 0, seen: ["b7"]), Entry("a", 4, at: 60_001, seen: ["b7"]), Entry("a", 5, at: 60_002, seen: ["b8", "b7"])], ("a5", "unseen")),
        Case("as on the visit before", true, [Entry("a", 0, at: 1000), Entry("a", 1, at: 2000)], [], known: [("a0", 1000), ("a1", 2000)]),
        Case("another order than on the visit before", true, [Entry("b", 0, at: 1000), Entry("a", 0, at: 2000)],
            [("b0", "moved")], known: [("a0", 2000), ("b0", 3000)]),
        Case("less than on the visit before", false, [Entry("a", 0, at: 1000), Entry("a", 1, at: 4000)],
            [("a0", "withheld"), ("a1", "withheld")], known: [("a0", 1000), ("b0", 2000), ("b1", 3000), ("a1", 4000), ("b2", 5000)]),
        Case("two that could not be sent", true, [Entry("a", 0), Entry("a", 3, skipped: 2, previous: "a0")]),
        Case("one that could not be sent, and a hole", true, [Entry("a", 0), Entry("a", 3, skipped: 1)], ("a3", "missing")),
        Case("one that could not be sent and is here", true, [Entry("a", 0), Entry("a", 1), Entry("a", 2, skipped: 1, previous: "a0")], ("a1", "skipped")),
        Case("an author who takes back what another message of theirs follows", true,
            [Entry("a", 0), Entry("a", 1), Entry("a", 2), Entry("a", 3, skipped: 2, previous: "a0")], ("a1", "changed"), ("a2", "skipped")),
        Case("an author who had read what the reader was shown before", true, [Entry("a", 0, at: 2000, seen: ["b0"])], [], known: [("b0", 1000)]),
        Case("what is older than all here may have faded since", false, [Entry("a", 1, at: 2000)], [], known: [("b0", 1000), ("a1", 2000)]),
    ];

    private static JsonObject Case(string why, bool isWhole, JsonObject[] entries, params (string Id, string Kind)[] findings) =>
        Case(why, isWhole, entries, findings, []);

    private static JsonObject Case(
        string why, bool isWhole, JsonObject[] entries, (string Id, string Kind)[] findings, (string Id, long Created)[] known, long since = 0,
        string names = "")
    {
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i]["created"] ??= i * 1000L;
            entries[i]["time"] ??= entries[i]["created"]!.GetValue<long>();
        }

        return new JsonObject
        {
            ["why"] = why, ["isWhole"] = isWhole, ["entries"] = new JsonArray([.. entries]),
            ["known"] = new JsonArray([.. known.Select(one => new JsonObject
            {
                ["id"] = one.Id, ["hash"] = one.Id, ["created"] = one.Created, ["author"] = one.Id[..1], ["name"] = names,
            })]),
            ["since"] = since,
            ["findings"] = new JsonObject(findings.Select(one => KeyValuePair.Create(one.Id, (JsonNode?)new JsonArray(one.Kind)))),
        };
    }

    private static JsonObject Entry(
        string author, int number, string[]? seen = null, string? previous = null, string version = "", long? at = null, long? time = null,
        string name = "", int skipped = 0) => new()
        {
            ["id"] = $"{author}{number}{version}", ["hash"] = $"{author}{number}{version}", ["author"] = author, ["number"] = number, ["skipped"] = skipped,
            ["previous"] = previous ?? (number == 0 ? None : $"{author}{number - 1}"),
            ["seen"] = new JsonArray([.. (seen ?? []).Select(one => JsonValue.Create(one))]),
            ["name"] = name, ["created"] = at, ["time"] = time,
        };
}
