using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Carries <see cref="Command"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class CommandConverter : IConverter<Command, CommandSurrogate>
{
    public Command ConvertFromSurrogate(in CommandSurrogate surrogate) =>
        new(surrogate.Id, surrogate.Address, surrogate.Prompt, surrogate.Created, surrogate.Begun);

    public CommandSurrogate ConvertToSurrogate(in Command value) =>
        new(value.Id, value.Address, value.Prompt, value.Created, value.Begun);
}
