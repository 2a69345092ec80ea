using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Malten.Membership.Table;

/// <summary>
/// The whole table as the one value of the register, and the rules of its changes: each change returns the new table,
/// or null if its condition does not hold. The rules are those of Orleans' IMembershipTable.
/// </summary>
/// <param name="Version">Grows by one with each insert and update.</param>
/// <param name="VersionEtag">The etag of the version.</param>
/// <param name="LastEtag">
/// The last etag given out. Etags are counted up and never repeat, even after a deletion.
/// </param>
/// <param name="Rows">The rows, sorted by address.</param>
internal sealed record TableValue(int Version, string VersionEtag, long LastEtag, ImmutableArray<TaggedRow> Rows)
{
    public static TableValue Empty => new(0, "0", 0, []);

    public static TableValue Read(byte[]? value) =>
        value is null ? Empty : JsonSerializer.Deserialize(value, TableJson.Default.TableValue)!;

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, TableJson.Default.TableValue);

    public TaggedRow? Find(string address) => Rows.FirstOrDefault(tagged => tagged.Row.Address == address);

    public TableValue? Insert(MemberRow row, string versionEtag) =>
        versionEtag == VersionEtag && Find(row.Address) is null ? Next(Rows, row) : null;

    public TableValue? Update(MemberRow row, string etag, string versionEtag) =>
        versionEtag == VersionEtag && Find(row.Address) is { } old && old.Etag == etag
            ? Next(Rows.Remove(old), row)
            : null;

    public TableValue? SetAlive(string address, DateTimeOffset now) => Find(address) is { } old
        ? this with { Rows = Rows.Replace(old, old with { Row = old.Row with { IAmAlive = now } }) }
        : null;

    public TableValue? CleanUp(DateTimeOffset before)
    {
        var kept = Rows.RemoveAll(tagged =>
            tagged.Row.Status != MemberStatus.Active && tagged.Row.IAmAlive < before && tagged.Row.Updated < before);
        return kept.Length < Rows.Length ? this with { Rows = kept } : null;
    }

    public TableValue Delete() => Empty with { VersionEtag = Etag(LastEtag + 1), LastEtag = LastEtag + 1 };

    private static string Etag(long number) => number.ToString(CultureInfo.InvariantCulture);

    private TableValue Next(ImmutableArray<TaggedRow> others, MemberRow row) => new(
        Version + 1,
        Etag(LastEtag + 2),
        LastEtag + 2,
        [
            .. others.Add(new TaggedRow(row, Etag(LastEtag + 1)))
                .OrderBy(tagged => tagged.Row.Address, StringComparer.Ordinal),
        ]);
}

/// <summary>The JSON of the table.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TableValue))]
internal sealed partial class TableJson : JsonSerializerContext;
