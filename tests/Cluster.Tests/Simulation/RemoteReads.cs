using Malten.Grains.Interfaces;
using Malten.Grains.Reads;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>The read services of other silos, as one silo reaches them.</summary>
internal sealed class RemoteReads(Node from) : IReadServices
{
    public IReadService On(SiloAddress silo) => new Remote(from, silo);

    private sealed class Remote(Node from, SiloAddress silo) : IReadService
    {
        public Task<Outcome<Frame[]>> Read(PageRequest request) => CallAsync(reads => reads.ReadAsync(request), 5);

        public Task<Outcome<Presence>> GetPresence(StreamAddress address) => CallAsync(reads => reads.GetPresenceAsync(address), 5);

        public Task<bool> HasEnded(Command command) => CallAsync(reads => reads.HasEndedAsync(command), 5);

        public Task<bool> HasNothing(string stream, ulong view) =>
            CallAsync(reads => Task.FromResult(reads.HasNothing(stream, view)), 2);

        private Task<T> CallAsync<T>(Func<LocalReads, Task<T>> call, int seconds) =>
            from.Network.CallAsync(from, silo, TimeSpan.FromSeconds(seconds), target => call(target.Reads));
    }
}
