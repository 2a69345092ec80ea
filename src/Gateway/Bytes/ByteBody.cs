using System.Buffers;
using Malten.Gateway.Answers;
using Malten.Gateway.Limits;
using Malten.Streams.Bytes;
using Malten.Streams.Values;

namespace Malten.Gateway.Bytes;

/// <summary>
/// The body of a response to which bytes are passed on. Small pieces take their turns as large ones do: one for every
/// <see cref="PacedBody.PieceBytes"/>.
/// </summary>
internal sealed class ByteBody(HttpContext context) : IByteSink
{
    private readonly PacedBody _body = PacedBody.Of(context, isCounted: true); // as ByteLimits.HeldBytes
    private readonly Turns _turns = context.RequestServices.GetRequiredService<Turns>();
    private readonly ClientKey _client = context.RequestServices.GetRequiredService<ClientKeys>().Of(context);
    private long _sinceTurn;

    public IBufferWriter<byte> Output => _body.Output;

    /// <summary>Sends the headers.</summary>
    public ValueTask<bool> OpenAsync() => _body.FlushAsync();

    public async ValueTask<bool> FlushAsync()
    {
        var unflushed = _body.Output.UnflushedBytes;
        if (!await _body.FlushAsync()) return false;
        if (unflushed >= PacedBody.PieceBytes || (_sinceTurn += unflushed) < PacedBody.PieceBytes) return true; // a whole piece has had its turn
        _sinceTurn = 0;
        await _turns.WaitAsync(_client, context.RequestAborted);
        return true;
    }
}
