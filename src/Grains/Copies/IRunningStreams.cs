namespace Malten.Grains.Copies;

/// <summary>The streams that run on this silo.</summary>
internal interface IRunningStreams
{
    /// <summary>The activation that runs a stream here; null when none does.</summary>
    IRunningStream? Find(string stream);
}

/// <summary>An activation that runs a stream on this silo. Thread-safe.</summary>
internal interface IRunningStream
{
    /// <summary>Its epoch: greater than that of every activation before it.</summary>
    long Epoch { get; }

    /// <summary>
    /// A later activation has asked for the stream, so that this one commits nothing more. Returns once what it has committed
    /// is among the copies of this silo; after that it ends.
    /// </summary>
    Task ReplaceAsync();
}
