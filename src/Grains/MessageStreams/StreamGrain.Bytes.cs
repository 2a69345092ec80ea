using Malten.Grains.Bytes;
using Malten.Grains.Interfaces;
using Malten.Grains.Interfaces.Bytes;
using Malten.Streams.Values;

namespace Malten.Grains.MessageStreams;

/// <content>Bytes: where the two ends of a pipe's channels find each other.</content>
internal sealed partial class StreamGrain : IByteChannels
{
    // Short, since an activation that is about to move waits for the calls that it is answering.
    private static readonly TimeSpan ReceiverPatience = TimeSpan.FromSeconds(2);

    public Task<Outcome<int>> Receive(ByteRegistration registration) => Look(() => Outcome.Of(() =>
    {
        var life = Stream.Receive(registration.Seat, registration.Channel, new RemoteReceiver(registration.Address),
            registration.IsNew, registration.HasFlowed);
        KeepIf(registration.HasFlowed);
        return life.Seconds;
    }));

    public Task<Outcome<bool>> LeaveReceiver(ByteRegistration registration) => Look(() => Outcome.Of(() =>
    {
        Stream.LeaveReceiver(registration.Seat, registration.Channel, registration.Address.Receiver, registration.HasFlowed);
        KeepIf(registration.HasFlowed);
        return true;
    }));

    public async Task<Outcome<ByteAddress?>> FindReceiver(string? seat, int channel)
    {
        try
        {
            var found = Stream.FindReceiver(seat, channel);
            Task waited = found.WaitAsync(ReceiverPatience, hostTime);
            await waited.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return new Outcome<ByteAddress?> { Value = found.IsCompleted ? ((RemoteReceiver)await found).Address : null };
        }
        catch (StreamRefusedException refused)
        {
            return Outcome.Refused<ByteAddress?>(refused);
        }
        finally
        {
            RetireIfUnused();
        }
    }

    public Task<Outcome<bool>> ForgetReceiver(string? seat, int channel, Guid receiver) => Look(() => Outcome.Of(() =>
    {
        Stream.ForgetReceiver(seat, channel, receiver);
        return true;
    }));

    /// <summary>Bytes have flowed: the pipe lives on, here and in its copies.</summary>
    private void KeepIf(bool hasFlowed)
    {
        if (hasFlowed) _ = StoreAsync();
    }
}
