namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Settings on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.settings")]
internal readonly record struct StreamSettingsSurrogate(string Name, bool Private, int Seconds);
