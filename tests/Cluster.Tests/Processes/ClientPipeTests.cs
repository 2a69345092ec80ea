using System.Security.Cryptography;
using Malten.Client;
using Malten.Testing.Nodes;
using PipeOptions = System.IO.Pipelines.PipeOptions;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Bytes that <c>Malten.Client</c> passes over three processes, of which each is killed in turn: all arrives, once and in order.</summary>
[Collection(nameof(TroubledNodes))]
public sealed class ClientPipeTests(TroubledNodes nodes) : IAsyncLifetime
{
    private const int Pipes = 4; // some of them live on the node that is killed
    private const int Part = 3_000_000; // more than what the connections between hold

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly HttpClient _http = new();
    private readonly List<IAsyncDisposable> _opened = [];

    private IReadOnlyList<Node> Nodes => nodes.Cluster.Nodes;

    public async ValueTask InitializeAsync() => await nodes.Cluster.StartAsync(_http);

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened)) await one.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Bytes_flow_on_whichever_node_is_killed_the_sender_s_the_receiver_s_or_the_third()
    {
        var flows = new List<Flow>();
        for (var i = 0; i < Pipes; i++) flows.Add(await BeginAsync(sender: 0, receiver: 1));
        await PassAsync(flows);
        foreach (var victim in Nodes)
        {
            foreach (var flow in flows) await flow.WriteAsync(Part); // under way while the node dies
            victim.Kill();
            await Task.WhenAll(flows.Select(flow => flow.ReadAsync(Part))).WaitAsync(Patience);
            await PassAsync(flows);
            await nodes.Cluster.StartAsync(_http);
        }

        await Task.WhenAll(flows.Select(flow => flow.EndAsync())).WaitAsync(Patience);
    }

    private static Task PassAsync(List<Flow> flows) => Task.WhenAll(flows.Select(async flow =>
    {
        await flow.WriteAsync(Part);
        await flow.ReadAsync(Part);
    })).WaitAsync(Patience);

    private async Task<Flow> BeginAsync(int sender, int receiver)
    {
        var inviter = await NewClient(sender).InviteAsync();
        var joiner = NewClient(receiver).Join(inviter.Link!);
        var sides = (EncryptedPipe[])[inviter, joiner];
        _opened.AddRange(sides);
        await Task.WhenAll(sides.Select(OpensAsync)).WaitAsync(Patience);
        return new Flow(inviter, joiner);
    }

    private MaltenClient NewClient(int first)
    {
        var all = Nodes.Select(node => new Uri(node.Url)).ToList();
        var client = new MaltenClient(new MaltenClientOptions { Nodes = [.. all.Skip(first), .. all.Take(first)] });
        _opened.Add(client);
        return client;
    }

    /// <summary>Listens to the pipe's end, in the background, and waits until it is open.</summary>
    private static Task OpensAsync(EncryptedPipe pipe)
    {
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Task.Run(async () =>
        {
            try
            {
                await foreach (var item in pipe.ListenAsync())
                    if (item is PipeOpened) opened.TrySetResult();
                opened.TrySetException(new InvalidOperationException("The pipe has ended."));
            }
            catch (Exception failed)
            {
                opened.TrySetException(failed);
            }
        });
        return opened.Task;
    }

    /// <summary>What one side sends and the other receives.</summary>
    private sealed class Flow
    {
        private readonly System.IO.Pipelines.Pipe _source = new(new PipeOptions(pauseWriterThreshold: 0));
        private readonly System.IO.Pipelines.Pipe _destination = new(new PipeOptions(pauseWriterThreshold: 0));
        private readonly IncrementalHash _written = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly IncrementalHash _read = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly Task<long> _sending;
        private readonly Task<long> _receiving;

        public Flow(EncryptedPipe sender, EncryptedPipe receiver) => (_sending, _receiving) = (
            sender.SendBytesAsync(_source.Reader.AsStream()), receiver.ReceiveBytesAsync(_destination.Writer.AsStream()));

        public async Task WriteAsync(int count)
        {
            var bytes = RandomNumberGenerator.GetBytes(count);
            _written.AppendData(bytes);
            await _source.Writer.WriteAsync(bytes);
        }

        /// <summary>Waits for so many bytes, which are those that were written.</summary>
        public async Task ReadAsync(int count)
        {
            var bytes = new byte[count];
            var reading = _destination.Reader.AsStream(leaveOpen: true).ReadExactlyAsync(bytes).AsTask();
            var first = await Task.WhenAny(reading, _sending, _receiving);
            if (first != reading) await first; // why it ended early
            await reading;
            _read.AppendData(bytes);
            Assert.Equal(_written.GetCurrentHash(), _read.GetCurrentHash());
        }

        public async Task EndAsync()
        {
            await _source.Writer.CompleteAsync();
            Assert.Equal(await _sending, await _receiving);
        }
    }
}
