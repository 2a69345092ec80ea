namespace Malten.Gateway.Memory;

/// <summary>Buffers that some library keeps, with what was in them, to use them again.</summary>
public interface IKeptBuffers
{
    /// <summary>Raised when something has been in them, or when many are idle. Handlers return quickly and do not throw.</summary>
    event Action? Used;

    /// <summary>
    /// Lets go of those that nobody is likely to use soon, and says whether there were any. Called right before a collection of all
    /// garbage.
    /// </summary>
    bool Trim() => false;

    /// <summary>Overwrites those that are not in use. Called from one thread at a time, right after a collection of all garbage.</summary>
    void Overwrite();
}
