using System.Reflection;

namespace Malten.Testing.Architecture;

/// <summary>
/// Which types the types of an assembly use: in signatures, attributes and method bodies. Constants and <c>nameof</c>
/// leave no trace in an assembly, so uses of those are not seen.
/// </summary>
public static class TypeUses
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Every use of another type, each once.</summary>
    public static IEnumerable<TypeUse> In(Assembly assembly) =>
        (from type in assembly.GetTypes()
         from used in UsedBy(type).SelectMany(Parts)
         select new TypeUse(Outermost(type), Outermost(used)))
        .Where(use => use.User != use.Used)
        .Distinct();

    private static IEnumerable<Type?> UsedBy(Type type) =>
    [
        type.BaseType,
        .. type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []),
        .. type.GetGenericArguments().SelectMany(parameter => parameter.GetGenericParameterConstraints()),
        .. Attributes(type.GetCustomAttributesData()),
        .. type.GetFields(Declared).SelectMany(field => Attributes(field.GetCustomAttributesData()).Prepend(field.FieldType)),
        .. type.GetProperties(Declared).SelectMany(property => Attributes(property.GetCustomAttributesData())),
        .. type.GetMethods(Declared).SelectMany(UsedBy),
        .. type.GetConstructors(Declared).SelectMany(UsedBy),
    ];

    private static IEnumerable<Type?> UsedBy(MethodBase method) =>
    [
        .. method.GetParameters().SelectMany(parameter => Attributes(parameter.GetCustomAttributesData()).Prepend(parameter.ParameterType)),
        .. method is MethodInfo { ReturnType: var returned } ? new[] { returned } : [],
        .. method.IsGenericMethod ? method.GetGenericArguments().SelectMany(parameter => parameter.GetGenericParameterConstraints()) : [],
        .. Attributes(method.GetCustomAttributesData()),
        .. MethodCode.TypesIn(method),
    ];

    private static IEnumerable<Type?> Attributes(IEnumerable<CustomAttributeData> attributes) =>
        attributes.SelectMany(attribute => attribute.ConstructorArguments
            .Concat(attribute.NamedArguments.Select(argument => argument.TypedValue))
            .SelectMany(Named)
            .Prepend(attribute.AttributeType));

    /// <summary>The types that an attribute's argument names by <c>typeof</c>.</summary>
    private static IEnumerable<Type> Named(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        Type type => [type],
        IReadOnlyCollection<CustomAttributeTypedArgument> several => several.SelectMany(Named),
        _ => [],
    };

    /// <summary>The types of which a type is made: its definition and its arguments, or what it is an array of or refers to.</summary>
    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter) return [];
        if (type.GetElementType() is { } element) return Parts(element);
        if (type.IsFunctionPointer) return type.GetFunctionPointerParameterTypes().Append(type.GetFunctionPointerReturnType()).SelectMany(Parts);
        return type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition()) : [type];
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } around ? Outermost(around) : type;
}
