using Malten.Gateway.Answers;
using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/commands</c>: put a prompt to whatever listens and answers.</summary>
internal static class CommandEndpoints
{
    public static void MapCommands(this IEndpointRouteBuilder api) => api.MapGroup("/commands").WithTags("Commands")
        .MapPost("", Send)
        .Describe("sendCommand", "Send a command",
            "The stream's listeners receive it as an event; any of them may answer with a message.")
        .Refuses(StatusCodes.Status403Forbidden)
        .RequireRateLimiting(ClientLimits.Posts);

    private static async Task<Encoded<StreamEvent<CommandPayload>>> Send(
        SendCommand request, HttpContext context, ClientKeys clients, StreamPace pace, IStreamBroker broker,
        CancellationToken cancellationToken)
    {
        var client = clients.Of(context);
        pace.Take(clients.WithNetwork(context), request.Address.Name);
        var command = await broker.SendCommandAsync(request.Address, request.Prompt, client, cancellationToken);
        return new Encoded<StreamEvent<CommandPayload>>(command.Json, command);
    }
}

/// <summary>What <c>POST /commands</c> is given.</summary>
internal readonly record struct SendCommand(StreamAddress Address, string Prompt) : IRequest<SendCommand>
{
    public static ValueTask<SendCommand> BindAsync(HttpContext context) => RequestParameters.BindAsync<SendCommand>(context);

    public static SendCommand Read(RequestParameters given) => new(given.GetAddress(), given.Require(Parameters.Prompt));
}
