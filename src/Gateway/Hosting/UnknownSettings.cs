using Microsoft.Extensions.Options;

namespace Malten.Gateway.Hosting;

/// <summary>Refuses settings that nothing reads: one that is misspelt would be passed over in silence.</summary>
internal sealed class UnknownSettings(IConfiguration configuration, IEnumerable<SettingNames> known)
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
