using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>The copy services of other silos, as one silo reaches them.</summary>
internal sealed class RemoteCopies(Node from) : ICopyServices
{
    public ICopyService On(SiloAddress silo) => new Remote(from, silo);

    private sealed class Remote(Node from, SiloAddress silo) : ICopyService
    {
        private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

        public Task<CopyOutcome[]> Add(CopyUpdate[] updates) => CallAsync(service => service.Add(updates), Soon);

        public Task<CopyOutcome[]> Hold(StreamCopy[] pieces) => CallAsync(service => service.Hold(pieces), Soon);

        public Task Drop(string stream, CopyWriter writer, long turn) => CallAsync(service => Done(service.Drop(stream, writer, turn)), Soon);

        public Task<CopyOutcome> HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) =>
            CallAsync(service => service.HoldClaims(stream, writer, turn, claims), Soon);

        public Task Forget(string stream, CopyWriter writer)
        {
            from.Network.Carry(from, silo, target => target.CopyService.Forget(stream, writer));
            return Task.CompletedTask;
        }

        public Task<FoundCopy[]> Find(CopyQuestion[] questions) => CallAsync(service => service.Find(questions), Soon);

        public Task<StreamCopy?> Read(string stream, long epoch, Timestamp after) =>
            CallAsync(service => service.Read(stream, epoch, after), Soon);

        public Task ReportSettled(SiloAddress who, ulong view, long version) =>
            CallAsync(service => Done(service.ReportSettled(who, view, version)), Soon);

        public Task ReportLeaving(SiloAddress who) => CallAsync(service => Done(service.ReportLeaving(who)), Soon);

        public Task Ping() => throw new NotSupportedException();

        private Task<T> CallAsync<T>(Func<ICopyService, Task<T>> call, TimeSpan timeout) =>
            from.Network.CallAsync(from, silo, timeout, target => call(target.CopyService));

        private static Task<bool> Done(Task task) => Task.FromResult(task.IsCompleted);
    }
}
