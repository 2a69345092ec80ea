namespace Malten.Cluster.Tests.Example;

/// <summary>The example of <c>docs/commands.md</c>.</summary>
public interface IClockGrain : IGrainWithStringKey;
