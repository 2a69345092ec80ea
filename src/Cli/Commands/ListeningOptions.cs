using System.CommandLine;
using System.Runtime.CompilerServices;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>The options of commands that listen; each has options of its own, since a parser's option knows one command line.</summary>
internal sealed class ListeningOptions
{
    private readonly Option<string> _user = new("--user") { Description = "The name under which others see this listener", HelpName = "name" };
    private readonly Option<bool> _all = new("--all", "-a") { Description = "Begin with all messages that are held" };
    private readonly Option<string> _after = new("--after") { Description = "Begin after this timestamp, a message's 'Created'", HelpName = "timestamp" };
    private readonly Option<int?> _count = new("--count", "-n") { Description = "Stop after this many messages", HelpName = "number" };

    public void AddTo(System.CommandLine.Command command)
    {
        command.Add(_all);
        command.Add(_after);
        command.Add(_count);
        command.Add(_user);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_all) && result.GetValue(_after) is not null) result.AddError("--all and --after exclude each other.");
            if (result.GetValue(_count) is < 1) result.AddError("--count takes 1 or more.");
        });
    }

    /// <summary>Listens until as many messages have come as were asked for.</summary>
    public async IAsyncEnumerable<StreamItem> ListenAsync(
        ParseResult line, MaltenClient client, StreamSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new ListenOptions { User = line.GetValue(_user), After = After(line) };
        var rest = line.GetValue(_count) ?? int.MaxValue;
        await foreach (var item in source.ListenAsync(client, options, cancellationToken))
        {
            yield return item;
            if (item is Message or EncryptedMessage && --rest == 0) yield break;
        }
    }

    private Cursor? After(ParseResult line) =>
        line.GetValue(_all) ? Cursor.Beginning : line.GetValue(_after) is { } after ? Cursor.Parse(after) : null;
}
