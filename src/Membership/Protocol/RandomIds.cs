namespace Malten.Membership;

/// <summary>Ids that a seeded source makes repeatable.</summary>
internal static class RandomIds
{
    public static Guid NextGuid(this Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
