namespace Malten.Testing.Contract;

/// <summary>A running Malten, of one node or of several, as a test of the wire contract reaches it.</summary>
public interface IContractHost<TSelf> : IAsyncDisposable where TSelf : IContractHost<TSelf>
{
    /// <summary>Where its nodes are reached. Requests of one test go to them in turn.</summary>
    IReadOnlyList<Uri> Addresses { get; }

    /// <summary>The clock of all nodes, or null when they run by the real one.</summary>
    FakeTime? Time { get; }

    /// <summary>
    /// A host for one test: fresh, or one that tests share. Limits per client are out of the way. Tests take names of
    /// their own, save for the stream <c>_</c>, so a shared host must serve no two tests at a time.
    /// </summary>
    static abstract ValueTask<TSelf> StartAsync();
}
