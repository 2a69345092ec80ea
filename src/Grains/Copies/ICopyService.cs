using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Values;
using Orleans.Concurrency;
using Orleans.Services;

namespace Malten.Grains.Copies;

/// <summary>
/// Holds copies of streams that live on other silos. Each silo has this service, and callers address it by silo: no grain
/// directory has to survive a failure for a copy to be found.
/// </summary>
[Alias("malten.copies")]
internal interface ICopyService : IGrainService
{
    /// <summary>Brings copies of several streams up to date, and returns what became of each.</summary>
    [ResponseTimeout("00:00:02")]
    Task<CopyOutcome[]> Add([Immutable] CopyUpdate[] updates);

    /// <summary>
    /// Takes pieces of copies, and holds each copy in place of any other of that stream once it has the last piece. Returns
    /// what became of each piece.
    /// </summary>
    [ResponseTimeout("00:00:02")]
    Task<CopyOutcome[]> Hold([Immutable] StreamCopy[] pieces);

    /// <summary>Holds the commands of a name that no stream uses, in place of any that it held; none: forgets them.</summary>
    [ResponseTimeout("00:00:02")]
    Task<CopyOutcome> HoldClaims(string stream, [Immutable] CopyWriter writer, long turn, [Immutable] CommandClaim[] claims);

    /// <summary>Drops a copy, unless a later activation has written it, or the writer's silo was declared dead.</summary>
    [ResponseTimeout("00:00:02")]
    Task Drop(string stream, [Immutable] CopyWriter writer, long turn);

    /// <summary>
    /// An activation has ended that held nothing. If it was the first of its name, the silo forgets that it was there.
    /// </summary>
    [OneWay]
    Task Forget(string stream, [Immutable] CopyWriter writer);

    /// <summary>
    /// The copies of streams that this silo holds, each for an activation that would have the epoch of the question. If that
    /// is greater than any that the silo has heard of, it accepts nothing from earlier activations from then on. Answers the
    /// first question, and those after it until the answers are as large as a piece of a copy: the others must be asked again.
    /// An earlier activation that runs the stream on that silo ends, and what it has committed is the answer.
    /// Throws, and heeds nothing of it, when the silo has no lease or knows that the asker was declared dead.
    /// </summary>
    [ResponseTimeout("00:00:02")]
    Task<FoundCopy[]> Find([Immutable] CopyQuestion[] questions);

    /// <summary>
    /// The piece of a copy that follows a message, for the activation that has found it with that epoch; null when the copy
    /// is gone, or a later activation has asked for it.
    /// </summary>
    [ResponseTimeout("00:00:02")]
    Task<StreamCopy?> Read(string stream, long epoch, Timestamp after);

    /// <summary>
    /// A silo has settled a view (<see cref="View.Id"/>), as of a version of the membership table: all that it holds is
    /// where that view puts it.
    /// </summary>
    [ResponseTimeout("00:00:02")]
    Task ReportSettled(SiloAddress silo, ulong view, long version);

    /// <summary>Answers at once, and so tells that the silo is there. Throws when it has no lease, so that it serves nothing.</summary>
    [ResponseTimeout("00:00:00.400")]
    Task Ping();

    /// <summary>A silo is about to leave the cluster, and moves what it holds to others before it does.</summary>
    [ResponseTimeout("00:00:02")]
    Task ReportLeaving(SiloAddress silo);
}

/// <summary>What became of a change to a copy.</summary>
internal enum CopyOutcome
{
    /// <summary>The silo holds it, or has this piece of it.</summary>
    Held,

    /// <summary>The silo has no copy, or not the one to which the update belongs: the writer must send the whole stream.</summary>
    Differs,

    /// <summary>The silo does not see the writer's silo as a member, or itself: the writer may try again.</summary>
    Refused,

    /// <summary>The silo knows of a later activation: the writer must end.</summary>
    Superseded,
}

/// <summary>What an activation asks a silo that may hold a copy of its stream.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Epoch">The epoch that the activation would have.</param>
/// <param name="Asker">The silo on which it would run; null from one of an earlier version, which does not say.</param>
[GenerateSerializer, Immutable, Alias("malten.copy-question")]
internal sealed record CopyQuestion(string Stream, long Epoch, SiloAddress? Asker = null);

/// <summary>What a silo knows of a stream.</summary>
/// <param name="Fence">The highest epoch that it had heard of before it was asked; 0 for none.</param>
/// <param name="Copy">The first piece of the copy that it holds, or null.</param>
/// <param name="Newest">The newest timestamp of that copy.</param>
/// <param name="Messages">How many messages it holds: some of those of another copy may have had to give way there.</param>
/// <param name="Claims">The commands that it holds of a name that no stream uses.</param>
/// <param name="Version">The version of the membership table that it knew; 0 from a silo of an earlier version, which does not say.</param>
/// <param name="View">The view by which it moves what it holds (<see cref="Members.View.Id"/>).</param>
[GenerateSerializer, Immutable, Alias("malten.found-copy")]
internal sealed record FoundCopy(
    long Fence, StreamCopy? Copy, Timestamp Newest, int Messages, CommandClaim[] Claims, long Version = 0, ulong View = 0);
