using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// What the product's copy service does when it is called: that one can't be made without an Orleans silo. Rules that a
/// <see cref="Breakage"/> takes out are broken here.
/// </summary>
internal sealed class LocalCopies(Node node, Breakage broken) : ICopyService
{
    public Task<CopyOutcome[]> Add(CopyUpdate[] updates) =>
        Task.FromResult(Array.ConvertAll(updates, update => broken.AcknowledgesUnheld ? CopyOutcome.Held : node.Copies.Add(update)));

    public Task<CopyOutcome[]> Hold(StreamCopy[] pieces) =>
        Task.FromResult(Array.ConvertAll(pieces, piece => broken.AcknowledgesUnheld ? CopyOutcome.Held : node.Copies.Hold(piece)));

    public Task Drop(string stream, CopyWriter writer, long turn)
    {
        node.Copies.Drop(stream, writer, turn);
        return Task.CompletedTask;
    }

    public Task<CopyOutcome> HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) =>
        Task.FromResult(node.Copies.HoldClaims(stream, writer, turn, claims));

    public Task Forget(string stream, CopyWriter writer)
    {
        node.Copies.Forget(stream, writer);
        return Task.CompletedTask;
    }

    public Task<FoundCopy[]> Find(CopyQuestion[] questions)
    {
        if (broken.AnswersTheDead) questions = Array.ConvertAll(questions, question => question with { Asker = null });
        if (broken.RaisesNoFence) questions = Array.ConvertAll(questions, question => question with { Epoch = 0 });
        return node.Finder.FindAsync(questions);
    }

    public Task<StreamCopy?> Read(string stream, long epoch, Timestamp after) =>
        Task.FromResult(node.Copies.Read(stream, broken.RaisesNoFence ? 0 : epoch, after));

    public Task ReportSettled(SiloAddress silo, ulong view, long version)
    {
        node.Settlement.Report(silo, view, version);
        return Task.CompletedTask;
    }

    public Task Ping() => Task.CompletedTask;

    public Task ReportLeaving(SiloAddress silo)
    {
        node.View.ReportLeaving(silo);
        return Task.CompletedTask;
    }
}
