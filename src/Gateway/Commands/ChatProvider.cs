using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.Options;
using OpenAI;
using OpenAI.Chat;

namespace Malten.Gateway.Commands;

/// <summary>The model behind an OpenAI-compatible API (chat completions), and what Malten asks of it.</summary>
internal sealed class ChatProvider
{
    private const string CutOff = " …";

    private readonly ChatClient _client;
    private readonly int _maxOutputTokens;

    static ChatProvider()
    {
        // Set before the SDK looks: neither traces and metrics of its own, nor headers about this machine.
        AppContext.SetSwitch("OpenAI.Experimental.EnableOpenTelemetry", false);
        AppContext.SetSwitch("OpenAI.DisableTelemetry", true);
    }

    public ChatProvider(IOptions<ChatOptions> options, HttpClient http)
    {
        var settings = options.Value;
        _maxOutputTokens = settings.MaxOutputTokens;
        _client = new ChatClient(settings.Model, new ApiKeyCredential(settings.ApiKey), new OpenAIClientOptions
        {
            Endpoint = new Uri(settings.BaseUrl),
            Transport = new HttpClientPipelineTransport(http),
            // Whoever asked can ask again, and a provider in trouble is not helped by being asked twice.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            // One clock decides: the caller's time limit.
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            EnableDistributedTracing = false,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        });
    }

    /// <summary>Asks the model to go on after these messages; returns what it says, trimmed and never empty.</summary>
    /// <exception cref="CommandFailedException">The provider failed, or said nothing.</exception>
    public async Task<string> CompleteAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = _maxOutputTokens };
        try
        {
            ChatCompletion completion = await _client.CompleteChatAsync(messages, options, cancellationToken);
            return TextOf(completion) is { Length: > 0 } text ? text : throw new CommandFailedException(ProviderFailure.Empty);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && ProviderFailure.From(exception) is { } failure)
        {
            throw failure;
        }
    }

    private static string TextOf(ChatCompletion completion)
    {
        try
        {
            var text = string.Concat(completion.Content.Select(part => part.Text)).Trim();
            return text.Length > 0 && completion.FinishReason == ChatFinishReason.Length ? text + CutOff : text;
        }
        catch (ArgumentOutOfRangeException) // what the SDK makes of an empty list of choices
        {
            return "";
        }
    }
}
