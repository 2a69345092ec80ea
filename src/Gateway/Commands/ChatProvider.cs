using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.Options;
using OpenAI;
using OpenAI.Chat;

namespace Malten.Gateway.Commands;

/// <summary>Calls a model through an OpenAI-compatible API (chat completions).</summary>
internal sealed class ChatProvider
{
    private const string CutOff = " …";

    private readonly ChatClient _client;
    private readonly int _maxOutputTokens;

    static ChatProvider()
    {
        // Set before the SDK reads them: no traces or metrics of its own, no headers that describe this machine.
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
            // The user can ask again, and retries do not help a provider that is overloaded.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            // Only the caller's time limit applies.
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            EnableDistributedTracing = false,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        });
    }

    /// <summary>Asks the model to continue these messages; returns its answer, trimmed and never empty.</summary>
    /// <exception cref="CommandFailedException">The provider failed, or its answer is empty.</exception>
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
        catch (ArgumentOutOfRangeException) // thrown by the SDK for an empty list of choices
        {
            return "";
        }
    }
}
