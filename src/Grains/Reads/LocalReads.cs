using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.GrainDirectory;

namespace Malten.Grains.Reads;

/// <summary>
/// Reads the streams that this silo should run. A stream that runs here is one call away. A name without an activation
/// anywhere, of which no silo that should hold it has a copy, is answered without making an activation. Whenever that is
/// not certain, the grain answers.
/// </summary>
internal sealed class LocalReads(
    LocalStreams local, CopyStore copies, ClusterView cluster, Settlement settlement, Lease lease, IStreamGrains streams,
    [FromKeyedServices(GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY)] IGrainDirectory directory, IReadServices silos,
    IOptions<CopyOptions> options, Capacity capacity, [FromKeyedServices(StreamClock.Key)] TimeProvider time)
{
    /// <inheritdoc cref="IReaderGrain.Read"/>
    public Task<Outcome<Frame[]>> ReadAsync(PageRequest request) => AnswerAsync(
        request.Address.Name, grain => grain.Read(request), unused => Outcome.Of(() => unused.Read(request).ToArray()));

    /// <inheritdoc cref="IReaderGrain.GetPresence"/>
    public Task<Outcome<Presence>> GetPresenceAsync(StreamAddress address) => AnswerAsync(
        address.Name, grain => grain.GetPresence(address.Seat), unused => Outcome.Of(() => unused.GetPresence(address.Seat)));

    /// <inheritdoc cref="IReaderGrain.HasEnded"/>
    public Task<bool> HasEndedAsync(Command command) => AnswerAsync(
        command.Address.Name, grain => grain.HasEnded(command), unused => unused.HasEnded(command.Begun, command.Address.Seat));

    /// <inheritdoc cref="IReadService.HasNothing"/>
    public bool HasNothing(string stream, ulong view) =>
        IsSettled(view) && !local.Contains(stream) && !copies.Holds(stream);

    private async Task<T> AnswerAsync<T>(StreamName name, Func<IStreamGrain, Task<T>> ask, Func<MessageStream, T> unused)
    {
        var grain = streams.Of(name);
        if (local.Contains(name.Value) || !await IsUnusedAsync(name.Value, streams.IdOf(name))) return await ask(grain);
        using var stream = new MessageStream(name, capacity, time); // knows what is said of a name that is not in use
        return unused(stream);
    }

    /// <summary>Whether nobody certainly uses the name.</summary>
    private async Task<bool> IsUnusedAsync(string name, GrainId grain)
    {
        var view = cluster.View;
        var candidates = view.Candidates(name, options.Value.Copies);
        if (!cluster.Self.Equals(candidates.FirstOrDefault()) || !HasNothing(name, view.Id)) return false;
        try
        {
            // In this order: whoever begins or recovers the stream is in the directory before it touches a copy.
            if (await directory.Lookup(grain) is not null) return false;
            var others = await Task.WhenAll(candidates.Skip(1).Select(silo => silos.On(silo).HasNothing(name, view.Id)));
            return Array.TrueForAll(others, hasNothing => hasNothing) && HasNothing(name, view.Id);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            return false;
        }
    }

    private bool IsSettled(ulong view) => lease.IsHeld && cluster.View.Id == view && settlement.IsSettled;
}
