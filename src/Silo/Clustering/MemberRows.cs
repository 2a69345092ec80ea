using System.Text.Json;
using System.Text.Json.Serialization;
using Malten.Membership.Table;

namespace Malten.Silo.Clustering;

/// <summary>Translates between Orleans' membership entries and the rows of the register.</summary>
internal static class MemberRows
{
    public static MemberRow Write(MembershipEntry entry)
    {
        var votes = (entry.SuspectTimes ?? []).Select(vote => new DeathVote(vote.Item1.ToParsableString(), Utc(vote.Item2))).ToList();
        var details = new MemberDetails(entry.ProxyPort, entry.HostName, entry.SiloName, Utc(entry.StartTime), votes);
        return new MemberRow(entry.SiloAddress.ToParsableString(), (MemberStatus)entry.Status, Utc(entry.IAmAliveTime),
            votes.Select(vote => vote.Time).Append(details.Started).Max(),
            JsonSerializer.Serialize(details, MemberJson.Default.MemberDetails));
    }

    public static MembershipEntry Read(MemberRow row)
    {
        var details = JsonSerializer.Deserialize(row.Payload, MemberJson.Default.MemberDetails)!;
        return new MembershipEntry
        {
            SiloAddress = SiloAddress.FromParsableString(row.Address), Status = (SiloStatus)row.Status,
            IAmAliveTime = row.IAmAlive.UtcDateTime, StartTime = details.Started.UtcDateTime, ProxyPort = details.GatewayPort,
            HostName = details.Host, SiloName = details.Name,
            SuspectTimes = [.. details.Votes.Select(vote => Tuple.Create(SiloAddress.FromParsableString(vote.Silo), vote.Time.UtcDateTime))],
        };
    }

    private static DateTimeOffset Utc(DateTime time) => RegisterMembershipTable.Utc(time);
}

/// <summary>What a row carries for Orleans alone, as JSON in the payload: the register does not look into it.</summary>
/// <param name="GatewayPort">The port for nodes in the role gateway; 0 for none.</param>
/// <param name="Host">The host's name.</param>
/// <param name="Name">The silo's name.</param>
/// <param name="Started">When the silo was started.</param>
/// <param name="Votes">The votes to declare the silo dead.</param>
internal sealed record MemberDetails(
    int GatewayPort, string? Host, string? Name, DateTimeOffset Started, IReadOnlyList<DeathVote> Votes);

/// <summary>A silo's vote to declare another one dead.</summary>
internal sealed record DeathVote(string Silo, DateTimeOffset Time);

/// <summary>The JSON of <see cref="MemberDetails"/>.</summary>
[JsonSerializable(typeof(MemberDetails))]
internal sealed partial class MemberJson : JsonSerializerContext;
