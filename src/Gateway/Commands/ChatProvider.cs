using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.Options;
using OpenAI;
using OpenAI.Chat;

namespace Malten.Gateway.Commands;

/// <summary>Calls a model through an OpenAI-compatible API (chat completions, streamed).</summary>
internal sealed class ChatProvider
{
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

    /// <summary>
    /// Asks the model to continue these messages. <paramref name="write"/> gets its answer piece by piece; once it returns
    /// false, the rest is not read.
    /// </summary>
    /// <exception cref="CommandFailedException">The provider failed, or broke off its answer.</exception>
    public async Task<ChatEnd> StreamAsync(
        IReadOnlyList<ChatMessage> messages, Func<string, bool> write, CancellationToken cancellationToken)
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = _maxOutputTokens }; // the SDK asks for the usage by itself
        var (finish, tokens) = ((ChatFinishReason?)null, (long?)null);
        try
        {
            await foreach (var update in _client.CompleteChatStreamingAsync(messages, options, cancellationToken))
            {
                foreach (var part in update.ContentUpdate)
                    if (!write(part.Text ?? ""))
                        return new ChatEnd(false, null);
                finish = update.FinishReason ?? finish;
                tokens = update.Usage?.TotalTokenCount ?? tokens;
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && ProviderFailure.From(exception) is { } failure)
        {
            throw failure;
        }

        return finish is { } reason
            ? new ChatEnd(reason == ChatFinishReason.Length, tokens)
            : throw new CommandFailedException(ProviderFailure.BrokenOff);
    }
}

/// <summary>How an answer ended.</summary>
/// <param name="IsCutOff">Whether the model had to stop before its end, because it had used the tokens it was given.</param>
/// <param name="Tokens">The tokens of prompt and answer, reasoning included, as the provider counted them; null when it did not say.</param>
internal readonly record struct ChatEnd(bool IsCutOff, long? Tokens);
