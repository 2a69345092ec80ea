using System.Diagnostics.CodeAnalysis;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>
/// What the answers of this node may cost: tokens a day (UTC), of the node and of each client, and half of the node's for all
/// clients of one network. What an answer may come to is reserved before the provider is asked, and settled when it is known,
/// so that many at once can't spend more than is left. Thread-safe.
/// </summary>
internal sealed class TokenBudget(ChatOptions options, TimeProvider time)
{
    // By then, some of what is reserved has been settled.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private static readonly Reasons Yours = new(Refusal.Busy,
        "You have used up your share of today's answers; ask again after 00:00 UTC.",
        "Too many of your questions wait for an answer; ask again when some are answered.");

    private static readonly Reasons OfYourNetwork = new(Refusal.Busy,
        "Your network has used up its share of today's answers; ask again after 00:00 UTC.",
        "Too many questions from your network wait for an answer; ask again when some are answered.");

    private static readonly Reasons OfTheNode = new(Refusal.Full,
        "This node has spent what it may on answers today; ask again after 00:00 UTC.",
        "This node can pay for no more answers until some under way are there; ask again shortly.");

    private readonly Lock _gate = new();
    private readonly Dictionary<ClientKey, Account> _clients = []; // those that have spent or reserved something
    private readonly Dictionary<ulong, Account> _networks = [];
    private readonly Account _node = new();
    private DateTime _day;

    /// <summary>How many clients it keeps account of.</summary>
    public int Clients
    {
        get { lock (_gate) return _clients.Count; }
    }

    private long OfNetwork => Math.Max(options.TokensPerDay / 2, options.TokensPerDayPerClient);

    /// <summary>The tokens that the node has spent today.</summary>
    public long SpentToday
    {
        get
        {
            lock (_gate)
            {
                BeginDay();
                return _node.Spent;
            }
        }
    }

    /// <summary>Reserves tokens for an answer to a client; otherwise says why not.</summary>
    public bool TryReserve(ClientKey client, long tokens, [NotNullWhen(false)] out StreamRefusedException? refusal)
    {
        lock (_gate)
        {
            BeginDay();
            var account = _clients.GetValueOrDefault(client) ?? new Account();
            var network = _networks.GetValueOrDefault(client.Network) ?? new Account();
            refusal = RefusalOf(account, options.TokensPerDayPerClient, tokens, Yours) ?? RefusalOf(network, OfNetwork, tokens, OfYourNetwork)
                ?? RefusalOf(_node, options.TokensPerDay, tokens, OfTheNode);
            if (refusal is not null) return false;
            (_clients[client], _networks[client.Network]) = (account, network);
            foreach (var one in new[] { account, network, _node }) one.Reserved += tokens;
            return true;
        }
    }

    /// <summary>Gives back what was reserved, and counts what was spent. It counts for the day on which it is settled.</summary>
    public void Settle(ClientKey client, long reserved, long spent)
    {
        lock (_gate)
        {
            BeginDay();
            var (account, network) = (_clients[client], _networks[client.Network]);
            foreach (var one in new[] { account, network, _node })
            {
                one.Reserved -= reserved;
                one.Spent += spent;
            }

            if (account.IsUnused) _clients.Remove(client);
            if (network.IsUnused) _networks.Remove(client.Network);
        }
    }

    private StreamRefusedException? RefusalOf(Account account, long most, long tokens, Reasons reasons)
    {
        if (account.Spent > most - tokens)
            return new StreamRefusedException(reasons.Refusal, reasons.Spent) { RetryAfter = _day.AddDays(1) - time.GetUtcNow().UtcDateTime };
        return account.Spent + account.Reserved > most - tokens
            ? new StreamRefusedException(reasons.Refusal, reasons.Reserved) { RetryAfter = Soon }
            : null;
    }

    private void BeginDay()
    {
        var today = time.GetUtcNow().UtcDateTime.Date;
        if (today <= _day) return; // a clock that is set back renews nothing
        _day = today;
        _node.Spent = 0;
        Renew(_clients);
        Renew(_networks);
    }

    private static void Renew<T>(Dictionary<T, Account> accounts) where T : notnull
    {
        foreach (var (key, account) in accounts)
        {
            account.Spent = 0;
            if (account.IsUnused) accounts.Remove(key);
        }
    }

    /// <summary>Why nothing is left of an account: it is spent for today, or reserved for what is under way.</summary>
    private sealed record Reasons(Refusal Refusal, string Spent, string Reserved);

    private sealed class Account
    {
        public long Spent { get; set; }

        public long Reserved { get; set; }

        public bool IsUnused => Spent == 0 && Reserved == 0;
    }
}
