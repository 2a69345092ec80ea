using System.ComponentModel.DataAnnotations;

namespace Malten.Gateway.Commands;

/// <summary>
/// The settings of the ChatGPT responder. The bounds are in the configuration section <c>Malten:Chat</c>; key, model and
/// address are the variables common to programs that use this API.
/// </summary>
public sealed class ChatOptions : IValidatableObject // not a record, whose ToString would print the key
{
    /// <summary>The configuration section of the bounds.</summary>
    public const string Section = "Malten:Chat";

    /// <summary>The setting of <see cref="ApiKey"/>.</summary>
    public const string ApiKeySetting = "OPENAI_API_KEY";

    /// <summary>The setting of <see cref="Model"/>.</summary>
    public const string ModelSetting = "OPENAI_MODEL";

    /// <summary>The setting of <see cref="BaseUrl"/>.</summary>
    public const string BaseUrlSetting = "OPENAI_BASE_URL";

    // What the instructions and a short question come to at most.
    private const int PromptTokens = 4096;

    private const string OutOfRange = "{0} must be a number from {1} to {2}.";

    /// <summary>The API key; without one, commands are not answered.</summary>
    public string ApiKey { get; private set; } = "";

    /// <summary>The model that answers.</summary>
    public string Model { get; private set; } = "gpt-6-luna";

    /// <summary>The address of the API: any server with <c>chat/completions</c> below it.</summary>
    public string BaseUrl { get; private set; } = "https://api.openai.com/v1";

    /// <summary>How long an answer may take, from when its command starts to run.</summary>
    [Range(1, 3600, ErrorMessage = OutOfRange)]
    public int TimeLimitSeconds { get; set; } = 60;

    /// <summary>Commands that may run on this node at a time.</summary>
    [Range(1, 1024, ErrorMessage = OutOfRange)]
    public int MaxConcurrent { get; set; } = 8;

    /// <summary>Commands of one stream that may run on this node at a time.</summary>
    [Range(1, 1024, ErrorMessage = OutOfRange)]
    public int MaxConcurrentPerStream { get; set; } = 1;

    /// <summary>Commands that may wait on this node; more are refused.</summary>
    [Range(1, 65_536, ErrorMessage = OutOfRange)]
    public int MaxWaiting { get; set; } = 64;

    /// <summary>Commands of one stream that may wait on this node; more are refused.</summary>
    [Range(1, 65_536, ErrorMessage = OutOfRange)]
    public int MaxWaitingPerStream { get; set; } = 8;

    /// <summary>How much of the stream is sent as context, in characters; the newest messages have priority.</summary>
    [Range(0, 1_000_000, ErrorMessage = OutOfRange)]
    public int ContextCharacters { get; set; } = 8000;

    /// <summary>The most tokens that the model may use for an answer, including its reasoning.</summary>
    [Range(1, 1_000_000, ErrorMessage = OutOfRange)]
    public int MaxOutputTokens { get; set; } = 8192;

    /// <summary>The tokens that this node may spend a day (UTC), on prompts and answers together.</summary>
    [Range(1, 2_000_000_000, ErrorMessage = OutOfRange)]
    public int TokensPerDay { get; set; } = 2_000_000;

    /// <summary>The same, for the commands of one client.</summary>
    [Range(1, 2_000_000_000, ErrorMessage = OutOfRange)]
    public int TokensPerDayPerClient { get; set; } = 400_000;

    /// <summary>The tokens that are reserved for a command when it is taken, before it is known how long its prompt is.</summary>
    internal int LeastTokens => MaxOutputTokens + PromptTokens;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, tokens) in new[] { (nameof(TokensPerDay), TokensPerDay), (nameof(TokensPerDayPerClient), TokensPerDayPerClient) })
            if (tokens < LeastTokens)
                yield return new ValidationResult(
                    $"{Section}:{name} must be at least {Section}:{nameof(MaxOutputTokens)} + {PromptTokens}, or no command could be answered.", [name]);
        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
            yield return new ValidationResult($"{BaseUrlSetting} must be an absolute http or https address.", [nameof(BaseUrl)]);
        if (ApiKey.Any(character => character is <= ' ' or > '~'))
            yield return new ValidationResult($"{ApiKeySetting} may only contain visible ASCII characters.", [nameof(ApiKey)]);
    }

    /// <summary>Reads a setting; null when it is absent or blank.</summary>
    internal static string? Read(IConfiguration configuration, string setting) =>
        configuration[setting]?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>Reads key, model and address where they are set.</summary>
    internal void ReadProvider(IConfiguration configuration)
    {
        ApiKey = Read(configuration, ApiKeySetting) ?? ApiKey;
        Model = Read(configuration, ModelSetting) ?? Model;
        BaseUrl = Read(configuration, BaseUrlSetting) ?? BaseUrl;
    }
}
