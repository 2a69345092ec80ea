using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>What one command may cost: reserved when it is taken, raised when its prompt is known, settled in the end.</summary>
internal sealed class TokenReservation(TokenBudget budget, ClientKey client, long tokens)
{
    private long _reserved = tokens;

    /// <summary>
    /// What it has cost, as far as is known. From when the provider is asked until it says, all that is reserved: an answer
    /// that breaks off was paid for too.
    /// </summary>
    public long Spent { get; private set; }

    /// <summary>Sees to it that so much is reserved; false when the budget does not allow it.</summary>
    public bool TryRaise(long tokens)
    {
        if (tokens <= _reserved) return true;
        if (!budget.TryReserve(client, tokens - _reserved, out _)) return false;
        _reserved = tokens;
        return true;
    }

    /// <summary>Counts all that is reserved as spent, until <see cref="Spend"/> says otherwise.</summary>
    public void SpendAll() => Spent = _reserved;

    /// <summary>Counts this as spent.</summary>
    public void Spend(long tokens) => Spent = Math.Max(0, tokens);

    /// <summary>Ends the reservation.</summary>
    public void Settle() => budget.Settle(client, _reserved, Spent);
}
