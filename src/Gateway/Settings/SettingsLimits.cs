using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Settings;

/// <summary>Rejects settings that are outside of what their attributes allow, and those that do not go together.</summary>
/// <remarks>
/// .NET's own validation by attributes may not be trimmed, and the one that it generates for programs that are drops their
/// messages and calls a setting by the name of its class.
/// </remarks>
internal sealed class SettingsLimits<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
    string section, IConfiguration configuration) : IValidateOptions<T> where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var wrong = (from property in typeof(T).GetProperties()
                     from limit in property.GetCustomAttributes<ValidationAttribute>()
                     where !limit.IsValid(property.GetValue(options))
                     select limit.FormatErrorMessage($"{section}:{property.Name}")).ToList();
        // The code that binds leaves a number as it is where the value is empty.
        wrong.AddRange(from property in typeof(T).GetProperties()
                       where property.PropertyType.IsValueType && configuration[$"{section}:{property.Name}"] is ""
                       select $"{section}:{property.Name} has no value.");
        if (wrong.Count == 0 && options is IValidatableObject settings)
            wrong.AddRange(settings.Validate(new ValidationContext(options, section, null, null)).Select(result => result.ErrorMessage!));
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
