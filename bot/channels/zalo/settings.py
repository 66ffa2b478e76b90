"""What the Zalo channel has to be told. Reads no environment."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

NAME = "zalo"
API_URL = "https://openapi.zalo.me"
OAUTH_URL = "https://oauth.zaloapp.com"


@dataclass(frozen=True, slots=True)
class ZaloSettings:
    """What the channel has to know.

    Args:
        app_id: of the app that the OA granted its permissions to; public.
        app_secret: proves the app to the OAuth server, and signs calls where `appsecret_proof` is on.
        oa_secret: the OA's secret key, which signs the webhook; another one than the app's.
        api_url, oauth_url: bases, without a slash at the end.
        appsecret_proof: send the header of that name with each call.
        site_verification: code of the domain check; "" for none.
        template_id: of the approved template for announcements; "" for none.
        form_image_url: of the picture above the form for name and phone number, without which Zalo takes none: https,
            public; "": no form is offered.
    """

    app_id: str
    app_secret: str = field(repr=False)
    oa_secret: str = field(repr=False)
    api_url: str = API_URL
    oauth_url: str = OAUTH_URL
    appsecret_proof: bool = False
    site_verification: str = ""
    template_id: str = ""
    form_image_url: str = ""

    @property
    def on_loopback(self) -> bool:
        """Say whether the platform is one on this machine, as in tests: its files come from there too."""
        host = urlsplit(self.api_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"
