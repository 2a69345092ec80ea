using System.Net;

namespace Malten.Testing.Hostile;

/// <summary>Addresses of 127.0.0.0/8, so that each of many clients on one machine has its own.</summary>
public static class Addresses
{
    /// <summary>The addresses of attackers: one, or many of one network (an IPv4 /24), or each of a network of its own.</summary>
    /// <param name="count">How many, up to 250.</param>
    /// <param name="ofOneNetwork">Whether they are neighbours.</param>
    public static IReadOnlyList<IPAddress> Attackers(int count, bool ofOneNetwork = false) =>
        [.. Enumerable.Range(1, count).Select(number => ofOneNetwork ? Of(66, 0, number) : Of(66, number, 1))];

    /// <summary>The address of an ordinary client, in a network of its own.</summary>
    public static IPAddress Ordinary(int number) => Of(30, number, 1);

    /// <summary>The address of whoever prepares what is attacked.</summary>
    internal static IPAddress Preparer(int number) => Of(40, number, 1);

    private static IPAddress Of(int second, int third, int fourth) => new([127, (byte)second, (byte)third, (byte)fourth]);
}
