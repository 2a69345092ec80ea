using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.MessageStreams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>The streams of the cluster as one silo reaches them: by the directory, or at the silo that its view names.</summary>
internal sealed class RemoteStreams(Node from, World world, Breakage broken) : IStreamGrains
{
    public IStreamGrain Of(StreamName name) => new Remote(from, world, broken, name.Value);

    public GrainId IdOf(StreamName name) => ActivationContext.IdOf(name.Value);

    private sealed class Remote(Node from, World world, Breakage broken, string name) : IStreamGrain
    {
        public Task<Outcome<bool>> Begin(StreamSettings settings, Seats? seats, Guid request) =>
            CallAsync(stream => stream.Begin(settings, seats, request), 10);

        public Task<Outcome<Frame>[]> Append(Draft[] drafts)
        {
            if (broken.StoresRepeated) drafts = Array.ConvertAll(drafts, draft => draft with { IsNew = true });
            return CallAsync(stream => stream.Append(drafts), 10);
        }

        public Task<Outcome<Frame[]>> Read(PageRequest request) => CallAsync(stream => stream.Read(request), 5);

        public Task<Outcome<Frame>> SendCommand(StreamAddress address, string prompt, Guid id, ClientKey client) => throw new NotSupportedException();

        public Task<bool> ReportProgress(Command command, string text) => throw new NotSupportedException();

        public Task<bool> HasEnded(Command command) => CallAsync(stream => stream.HasEnded(command), 5);

        public Task Announce(Frame announcement, Guid? settles) => throw new NotSupportedException();

        public Task<Outcome<Presence>> GetPresence(string? seat) => CallAsync(stream => stream.GetPresence(seat), 5);

        public Task<FeedUpdate> Subscribe(FeedSubscription subscription) => from.Network.CallAsync(
            from, Silo(), TimeSpan.FromSeconds(5), target => target.Activations.InvokeAsync(
                name, stream => stream.Subscribe(subscription with { Observer = new RemoteGateway(target, from.Address) }),
                TimeSpan.FromSeconds(5)));

        public Task<GatewayRoute[]> GetGateways(string? wanted) => throw new NotSupportedException();

        public Task Unsubscribe(string gateway, long subscription) =>
            CallAsync(stream => Done(stream.Unsubscribe(gateway, subscription)), 10);

        public Task Offer(StreamSnapshot snapshot) => CallAsync(stream => Done(stream.Offer(snapshot)), 10);

        public Task<Outcome<bool>> Admit(string gateway, string? seat) => CallAsync(stream => stream.Admit(gateway, seat), 5);

        public Task Report(string gateway, NodePresence presence) => CallAsync(stream => Done(stream.Report(gateway, presence)), 10);

        public Task<string?> GetPrompt(Guid command) => throw new NotSupportedException();

        public Task<bool> TryClaim(Guid command, SiloAddress silo) => throw new NotSupportedException();

        public Task Expire() => CallAsync(stream => Done(stream.Expire()), 10);

        public Task<SettleOutcome> Settle(Timestamp held) =>
            broken.MovesNothing ? Task.FromResult(SettleOutcome.InPlace) : CallAsync(stream => stream.Settle(held), 30);

        private Task<T> CallAsync<T>(Func<StreamGrain, Task<T>> call, int seconds)
        {
            var timeout = TimeSpan.FromSeconds(seconds);
            return from.Network.CallAsync(from, Silo(), timeout, target => target.Activations.InvokeAsync(name, call, timeout));
        }

        private SiloAddress Silo() => from.Activations.Has(name) ? from.Address : world.Place(name, from);

        private static async Task<bool> Done(Task task)
        {
            await task;
            return true;
        }
    }
}
