namespace Malten.Grains.Interfaces.Bytes;

/// <summary>
/// Where the two ends of a pipe's channels find each other: the grain of the stream (<see cref="IStreamGrain"/>), whose key is
/// the pipe's name. The bytes go from gateway to gateway (<see cref="IByteGateway"/>). A refusal comes back as an
/// <see cref="Outcome{T}"/>; an exception means that the call failed on its way and may be repeated.
/// </summary>
[Alias("malten.byte-channels")]
public interface IByteChannels : IGrainWithStringKey
{
    /// <summary>Registers a receiver, or renews its registration; returns how many seconds the pipe lives after its last use.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<int>> Receive([Immutable] ByteRegistration registration);

    /// <summary>Ends a registration.</summary>
    [ResponseTimeout("00:00:02")]
    Task<Outcome<bool>> LeaveReceiver([Immutable] ByteRegistration registration);

    /// <summary>The receiver of what a seat sends on a channel; null when none has come within two seconds.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<ByteAddress?>> FindReceiver(string? seat, int channel);

    /// <summary>A seat that sends has found that the receiver at the other one has gone.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<bool>> ForgetReceiver(string? seat, int channel, Guid receiver);
}

/// <summary>A receiver, and where it is reached.</summary>
/// <param name="Gateway">Its gateway.</param>
/// <param name="Receiver">Its id.</param>
[GenerateSerializer, Immutable, Alias("malten.byte-address")]
public sealed record ByteAddress(IByteGateway Gateway, Guid Receiver);

/// <summary>The registration of a receiver with a pipe.</summary>
[GenerateSerializer, Immutable, Alias("malten.byte-registration")]
public sealed record ByteRegistration
{
    /// <summary>The receiver.</summary>
    [Id(0)]
    public required ByteAddress Address { get; init; }

    /// <summary>The seat from which it receives.</summary>
    [Id(1)]
    public required string? Seat { get; init; }

    /// <summary>The number of the channel.</summary>
    [Id(2)]
    public required int Channel { get; init; }

    /// <summary>Whether it comes, in place of any other, rather than stays.</summary>
    [Id(3)]
    public bool IsNew { get; init; }

    /// <summary>Whether it got bytes since it said so last.</summary>
    [Id(4)]
    public bool HasFlowed { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(registration)"; // a secret must not reach a log by interpolation
}
