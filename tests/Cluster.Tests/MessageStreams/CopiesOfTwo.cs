using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.MessageStreams;

/// <summary>The copies of both silos, as this one reaches them.</summary>
internal sealed class CopiesOfTwo(CopyStore here, CopyStore elsewhere) : ICopyServices
{
    /// <summary>Happens between what the other silo finds and its answer.</summary>
    public Func<Task> Found { get; set; } = () => Task.CompletedTask;

    /// <summary>What the other silo makes of a copy; null: what it does.</summary>
    public CopyOutcome? Outcome { get; set; }

    public ICopyService On(SiloAddress silo) => silo.Equals(LoneGrain.Self) ? new Copies(this, here) : new Copies(this, elsewhere);

    private sealed class Copies(CopiesOfTwo silos, CopyStore copies) : ICopyService
    {
        private bool IsElsewhere => copies == silos.Elsewhere;

        public async Task<FoundCopy[]> Find(CopyQuestion[] questions)
        {
            var found = Array.ConvertAll(questions, question => copies.Find(question.Stream, question.Epoch));
            if (IsElsewhere && found[0].Fence < questions[0].Epoch) await silos.Found();
            return found;
        }

        public Task<CopyOutcome[]> Hold(StreamCopy[] pieces) =>
            Task.FromResult(Array.ConvertAll(pieces, piece => silos.Outcome ?? copies.Hold(piece)));

        public Task<CopyOutcome[]> Add(CopyUpdate[] updates) => Task.FromResult(Array.ConvertAll(updates, copies.Add));

        public Task Drop(string stream, CopyWriter writer, long turn)
        {
            copies.Drop(stream, writer, turn);
            return Task.CompletedTask;
        }

        public Task Forget(string stream, CopyWriter writer)
        {
            copies.Forget(stream, writer);
            return Task.CompletedTask;
        }

        public Task<StreamCopy?> Read(string stream, long epoch, Timestamp after) => throw new NotSupportedException();

        public Task<CopyOutcome> HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) =>
            throw new NotSupportedException();

        public Task ReportSettled(SiloAddress silo, ulong view, long version) => throw new NotSupportedException();

        public Task Ping() => throw new NotSupportedException();

        public Task ReportLeaving(SiloAddress silo) => throw new NotSupportedException();
    }

    private CopyStore Elsewhere => elsewhere;
}
