namespace Malten.Membership.Protocol;

/// <summary>Makes ids from a random source, so that a seeded source repeats them.</summary>
internal static class RandomIds
{
    public static Guid NextGuid(this Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
