using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using Malten.Testing.Histories;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos.Moving;

/// <summary>
/// Streams of as many and as long messages as there may be, several megabytes each, until they take a share of each node's memory.
/// </summary>
/// <param name="nodes">The nodes. All hold the same part of the streams.</param>
/// <param name="copies">How many nodes hold each stream.</param>
/// <param name="share">The share of the memory, 0 to 1.</param>
/// <param name="mayGiveWay">Whether messages may have to give way, since the nodes that are left can't hold all of them.</param>
internal sealed class LongStreams(IReadOnlyList<Node> nodes, int copies, double share, bool mayGiveWay) : ICargo
{
    private const int Megabytes = 256; // the default
    private const int MostMessages = 1024;
    private const int MostCharacters = 1024;
    private const int Batch = 64; // between two looks at what is held
    private const int Digits = 4;

    private static readonly string Filler = string.Concat(Enumerable.Repeat("\U0001F600", MostCharacters - Digits)); // four bytes each
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<HttpClient> _clients = LocalClients.Create(count: 20, part: 50);
    private readonly List<LongStream> _streams = [];

    public IReadOnlyList<string> Settings { get; } = ["--Malten:MaxMemoryMegabytes", $"{Megabytes}"];

    public async Task<string> LoadAsync(Members members, MetricsCollector metrics)
    {
        var names = NamesAsync(members);
        while (true)
        {
            var held = await metrics.HeldAsync(nodes);
            if (held.Min() >= share * Megabytes * 1024 * 1024)
                return string.Create(CultureInfo.InvariantCulture, $"{_streams.Sum(stream => stream.Posted):N0} messages in {_streams.Count} streams; "
                    + $"{string.Join(", ", held.Select(bytes => bytes >> 20))} of {Megabytes} MiB held");
            if (_streams.TrueForAll(stream => stream.Posted == MostMessages))
                foreach (var name in (await names).Skip(_streams.Count).Take(nodes.Count).ToList())
                    _streams.Add(new LongStream(name, _clients[_streams.Count % _clients.Count]));
            await Task.WhenAll(_streams.Where(stream => stream.Posted < MostMessages).Select(PostBatchAsync));
        }
    }

    public async Task<string> CheckAsync()
    {
        var (posted, missing, wrong) = (_streams.Sum(stream => stream.Posted), 0, 0);
        foreach (var (index, stream) in _streams.Index())
        {
            using var limit = new CancellationTokenSource(Patience);
            var address = $"{nodes[index % nodes.Count].Url}/messages?stream={stream.Name}&limit={MostMessages}";
            var page = (await stream.Client.GetFromJsonAsync<List<Posted>>(address, limit.Token))!;
            var numbers = page.ConvertAll(message => int.Parse(message.Text[..Digits], CultureInfo.InvariantCulture));
            missing += stream.Posted - numbers.Distinct().Count();
            wrong += page.Count(message => message.Text[Digits..] != Filler) + numbers.Zip(numbers.Skip(1)).Count(pair => pair.First >= pair.Second);
        }

        var found = string.Create(CultureInfo.InvariantCulture,
            $"{posted - missing:N0} of {posted:N0} long messages are there; {wrong} are altered, repeated or out of order");
        return wrong == 0 && (missing == 0 || mayGiveWay) ? found : throw new InvalidDataException(found);
    }

    /// <summary>Names of streams, for each pair of nodes in turn, so that all nodes hold the same.</summary>
    private async Task<List<string>> NamesAsync(Members members)
    {
        const int Many = 3000;
        var view = await members.LookAsync();
        var pairs = Enumerable.Range(0, Many).Select(number => $"long-{number}")
            .GroupBy(name => string.Join(' ', view.Candidates(name, copies).Select(silo => silo.Endpoint.Port).Order())).ToList();
        return [.. Enumerable.Range(0, pairs.Min(pair => pair.Count())).SelectMany(turn => pairs.Select(pair => pair.ElementAt(turn)))];
    }

    private async Task PostBatchAsync(LongStream stream)
    {
        for (var end = stream.Posted + Batch; stream.Posted < end; stream.Posted++)
        {
            var number = stream.Posted.ToString("0000", CultureInfo.InvariantCulture);
            var body = $$"""{"stream":"{{stream.Name}}","message":"{{number}}{{Filler}}"}""";
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await stream.Client.PostAsync($"{nodes[stream.Posted % nodes.Count].Url}/messages", content);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>A stream, and whoever posts to it.</summary>
    private sealed record LongStream(string Name, HttpClient Client)
    {
        /// <summary>How many messages were acknowledged.</summary>
        public int Posted { get; set; }
    }
}
