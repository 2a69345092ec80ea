using Malten.Streams.Values;

namespace Malten.Gateway.Requests;

/// <summary>What a request gave: values by name, from the query and from the body, of which the body wins.</summary>
internal sealed class RequestParameters
{
    private readonly List<(string Name, string Value)> _given = [];
    private readonly RequestParameters? _otherwise;

    private RequestParameters(RequestParameters? otherwise) => _otherwise = otherwise;

    /// <summary>Reads the query and, where there is one, the body.</summary>
    /// <exception cref="StreamRefusedException">Something can't be read as what it claims to be.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large or of a type that is not read.</exception>
    public static async ValueTask<RequestParameters> ReadAsync(HttpRequest request)
    {
        var query = new RequestParameters(null);
        if (request.QueryString.HasValue) UrlEncoded.Parse(request.QueryString.Value.AsSpan(1), query);
        var body = new RequestParameters(query);
        await RequestBody.ReadAsync(request, body);
        return body;
    }

    /// <summary>A value that was given.</summary>
    public void Add(string name, string value) => _given.Add((name, value));

    /// <summary>The value of a parameter, if it was given.</summary>
    public bool TryGet<T>(Parameter<T> parameter, out T value)
    {
        value = default!;
        if (Find(parameter) is not { } given) return false;
        value = parameter.Read(given.Value, given.Name);
        return true;
    }

    /// <summary>The value of a parameter, or another when it was not given.</summary>
    public T Get<T>(Parameter<T> parameter, T otherwise) => TryGet(parameter, out var value) ? value : otherwise;

    /// <summary>The value of a parameter that must be given.</summary>
    public T Require<T>(Parameter<T> parameter) => TryGet(parameter, out var value)
        ? value
        : throw new StreamRefusedException(Refusal.BadValue, $"'{parameter.Name}' is missing.", parameter.Name);

    /// <summary>All values of a parameter that may be repeated.</summary>
    public IReadOnlyList<T> All<T>(Parameter<T> parameter)
    {
        var values = _given.Where(given => IsOf(parameter, given.Name))
            .Select(given => parameter.Read(given.Value, given.Name)).ToList();
        return values.Count == 0 && _otherwise is not null ? _otherwise.All(parameter) : values;
    }

    /// <summary>The stream that the request is about, with the seat from which it is used.</summary>
    public StreamAddress Address() => new(Get(Parameters.Stream, StreamName.Default), Seat());

    /// <summary>The seat, if one was given.</summary>
    public string? Seat() => TryGet(Parameters.Seat, out var seat) ? seat : null;

    private static bool IsOf(Parameter parameter, string name) => name == parameter.Name || name == parameter.Alias;

    private (string Name, string Value)? Find(Parameter parameter)
    {
        (string Name, string Value)? found = null;
        foreach (var given in _given)
        {
            if (!IsOf(parameter, given.Name)) continue;
            if (found is not null)
                throw new StreamRefusedException(Refusal.BadValue, $"'{parameter.Name}' is given more than once.", parameter.Name);
            found = given;
        }

        return found ?? _otherwise?.Find(parameter);
    }
}
