using Malten.Testing.Architecture;

namespace Malten.Cluster.Tests;

/// <summary>Rooms over Orleans. <c>Architecture.Tests</c> asks the same of the others.</summary>
public sealed class RoomTests
{
    public static TheoryData<string> Rooms => [.. Room.All.Where(room => room.NeedsOrleans).Select(room => room.Name)];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Namespaces_of_a_room_do_not_depend_on_each_other_in_a_circle(string name)
    {
        var room = Room.Named(name);
        var arrows = Arrows.InCircles(room.Assembly, room.FullName);
        Assert.True(arrows.Count == 0, string.Join('\n', arrows));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_no_other_than_it_may(string name)
    {
        var room = Room.Named(name);
        var arrows = Arrows.ToOtherRooms(room.Assembly, room.MayUse);
        Assert.True(arrows.Count == 0, string.Join('\n', arrows));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void All_types_of_a_room_are_in_its_namespace(string name)
    {
        var room = Room.Named(name);
        var strays = Arrows.Strays(room.Assembly, room.FullName);
        Assert.True(strays.Count == 0, string.Join('\n', strays));
    }
}
