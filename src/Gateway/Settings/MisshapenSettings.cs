using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Settings;

/// <summary>Rejects a single value for a setting that is a list, and a list for one that is not: binding would ignore both silently.</summary>
/// <param name="section">The section from which <typeparamref name="T"/> is read.</param>
/// <param name="settings">The name of each setting there, and whether it is a list.</param>
internal sealed class MisshapenSettings<T>(string section, IReadOnlyList<(string Name, bool IsList)> settings, IConfiguration configuration)
    : IValidateOptions<T> where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var failures = settings.SelectMany(setting => Failures($"{section}:{setting.Name}", setting.IsList)).ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>Values are not told: some are secrets.</summary>
    private IEnumerable<string> Failures(string path, bool isList) =>
        from setting in configuration.GetSection(path).AsEnumerable()
        where setting.Value is not null
        let depth = setting.Key.AsSpan(path.Length).Count(':')
        where isList ? depth > 1 || (depth == 0 && setting.Value.Length > 0) : depth > 0
        select isList && depth == 0
            ? $"{path} is a list: its first value is set by {path}:0, in the environment {path.Replace(":", "__", StringComparison.Ordinal)}__0."
            : $"{setting.Key} is not read: {path} takes {(isList ? "a list of values" : "one value")}.";
}

/// <summary>Adds that to the checks of a class of settings.</summary>
internal static class MisshapenSettingsHosting
{
    public static void RejectMisshapen<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        this IServiceCollection services, string section) where T : class
    {
        (string, bool)[] settings = [.. typeof(T).GetProperties().Select(property => (property.Name, IsList(property.PropertyType)))];
        services.AddSingleton<IValidateOptions<T>>(provider =>
            new MisshapenSettings<T>(section, settings, provider.GetRequiredService<IConfiguration>()));
    }

    private static bool IsList(Type type) => type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable));
}
