using System.Text.Json.Nodes;

namespace Malten.Client.Tests;

/// <summary>docs/encryption-vectors.json, which code of its own has written and which the page reproduces, too.</summary>
internal static class Vectors
{
    public static JsonNode All { get; } = JsonNode.Parse(File.ReadAllText("encryption-vectors.json"))!;

    public static string Of(this JsonNode node, string name) => node[name]!.GetValue<string>();

    public static byte[] Hex(this JsonNode node, string name) => Convert.FromHexString(node.Of(name));
}
