namespace Malten.Testing.Hostile;

/// <summary>The streams in which ordinary clients talk.</summary>
public static class OrdinaryStreams
{
    /// <summary>How many there are.</summary>
    public const int Count = 10;

    /// <summary>One of them that is on the public list, so that attackers find it.</summary>
    public const string Public = "talk0";

    /// <summary>The name of one.</summary>
    internal static string Name(int number) => $"talk{number % Count}";
}
