"""Every spelling of addresses that no stranger may lead to."""

import ipaddress

V4 = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.170.2",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "0.0.0.0", "0.0.0.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
]
V6 = [
    "::1", "::", "0:0:0:0:0:0:0:1", "0000::0001", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "ff05::1:3",
    "2001:db8::1", "100::1", "3fff::1", "5f00::1", "2001:10::1", "2001:20::1",
]

# An entry that links to the root of a host is read from the feed alone.
PATH = "/latest/meta-data/iam"


def spellings(is_long):
    found = [form for address in (V4 if is_long else (V4[0], V4[2], V4[6])) for form in spelt(address)]
    return found + [f"http://{host}{PATH}" for host in [*(f"[{address}]" for address in V6), "localhost", "LOCALHOST.", "a.localhost"]]


def spelt(address):
    whole = int(ipaddress.ip_address(address))
    a, b, c, d = address.split(".")
    wide = address.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    circled = address.translate({ord("0") + n: 0x2460 + n - 1 if n else 0x24EA for n in range(10)})
    high, low = whole >> 16, whole & 0xFFFF
    hosts = [
        address, f"{address}.", str(whole), hex(whole), f"0{whole:o}", f"0X{whole:X}",
        ".".join(hex(int(part)) for part in (a, b, c, d)), ".".join(f"0{int(part):o}" for part in (a, b, c, d)),
        f"{a}.{(int(b) << 16) + (int(c) << 8) + int(d)}", f"{a}.{b}.{(int(c) << 8) + int(d)}", f"{hex(int(a))}.{b}.0{int(c):o}.{d}",
        f"000000{int(a):o}.{b}.{c}.{d}", wide, circled, address.replace(".", "。"), address.replace(".", "．"), address.replace(".", "｡"),
        address.replace("1", "%31").replace("0", "%30"), address.replace("1", "𝟏"), address.replace(".", "%2e"), address.replace(".", "\u00ad."),
        f"[::ffff:{address}]", f"[::ffff:{high:x}:{low:x}]", f"[0:0:0:0:0:FFFF:{high:x}:{low:x}]", f"[::{high:x}:{low:x}]", f"[::{address}]",
        f"[64:ff9b::{high:x}:{low:x}]", f"[64:ff9b::{address}]", f"[64:ff9b:1::{high:x}:{low:x}]", f"[2002:{high:x}:{low:x}::1]",
        f"[2001:0:{high:x}:{low:x}::1]", f"[::ffff:0:{high:x}:{low:x}]", f"[fe80::5efe:{high:x}:{low:x}]",
        f"news.example@{address}", f"news.example:80@{address}", f"news.example%40@{address}", f"{address}:8080",
    ]
    odd = [f"http:\\\\{address}", f"http:{address}", f"http:///{address}", f"HTTP://{address}", f"http:/\\{address}", f"https://{address}", f"//{address}"]
    return [f"{start}{PATH}" for start in [f"http://{host}" for host in hosts] + odd]
