using Malten.Streams.Limits;

namespace Malten.Streams.Bytes;

/// <summary>What one end of a channel may hold while bytes flow: counted to its client until this is disposed of.</summary>
internal sealed class TransferMemory : IChargedMemory, IDisposable
{
    private readonly Capacity _capacity;
    private readonly Place _place;

    private TransferMemory(Capacity capacity, Place place) => (_capacity, _place) = (capacity, place);

    /// <summary>Counts it; null when there is no room.</summary>
    public static TransferMemory? TryAdd(Capacity capacity, Place place)
    {
        if (!capacity.TryAddBytesForListeners(ByteLimits.HeldBytes)) return null;
        var memory = new TransferMemory(capacity, place);
        place.Charge(memory, ByteLimits.HeldBytes);
        return memory;
    }

    void IChargedMemory.GiveUp(long bytes)
    {
        // Bytes on their way can't be given up; they go with their place.
    }

    public void Dispose()
    {
        _place.Charge(this, -ByteLimits.HeldBytes);
        _capacity.ChangeBytes(-ByteLimits.HeldBytes);
    }
}
