using System.Text;
using Malten.Bench.Load.Checks;
using Malten.Bench.Load.Http;

namespace Malten.Bench.Load.Engine;

/// <summary>One keep-alive connection that posts messages one at a time and checks every answer.</summary>
internal sealed class Publisher(int port, int number, PostTemplate template, bool expectsEcho, PublisherGroup group)
    : Connection(port)
{
    private readonly byte[] _answer = new byte[16 * 1024];
    private int _answerLength;
    private long _sent;

    public int Number { get; } = number;

    /// <summary>How many it has posted.</summary>
    public long Sequence { get; private set; }

    public bool IsIdle { get; private set; } = true;

    public void Post(long intended)
    {
        template.Write(MessageText.Key(Number, Sequence++), intended);
        IsIdle = false;
        _sent = Clock.Now;
        Send(template.Bytes);
    }

    public override bool OnReadable(Span<byte> buffer)
    {
        var read = Libc.Receive(Descriptor, _answer.AsSpan(_answerLength));
        if (read <= 0) return read < 0;
        _answerLength += read;
        if (!IsComplete(_answer.AsSpan(0, _answerLength), out var head, out var body)) return true;

        if (head.Status is < 200 or > 299)
            throw new InvalidDataException($"a post got status {head.Status}: {Encoding.UTF8.GetString(body)}");
        if (expectsEcho && body.IndexOf(template.Bytes.AsSpan(template.TextAt, MessageText.Shortest)) < 0)
            throw new InvalidDataException("a post was answered with another message");

        (_answerLength, IsIdle) = (0, true);
        group.OnAnswered(this, Clock.Now - _sent);
        return true;
    }

    public override void OnEnded(string why) => throw new InvalidDataException($"a publisher's connection ended: {why}");

    private static bool IsComplete(Span<byte> answer, out ResponseHead head, out Span<byte> body)
    {
        body = default;
        if (!ResponseHead.TryRead(answer, out head)) return false;
        body = answer[head.Length..];
        if (!head.IsChunked) return body.Length >= Math.Max(0, head.ContentLength);

        // Decodes a copy, because an incomplete answer must stay as it came.
        Span<byte> copy = stackalloc byte[body.Length];
        body.CopyTo(copy);
        var chunks = default(ChunkedDecoder);
        var length = chunks.Decode(copy);
        if (!chunks.IsEnded) return false;
        copy[..length].CopyTo(body);
        body = body[..length];
        return true;
    }
}
