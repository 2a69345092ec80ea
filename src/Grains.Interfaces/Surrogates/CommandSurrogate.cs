using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A command on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.command")]
internal readonly record struct CommandSurrogate(
    Guid Id, StreamAddress Address, string Prompt, Timestamp Created, Timestamp Begun, ClientKey Client, Timestamp Posted);

/// <summary>Carries <see cref="Command"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class CommandConverter : IConverter<Command, CommandSurrogate>
{
    public Command ConvertFromSurrogate(in CommandSurrogate surrogate) =>
        new(surrogate.Id, surrogate.Address, surrogate.Prompt, surrogate.Created, surrogate.Begun)
        {
            Client = surrogate.Client,
            Posted = surrogate.Posted,
        };

    public CommandSurrogate ConvertToSurrogate(in Command value) =>
        new(value.Id, value.Address, value.Prompt, value.Created, value.Begun, value.Client, value.Posted);
}
