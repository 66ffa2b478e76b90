"""A browser in a few words, for the list of one's own sign-ins. Pure."""

_BROWSERS = (
    ("Zalo/", "Zalo"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def name_device(user_agent: str) -> str:
    """Return browser and system, such as "Chrome, Windows"."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "Trình duyệt khác")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "thiết bị khác")
    return f"{browser}, {system}"
