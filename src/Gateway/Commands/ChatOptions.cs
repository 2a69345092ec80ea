using System.ComponentModel.DataAnnotations;

namespace Malten.Gateway.Commands;

/// <summary>
/// How commands are answered by ChatGPT. The bounds are the configuration section <c>Malten:Chat</c>; key, model and
/// address are the settings that every program on this API reads.
/// </summary>
public sealed class ChatOptions : IValidatableObject // no record: one would print the key
{
    /// <summary>The configuration section of the bounds.</summary>
    public const string Section = "Malten:Chat";

    /// <summary>The setting of <see cref="ApiKey"/>.</summary>
    public const string ApiKeySetting = "OPENAI_API_KEY";

    /// <summary>The setting of <see cref="Model"/>.</summary>
    public const string ModelSetting = "OPENAI_MODEL";

    /// <summary>The setting of <see cref="BaseUrl"/>.</summary>
    public const string BaseUrlSetting = "OPENAI_BASE_URL";

    private const string OutOfRange = Section + ":{0} is a number from {1} to {2}.";

    /// <summary>The key; without one nothing is answered.</summary>
    public string ApiKey { get; private set; } = "";

    /// <summary>The model that answers.</summary>
    public string Model { get; private set; } = "gpt-6-luna";

    /// <summary>Where the API is: any server with <c>chat/completions</c> below this address.</summary>
    public string BaseUrl { get; private set; } = "https://api.openai.com/v1";

    /// <summary>The time in which an answer must be there, from when work on it begins.</summary>
    [Range(1, 3600, ErrorMessage = OutOfRange)]
    public int TimeLimitSeconds { get; init; } = 60;

    /// <summary>Commands that this node works on at a time.</summary>
    [Range(1, 1024, ErrorMessage = OutOfRange)]
    public int MaxConcurrent { get; init; } = 8;

    /// <summary>Commands of one stream that this node works on at a time.</summary>
    [Range(1, 1024, ErrorMessage = OutOfRange)]
    public int MaxConcurrentPerStream { get; init; } = 1;

    /// <summary>Commands that may wait on this node; more are refused.</summary>
    [Range(1, 65_536, ErrorMessage = OutOfRange)]
    public int MaxWaiting { get; init; } = 64;

    /// <summary>Commands of one stream that may wait on this node; more are refused.</summary>
    [Range(1, 65_536, ErrorMessage = OutOfRange)]
    public int MaxWaitingPerStream { get; init; } = 8;

    /// <summary>How much of the stream goes along as context, in characters; the newest messages come first.</summary>
    [Range(0, 1_000_000, ErrorMessage = OutOfRange)]
    public int ContextCharacters { get; init; } = 8000;

    /// <summary>The tokens that the model may spend on an answer, those it thinks with included.</summary>
    [Range(1, 1_000_000, ErrorMessage = OutOfRange)]
    public int MaxOutputTokens { get; init; } = 8192;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
            yield return new ValidationResult($"{BaseUrlSetting} is an absolute http or https address.", [nameof(BaseUrl)]);
        if (ApiKey.Any(character => character is <= ' ' or > '~'))
            yield return new ValidationResult($"{ApiKeySetting} may only contain visible ASCII characters.", [nameof(ApiKey)]);
    }

    /// <summary>Reads a setting; null when it is absent or blank.</summary>
    internal static string? Read(IConfiguration configuration, string setting) =>
        configuration[setting]?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>Takes over key, model and address where they are set.</summary>
    internal void ReadProvider(IConfiguration configuration)
    {
        ApiKey = Read(configuration, ApiKeySetting) ?? ApiKey;
        Model = Read(configuration, ModelSetting) ?? Model;
        BaseUrl = Read(configuration, BaseUrlSetting) ?? BaseUrl;
    }
}
