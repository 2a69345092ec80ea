using Malten.Grains.Calls;
using Malten.Streams.Events;

namespace Malten.Grains.Copies;

/// <summary>
/// What the streams of this silo tell and ask the copy services, many streams to a call: see <see cref="Lanes{TPlace,TItem,TAnswer}"/>.
/// Calls fail as those of <see cref="ICopyService"/> do.
/// </summary>
internal sealed class CopyLanes(ICopyServices silos, TimeProvider time)
{
    private const int QuestionBytes = 128;

    private readonly Lanes<SiloAddress, CopyUpdate, CopyOutcome> _updates =
        new((silo, updates) => silos.On(silo).Add(updates), update => BytesOf(update.Messages), time);

    private readonly Lanes<SiloAddress, StreamCopy, CopyOutcome> _pieces =
        new((silo, pieces) => silos.On(silo).Hold(pieces), piece => BytesOf(piece.Stream.Messages), time);

    private readonly Lanes<SiloAddress, CopyQuestion, CopyAnswer> _questions =
        new((silo, questions) => AskAsync(silos.On(silo), questions, time), _ => QuestionBytes, time);

    /// <inheritdoc cref="ICopyService.Add"/>
    public Task<CopyOutcome> AddAsync(SiloAddress silo, CopyUpdate update) => _updates.SendAsync(silo, update);

    /// <inheritdoc cref="ICopyService.Hold"/>
    public Task<CopyOutcome> HoldAsync(SiloAddress silo, StreamCopy piece) => _pieces.SendAsync(silo, piece);

    /// <inheritdoc cref="ICopyService.Find"/>
    public Task<CopyAnswer> FindAsync(SiloAddress silo, CopyQuestion question) => _questions.SendAsync(silo, question);

    private static async Task<CopyAnswer[]> AskAsync(ICopyService silo, CopyQuestion[] questions, TimeProvider time)
    {
        var asked = time.GetTimestamp();
        return Array.ConvertAll(await silo.Find(questions), found => new CopyAnswer(found, asked));
    }

    private static int BytesOf(IReadOnlyList<Frame> messages) => messages.Sum(message => message.Bytes.Length);
}

/// <summary>What a silo answered.</summary>
/// <param name="Found">What it knows of the stream.</param>
/// <param name="Asked">When the call with the question was made, in ticks of the host's clock: since then the stream's time has run.</param>
internal sealed record CopyAnswer(FoundCopy Found, long Asked);
