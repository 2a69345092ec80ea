namespace Malten.Bench.Load.Checks;

/// <summary>Messages of one publisher that a listener has not seen.</summary>
internal readonly record struct SequenceRange(int Publisher, long First, long Next)
{
    public long Count => Next - First;

    public bool Contains(int publisher, long sequence) =>
        publisher == Publisher && sequence >= First && sequence < Next;
}
