namespace Malten.Client;

/// <summary>A command to whatever listens to the stream and can answer.</summary>
public sealed record Command : StreamItem
{
    /// <summary>The id that an answer repeats in <see cref="Message.ReplyTo"/>.</summary>
    public required Guid Id { get; init; }

    /// <summary>What was asked: 1–1024 characters.</summary>
    public required string Prompt { get; init; }

    /// <summary>When it was given.</summary>
    public required Timestamp Created { get; init; }

    /// <summary>The stream's name.</summary>
    public required string Stream { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Printable.Line($"(asked: {Prompt})");
}

/// <summary>A command is being worked on.</summary>
public sealed record Answering : StreamItem
{
    /// <summary>The stream's name.</summary>
    public required string Stream { get; init; }

    /// <summary>The <see cref="Command.Id"/>.</summary>
    public required Guid Command { get; init; }

    /// <summary>The answer as far as it has been written, from its beginning, up to 16,384 characters; empty before its first word.</summary>
    public string Text { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() =>
        Printable.Line(Text.Length == 0 ? "(an answer is being written)" : $"(an answer is being written: {Text})");
}

/// <summary>A command could not be answered.</summary>
public sealed record CommandFailed : StreamItem
{
    /// <summary>The stream's name.</summary>
    public required string Stream { get; init; }

    /// <summary>The <see cref="Command.Id"/>.</summary>
    public required Guid Command { get; init; }

    /// <summary>A sentence for people.</summary>
    public required string Reason { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Printable.Line($"(not answered: {Reason})");
}
