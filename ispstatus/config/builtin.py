"""Public services we know: who runs them, and their IPv6 twins. A network has one vote, so its name matters."""

NETWORK_OF_ADDRESS = {
    "1.1.1.1": "Cloudflare",
    "1.0.0.1": "Cloudflare",
    "2606:4700:4700::1111": "Cloudflare",
    "2606:4700:4700::1001": "Cloudflare",
    "8.8.8.8": "Google",
    "8.8.4.4": "Google",
    "2001:4860:4860::8888": "Google",
    "2001:4860:4860::8844": "Google",
    "9.9.9.9": "Quad9",
    "149.112.112.112": "Quad9",
    "2620:fe::fe": "Quad9",
    "2620:fe::9": "Quad9",
    "208.67.222.222": "OpenDNS",
    "208.67.220.220": "OpenDNS",
    "2620:119:35::35": "OpenDNS",
    "2620:119:53::53": "OpenDNS",
}

IPV6_TWIN = {
    "1.1.1.1": "2606:4700:4700::1111",
    "1.0.0.1": "2606:4700:4700::1001",
    "8.8.8.8": "2001:4860:4860::8888",
    "8.8.4.4": "2001:4860:4860::8844",
    "9.9.9.9": "2620:fe::fe",
    "149.112.112.112": "2620:fe::9",
    "208.67.222.222": "2620:119:35::35",
    "208.67.220.220": "2620:119:53::53",
}

NETWORK_OF_HOST = {
    "cp.cloudflare.com": "Cloudflare",
    "one.one.one.one": "Cloudflare",
    "detectportal.firefox.com": "Mozilla",
    "www.gstatic.com": "Google",
    "connectivitycheck.gstatic.com": "Google",
    "clients3.google.com": "Google",
    "captive.apple.com": "Apple",
    "www.msftconnecttest.com": "Microsoft",
    "nmcheck.gnome.org": "GNOME",
    "connectivity-check.ubuntu.com": "Canonical",
}

PING = ("1.1.1.1", "8.8.8.8", "9.9.9.9")
HTTP = (
    {"url": "http://cp.cloudflare.com/generate_204", "status": 204},
    {"url": "http://detectportal.firefox.com/success.txt", "body": "success"},
    {"url": "https://www.gstatic.com/generate_204", "status": 204},
)
RESOLVE = ("example.com",)

LISTEN = ("0.0.0.0:8080", "[::]:8080")
ALLOW = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10")
