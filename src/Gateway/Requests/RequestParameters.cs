using Malten.Streams;

namespace Malten.Gateway.Requests;

/// <summary>What a request gave: values by name, from the query and from the body, of which the body wins.</summary>
internal sealed class RequestParameters
{
    private readonly List<(string Name, string Value)> _given = [];

    /// <summary>Reads the query and, where there is one, the body.</summary>
    /// <exception cref="StreamRefusedException">Something can't be read as what it claims to be.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large or of a type that is not read.</exception>
    public static async ValueTask<RequestParameters> ReadAsync(HttpRequest request)
    {
        var body = new RequestParameters();
        await RequestBody.ReadAsync(request, body);
        var query = new RequestParameters();
        if (request.QueryString.HasValue) UrlEncoded.Parse(request.QueryString.Value.AsSpan(1), query);
        foreach (var (name, value) in query._given)
            if (!body.Has(name))
                body._given.Add((name, value));
        return body;
    }

    /// <summary>A value that was given.</summary>
    public void Add(string name, string value) => _given.Add((name, value));

    /// <summary>The value of a parameter, if it was given.</summary>
    public bool TryGet<T>(Parameter<T> parameter, out T value)
    {
        value = default!;
        if ((Find(parameter.Name) ?? Find(parameter.Alias)) is not { } given) return false;
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
    public IReadOnlyList<T> All<T>(Parameter<T> parameter) =>
        [.. _given.Where(given => given.Name == parameter.Name).Select(given => parameter.Read(given.Value, given.Name))];

    /// <summary>The stream that the request is about, with the seat from which it is used.</summary>
    public StreamAddress Address() => new(Get(Parameters.Stream, StreamName.Default), Seat());

    /// <summary>The seat, if one was given.</summary>
    public string? Seat() => TryGet(Parameters.Seat, out var seat) ? seat : null;

    private bool Has(string name) => _given.Exists(given => given.Name == name);

    private (string Name, string Value)? Find(string? name)
    {
        if (name is null) return null;
        (string Name, string Value)? found = null;
        foreach (var given in _given)
        {
            if (given.Name != name) continue;
            if (found is not null)
                throw new StreamRefusedException(Refusal.BadValue, $"'{name}' is given more than once.", name);
            found = given;
        }

        return found;
    }
}
