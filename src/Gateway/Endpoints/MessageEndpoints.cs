using Malten.Gateway.Answers;
using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/messages</c>: post one, read a page.</summary>
internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        var messages = api.MapGroup("/messages").WithTags("Messages").Refuses(StatusCodes.Status403Forbidden);
        messages.MapPost("", Post)
            .Describe("postMessage", "Post a message",
                "Answers with the message as stored. A text that begins with '/malten ' is also a command.")
            .RequireRateLimiting(ClientLimits.Posts);
        messages.MapMethods("", Reading.Methods, Read)
            .Describe("readMessages", "Read messages",
                "Without 'last' the newest ones; with it, those after it (direction 1) or before it (-1).");
    }

    private static async Task<Encoded<Message>> Post(
        PostMessage request, HttpContext context, ClientKeys clients, StreamPace pace, IStreamBroker broker, GatewayMetrics metrics)
    {
        var client = clients.Of(context);
        pace.Take(clients.WithNetwork(context), request.Address.Name);
        // Not cancelled when the client disconnects: the message has come in whole.
        var message = await broker.AppendAsync(new Draft
        {
            Address = request.Address, Text = request.Text, User = request.User, Id = request.Id, Client = client,
        }, CancellationToken.None);
        metrics.Posted();
        return new Encoded<Message>(message.Payload, message);
    }

    private static async Task<MessagePage> Read(ReadMessages request, IStreamBroker broker, CancellationToken cancellationToken)
    {
        var page = request.Page with { MaxBytes = MessagePage.PieceBytes };
        return new MessagePage(page, await broker.ReadAsync(page, cancellationToken), broker);
    }
}

/// <summary>What <c>POST /messages</c> is given.</summary>
internal readonly record struct PostMessage(StreamAddress Address, MessageText Text, UserLabel? User, Guid? Id) : IRequest<PostMessage>
{
    public static ValueTask<PostMessage> BindAsync(HttpContext context) => RequestParameters.BindAsync<PostMessage>(context);

    public static PostMessage Read(RequestParameters given) => new(given.GetAddress(), given.Require(Parameters.Message),
        given.GetOptional(Parameters.User), given.GetOptional(Parameters.Id));
}

/// <summary>What <c>GET /messages</c> is given.</summary>
internal readonly record struct ReadMessages(PageRequest Page) : IRequest<ReadMessages>
{
    private const int DefaultLimit = 25;

    public static ValueTask<ReadMessages> BindAsync(HttpContext context) => RequestParameters.BindAsync<ReadMessages>(context);

    public static ReadMessages Read(RequestParameters given) => new(new PageRequest(given.GetAddress(),
        given.Get(Parameters.Limit, DefaultLimit), given.Get(Parameters.Direction, PageDirection.Forward),
        given.Get(Parameters.Last, Timestamp.None)));
}
