using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Settings;

/// <summary>Binds settings; invalid or unknown ones stop startup, with a message that names each.</summary>
public static class SettingsHosting
{
    /// <summary>Reads <typeparamref name="T"/> from a section that is, or is within, <see cref="GatewayOptions.Section"/>.</summary>
    /// <param name="section">The name of the section.</param>
    /// <param name="bind">
    /// <c>static (section, options) => section.Bind(options)</c>. Its code is generated for one type, where it is written, and sets
    /// only what has a setter: an <c>init</c> would be passed over.
    /// </param>
    public static OptionsBuilder<T> AddSettings<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(
        this IServiceCollection services, string section, Action<IConfiguration, T> bind) where T : class
    {
        services.RejectMisshapen<T>(section);
        services.AddSingleton(new KnownSettings(section,
            [.. typeof(T).GetProperties().Where(property => property.SetMethod?.IsPublic == true).Select(property => property.Name)]));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GatewayOptions>, UnknownSettings>());
        services.AddSingleton<IValidateOptions<T>>(provider => new SettingsLimits<T>(section, provider.GetRequiredService<IConfiguration>()));
        return services.AddOptions<T>()
            .Configure<IConfiguration>((options, configuration) => bind(configuration.GetSection(section), options))
            .ValidateOnStart();
    }
}
