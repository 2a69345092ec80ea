using Malten.Client;

namespace Malten.Cli.Tests;

/// <summary>A test of files between real processes: a folder of the sender's, and one of the receiver's.</summary>
public abstract class FileCliTests : CliTests
{
    private protected DirectoryInfo From { get; } = Directory.CreateTempSubdirectory("malten-");

    private protected DirectoryInfo To { get; } = Directory.CreateTempSubdirectory("malten-");

    private protected async Task<(CliProcess Sender, CliProcess Receiver)> TransferAsync(string[] files, params string[] options)
    {
        var sender = Use(CliProcess.Start(Node.Address, ["send", .. files]));
        var receiver = Use(CliProcess.Start(Node.Address, ["receive", await LinkOfAsync(sender), "--yes", "--to", To.FullName, .. options]));
        await receiver.EndAsync();
        await sender.EndAsync();
        return (sender, receiver);
    }

    /// <summary>Offers files, under whatever names, to <c>malten receive</c>, and says how each ended: null for one that it has.</summary>
    private protected async Task<(CliProcess Receiver, FileFault?[] Faults)> OfferAsync((string File, string Name, int Size)[] files, params string[] options)
    {
        await using var pipe = await Client.InviteAsync();
        var receiver = Use(CliProcess.Start(Node.Address, ["receive", pipe.Link!.ToText(), "--yes", "--to", To.FullName, .. options]));
        await using var items = pipe.ListenAsync().GetAsyncEnumerator();
        while (await items.MoveNextAsync() && items.Current is not PipeOpened) { }
        var hearing = Task.Run(async () => { while (await items.MoveNextAsync()) { } });
        await using var transfers = pipe.TransferFiles();
        var sent = transfers.Offer([.. files.Select(file =>
        {
            var content = Write(file.File, file.Size);
            return new FileToSend(new FileDescription(file.Name, "", file.Size), () => File.OpenRead(content));
        })]);
        await receiver.EndAsync();
        await hearing.WaitAsync(TimeSpan.FromSeconds(60));
        return (receiver, [.. sent.Select(file => (file.Completion.Exception?.InnerException as FileTransferException)?.Fault)]);
    }

    private protected string Write(string name, int size)
    {
        var content = new byte[size];
        new Random(size).NextBytes(content);
        var path = Path.Combine(From.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private protected static async Task<string> LinkOfAsync(CliProcess process)
    {
        await process.PrintsAsync("\n");
        return process.Output.Trim();
    }
}
