using Microsoft.Extensions.Options;

namespace Malten.Gateway.Settings;

/// <summary>Rejects settings that no options class reads: otherwise a misspelt one would be ignored silently.</summary>
internal sealed class UnknownSettings(IConfiguration configuration, IEnumerable<KnownSettings> known)
    : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var unknown = configuration.GetSection(GatewayOptions.Section).AsEnumerable()
            .Where(setting => setting.Value is not null && !known.Any(names => names.Include(setting.Key)))
            .Select(setting => $"There is no setting {setting.Key}.").ToList();
        return unknown.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(unknown);
    }
}

/// <summary>The names of the settings that an options class reads from a section of the configuration.</summary>
internal sealed record KnownSettings(string Section, IReadOnlyList<string> Names)
{
    /// <summary>Whether a path is one of them, or an element of one that is a list.</summary>
    public bool Include(string path) => Names.Any(name =>
        $"{path}:".StartsWith($"{Section}:{name}:", StringComparison.OrdinalIgnoreCase));
}
