namespace Malten.Testing.Hostile.Malformed;

/// <summary>Damages bytes.</summary>
internal static class Mutation
{
    private static readonly byte[] Special = "\0\r\n :%&=/?#\"\\{}[],;\x7f\x80\xff"u8.ToArray();

    /// <summary>The bytes with one to four faults.</summary>
    public static byte[] Apply(byte[] bytes, Random random)
    {
        var damaged = bytes.ToList();
        for (var faults = random.Next(1, 5); faults > 0 && damaged.Count > 0; faults--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(5))
            {
                case 0:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[at] = Special[random.Next(Special.Length)];
                    break;
                case 2:
                    damaged.Insert(at, Special[random.Next(Special.Length)]);
                    break;
                case 3:
                    damaged.RemoveRange(at, Math.Min(random.Next(1, 20), damaged.Count - at));
                    break;
                default:
                    damaged.RemoveRange(at, random.Next(2) == 0 ? damaged.Count - at : 0);
                    break;
            }
        }

        return [.. damaged];
    }
}
