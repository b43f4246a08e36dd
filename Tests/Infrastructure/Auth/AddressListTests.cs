using System.Net;
using CrmImport.Infrastructure.Auth;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>Which addresses a list admits.</summary>
public sealed class AddressListTests
{
    [TestCase("192.0.2.1", "192.0.2.1", true)]
    [TestCase("192.0.2.1", "192.0.2.2", false)]
    [TestCase("192.0.2.1", "::ffff:192.0.2.1", true)]
    [TestCase("::ffff:192.0.2.1", "192.0.2.1", true)]
    [TestCase("::ffff:192.0.2.0/120", "192.0.2.77", true)]
    [TestCase("::ffff:192.0.2.0/120", "::ffff:192.0.3.1", false)]
    [TestCase("10.0.0.0/8", "10.255.255.255", true)]
    [TestCase("10.0.0.0/8", "11.0.0.0", false)]
    [TestCase("10.1.2.4/30", "10.1.2.7", true)]
    [TestCase("10.1.2.4/30", "10.1.2.8", false)]
    [TestCase("10.1.2.3/32", "10.1.2.3", true)]
    [TestCase("0.0.0.0/0", "203.0.113.9", true)]
    [TestCase("0.0.0.0/0", "::1", false)]
    [TestCase("::/0", "2001:db8::1", true)]
    [TestCase("::/0", "203.0.113.9", false)]
    [TestCase("2001:db8::/32", "2001:db8:ffff::1", true)]
    [TestCase("2001:db8::/32", "2001:db9::1", false)]
    [TestCase("2001:db8::1", "2001:DB8:0::1", true)]
    [TestCase("2001:db8::1", "2001:db8::2", false)]
    public void An_entry_admits_its_addresses_and_no_others(string entry, string address, bool admits)
    {
        Assert.That(AddressList.TryParse(entry, out _));
        Assert.That(AddressList.Of([entry]).Admits(IPAddress.Parse(address)), Is.EqualTo(admits));
        Assert.That(AddressList.Of(["198.51.100.1", entry, "2001:db8:dead::/48"]).Admits(IPAddress.Parse(address)), Is.EqualTo(admits));
    }

    [Test]
    public void A_list_of_none_admits_any_and_another_nobody_without_an_address()
    {
        Assert.That(AddressList.Of([]).Admits(IPAddress.Loopback));
        Assert.That(AddressList.Of([]).Admits(null));
        Assert.That(AddressList.Of(["127.0.0.1"]).Admits(null), Is.False);
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("x")]
    [TestCase("1")]
    [TestCase("10.0.0")]
    [TestCase("010.0.0.1")]
    [TestCase("0x7f.0.0.1")]
    [TestCase("127.0.0.1 ")]
    [TestCase("127.0.0.256")]
    [TestCase("127.0.0.1:80")]
    [TestCase("[::1]")]
    [TestCase("[::1]:443")]
    [TestCase("fe80::1%1")]
    [TestCase("10.0.0.0/33")]
    [TestCase("10.0.0.0/-1")]
    [TestCase("10.0.0.0/")]
    [TestCase("10.0.0.0/8/8")]
    [TestCase("10.0.0.1/8")]
    [TestCase("010.0.0.0/8")]
    [TestCase("2001:db8::1/32")]
    [TestCase("::/129")]
    [TestCase("localhost")]
    [TestCase("*")]
    [TestCase(null)]
    public void What_is_no_entry_is_not_read_and_admits_nobody(string? entry)
    {
        Assert.That(AddressList.TryParse(entry, out _), Is.False);
        foreach (var address in new[] { "127.0.0.1", "10.0.0.1", "::1", "0.0.0.1", "8.0.0.1" })
        {
            Assert.That(AddressList.Of([entry!]).Admits(IPAddress.Parse(address)), Is.False);
        }
    }
}
