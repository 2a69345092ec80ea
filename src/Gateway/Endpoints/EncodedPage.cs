using System.Buffers;
using Malten.Streams.Events;

namespace Malten.Gateway.Endpoints;

/// <summary>Messages, each encoded already, as a JSON array.</summary>
internal sealed class EncodedPage(IReadOnlyList<Frame> messages) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var commas = Math.Max(0, messages.Count - 1);
        response.ContentType = EncodedJson.ContentType;
        response.ContentLength = "[]".Length + commas + messages.Sum(message => (long)message.Payload.Length);
        var output = response.BodyWriter;
        output.Write("["u8);
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            output.Write(messages[i].Payload.Span);
        }

        output.Write("]"u8);
        return output.FlushAsync(httpContext.RequestAborted).AsTask();
    }
}
