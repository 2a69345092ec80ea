namespace Malten.Streams.Values;

/// <summary>
/// The room of tables from which most has been removed. By itself, a table keeps room for as many as it ever held, which is counted to
/// nobody once they are gone. What stays is room for at most four times as many as there are, and giving it back costs each removal
/// O(1) on average.
/// </summary>
public static class SpareRoom
{
    /// <summary>Room for so many is not worth giving back.</summary>
    public const int Little = 64;

    /// <summary>Gives the room back if most of it is spare. Called after each removal.</summary>
    public static void TrimSpare<TKey, TValue>(this Dictionary<TKey, TValue> table) where TKey : notnull
    {
        if (table.Capacity > Little && table.Count < table.Capacity / 4) table.TrimExcess();
    }

    /// <summary>The same for a list that holds up to so many at other times.</summary>
    public static void TrimSpare<T>(this List<T> list, int most)
    {
        if (list.Capacity > Little && most < list.Capacity / 4) list.Capacity = Math.Max(list.Count, 2 * most);
    }
}
