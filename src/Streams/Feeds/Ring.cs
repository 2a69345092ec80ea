namespace Malten.Streams.Feeds;

/// <summary>
/// The newest items of an endless sequence, each with an ordinal that never changes. When the ring is full, its owner
/// removes the oldest before adding another. The array grows as items are added, so a short sequence stays small.
/// </summary>
/// <param name="capacity">The most items it holds; a power of two.</param>
internal sealed class Ring<T>(int capacity)
{
    private T[] _items = [];

    /// <summary>The ordinal of the oldest item held.</summary>
    public long First { get; private set; }

    /// <summary>The ordinal that the next item will have.</summary>
    public long Next { get; private set; }

    public int Count => (int)(Next - First);

    public bool IsFull => Count == capacity;

    public T this[long ordinal]
    {
        get => _items[ordinal & (_items.Length - 1)];
        set => _items[ordinal & (_items.Length - 1)] = value;
    }

    /// <summary>Adds an item; the ring must not be full.</summary>
    public void Add(T item)
    {
        if (Count == _items.Length) Grow();
        _items[Next++ & (_items.Length - 1)] = item;
    }

    /// <summary>Adds an item before the oldest, which has the ordinal of one that was removed; the ring must not be full.</summary>
    public void AddFirst(T item)
    {
        if (Count == _items.Length) Grow();
        _items[--First & (_items.Length - 1)] = item;
    }

    public T RemoveFirst()
    {
        var slot = First++ & (_items.Length - 1);
        var item = _items[slot];
        _items[slot] = default!;
        return item;
    }

    /// <summary>Removes all items; ordinals are not reused.</summary>
    public void Clear()
    {
        _items = [];
        First = Next;
    }

    private void Grow()
    {
        var larger = new T[Math.Max(1, Math.Min(capacity, _items.Length * 2))];
        for (var ordinal = First; ordinal < Next; ordinal++) larger[ordinal & (larger.Length - 1)] = this[ordinal];
        _items = larger;
    }
}
