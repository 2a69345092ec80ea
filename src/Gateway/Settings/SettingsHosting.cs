using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Settings;

/// <summary>Binds settings; invalid or unknown ones stop startup, with a message that names each.</summary>
public static class SettingsHosting
{
    /// <summary>Reads <typeparamref name="T"/> from a section that is, or is within, <see cref="GatewayOptions.Section"/>.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section) where T : class
    {
        services.RejectMisshapen<T>(section);
        services.AddSingleton(new KnownSettings(section,
            [.. typeof(T).GetProperties().Where(property => property.SetMethod?.IsPublic == true).Select(property => property.Name)]));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GatewayOptions>, UnknownSettings>());
        return services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
    }
}
